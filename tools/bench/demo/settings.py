# SPDX-License-Identifier: GPL-2.0-only
"""
demo.conf and what the environment changes of it. Run as a program it only says
what is wrong with the environment.
"""

import os
import sys
import tomllib

CONF = os.path.join(os.path.dirname(__file__), "..", "demo.conf")


class SettingsError(Exception):
    pass


def load(env=os.environ):
    """The settings as a dict, with the DEMO_ variables applied."""
    with open(env.get("DEMO_CONF") or CONF, "rb") as f:
        conf = tomllib.load(f)
    conf["size"] = {int(k): v for k, v in conf["size"].items()}
    if env.get("DEMO_SCALE"):
        _scale(env["DEMO_SCALE"], conf["size"])
    if env.get("DEMO_SIZES"):
        conf["size"] = _choose("DEMO_SIZES", env, conf["size"], int)
    if env.get("DEMO_MODES"):
        conf["mode"] = _choose("DEMO_MODES", env, conf["mode"], str)
    if env.get("DEMO_ROUNDS"):
        for size in conf["size"].values():
            size["rounds"] = _rounds(env["DEMO_ROUNDS"])
    for part in "tcp", "capture":
        conf[part]["modes"] = [m for m in conf[part]["modes"] if m in conf["mode"]]
    return conf


def _scale(text, sizes):
    """1400:0.75,64:0.8 as a run printed it"""
    for word in text.replace(",", " ").split():
        size, _, factor = word.partition(":")
        try:
            sizes[int(size)]["scale"] = float(factor)
        except (ValueError, KeyError):
            raise SettingsError(f"DEMO_SCALE has '{word}', which is not SIZE:FACTOR of a size of demo.conf.") from None


def _rounds(text):
    if not text.isdigit() or int(text) == 0:
        raise SettingsError(f"DEMO_ROUNDS='{text}' is not a number of rounds; say for instance DEMO_ROUNDS=1.")
    return int(text)


def _choose(name, env, known, kind):
    """The entries of known that the variable lists, in its order."""
    chosen = {}
    for word in env[name].replace(",", " ").split():
        key = kind(word) if kind is str or word.isdigit() else word
        if key not in known:
            raise SettingsError(f"{name} names '{word}', which demo.conf does not have; "
                                f"choose from: {' '.join(map(str, known))}.")
        chosen[key] = known[key]
    return chosen


def rate(size, conf):
    """How udpsend is told the rate of one VM's flow."""
    s = conf["size"][size]
    unit = "mbps" if "mbps" in s else "pps"
    return f"{unit}={s[unit] * s.get('scale', 1):.3f}"


if __name__ == "__main__":
    try:
        load()
    except SettingsError as e:
        sys.exit(f"demo: {e}")

# SPDX-License-Identifier: GPL-2.0-only
"""vsext as the demo uses it: through vsextctl."""

import json
import os

import switch
from traffic import TOP

CTL = f"{TOP}/build/ctl/vsextctl"


def ctl(*words, **kw):
    return switch.run(CTL, *words, **kw)


def loaded():
    return os.path.isdir("/sys/module/vsext")


def load_driver(nic, kver):
    """The patched driver and the hook it hangs on, in place of the stock one."""
    built = f"{TOP}/build/driver/{kver}"
    for needed in switch.run("modinfo", "-F", "depends", f"{built}/{nic}.ko").strip().split(","):
        if needed and needed != "vsext_hook":
            switch.run("modprobe", needed)
    switch.run("insmod", f"{built}/vsext_hook.ko")
    switch.run("insmod", f"{built}/{nic}.ko")


def load_module(kver):
    switch.run("insmod", f"{TOP}/build/vsext/{kver}/vsext.ko")


def off():
    """Detached everywhere, and no rules left (flushing none would be an error)."""
    if not loaded():
        return
    ctl("off")
    if ctl("flow", "show").strip():
        ctl("flow", "flush")


def attach(device, flows):
    batch = [f"flow add {f}" for f in flows] + [f"port set dev {device} on mode driver"]
    ctl("-b", "-", input="\n".join(batch) + "\n")


def delivered():
    """Packets delivered by vsext per core."""
    counts = [0] * os.cpu_count()
    if not loaded():
        return counts
    for core in json.loads(ctl("-j", "-s", "core", "show")):
        counts[core["core"]] = core["packets"]
    return counts

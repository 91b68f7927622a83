#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
Says to which RX queues flows must go, by the key, table and fields that the driver
reports, and by a Toeplitz hash of its own.

usage: rss.py frames SEED FLOWS COUNT		arguments for frames.py, one a line
       rss.py queues DEVICE SEED FLOWS COUNT	frames per queue: "N N N N"
"""

import ipaddress
import random
import re
import subprocess
import sys

PORTS = {"tcp": 6, "udp": 17}


def flows(seed, number):
    """(version, l4 or None, source, destination, ports), the same for the same seed."""
    rng = random.Random(seed)
    found = []
    for n in range(number):
        version = (4, 6)[n % 3 == 2]
        base, bits = ("10.9.0.0", 16) if version == 4 else ("fd99::", 64)
        net = int(ipaddress.ip_address(base))
        ends = [str(ipaddress.ip_address(net + rng.getrandbits(bits))) for _ in "sd"]
        l4 = rng.choice(("udp", "udp", "tcp", "tcp", "frag", None))
        found.append((version, l4, *ends, [rng.randrange(1, 65536) for _ in "sd"]))
    return found


def frame(flow):
    version, l4, source, destination, ports = flow
    layers = ["eth", f"ip{6 if version == 6 else ''},src={source},dst={destination}"]
    if l4 == "frag":
        layers[1] += ",proto=17,frag=1"
    elif l4 is None:
        layers[1] += ",proto=47"
    if l4 in (*PORTS, "frag"):
        layers.append(f"{'udp' if l4 == 'frag' else l4},sport={ports[0]},dport={ports[1]}")
    return " ".join(layers)


def ethtool(*arguments):
    return subprocess.run(("ethtool", *arguments), check=True, text=True, capture_output=True).stdout


def table_and_key(device):
    text = ethtool("-x", device)
    table = []
    for line in re.findall(r"^\s*\d+:((?:\s+\d+)+)$", text, re.M):
        table += [int(n) for n in line.split()]
    key = re.search(r"^((?:[0-9a-f]{2}:){39}[0-9a-f]{2})$", text, re.M)
    return table, int(key[1].replace(":", ""), 16)


def hashes_ports(device, kind):
    return "L4 bytes 0 & 1" in ethtool("-n", device, "rx-flow-hash", kind)


def toeplitz(key, data):
    bits = len(data) * 8
    value = int.from_bytes(data, "big")
    result = 0
    for n in range(bits):
        if value >> (bits - 1 - n) & 1:
            result ^= key >> (320 - 32 - n) & 0xffffffff
    return result


def queue_of(flow, table, key, with_ports):
    version, l4, source, destination, ports = flow
    data = ipaddress.ip_address(source).packed + ipaddress.ip_address(destination).packed
    if l4 in PORTS and with_ports[f"{l4}{version}"]:
        data += b"".join(p.to_bytes(2, "big") for p in ports)
    return table[toeplitz(key, data) % len(table)]


def main():
    verb, arguments = sys.argv[1], sys.argv[2:]
    if verb == "frames":
        seed, number, count = map(int, arguments)
        for f in flows(seed, number):
            print(count, frame(f), sep="\n")
        return
    device, (seed, number, count) = arguments[0], map(int, arguments[1:])
    table, key = table_and_key(device)
    with_ports = {f"{l4}{v}": hashes_ports(device, f"{l4}{v}") for l4 in PORTS for v in (4, 6)}
    queues = [0] * (max(table) + 1)
    for flow in flows(seed, number):
        queues[queue_of(flow, table, key, with_ports)] += count
    print(*(queues + [0] * 4)[:4])


main()

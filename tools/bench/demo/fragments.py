# SPDX-License-Identifier: GPL-2.0-only
"""
Proof by capture and tracepoint: a datagram of 8192 bytes is at least six outer
frames, and in the vsext modes every frame of a flow is delivered on one core.
"""

import collections
import os
import random
import re
import struct
import subprocess
import time

import traffic
from nic import read, write

TRACING = "/sys/kernel/tracing"
PCAP = f"{traffic.RUN}/burst.pcap"


def frames(path):
    """(ToS, IP id) of each IPv4 frame of a capture."""
    with open(path, "rb") as f:
        data = f.read()
    order = {b"\xd4\xc3\xb2\xa1": "<", b"\xa1\xb2\xc3\xd4": ">"}[data[:4]]
    pos = 24
    while pos + 16 <= len(data):
        length = struct.unpack(order + "I", data[pos + 8:pos + 12])[0]
        frame = data[pos + 16:pos + 16 + length]
        pos += 16 + length
        if frame[12:14] == b"\x08\x00":
            yield frame[15], struct.unpack("!H", frame[18:20])[0]


class Capture:
    """tcpdump on the guest's NIC, between enter and exit."""

    def __init__(self, device, source):
        self.command = ["tcpdump", "-i", device, "-w", PCAP, "-U", "-s", "64", "-B", "16384",
                        "-Z", "root", f"ip src host {source}"]

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stderr=subprocess.PIPE, text=True)
        for line in self.process.stderr:
            if "listening" in line:
                return self
        raise RuntimeError("tcpdump did not start: " + " ".join(self.command))

    def __exit__(self, *_):
        size = -1
        while size != os.path.getsize(PCAP):    # ends when tcpdump has caught up
            size = os.path.getsize(PCAP)
            time.sleep(1.5)
        self.process.terminate()
        self.process.communicate()


class Trace:
    """The module's tracepoints, between enter and exit."""

    EVENTS = ("vsext_decide", "vsext_deliver")
    LINE = re.compile(r"\[(\d+)\].*? (vsext_\w+): skbaddr=(\w+) (.*)")

    def __enter__(self):
        write(f"{TRACING}/buffer_size_kb", "8192")
        write(f"{TRACING}/trace", "")
        self._enable("1")
        return self

    def __exit__(self, *_):
        self._enable("0")
        self.text = read(f"{TRACING}/trace")

    def _enable(self, value):
        for event in self.EVENTS:
            write(f"{TRACING}/events/vsext/{event}/enable", value)

    def cores(self):
        """
        {VM id: {core: frames}}: where each frame entered the stack, which is
        the core of its decision if it went on directly, else of its delivery.
        """
        found = collections.defaultdict(collections.Counter)
        waiting = {}
        for cpu, event, skb, rest in self.LINE.findall(self.text):
            if event == "vsext_deliver":
                if skb in waiting:
                    found[waiting.pop(skb)][int(cpu)] += 1
                continue
            vm = int(re.search(r"\bvm_id=(\d+)", rest)[1])
            if "place=direct" in rest:
                found[vm][int(cpu)] += 1
            else:
                waiting[skb] = vm
        return found


def burst(demo, mode):
    """One light burst in a vsext mode: frames per datagram and cores per VM."""
    conf, c = demo.conf, demo.conf["capture"]
    ports = random.sample(range(32768, 61000), len(conf["vm"]))
    demo.enter(conf["mode"][mode])
    queues = demo.settle(conf["mode"][mode]["irq"], ports, c["size"])
    demo.steer(conf["mode"][mode], queues, c["size"])
    with Capture(demo.nic.name, conf["traffic"]["host"]), Trace() as trace:
        traffic.send(conf, ports, c["size"], f"pps={c['pps']}", "-m", "-n", str(c["datagrams"]))
    captured = list(frames(PCAP))
    cores = trace.cores()
    result = []
    for vm in conf["vm"]:
        per_datagram = collections.Counter(ident for tos, ident in captured if tos == vm["tos"])
        counts = per_datagram.values()
        result.append({"vm": vm["id"], "datagrams_sent": c["datagrams"], "datagrams": len(counts),
                       "frames": sum(counts), "frames_per_datagram_min": min(counts, default=0),
                       "frames_per_datagram_max": max(counts, default=0),
                       "entered_stack_on_core": {str(k): n for k, n in sorted(cores[vm["id"]].items())}})
    return result


def check(demo):
    return [{"mode": mode, "vm": burst(demo, mode)} for mode in demo.conf["capture"]["modes"]]

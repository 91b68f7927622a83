#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
Forces moves: gives the rules of some flows other cores again and again, and
moves the interrupts of RX queues meanwhile. Ends on SIGTERM with what it did.

usage: mover.py [--ms N] [--irq-ms N] [--irqs N,N...] [--cores N,N...]
                [--how replace|vanish|action] [--ready FILE] MATCH...

  --how replace   another core each time (default)
        vanish    deletes the rule and adds it again: from hit to miss and back
        action    irq:local, irq:auto and a core in turn
"""

import argparse
import json
import random
import signal
import sys
import threading

from genl import Genl, Refused, Ticker, flow


def options():
    p = argparse.ArgumentParser()
    p.add_argument("--ms", type=float, default=10)
    p.add_argument("--irq-ms", type=float, default=300)
    p.add_argument("--irqs", default="")
    p.add_argument("--cores", default="0,1,2,3")
    p.add_argument("--how", choices=("replace", "vanish", "action"), default="replace")
    p.add_argument("--ready", help="made once the rules are there")
    p.add_argument("matches", nargs="+", metavar="MATCH")
    return p.parse_args()


def numbers(text):
    return [int(n) for n in text.split(",") if n]


class Mover:
    def __init__(self, o):
        self.o = o
        self.genl = Genl()
        self.cores = numbers(o.cores)
        self.present = set()
        self.changes = 0

    def put(self, m, **action):
        self.genl.command("FLOW_ADD", flow(m, replace=True, **action))
        self.present.add(m)

    def step(self, n):
        """The flows never meet on one core unless there are more of them than cores."""
        for i, m in enumerate(self.o.matches):
            core = self.cores[(n + i) % len(self.cores)]
            if self.o.how == "vanish" and m in self.present:
                self.genl.command("FLOW_DEL", flow(m, strict=True))
                self.present.remove(m)
            elif self.o.how == "action" and n % 3:
                self.put(m, action=("AUTO", "LOCAL")[n % 3 - 1])
            else:
                self.put(m, core=core)
            self.changes += 1


def move_irqs(o, done, report):
    """A kernel may refuse a core that is just going offline."""
    irqs, cores = numbers(o.irqs), numbers(o.cores)
    while irqs and not done.wait(o.irq_ms / 1000):
        for irq in irqs:
            try:
                with open(f"/proc/irq/{irq}/smp_affinity_list", "w") as f:
                    f.write(str(random.choice(cores)))
                report["irq_changes"] += 1
            except OSError:
                report["irq_refused"] += 1


def main():
    o = options()
    done = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: done.set())
    report = {"irq_changes": 0, "irq_refused": 0, "refused": 0}
    irqs = threading.Thread(target=move_irqs, args=(o, done, report))
    irqs.start()
    mover = Mover(o)
    tick = Ticker(o.ms / 1000)
    n = 0
    while not done.is_set():
        if n == 1 and o.ready:
            open(o.ready, "w").close()
        try:
            mover.step(n)
        except Refused as e:
            # A core that is offline at the moment.
            report["refused"] += 1
            if e.errno != 19:
                done.set()
                sys.exit(f"mover: {e}")
        n += 1
        tick.wait()
    irqs.join()
    report |= {"changes": mover.changes, "longest_ms": round(tick.longest * 1000, 1)}
    print(json.dumps(report))


if __name__ == "__main__":
    main()

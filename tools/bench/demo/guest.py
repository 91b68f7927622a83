#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""
Runs in the lab's guest: every mode of demo.conf, interleaved, on real traffic.

usage: guest.py NIC KVER OUTDIR

Leaves result.json, tcp.json and fragments.json in OUTDIR.
"""

import json
import os
import platform
import random
import sys
import time

import fragments
import nic as nic_
import placement
import settings
import switch
import tcp
import traffic
import vsext

SETTLE_TRIES = 20


def say(text):
    print(text, flush=True)


class Demo:
    def __init__(self, conf, device, out):
        self.conf = conf
        self.out = out
        self.nic = nic_.Nic(device)
        self.kernel = ".".join(platform.release().split(".")[:2])
        self.vm_cores = {vm["core"] for vm in conf["vm"]}
        self.results = []

    @staticmethod
    def host_device():
        return "lab0"

    def calibrate(self, size):
        """
        Scales the rates of a size to what one core takes here. Far above its
        capacity a core takes less, hence the second step, near where it matters.
        """
        c, s = self.conf["calibrate"], self.conf["size"][size]
        ports = [40001] * len(self.conf["vm"])
        self.enter(c)
        self.settle(c["irq"], ports, size)
        best, offered = 0, 0
        for _ in range(2):
            m = traffic.measure(self.conf, ports, size, c["seconds"])
            took = sum(vm["received"] for vm in m["vm"]) / sum(vm["sent"] for vm in m["vm"])
            if took == 0:
                raise RuntimeError("nothing of the first traffic arrived at the VMs")
            best = max(best, took * s.get("scale", 1))
            offered = m["offered_mbps"] / s.get("scale", 1)
            s["scale"] = round(s.get("load", c["load"]) * best, 3)
        say(f"{size} bytes: one core takes {best * offered:.0f} Mb/s, "
            f"so {s['scale'] * offered:.0f} are offered (DEMO_SCALE={size}:{s['scale']})")

    def enter(self, m):
        """A mode's IRQ layout and RPS masks, nothing left of the one before."""
        vsext.off()
        self.nic.set_rps("0")
        self.nic.set_irqs(m["irq"])
        self.nic.set_rps(m.get("rps", "0"))

    def steer(self, m, queues, size=None):
        """A vsext mode's rules, for flows whose interrupts come by these RX queues."""
        if "place" not in m:
            return
        place = m.get(f"place_{size}", m["place"])
        free = [c for c in range(os.cpu_count()) if c not in self.vm_cores]
        irqs = [m["irq"][q % len(m["irq"])] for q in queues]
        vsext.attach(self.nic.name, [f"vm_id={vm['id']},actions=irq:{core}" for vm, core in
                                     zip(self.conf["vm"], placement.PLACES[place](irqs, free))])

    def settle(self, irq, ports, size):
        """
        An affinity takes effect at the next interrupt, so light traffic goes
        before every measurement until each flow's interrupts are where they
        belong. Returns the RX queue of each flow.
        """
        t = self.conf["traffic"]
        queues = []
        for vm, port in zip(self.conf["vm"], ports):
            for _ in range(SETTLE_TRIES):
                before = self.nic.interrupts()
                traffic.send_one(self.conf, vm, port, size, t["probe_pps"], t["probe_packets"])
                landed = self.nic.landed(before, self.nic.interrupts())
                if landed and landed[1] == irq[landed[0] % len(irq)]:
                    break
            else:
                raise RuntimeError(f"the interrupts of VM {vm['id']}'s flow landed on "
                                   f"{landed}, not where smp_affinity puts them ({irq})")
            queues.append(landed[0])
        return queues

    def collision(self, irq, queues):
        """
        What RSS does to these two flows: flow (one queue for both), vm (both on
        VMs' cores), flow+vm, half (one of them on a VM's core) or none.
        """
        same = len(set(queues)) < len(queues)
        on_vm = [irq[q % len(irq)] in self.vm_cores for q in queues]
        if same:
            return "flow+vm" if all(on_vm) else "flow"
        return "vm" if all(on_vm) else "half" if any(on_vm) else "none"

    def counters(self):
        rows = nic_.softnet()
        return {"processed": [p for p, _ in rows], "backlog": sum(d for _, d in rows),
                "nic": self.nic.dropped(), "tunnel": nic_.rx_dropped(switch.TUNNEL),
                "tap": traffic.tap_drops(self.host_device()),
                "reassembly": nic_.reassembly_failures(),
                "vsext": vsext.delivered()}

    def measure(self, mode, size, number, ports):
        m = self.conf["mode"][mode]
        irq = m["irq"]
        self.enter(m)
        queues = self.settle(irq, ports, size)
        self.steer(m, queues, size)
        before = self.counters()
        measured = traffic.measure(self.conf, ports, size)
        after = self.counters()

        def delta(key):
            if isinstance(after[key], list):
                return [a - b for a, b in zip(after[key], before[key])]
            return after[key] - before[key]

        result = {
            "kernel": self.kernel, "nic": self.nic.driver, "mode": mode, "size": size,
            "round": number, "offered_mbps": measured["offered_mbps"], "vm": measured["vm"],
            "core_packets": delta("processed"), "vsext_core_packets": delta("vsext"),
            "ports": ports, "queues": queues,
            "drops": {name: delta(name) for name in ("tap", "nic", "backlog", "tunnel", "reassembly")}
            | {"socket": measured["socket_drops"]},
            "host_idle_pct": measured["host_idle_pct"], "late_ticks": measured["late_ticks"],
        }
        if mode in ("rss", "vsext-rss"):
            result["collision"] = self.collision(irq, queues)
        self.results.append(result)
        return result

    def save(self, name, data):
        path = f"{self.out}/{name}"
        with open(f"{path}.new", "w") as f:
            if isinstance(data, list):
                f.write("[\n" + ",\n".join(json.dumps(d) for d in data) + "\n]\n")
            else:
                json.dump(data, f, indent=1)
                f.write("\n")
        os.rename(f"{path}.new", path)


def plan(conf, rng):
    """[(round, size, mode, ports)]: modes in random order, ports new in each round."""
    steps = []
    most = max(s["rounds"] for s in conf["size"].values())
    for number in range(1, most + 1):
        for size, s in conf["size"].items():
            if number > s["rounds"]:
                continue
            ports = rng.sample(range(32768, 61000), len(conf["vm"]))
            modes = list(conf["mode"])
            rng.shuffle(modes)
            steps += [(number, size, mode, ports) for mode in modes]
    return steps


def progress(step, steps, began, demo, result):
    done = step + 1
    left = (time.monotonic() - began) / done * (len(steps) - done)
    total = sum(vm["mbps"] for vm in result["vm"])
    loss = " / ".join(f"{vm['loss_pct']:.1f}" for vm in result["vm"])
    cores = " ".join(f"{n:>7}" for n in result["core_packets"])
    say(f"[{done:>2}/{len(steps)}] round {result['round']}  {result['size']:>4} B  "
        f"{result['mode']:<10} {total:7.1f} of {result['offered_mbps']:6.1f} Mb/s  "
        f"loss {loss:>11} %  packets per core {cores}  {result.get('collision', ''):<7} "
        f"{int(left) // 60}:{int(left) % 60:02d} left")


def run(demo, steps):
    began = time.monotonic()
    for step, (number, size, mode, ports) in enumerate(steps):
        result = demo.measure(mode, size, number, ports)
        demo.save("result.json", demo.results)
        progress(step, steps, began, demo, result)


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__.strip())
    driver, kver, out = sys.argv[1:]
    os.sched_setaffinity(0, {1})
    conf = settings.load()
    say(f"the guest runs Linux {platform.release()}; loading the patched {driver}, "
        f"starting Open vSwitch and {len(conf['vm'])} VMs")
    vsext.load_driver(driver, kver)
    switch.run("lab-up")
    if any("place" in m for m in conf["mode"].values()):
        vsext.load_module(kver)
    switch.build(conf, traffic.OUTER_MAC)
    demo = Demo(conf, switch.run("lab-nic", "0").strip(), out)
    demo.nic.hash_udp_ports()
    traffic.on_host("throttle", str(conf["lab"]["quota"]))
    for size in conf["size"]:
        if "scale" not in conf["size"][size]:
            demo.calibrate(size)
    seed = int(os.environ.get("DEMO_SEED") or time.time_ns() % 1000000)
    steps = plan(conf, random.Random(seed))
    say(f"{len(steps)} measurements of {conf['traffic']['seconds']} s in random order (DEMO_SEED={seed})")
    demo.save("run.json", {"seed": seed, "kernel": platform.release(), "nic": demo.nic.driver,
                           "queues": len(demo.nic.irqs), "settings": conf})
    run(demo, steps)
    demo.save("fragments.json", fragments.check(demo))
    demo.save("tcp.json", tcp.run(demo))


if __name__ == "__main__":
    try:
        main()
    except (RuntimeError, settings.SettingsError) as e:
        sys.exit(f"the demo's guest: {e}")

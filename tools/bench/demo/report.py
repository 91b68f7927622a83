#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""
Reads what a run left in DIR and prints the table, the claims with their
figures, and draws DIR/chart.png.

usage: report.py DIR
"""

import collections
import json
import os
import statistics
import sys

sys.dont_write_bytecode = True
import chart  # noqa: E402

OURS = ("vsext", "vsext-rss")


class Run:
    """All rounds of a run, by size and mode."""

    def __init__(self, path):
        self.path = path
        self.results = self.load("result.json")
        self.about = self.load("run.json")
        self.conf = self.about["settings"]
        self.by = collections.defaultdict(list)
        for r in self.results:
            self.by[r["size"], r["mode"]].append(r)
        self.sizes = list(dict.fromkeys(r["size"] for r in self.results))
        self.modes = [m for m in self.conf["mode"] if any((s, m) in self.by for s in self.sizes)]

    def load(self, name):
        path = f"{self.path}/{name}"
        if not os.path.exists(path):
            return None
        with open(path) as f:
            return json.load(f)

    def totals(self, size, mode):
        return [total(r) for r in self.by[size, mode]]

    def median(self, size, mode):
        t = self.totals(size, mode)
        return statistics.median(t) if t else None

    def pairs(self, size):
        """(rss, vsext-rss) of the same round: the same ports."""
        ours = {r["round"]: r for r in self.by[size, "vsext-rss"]}
        return [(r, ours[r["round"]]) for r in self.by[size, "rss"] if r["round"] in ours]


def total(result):
    return sum(vm["mbps"] for vm in result["vm"])


def loss(results, vm):
    return statistics.median(r["vm"][vm]["loss_pct"] for r in results)


def per_core(results, key):
    return [statistics.median(column) for column in zip(*(r[key] for r in results))]


def ratio(a, b):
    return f"{a / b:.2f}" if a is not None and b else "-"


def print_table(run, size):
    rounds = max(len(run.by[size, m]) for m in run.modes)
    offered = statistics.median(r["offered_mbps"] for r in run.results if r["size"] == size)
    print(f"\n{size} bytes: {offered:.4g} Mb/s offered to two VMs, {rounds} round(s); medians over the rounds")
    print("  mode         Mb/s   (min - max)    loss %: VM1   VM2   packets per core, thousands"
          "       x single")
    print("                                                       core0   core1   core2   core3")
    for mode in run.modes:
        results = run.by[size, mode]
        if not results:
            continue
        t = run.totals(size, mode)
        cores = " ".join(f"{n / 1000:7.1f}" for n in per_core(results, "core_packets"))
        print(f"  {mode:<11}{statistics.median(t):7.1f}  ({min(t):5.1f} - {max(t):5.1f})"
              f"     {loss(results, 0):6.1f}{loss(results, 1):6.1f}   {cores}"
              f"   {ratio(run.median(size, mode), run.median(size, 'single')):>7}")


def print_collisions(run, size):
    by_class = collections.defaultdict(list)
    for rss, ours in run.pairs(size):
        by_class[rss["collision"]].append((total(rss), total(ours)))
    if not by_class:
        return
    print(f"\n  RSS by what its hash made of the two flows ({size} bytes, both modes with the same ports)")
    print("  collision  rounds     rss  vsext-rss   ratio per round")
    for name, pairs in sorted(by_class.items()):
        print(f"  {name:<9}{len(pairs):>7}  {statistics.median(a for a, _ in pairs):7.1f}"
              f"{statistics.median(b for _, b in pairs):10.1f}   "
              + " ".join(ratio(b, a) for a, b in pairs))


def print_tcp(run):
    tcp = run.load("tcp.json")
    if not tcp:
        return
    print("\nOne TCP stream (iperf3) through the tunnel to VM 1")
    print("  mode         Mb/s   retransmits")
    for t in tcp:
        if t["mbps"] is None:
            print(f"  {t['mode']:<11} failed: {t['error']}")
        else:
            print(f"  {t['mode']:<11}{t['mbps']:7.1f}{t['retransmits']:>10}")


class Claims:
    """Plain sentences with figures, each met or not."""

    def __init__(self):
        self.rows = []

    def add(self, met, text):
        self.rows.append({"met": bool(met), "text": text})

    def print(self):
        print()
        for row in self.rows:
            print(f"  {'met    ' if row['met'] else 'NOT MET'}  {row['text']}")


def lost(result):
    """Percent of what was sent to both VMs."""
    return 100 - 100 * sum(vm["received"] for vm in result["vm"]) / sum(vm["sent"] for vm in result["vm"])


def claim_single(run, claims, want):
    if (1400, "single") not in run.by:
        return
    loss_pct = statistics.median(lost(r) for r in run.by[1400, "single"])
    claims.add(loss_pct >= want["single_loss_percent"],
               f"single suffers at 1400 bytes: {loss_pct:.1f} % of all packets lost (wanted: at least "
               f"{want['single_loss_percent']} %).")


def claim_vsext(run, claims, want, size):
    ours, single = run.median(size, "vsext"), run.median(size, "single")
    rivals = {m: run.median(size, m) for m in run.modes if m not in OURS and run.by[size, m]}
    if ours is None or not rivals:
        return
    best = max(rivals, key=rivals.get)
    claims.add(ours >= want["vsext_vs_best"] * rivals[best],
               f"vsext at {size} bytes: {ours:.1f} Mb/s, {ratio(ours, rivals[best])} of the best mode "
               f"that is not ours ({best}, {rivals[best]:.1f}; wanted: {want['vsext_vs_best']}).")
    if single:
        claims.add(ours >= want["vsext_vs_single"] * single,
                   f"vsext at {size} bytes is {ratio(ours, single)} x single ({single:.1f}; "
                   f"wanted: {want['vsext_vs_single']}).")


def claim_rss(run, claims, want, size):
    pairs = [(total(a), total(b), a["collision"]) for a, b in run.pairs(size)]
    if not pairs:
        return
    worst = min(b / a for a, b, _ in pairs)
    claims.add(worst >= want["vsext_rss_vs_rss"],
               f"vsext-rss at {size} bytes: in the worst of {len(pairs)} round(s) {worst:.2f} of rss "
               f"with the same ports (wanted: {want['vsext_rss_vs_rss']}).")
    collided = [b / a for a, b, name in pairs if name not in ("none", "half")]
    if collided:
        claims.add(min(collided) >= want["vsext_rss_vs_collision"],
                   f"vsext-rss at {size} bytes: in {len(collided)} round(s) where RSS puts both flows on one "
                   f"queue or both on VMs' cores at least {min(collided):.2f} x rss "
                   f"(wanted: {want['vsext_rss_vs_collision']}).")


def claim_cores(run, claims):
    vm_cores = [vm["core"] for vm in run.conf["vm"]]
    ours = [r for r in run.results if r["mode"] in OURS]
    if not ours:
        return
    on_vms = sum(r["vsext_core_packets"][c] for r in ours for c in vm_cores)
    everywhere = sum(sum(r["vsext_core_packets"]) for r in ours)
    claims.add(on_vms == 0 and everywhere > 0,
               f"of {everywhere} frames that vsext delivered, {on_vms} were on the VMs' cores (wanted: 0).")


def claim_fragments(run, claims):
    for row in run.load("fragments.json") or []:
        for vm in row["vm"]:
            cores = vm["entered_stack_on_core"]
            good = (vm["frames_per_datagram_min"] >= 6 and len(cores) == 1 and
                    sum(cores.values()) == vm["frames"])
            where = ", ".join(f"{n} on core {c}" for c, n in cores.items()) or "none traced"
            claims.add(good, f"{row['mode']}, VM {vm['vm']}: {vm['datagrams']} datagrams of 8192 bytes came as "
                             f"{vm['frames_per_datagram_min']}-{vm['frames_per_datagram_max']} outer frames each; "
                             f"of the {vm['frames']} frames entered the stack: {where}.")


def print_host(run):
    """The host's part: a host without idle time cannot give every vCPU its share."""
    idle = [r["host_idle_pct"] for r in run.results]
    print(f"\nThe host was {statistics.median(idle):.0f} % idle in the median measurement "
          f"(lowest {min(idle):.0f} %).")
    if statistics.median(idle) < 5:
        print("Something else used this machine: the vCPUs did not get their equal shares, so do not "
              "trust these figures.")


def check(run):
    claims, want = Claims(), run.conf["claim"]
    claim_single(run, claims, want)
    for size in (s for s in (1400, 8192) if s in run.sizes):
        claim_vsext(run, claims, want, size)
        claim_rss(run, claims, want, size)
    claim_cores(run, claims)
    claim_fragments(run, claims)
    return claims


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__.strip())
    run = Run(sys.argv[1])
    if not run.results:
        sys.exit(f"report.py: {sys.argv[1]} holds no result.json; run ./demo first.")
    print(f"\nLinux {run.about['kernel']}, {run.about['nic']} with {run.about['queues']} RX queues, "
          f"VMs on cores {', '.join(str(vm['core']) for vm in run.conf['vm'])}, seed {run.about['seed']}")
    for size in run.sizes:
        print_table(run, size)
        print_collisions(run, size)
    print_tcp(run)
    print_host(run)
    claims = check(run)
    claims.print()
    with open(f"{run.path}/claims.json", "w") as f:
        json.dump(claims.rows, f, indent=1)
        f.write("\n")
    chart.draw(run, f"{run.path}/chart.png")


if __name__ == "__main__":
    main()

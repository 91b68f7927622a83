#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""
Reads DIR/result.json and prints the tables and the claims with their figures;
leaves DIR/claims.json and draws DIR/chart.png.

usage: report.py DIR
"""

import json
import statistics
import sys

sys.dont_write_bytecode = True
import chart  # noqa: E402

OVS = ("ovs dpcls", "ovs classifier")
OURS = "vsext"
EXACT = (1000000, 1)
SMALL = (50, 1)
LARGE = (1000000, 32)


class Run:
    """All of a run, by rules, masks, traffic and table."""

    def __init__(self, path):
        with open(f"{path}/result.json", encoding="utf-8") as f:
            self.about = json.load(f)
        self.by = {(r["rules"], r["masks"], r["traffic"], r["table"]): r["ns"] for r in self.about["results"]}
        results = self.about["results"]
        self.sets = list(dict.fromkeys((r["rules"], r["masks"]) for r in results))
        self.traffics = list(dict.fromkeys(r["traffic"] for r in results))
        names = dict.fromkeys(r["table"] for r in results)
        self.tables = [t for t in ("rte_hash",) + OVS + ("vsext without cache", OURS) if t in names]

    def ns(self, rules, traffic, table):
        return self.by.get((*rules, traffic, table))

    def rates(self, rules, traffic, table):
        """Million lookups a second: median, least, most."""
        ns = self.ns(rules, traffic, table)
        return ns and (1e3 / statistics.median(ns), 1e3 / max(ns), 1e3 / min(ns))


def print_rates(run):
    about = run.about
    print(f"\nMillion lookups a second: median (min - max) of {about['rounds']} round(s) of {about['lookups']}, "
          f"{about['batch']} at a time")
    print("  rules    masks  packets      " + "".join(f"{t:>24}" for t in run.tables))
    for rules in run.sets:
        for traffic in run.traffics:
            cells = []
            for table in run.tables:
                rate = run.rates(rules, traffic, table)
                cells.append("%7.2f (%6.2f - %6.2f)" % rate if rate else "-")
            print(f"  {rules[0]:<9}{rules[1]:<7}{traffic:<13}" + "".join(f"{c:>24}" for c in cells))


def print_bytes(run):
    print("\nBytes a rule, without counters and caches")
    print("  rules    masks" + "".join(f"{t:>20}" for t in run.tables))
    bytes_of = {(r["rules"], r["masks"], r["table"]): r["bytes"] for r in run.about["results"]}
    for rules in run.sets:
        cells = (bytes_of.get((*rules, t)) for t in run.tables)
        print(f"  {rules[0]:<9}{rules[1]:<7}" + "".join(f"{'-' if c is None else round(c / rules[0], 1):>20}"
                                                         for c in cells))


class Claims:
    """Plain sentences with figures, each met or not."""

    def __init__(self):
        self.rows = []

    def add(self, met, text):
        self.rows.append({"met": bool(met), "text": text})

    def ratio(self, run, ours, others, least, text):
        """The rates of ours by those of others, as (rules, traffic, table), round by round."""
        a, b = run.ns(*ours), run.ns(*others)
        if not a or not b:
            return
        ratios = [y / x for x, y in zip(a, b)]
        median = statistics.median(ratios)
        self.add(median >= least, f"{text}: {median:.2f} ({min(ratios):.2f} - {max(ratios):.2f}; wanted: {least}).")

    def print(self):
        print()
        for row in self.rows:
            print(f"  {'met    ' if row['met'] else 'NOT MET'}  {row['text']}")


def named(rules, traffic):
    return f"{rules[0]} rules x {rules[1]} mask{'s' if rules[1] > 1 else ''}, {traffic}"


def claim_rates(run, claims):
    for traffic in ("uniform hit", "zipf hit"):
        claims.ratio(run, (EXACT, traffic, OURS), (EXACT, traffic, "rte_hash"), 0.9,
                     f"exact match by rte_hash's, {named(EXACT, traffic)}")
    zipf = (LARGE, "zipf hit")
    claims.ratio(run, (*zipf, OURS), (SMALL, "zipf hit", OURS), 0.35,
                 f"{named(*zipf)} by {named(SMALL, 'zipf hit')}")
    claims.ratio(run, (*zipf, OURS), (*zipf, "vsext without cache"), 4, f"with cache by without, {named(*zipf)}")
    for table in OVS:
        claims.ratio(run, (*zipf, OURS), (*zipf, table), 2, f"ours by {table}'s, {named(*zipf)}")


def claim_bytes(run, claims):
    most = {"IPv4": 128, "IPv6 in IPv6": 192, "every field": 192}
    for size in run.about["size"]:
        key, wanted = size["key"], most[size["key"]]
        if not size["rules"]:
            continue
        claims.add(size["bytes"] <= wanted,
                   f"an exact rule ({key}) takes {size['bytes']:.1f} bytes at {size['rules']} rules, the worst count "
                   f"(wanted: at most {wanted}); its counters {size['counters']:.0f} a core.")
    for size in run.about["size"][:1]:
        claims.add(size["cache"] <= 1 << 20, f"the cache takes {size['cache'] / 2**20:g} MiB a core (wanted: at most 1).")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__.strip().splitlines()[-1])
    path = sys.argv[1]
    run = Run(path)
    print_rates(run)
    print_bytes(run)
    claims = Claims()
    claim_rates(run, claims)
    claim_bytes(run, claims)
    claims.print()
    with open(f"{path}/claims.json", "w", encoding="utf-8") as f:
        json.dump(claims.rows, f, indent=1)
        f.write("\n")
    chart.draw(run, f"{path}/chart.png")
    print(f"\n{path}/result.json, claims.json, chart.png")


main()

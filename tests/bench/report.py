#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""What the demo's report says of made-up results: every claim met, then each one broken."""

import copy
import json
import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "tools", "bench", "demo"))
sys.dont_write_bytecode = True
import report      # noqa: E402
import settings    # noqa: E402

MBPS = {"single": 100, "rss": 120, "rss-tuned": 130, "rps": 140, "rps-tuned": 180,
        "vsext": 190, "vsext-rss": 195}


def results():
    rows = []
    for size in (1400, 8192):
        for number in (1, 2):
            for mode, mbps in MBPS.items():
                ours = mode in report.OURS
                row = {"mode": mode, "size": size, "round": number, "offered_mbps": 200,
                       "vm": [{"mbps": mbps / 2, "loss_pct": 100 - mbps / 2, "sent": 100, "received": mbps // 2}] * 2,
                       "core_packets": [0, 0, 9, 9], "host_idle_pct": 20,
                       "vsext_core_packets": [0, 0, 9, 0] if ours else [0] * 4}
                if mode in ("rss", "vsext-rss"):
                    row["collision"] = "flow"
                rows.append(copy.deepcopy(row))
    return rows


def fragments():
    return [{"mode": mode, "vm": [{"vm": 1, "datagrams": 200, "frames": 1200, "frames_per_datagram_min": 6,
                                   "frames_per_datagram_max": 6, "entered_stack_on_core": {"2": 1200}}]}
            for mode in report.OURS]


class Report(unittest.TestCase):
    def claims(self, change_results=lambda r: None, change_fragments=lambda f: None):
        rows, frags = results(), fragments()
        change_results(rows)
        change_fragments(frags)
        with tempfile.TemporaryDirectory() as path:
            about = {"settings": settings.load({}), "kernel": "6.1", "nic": "virtio_net", "queues": 4, "seed": 1}
            for name, data in ("run", about), ("result", rows), ("fragments", frags):
                with open(f"{path}/{name}.json", "w") as f:
                    json.dump(data, f)
            return report.check(report.Run(path)).rows

    def broken(self, **changes):
        return [row["text"] for row in self.claims(**changes) if not row["met"]]

    def assert_broken(self, words, **changes):
        broken = self.broken(**changes)
        self.assertTrue(any(words in text for text in broken), f"'{words}' not in {broken}")

    @staticmethod
    def setter(mode, size, mbps, rounds=(1, 2)):
        def change(rows):
            for row in rows:
                if (row["mode"], row["size"]) == (mode, size) and row["round"] in rounds:
                    row["vm"] = [{"mbps": mbps / 2, "loss_pct": 100 - mbps / 2, "sent": 100,
                                  "received": mbps // 2}] * 2
        return change

    def test_all_met(self):
        self.assertEqual(self.broken(), [])
        self.assertEqual(len(self.claims()), 1 + 2 * 4 + 1 + 2)

    def test_single_does_not_suffer(self):
        self.assert_broken("single suffers", change_results=self.setter("single", 1400, 190))

    def test_a_peer_is_better(self):
        self.assert_broken("best mode that is not ours (rps", change_results=self.setter("rps", 1400, 199))

    def test_not_enough_over_single(self):
        self.assert_broken("x single", change_results=self.setter("single", 8192, 150))

    def test_one_round_below_rss(self):
        self.assert_broken("worst of 2", change_results=self.setter("vsext-rss", 1400, 110, rounds=(2,)))

    def test_collision_not_cured(self):
        self.assert_broken("RSS puts both flows", change_results=self.setter("rss", 8192, 180, rounds=(1,)))

    def test_collision_none_is_no_collision(self):
        def change(rows):
            self.setter("rss", 8192, 180)(rows)
            for row in rows:
                if row["mode"] == "rss" and row["size"] == 8192:
                    row["collision"] = "none"
        self.assertEqual(self.broken(change_results=change), [])

    def test_delivered_on_a_vm_core(self):
        def change(rows):
            [r for r in rows if r["mode"] == "vsext"][0]["vsext_core_packets"] = [1, 0, 9, 0]
        self.assert_broken("VMs' cores", change_results=change)

    def test_nothing_delivered(self):
        def change(rows):
            for row in rows:
                row["vsext_core_packets"] = [0, 0, 0, 0]
        self.assert_broken("VMs' cores", change_results=change)

    def test_fragments_on_two_cores(self):
        def change(frags):
            frags[0]["vm"][0]["entered_stack_on_core"] = {"2": 1000, "3": 200}
        self.assert_broken("200 on core 3", change_fragments=change)

    def test_datagram_in_one_frame(self):
        def change(frags):
            frags[1]["vm"][0]["frames_per_datagram_min"] = 1
        self.assert_broken("1-6 outer frames", change_fragments=change)


class Settings(unittest.TestCase):
    def test_choice(self):
        conf = settings.load({"DEMO_SIZES": "1400", "DEMO_MODES": "vsext, single", "DEMO_ROUNDS": "3",
                              "DEMO_SCALE": "1400:0.5"})
        self.assertEqual(list(conf["size"]), [1400])
        self.assertEqual(list(conf["mode"]), ["vsext", "single"])
        self.assertEqual(conf["size"][1400]["rounds"], 3)
        self.assertEqual(settings.rate(1400, conf), f"mbps={conf['size'][1400]['mbps'] / 2:.3f}")

    def test_refusals(self):
        for name, value in (("DEMO_SIZES", "1500"), ("DEMO_MODES", "fast"), ("DEMO_ROUNDS", "0"),
                            ("DEMO_SCALE", "1400"), ("DEMO_SCALE", "7:1")):
            with self.assertRaises(settings.SettingsError, msg=name) as caught:
                settings.load({name: value})
            self.assertIn(name, str(caught.exception))


class Tap(unittest.TestResult):
    def stopTest(self, test):
        super().stopTest(test)
        wrong = [text for t, text in self.failures + self.errors if t is test]
        print(f"{'not ok' if wrong else 'ok'} {self.testsRun} {test.id().split('.', 1)[1]}")
        for line in "".join(wrong).splitlines():
            print(f"# {line}")


if __name__ == "__main__":
    suite = unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"])
    print("KTAP version 1")
    outcome = suite.run(Tap())
    print(f"1..{outcome.testsRun}")
    sys.exit(not outcome.wasSuccessful())

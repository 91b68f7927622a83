# SPDX-License-Identifier: GPL-2.0-only
"""The guest's NIC: where the IRQs of its RX queues go, RPS, and what cores did."""

import os
import re
import subprocess


def read(path):
    with open(path) as f:
        return f.read()


def write(path, text):
    with open(path, "w") as f:
        f.write(text)


class Nic:
    def __init__(self, name):
        self.name = name
        self.sys = f"/sys/class/net/{name}"
        self.driver = os.path.basename(os.readlink(f"{self.sys}/device/driver"))
        self.irqs = self._find_irqs()

    def _find_irqs(self):
        """{queue: irq}: virtio calls them virtio0-input.N, igb ethX-TxRx-N."""
        own = self._msi_irqs()
        found = {}
        for line in read("/proc/interrupts").splitlines():
            m = re.match(r"\s*(\d+):.*?(?:-input\.|-(?:TxRx|rx)-)(\d+)\s*$", line)
            if m and int(m[1]) in own:
                found[int(m[2])] = int(m[1])
        return found

    def _msi_irqs(self):
        path = os.path.realpath(f"{self.sys}/device")
        while path != "/" and not os.path.isdir(f"{path}/msi_irqs"):
            path = os.path.dirname(path)
        return {int(n) for n in os.listdir(f"{path}/msi_irqs")} if path != "/" else set()

    def hash_udp_ports(self):
        """RSS by ports too, which tell VXLAN's flows apart; not every NIC can be told."""
        subprocess.run(["ethtool", "-N", self.name, "rx-flow-hash", "udp4", "sdfn"],
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)

    def dropped(self):
        """By the stack, by the driver, or by the card itself for want of a descriptor."""
        text = subprocess.run(["ethtool", "-S", self.name], capture_output=True, text=True,
                              check=False).stdout
        m = re.search(r"^ *rx_no_dma_resources: (\d+)$", text, re.M)
        return rx_dropped(self.name) + (int(m[1]) if m else 0)

    def set_irqs(self, cores):
        for queue, irq in self.irqs.items():
            write(f"/proc/irq/{irq}/smp_affinity_list", str(cores[queue % len(cores)]))

    def set_rps(self, mask):
        for queue in self.irqs:
            write(f"{self.sys}/queues/rx-{queue}/rps_cpus", mask)

    def interrupts(self):
        """{queue: [count per core]}"""
        by_irq = {irq: queue for queue, irq in self.irqs.items()}
        cores = os.cpu_count()
        counts = {}
        for line in read("/proc/interrupts").splitlines()[1:]:
            words = line.split()
            irq = words[0].rstrip(":")
            if irq.isdigit() and int(irq) in by_irq:
                counts[by_irq[int(irq)]] = [int(n) for n in words[1:1 + cores]]
        return counts

    def landed(self, before, after):
        """(queue, core) that took most interrupts in between, or None."""
        best = max(((after[q][c] - before[q][c], q, c)
                    for q in after for c in range(len(after[q]))), default=(0, 0, 0))
        return best[1:] if best[0] else None


def rx_dropped(device):
    """What the stack or the driver dropped of the packets received on a device."""
    stats = f"/sys/class/net/{device}/statistics"
    return sum(int(read(f"{stats}/{n}")) for n in ("rx_dropped", "rx_missed_errors", "rx_fifo_errors"))


def softnet():
    """Per core (processed, dropped) of softnet_stat."""
    rows = {}
    for line in read("/proc/net/softnet_stat").splitlines():
        words = [int(w, 16) for w in line.split()]
        rows[words[12]] = (words[0], words[1])
    return [rows.get(c, (0, 0)) for c in range(os.cpu_count())]


def reassembly_failures():
    lines = [line.split() for line in read("/proc/net/snmp").splitlines() if line.startswith("Ip:")]
    return int(dict(zip(*lines))["ReasmFails"])

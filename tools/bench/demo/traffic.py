# SPDX-License-Identifier: GPL-2.0-only
"""Sender on the host side of the NIC, receivers in the VMs."""

import json
import os
import subprocess
import time

import settings
import switch

TOP = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))
UDPSEND = f"{TOP}/build/bench/udpsend"
UDPRECV = f"{TOP}/build/bench/udprecv"
PORT = 5001
RUN = "/run/vsext-demo"
OUTER_MAC = "02:56:53:00:00:fe"		# of the host inside the tunnel


def on_host(*command):
    """Runs a command in the lab's namespace on the host."""
    return switch.run("lab-host", *command)


def tap_drops(device):
    """Packets that found the tap's queue full: the guest did not take them in time."""
    for line in on_host("cat", "/proc/net/dev").splitlines():
        name, _, fields = line.partition(":")
        if name.strip() == device:
            return int(fields.split()[11])
    raise RuntimeError(f"the lab's namespace has no device {device}")


def flow(conf, vm, sport, size, rate):
    """One VM's flow as udpsend's argument."""
    t = conf["traffic"]
    return (f"id={vm['id']},dst={t['guest']}:4789,src={t['host']}:{sport},size={size},{rate},"
            f"tos={vm['tos']},vni={t['vni']},isrc={switch.inner_host(vm)}:{PORT},"
            f"idst={vm['address']}:{PORT},smac={OUTER_MAC},dmac={switch.mac(vm)}")


def send(conf, ports, size, rate, *options):
    flows = [flow(conf, vm, port, size, rate) for vm, port in zip(conf["vm"], ports)]
    return json.loads(on_host(UDPSEND, *options, *flows))


def send_one(conf, vm, port, size, pps, packets):
    """A few packets of one flow, unanswered and uncounted."""
    on_host(UDPSEND, "-m", "-n", str(packets), flow(conf, vm, port, size, f"pps={pps}"))


class Receivers:
    """One receiver per VM on the VM's core, ready when the constructor returns."""

    def __init__(self, conf):
        os.makedirs(RUN, exist_ok=True)
        self.running = []
        for vm in conf["vm"]:
            ready = f"{RUN}/ready{vm['id']}"
            if os.path.exists(ready):
                os.unlink(ready)
            self.running.append((ready, subprocess.Popen(
                ["taskset", "-c", str(vm["core"]), "ip", "netns", "exec", f"vm{vm['id']}",
                 UDPRECV, "-w", str(conf["traffic"]["vm_work"]), "-p", ready, f"{vm['address']}:{PORT}"],
                stdout=subprocess.PIPE, text=True)))
        self._wait_ready()

    def _wait_ready(self):
        end = time.monotonic() + 20
        while not all(os.path.exists(ready) for ready, _ in self.running):
            if time.monotonic() > end:
                raise RuntimeError("a receiver did not start within 20 s; is build/bench/udprecv built?")
            time.sleep(0.02)

    def finish(self, timeout=8):
        """Their results. A receiver that missed every marker is told to stop."""
        results = []
        end = time.monotonic() + timeout
        for _, process in self.running:
            try:
                out, _ = process.communicate(timeout=max(0.1, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.terminate()
                out, _ = process.communicate()
            results.append(json.loads(out))
        return results

    def stop(self):
        for _, process in self.running:
            if process.poll() is None:
                process.terminate()
                process.wait()


def measure(conf, ports, size, seconds=None):
    """What the measurement itself adds to a result: offered, per VM, socket drops, host."""
    receivers = Receivers(conf)
    try:
        sent = send(conf, ports, size, settings.rate(size, conf),
                    "-t", str(seconds or conf["traffic"]["seconds"]))
        received = receivers.finish()
    finally:
        receivers.stop()
    vms = []
    for vm, flow_sent, result in zip(conf["vm"], sent["flows"], received):
        mine = next((f for f in result["flows"] if f["id"] == vm["id"]), {})
        got = mine.get("packets", 0) - mine.get("duplicates", 0)
        # A queue that drains after the last datagram was sent must not count as speed.
        seconds = max(sent["seconds"], mine.get("seconds", 0))
        vms.append({"mbps": round(got * size * 8 / 1e6 / seconds, 2),
                    "loss_pct": round(100 * (1 - got / flow_sent["sent"]), 2),
                    "sent": flow_sent["sent"], "received": got,
                    "reordered": mine.get("reordered", 0)})
    offered = sum(f["offered_mbps"] for f in sent["flows"])
    return {"offered_mbps": round(offered, 2), "vm": vms, "host_idle_pct": sent["host_idle_pct"],
            "late_ticks": sent["late"], "socket_drops": sum(r["socket_drops"] for r in received)}

# SPDX-License-Identifier: GPL-2.0-only
"""One iperf3 TCP stream from the host through the tunnel to the first VM."""

import json
import subprocess
import time

import switch
import traffic

DEVICE = "vxlan-demo"


def make_tunnel(conf, vm, device):
    """A VXLAN device on the host's side: TCP needs an end that answers."""
    t = conf["traffic"]
    host = traffic.on_host
    host("ip", "link", "add", DEVICE, "address", traffic.OUTER_MAC, "type", "vxlan",
         "id", str(t["vni"]), "local", t["host"], "remote", t["guest"], "dev", device,
         "dstport", "4789", "tos", hex(vm["tos"]), "nolearning", "noudpcsum")
    host("ip", "addr", "add", f"{switch.inner_host(vm)}/24", "dev", DEVICE)
    host("ip", "link", "set", DEVICE, "up")
    host("ip", "neigh", "add", vm["address"], "lladdr", switch.mac(vm), "dev", DEVICE)


def server(vm):
    """iperf3 in the VM, on the VM's core."""
    process = subprocess.Popen(
        ["taskset", "-c", str(vm["core"]), "ip", "netns", "exec", f"vm{vm['id']}",
         "iperf3", "-s", "--forceflush"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        text=True)
    for line in process.stdout:
        if "listening" in line:
            break
    return process


def run(demo):
    conf = demo.conf
    vm = conf["vm"][0]
    results = []
    make_tunnel(conf, vm, demo.host_device())
    process = server(vm)
    try:
        for mode in conf["tcp"]["modes"]:
            demo.enter(mode)
            time.sleep(0.2)
            before = demo.counters()
            out = json.loads(traffic.on_host("iperf3", "-c", vm["address"], "-J",
                                             "-t", str(conf["tcp"]["seconds"])))
            after = demo.counters()
            end = out["end"]
            results.append({
                "mode": mode, "mbps": round(end["sum_received"]["bits_per_second"] / 1e6, 1),
                "retransmits": end["sum_sent"]["retransmits"],
                "core_packets": [a - b for a, b in zip(after["processed"], before["processed"])],
                "vsext_core_packets": [a - b for a, b in zip(after["vsext"], before["vsext"])]})
    finally:
        process.terminate()
        process.wait()
    return results

# SPDX-License-Identifier: GPL-2.0-only
"""One iperf3 TCP stream from the host through the tunnel to the first VM."""

import json
import subprocess
import time

import switch
import traffic

DEVICE = "vxlan-demo"


def make_tunnel(conf, vm, device, nic):
    """A VXLAN device on the host's side: TCP needs an end that answers."""
    t = conf["traffic"]
    host = traffic.on_host
    host("ip", "link", "add", DEVICE, "address", traffic.OUTER_MAC, "type", "vxlan",
         "id", str(t["vni"]), "local", t["host"], "remote", t["guest"], "dev", device,
         "dstport", "4789", "tos", hex(vm["tos"]), "nolearning", "noudpcsum")
    if nic != "virtio_net":
        # The emulated NIC finishes no inner checksum, neither a received nor a sent one.
        host("ethtool", "-K", DEVICE, "tx", "off")
        switch.run("ip", "netns", "exec", f"vm{vm['id']}", "ethtool", "-K", "eth0", "tx", "off")
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


def stream(conf, vm):
    """One stream's figures as iperf3 gives them."""
    seconds = conf["tcp"]["seconds"]
    out = json.loads(traffic.on_host("sh", "-c", f"timeout {seconds + 20} iperf3 -c {vm['address']} "
                                                 f"-J --connect-timeout 5000 -t {seconds} || true") or "{}")
    if out.get("error", "no answer") and "sum_received" not in out.get("end", {}):
        return {"mbps": None, "error": out.get("error", "no answer")}
    end = out["end"]
    return {"mbps": round(end["sum_received"]["bits_per_second"] / 1e6, 1),
            "retransmits": end["sum_sent"]["retransmits"]}


def run(demo):
    conf = demo.conf
    vm = conf["vm"][0]
    results = []
    make_tunnel(conf, vm, demo.host_device(), demo.nic.driver)
    process = server(vm)
    try:
        for mode in conf["tcp"]["modes"]:
            demo.enter(conf["mode"][mode])
            # Its modes have all interrupts on one core, whatever the queue.
            demo.steer(conf["mode"][mode], [0] * len(conf["vm"]))
            time.sleep(0.2)
            before = demo.counters()
            result = {"mode": mode} | stream(conf, vm)
            after = demo.counters()
            for key, name in ("processed", "core_packets"), ("vsext", "vsext_core_packets"):
                result[name] = [a - b for a, b in zip(after[key], before[key])]
            results.append(result)
    finally:
        process.terminate()
        process.wait()
    return results

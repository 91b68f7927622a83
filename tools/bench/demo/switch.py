# SPDX-License-Identifier: GPL-2.0-only
"""Open vSwitch with its kernel datapath in the guest, and the VMs behind it."""

import subprocess

from nic import write

BRIDGE = "br-vsx"
TUNNEL = "vxlan_sys_4789"		# of the datapath, behind the port
OVS_CTL = "/usr/share/openvswitch/scripts/ovs-ctl"


def run(*command, **kw):
    """Runs a command; its output, or an exception that quotes what it said."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **kw)
    if done.returncode:
        said = "; ".join((done.stderr.strip() or done.stdout.strip()).splitlines()[-3:])
        raise RuntimeError(f"'{' '.join(command)}' failed: {said or 'no message'}")
    return done.stdout


def mac(vm):
    return f"02:56:53:00:00:{vm['id']:02x}"


def sysctl():
    """What overload would otherwise leave behind for the modes that follow."""
    for path, value in (("net/core/rmem_default", 4 << 20), ("net/core/rmem_max", 64 << 20),
                        ("net/ipv4/ipfrag_high_thresh", 256 << 20),
                        ("net/ipv4/ipfrag_low_thresh", 192 << 20),
                        ("net/ipv4/ipfrag_time", 1), ("net/ipv4/ipfrag_max_dist", 0),
                        ("net/ipv4/conf/all/rp_filter", 0)):
        write(f"/proc/sys/{path}", str(value))


def start_ovs():
    """Pinned, since a daemon that wakes on any core falsifies per-core counts."""
    run("modprobe", "openvswitch")
    run("modprobe", "vport-vxlan")
    run("taskset", "-c", "0", OVS_CTL, "--system-id=demo", "--no-monitor",
        "--no-mlockall", "--ovs-vswitchd-priority=0", "--ovsdb-server-priority=0", "start")
    run("ovs-vsctl", "--may-exist", "add-br", BRIDGE)


def add_tunnel(conf):
    t = conf["traffic"]
    run("ovs-vsctl", "add-port", BRIDGE, "vx0", "--", "set", "interface", "vx0", "type=vxlan",
        f"options:remote_ip={t['host']}", f"options:key={t['vni']}", "options:csum=false",
        "ofport_request=100")


def add_vm(vm, host_mac):
    """A network namespace on the vSwitch; neighbours are fixed, so no ARP disturbs."""
    ns = f"vm{vm['id']}"
    run("ip", "netns", "add", ns)
    run("ip", "link", "add", f"{ns}-sw", "mtu", "9000", "type", "veth",
        "peer", "name", "eth0", "address", mac(vm), "mtu", "9000", "netns", ns)
    run("ip", "-n", ns, "addr", "add", f"{vm['address']}/24", "dev", "eth0")
    run("ip", "-n", ns, "link", "set", "lo", "up")
    run("ip", "-n", ns, "link", "set", "eth0", "up")
    run("ip", "link", "set", f"{ns}-sw", "up")
    run("ip", "-n", ns, "neigh", "add", inner_host(vm), "lladdr", host_mac, "dev", "eth0")
    run("ovs-vsctl", "add-port", BRIDGE, f"{ns}-sw", "--", "set", "interface", f"{ns}-sw",
        f"ofport_request={vm['id']}")


def inner_host(vm):
    """The host's address inside the tunnel."""
    return vm["address"].rsplit(".", 1)[0] + ".1"


def set_flows(vms):
    """Fixed forwarding: nothing to learn, so nothing ages out in the middle of a run."""
    rules = [f"priority=10,in_port=100,dl_dst={mac(vm)},actions=output:{vm['id']}" for vm in vms]
    rules += [f"priority=10,in_port={vm['id']},actions=output:100" for vm in vms]
    run("ovs-ofctl", "del-flows", BRIDGE)
    run("ovs-ofctl", "add-flows", BRIDGE, "-", input="\n".join(rules) + "\n")


def build(conf, host_mac):
    sysctl()
    start_ovs()
    add_tunnel(conf)
    for vm in conf["vm"]:
        add_vm(vm, host_mac)
    set_flows(conf["vm"])

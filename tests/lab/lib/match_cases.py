#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
Every match field with real frames from the host's side: the rule counts those that
it should and no other, and its core delivers them. One line per field, as
netlink_cases.py prints it.

usage: match_cases.py DEVICE
"""

import os
import socket
import struct
import subprocess
import sys
import time

import genl
from genl import C, Genl, attr, attrs, nest

LIB = os.path.dirname(os.path.abspath(__file__))
CTL = os.path.join(LIB, "../../../build/ctl/vsextctl")
HOST = ("10.77.0.1", 7077)
CORE = 2
OTHER = "02:00:00:00:00:77"
U = "ip udp"
V = "eth ip udp vxlan,vni=42"
T = "tun_type=vxlan,tun_id=42"

# (flow, frame that it matches, frames that it does not); ' + ' between those that come together
OUTER = (
    ("in_port={device},dl_type=0x9999", "eth,type=0x9999", f"eth {U}"),
    (f"dl_src={OTHER}", f"eth,src={OTHER} {U}", f"eth {U}"),
    ("dl_src=02:00:00:00:00:00/ff:ff:00:00:00:00", f"eth,src={OTHER} {U}", f"eth,src=02:01:00:00:00:77 {U}"),
    ("dl_dst=01:02:03:04:05:06", f"eth,dst=01:02:03:04:05:06 {U}", f"eth {U}"),
    ("dl_type=0x9998", "eth,type=0x9998", "eth,type=0x9999"),
    ("dl_vlan=7", f"eth vlan,vid=7 {U}", f"eth {U}", f"eth vlan,vid=8 {U}"),
    ("dl_vlan=7,dl_vlan_pcp=3", f"eth vlan,vid=7,pcp=3 {U}", f"eth vlan,vid=7 {U}"),
    ("vlan_tci=0x1000/0x1000", f"eth vlan,vid=9 {U}", f"eth {U}"),
    ("udp,dl_vlan=7,tp_dst=99", "eth vlan,vid=7 ip udp,dport=99", f"eth vlan,vid=7 {U}", "eth ip udp,dport=99"),
    ("vlan_tci=0x0000,udp,tp_dst=99", "eth ip udp,dport=99", "eth vlan,vid=7 ip udp,dport=99"),
    ("ip,nw_src=10.9.8.7", "eth ip,src=10.9.8.7 udp", f"eth {U}"),
    ("ip,nw_src=10.9.0.0/16", "eth ip,src=10.9.8.7 udp", "eth ip,src=10.8.8.7 udp"),
    ("ip,nw_dst=10.77.0.2,nw_proto=50", "eth ip esp", "eth ip,dst=10.77.0.3 esp", f"eth {U}"),
    ("ip,nw_tos=184", "eth ip,tos=184 udp", "eth ip,tos=180 udp"),
    ("udp,tp_src=77", "eth ip udp,sport=77", "eth ip tcp,sport=77", "eth ip udp,sport=78"),
    ("udp,tp_dst=0x1000/0xf000", "eth ip udp,dport=4097", "eth ip udp,dport=8193"),
    ("tcp,tp_dst=443", "eth ip tcp,dport=443", "eth ip udp,dport=443", "eth ip tcp,dport=444"),
    ("udp,tp_dst=98", "eth ip,options=8 udp,dport=98", "eth ip,options=8 udp,dport=99"),
    ("udp6,ipv6_src=fd01::/16", "eth ip6,src=fd01::5 udp", "eth ip6,src=fd02::5 udp", f"eth {U}"),
    ("udp6,ipv6_dst=fd77::9", "eth ip6,dst=fd77::9 udp", "eth ip6 udp"),
    ("tcp6,tp_src=5", "eth ip6 tcp,sport=5", "eth ip6 udp,sport=5", "eth ip tcp,sport=5"),
    ("ipv6,nw_tos=96", "eth ip6,tos=96 udp", "eth ip6,tos=92 udp"),
)

OTHERS = (
    ("icmp,icmp_type=3,icmp_code=1", "eth ip icmp,kind=3,code=1", "eth ip icmp,kind=3", f"eth {U}"),
    ("icmp6,icmp_type=135", "eth ip6,proto=58 icmp,kind=135", "eth ip6,proto=58 icmp,kind=136", "eth ip icmp,kind=135"),
    ("arp,arp_op=2,arp_tpa=10.9.0.0/16", "eth arp,op=2,tpa=10.9.8.7", "eth arp,op=1,tpa=10.9.8.7", "eth arp,op=2"),
    ("udp,tp_dst=91", "eth snap ip udp,dport=91", "eth snap ip udp,dport=92"),
    ("dl_type=0x5ff", "eth,type=60", "eth,type=0x0600"),
    ("esp,esp_spi=0x1001", "eth ip esp,spi=0x1001", "eth ip esp,spi=0x1002"),
    ("udp,esp_spi=0x1001", "eth ip udp esp,spi=0x1001", "eth ip udp esp,spi=0x1002", "eth ip esp,spi=0x1001"),
    ("udp,nw_src=10.9.8.6,ip_frag=first", "eth ip,src=10.9.8.6,frag=1 udp", "eth ip,src=10.9.8.6,proto=17,off=1400",
     "eth ip,src=10.9.8.6 udp"),
    ("udp,nw_src=10.9.8.6,ip_frag=later", "eth ip,src=10.9.8.6,proto=17,off=1400", "eth ip,src=10.9.8.6,frag=1 udp"),
    ("udp6,ip_frag=yes", "eth ip6,frag=1 udp", "eth ip6 udp"),
)

TUNNELS = (
    ("tun_type=geneve,tun_id=42,inner_udp,inner_tp_src=55", "eth ip udp geneve,vni=42,options=12 eth ip udp,sport=55",
     "eth ip udp geneve,vni=43 eth ip udp,sport=55", "eth ip udp vxlan,vni=42 eth ip udp,sport=55"),
    ("tun_type=geneve,inner_ip,inner_nw_dst=10.3.2.1", "eth ip6 udp geneve ip,dst=10.3.2.1 udp", "eth ip6 udp geneve ip udp"),
    ("tun_type=gre,tun_id=0xfedcba98,inner_tcp,inner_tp_dst=443", "eth ip gre,key=0xfedcba98,seq=7 eth ip tcp,dport=443",
     "eth ip gre,key=1 eth ip tcp,dport=443", "eth ip gre eth ip tcp,dport=443"),
    ("tun_type=gre,inner_udp6", "eth ip gre ip6 udp", "eth ip gre ip udp"),
    ("tun_type=ipip,inner_udp,inner_tp_dst=55", "eth ip ip udp,dport=55", "eth ip ip udp,dport=56", "eth ip udp,dport=55"),
    ("ipv6,tun_type=ipip,inner_udp6", "eth ip6 ip6 udp", "eth ip ip6 udp"),
)

# Of a port that only a setting makes VXLAN's.
VXLAN_PORT = (
    (T, "eth ip udp,dport=8472 vxlan,vni=42 eth ip udp", f"{V} eth {U}"),
)

# The start of a datagram has ports, and the rest follows it, be it late or first.
F = "eth ip,src=10.9.8.6,id=%d"
F6 = "eth ip6,src=fd01::6,id=%d"
FRAGMENTS = (
    ("udp,nw_src=10.9.8.6,tp_dst=98", f"{F % 20},frag=1 udp,dport=98 + {F % 20},proto=17,off=1400",
     f"{F % 21},frag=1 udp,dport=99 + {F % 21},proto=17,off=1400", f"{F % 22},proto=17,off=1400"),
    ("udp,nw_src=10.9.8.6,tp_dst=0", f"{F % 23},proto=17,off=1400 + {F % 23},frag=1 udp,dport=98",
     f"{F % 24},frag=1 udp,dport=98 + {F % 24},proto=17,off=1400"),
    ("udp6,ipv6_src=fd01::6,tp_dst=98", f"{F6 % 30},frag=1 udp,dport=98 + {F6 % 30},proto=17,off=1400",
     f"{F6 % 31},frag=1 udp,dport=99 + {F6 % 31},proto=17,off=1400", f"{F6 % 32},proto=17,off=1400"),
    # RFC 6946: a whole packet, whatever came with its identification.
    ("udp6,ipv6_src=fd01::6,tp_dst=97,ip_frag=no", f"{F6 % 33},frag=0 udp,dport=97",
     f"{F6 % 34},frag=1 udp,dport=97 + {F6 % 34},proto=17,off=1400"),
)

# Of tunnels: the rest goes with what the start carries inside.
TUNNEL_FRAGMENTS = (
    (f"{T},inner_udp,inner_tp_dst=98", f"{F % 40},frag=1 udp vxlan,vni=42 eth ip udp,dport=98 + {F % 40},proto=17,off=1400",
     f"{F % 41},frag=1 udp vxlan,vni=42 eth ip udp,dport=99 + {F % 41},proto=17,off=1400"),
    ("tun_type=geneve,inner_udp", f"{F6 % 42},frag=1 udp geneve eth ip udp + {F6 % 42},proto=17,off=1400",
     f"{F6 % 43},frag=1 udp + {F6 % 43},proto=17,off=1400"),
    ("tun_type=gre,tun_id=5", f"{F % 44},frag=1 gre,key=5 eth ip udp + {F % 44},proto=47,off=1400",
     f"{F % 45},frag=1 gre,key=6 eth ip udp + {F % 45},proto=47,off=1400"),
    ("esp,esp_spi=0x1001", f"{F % 46},frag=1 esp,spi=0x1001 + {F % 46},proto=50,off=1400",
     f"{F % 47},frag=1 esp,spi=0x1002 + {F % 47},proto=50,off=1400"),
    # Inside, nobody follows the start: it must look like the rest.
    (f"{T},inner_udp,inner_ip_frag=yes,inner_tp_dst=0", f"{V} eth ip,frag=1 udp,dport=98", f"{V} eth ip udp"),
)

VXLAN = (
    ("tun_type=vxlan", f"{V} eth {U}", f"eth {U}"),
    ("tun_type=vxlan,tun_id=42", f"{V} eth {U}", f"eth ip udp vxlan,vni=43 eth {U}"),
    (f"{T},inner_dl_src={OTHER}", f"{V} eth,src={OTHER} {U}", f"{V} eth {U}",
     f"eth,src={OTHER} ip udp vxlan,vni=42 eth {U}"),
    (f"{T},inner_dl_dst={OTHER}", f"{V} eth,dst={OTHER} {U}", f"{V} eth {U}"),
    (f"{T},inner_dl_vlan=5", f"{V} eth vlan,vid=5 {U}", f"{V} eth {U}", f"eth vlan,vid=5 ip udp vxlan,vni=42 eth {U}"),
    (f"{T},inner_ip,inner_nw_src=10.3.0.0/16", f"{V} eth ip,src=10.3.2.1 udp", f"{V} eth {U}"),
    (f"{T},inner_ip,inner_nw_dst=10.3.2.1", f"{V} eth ip,dst=10.3.2.1 udp", f"{V} eth {U}"),
    (f"{T},inner_ip,inner_nw_tos=64", f"{V} eth ip,tos=64 udp", f"{V} eth {U}",
     f"eth ip,tos=64 udp vxlan,vni=42 eth {U}"),
    (f"{T},inner_udp,inner_tp_src=55", f"{V} eth ip udp,sport=55", f"{V} eth ip tcp,sport=55",
     f"eth ip udp,sport=55 vxlan,vni=42 eth {U}"),
    (f"{T},inner_tcp,inner_tp_dst=443", f"{V} eth ip tcp,dport=443", f"{V} eth ip tcp,dport=444"),
    (f"{T},inner_udp6,inner_ipv6_dst=fd00::/8", f"{V} eth ip6 udp", f"{V} eth ip6,dst=2001:db8::1 udp", f"{V} eth {U}"),
    (f"udp6,{T},inner_tcp", "eth ip6 udp vxlan,vni=42 eth ip tcp", f"{V} eth ip tcp"),
)

# The flow control field: priority and VM id in the ToS byte.
DSCP6 = (
    ("vm_id=5", "eth ip,tos=0x14 udp", "eth ip,tos=0x18 udp", f"eth {U}"),
    ("vm_id=5", "eth ip,tos=0x17 udp", "eth ip,tos=0x13 udp"),
    ("vm_id=31,vm_prio=1", "eth ip,tos=0xfc udp", "eth ip,tos=0x7c udp"),
    ("udp,vm_id=0,tp_dst=97", "eth ip,tos=0x83 udp,dport=97", "eth ip,tos=4 udp,dport=97"),
    ("vm_id=5", "eth ip6,tos=0x14 udp", "eth ip6,tos=0x10 udp"),
    (f"{T},vm_id=5", "eth ip,tos=0x14 udp vxlan,vni=42 eth ip udp", f"{V} eth ip,tos=0x14 udp"),
)
TOS8 = (
    ("vm_id=5", "eth ip,tos=0x05 udp", "eth ip,tos=0x14 udp", f"eth {U}"),
    ("vm_id=127,vm_prio=1", "eth ip,tos=0xff udp", "eth ip,tos=0x7f udp"),
    ("vm_id=127", "eth ip6,tos=0x7f udp", "eth ip6,tos=0x7e udp"),
)


class Bench:
    def __init__(self, device):
        self.device = device
        self.genl = Genl()
        self.frames = subprocess.Popen(["lab-host", "python3", f"{LIB}/frames.py", "lab0", ":".join(map(str, HOST))])
        self.control = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.await_host()

    def await_host(self):
        self.control.connect(HOST)
        self.control.settimeout(0.5)
        for _ in range(120):
            try:
                self.control.send(b"?")
                if self.control.recv(1):
                    return
            except (ConnectionRefusedError, TimeoutError):
                time.sleep(0.1)
        sys.exit("match_cases: nobody listens on the host's side")

    def send(self, count, frames):
        """Returns how many packets these are."""
        for frame in frames.split(" + "):
            self.control.send(f"{count} {frame}".encode())
        return count * len(frames.split(" + "))

    def close(self):
        self.control.send(b"")
        self.frames.wait()

    def seen(self):
        """Packets of the only rule."""
        replies = self.genl.command("FLOW_GET", dump=True)
        assert len(replies) == 1, f"{len(replies)} rules instead of one"
        return struct.unpack("Q", dict(attrs(dict(replies[0])[C["A_FLOW"]]))[C["FLOW_A_PACKETS"]])[0]

    def delivered(self):
        reply = self.genl.command("CORE_GET", nest(C["A_CORE"], attr(C["CORE_A_ID"], struct.pack("I", CORE))))
        return struct.unpack("Q", dict(attrs(dict(reply[0])[C["A_CORE"]]))[C["CORE_A_PACKETS"]])[0]

    def field(self, flow, yes, *no):
        subprocess.run([CTL, "flow", "add", f"{flow.format(device=self.device)},actions=irq:{CORE}"], check=True)
        try:
            # Flows that have just moved stay for some milliseconds.
            time.sleep(0.05)
            before = self.delivered()
            sent = self.send(5, yes)
            await_value(sent, self.seen, "packets that match were counted")
            await_value(before + sent, self.delivered, f"were delivered on core {CORE} then")
            for frame in no:
                self.send(3, frame)
            sent += self.send(1, yes)
            await_value(sent, self.seen, "packets were counted, with those that do not match")
            time.sleep(0.03 * genl.SLOW)
            assert self.seen() == sent, f"{self.seen()} packets were counted, {sent} match"
        finally:
            self.genl.command("FLOW_DEL", nest(C["A_FLOW"]))


def await_value(want, read, what):
    end = time.monotonic() + 5 * genl.SLOW
    while read() < want and time.monotonic() < end:
        time.sleep(0.01)
    assert read() == want, f"{read()} and not {want} {what}"


def config(text):
    subprocess.run([CTL, "config", "set", *text.split()], check=True)


def main():
    bench = Bench(sys.argv[1])
    for group in (OUTER, OTHERS, FRAGMENTS, TUNNEL_FRAGMENTS, VXLAN, TUNNELS, "vxlan-ports 8472", VXLAN_PORT,
                  "vxlan-ports 4789", DSCP6, "fcf tos8", TOS8, "fcf dscp6"):
        if isinstance(group, str):
            config(group)
            continue
        for flow, *frames in group:
            before = bench.genl.stats()
            try:
                bench.field(flow, *frames)
                print(f"ok\t{flow}: {frames[0]}", flush=True)
            except Exception as e:
                print("# so far:", {k: v - before[k] for k, v in bench.genl.stats().items() if v > before[k]})
                print(f"not ok\t{flow}: {frames[0]}\t{type(e).__name__}: {e}", flush=True)
    bench.close()


if __name__ == "__main__":
    main()

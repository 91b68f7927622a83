#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
Packets for tshark and the parser: those of the fuzzer's corpus, those that the lab's
tests of match fields send, and stacks of headers drawn at random, whole and cut off.

usage: packets.py FILE		writes a pcap file, and prints what each packet is
"""

import os
import random
import re
import struct
import sys

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
sys.path.insert(0, f"{TESTS}/lab/lib")

import frames
import match_cases as m

CORPUS = f"{TESTS}/fuzz/corpus/flow"
CONTROL = 4	# bytes of each input before its packet
RANDOM = 400

# ?N: a number of N bits
LINKS = ("{eth}", "{eth} vlan,vid=?12,pcp=?3", "{eth},type=0x88a8 vlan,vid=?12,pcp=?3 vlan,vid=?12", "{eth} snap",
         "{eth} vlan,vid=?12 snap", "{eth},type=0x88a8 vlan,vid=?12")
ARP = "arp,op=?2,spa=10.?8.?8.?8,tpa=10.?8.?8.?8"
NETS = ("ip,tos=?8,src=10.?8.?8.?8", "ip,dst=10.?8.?8.?8,options=40", "ip,frag=1,id=?16", "ip,proto=17,off=1400",
        "ip6,tos=?8,src=fd01::?13", "ip6,dst=fd02::?13 hop,words=3 routing dstopts,words=2", "ip6,tos=?8 ah,words=8",
        "ip6,frag=1", "ip6 hop,words=2 fragment,off=1400,proto=17", "ip6 fragment dstopts")
TRANSPORTS = ("tcp,sport=?16,dport=?16", "udp,sport=?16,dport=?16", "sctp,sport=?16,dport=?16", "esp,spi=?32",
              "icmp,kind=?4,code=?2", "udp,sport=?16 esp,spi=?32", "udp,sport=4500,dport=?16 esp,spi=?32", "ah tcp")
ETHERNET_TUNNELS = ("udp,sport=?16 vxlan,vni=?24", "udp,sport=?16,dport=8472 vxlan,vni=?24", "udp,sport=?16 geneve,vni=?24",
                    "udp,sport=?16 geneve,vni=?24,options=24", "gre", "gre,key=?32", "gre,sum=?16,key=?32,seq=?32",
                    "gre,key=?32,seq=?32", "gre,sum=?16,seq=?32")
IP_TUNNELS = ETHERNET_TUNNELS[2:] + ("", "")	# IP in IP


def random_frame(rng):
    def ethernet(name, rest):
        link = rng.choice(LINKS).format(eth=name)
        return f"{link} {ARP if rng.random() < 0.1 else rest}"

    net, end = rng.choice(NETS), rng.choice(NETS)
    end = f"{end} {rng.choice(TRANSPORTS)}".replace("icmp", "icmp6" if end.startswith("ip6") else "icmp")
    kind = rng.choice(("plain", "Ethernet inside", "IP inside"))
    if kind == "Ethernet inside":
        inner = ethernet("eth,dst=02:76:73:78:01:04,src=02:76:73:78:01:03", end)
        end = f"{net} {rng.choice(ETHERNET_TUNNELS)} {inner}"
    elif kind == "IP inside":
        end = f"{net} {rng.choice(IP_TUNNELS)} {end}"
    return re.sub(r"\?(\d+)", lambda bits: str(rng.getrandbits(int(bits[1]))), ethernet("eth", end))


def packets():
    for name in sorted(os.listdir(CORPUS)):
        with open(f"{CORPUS}/{name}", "rb") as file:
            yield f"corpus {name}", file.read()[CONTROL:]
    for _, *texts in (m.OUTER + m.OTHERS + m.FRAGMENTS + m.TUNNEL_FRAGMENTS + m.VXLAN + m.VXLAN_PORT + m.TUNNELS +
                      m.DSCP6 + m.TOS8):
        for text in " + ".join(texts).split(" + "):
            yield f"lab {text}", frames.build(text)
    rng = random.Random(1)
    for _ in range(RANDOM):
        text = random_frame(rng)
        frame = frames.build(text)
        yield f"random {text}", frame
        for _ in range(2):
            length = rng.randrange(len(frame))
            yield f"cut at {length}: {text}", frame[:length]


def main():
    with open(sys.argv[1], "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for kind, packet in packets():
            out.write(struct.pack("<IIII", 0, 0, len(packet), len(packet)) + packet)
            print(kind)


if __name__ == "__main__":
    main()

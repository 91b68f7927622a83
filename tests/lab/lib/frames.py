#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
Sends frames that are spelt out, to see what a match field matches.

usage: frames.py [--every SECONDS] DEVICE COUNT FRAME [COUNT FRAME]...
       frames.py DEVICE ADDRESS:PORT		datagrams of 'COUNT FRAME' say what, an empty one ends it;
						'?' is answered

FRAME is layers, each with fields; what is not given has a default:
  eth,dst=MAC,src=MAC,type=N      vlan,vid=N,pcp=N,type=N   (type follows from the next layer)
  ip,src=A,dst=A,tos=N,proto=N,id=N,frag=0|1 (more fragments),off=N,options=N
  ip6,src=A,dst=A,tos=N,proto=N,id=N,frag=0|1,off=N
  hop,words=N   routing,words=N   dstopts,words=N   fragment,id=N,frag=0|1,off=N   ah,words=N
  udp,sport=N,dport=N   tcp,sport=N,dport=N   sctp,sport=N,dport=N   icmp,kind=N,code=N   icmp6,...
  esp,spi=N   vxlan,vni=N   geneve,vni=N,options=N   gre,sum=N,key=N,seq=N,type=N
  arp,op=N,spa=A,tpa=A   snap
"""

import ipaddress
import socket
import struct
import sys
import time

TYPES = {"ip": 0x0800, "ip6": 0x86dd, "vlan": 0x8100, "arp": 0x0806, "eth": 0x6558}
PROTOS = {"udp": 17, "tcp": 6, "sctp": 132, "esp": 50, "ah": 51, "icmp": 1, "icmp6": 58, "gre": 47,
          "ip": 4, "ip6": 41, "hop": 0, "routing": 43, "fragment": 44, "dstopts": 60}
PORTS = {"vxlan": 4789, "geneve": 6081, "esp": 4500}


def mac(text):
    return bytes.fromhex(text.replace(":", ""))


def address(text):
    return ipaddress.ip_address(text).packed


def checksum(data):
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


class Fields(dict):
    def number(self, name, default):
        return int(self[name], 0) if name in self else default


def typed(f, below, body):
    kind = len(body) if below == "snap" else TYPES.get(below, 0x88b5)
    return struct.pack(">H", f.number("type", kind)) + body


def eth(f, below, body):
    return (mac(f.get("dst", "02:76:73:78:00:02")) + mac(f.get("src", "02:76:73:78:00:01")) +
            typed(f, below, body))


def vlan(f, below, body):
    return struct.pack(">H", f.number("pcp", 0) << 13 | f.number("vid", 1)) + typed(f, below, body)


def ip(f, below, body):
    options = bytes([1]) * f.number("options", 0)
    offset = f.number("frag", 0) << 13 | f.number("off", 0) // 8
    head = struct.pack(">BBHHHBBH", 0x45 + len(options) // 4, f.number("tos", 0),
                       20 + len(options) + len(body), f.number("id", 7), offset, 64,
                       f.number("proto", PROTOS.get(below, 253)), 0)
    head += address(f.get("src", "10.77.0.1")) + address(f.get("dst", "10.77.0.2")) + options
    return head[:10] + struct.pack(">H", checksum(head)) + head[12:] + body


def ip6(f, below, body):
    proto = f.number("proto", PROTOS.get(below, 253))
    if "frag" in f or "off" in f:
        body = fragment(f, below, body)
        proto = 44
    return (struct.pack(">IHBB", 6 << 28 | f.number("tos", 0) << 20, len(body), proto, 64) +
            address(f.get("src", "fd77::1")) + address(f.get("dst", "fd77::2")) + body)


def fragment(f, below, body):
    return struct.pack(">BBHI", f.number("proto", PROTOS.get(below, 253)), 0,
                       f.number("off", 0) | f.number("frag", 0), f.number("id", 7)) + body


def option(f, below, body):
    words = f.number("words", 1)
    return bytes((PROTOS.get(below, 253), words - 1)).ljust(words * 8, b"\0") + body


def ah(f, below, body):
    words = f.number("words", 6)
    return bytes((PROTOS.get(below, 253), words - 2)).ljust(words * 4, b"\0") + body


def udp(f, below, body):
    port = f.number("dport", PORTS.get(below, 9))
    return struct.pack(">HHHH", f.number("sport", 4000), port, 8 + len(body), 0) + body


def tcp(f, below, body):
    return struct.pack(">HHIIBBHHH", f.number("sport", 4000), f.number("dport", 9), 1, 0,
                       0x50, 0x10, 1000, 0, 0) + body


def sctp(f, below, body):
    return struct.pack(">HHII", f.number("sport", 4000), f.number("dport", 9), 1, 0) + body


def vxlan(f, below, body):
    return struct.pack(">II", 0x08000000, f.number("vni", 1) << 8) + body


def esp(f, below, body):
    return struct.pack(">II", f.number("spi", 256), 1) + body


def icmp(f, below, body):
    return struct.pack(">BBHI", f.number("kind", 8), f.number("code", 0), 0, 1) + body


def geneve(f, below, body):
    options = bytes(f.number("options", 0))
    return (struct.pack(">BBHI", len(options) // 4, 0, TYPES[below], f.number("vni", 1) << 8) +
            options + body)


def gre(f, below, body):
    flags = ("sum" in f) << 15 | ("key" in f) << 13 | ("seq" in f) << 12
    head = struct.pack(">HH", flags, f.number("type", TYPES[below]))
    for name in ("sum", "key", "seq"):
        if name in f:
            head += struct.pack(">I", f.number(name, 0))
    return head + body


def arp(f, below, body):
    return (struct.pack(">HHBBH", 1, 0x0800, 6, 4, f.number("op", 1)) + mac("02:76:73:78:00:01") +
            address(f.get("spa", "10.77.0.1")) + bytes(6) + address(f.get("tpa", "10.77.0.2")))


def snap(f, below, body):
    return bytes.fromhex("aaaa03000000") + struct.pack(">H", TYPES[below]) + body


LAYERS = {f.__name__: f for f in (eth, vlan, ip, ip6, fragment, ah, udp, tcp, sctp, vxlan, esp, icmp, geneve, gre, arp,
                                  snap)}
LAYERS |= {"hop": option, "routing": option, "dstopts": option, "icmp6": icmp}


def build(text):
    layers = []
    for word in text.split():
        name, *fields = word.split(",")
        layers.append((name, Fields(f.split("=", 1) for f in fields)))
    body, below = b"numbers do not matter", None
    for name, fields in reversed(layers):
        body, below = LAYERS[name](fields, below, body), name
    return body.ljust(60, b"\0")


def jobs(words):
    if len(words) > 1:
        yield from zip(words[::2], words[1::2])
        return
    control = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    where, port = words[0].split(":")
    control.bind((where, int(port)))
    while True:
        line, peer = control.recvfrom(2000)
        if not line:
            return
        if line == b"?":
            control.sendto(b"!", peer)
        else:
            yield line.decode().split(maxsplit=1)


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__.strip())
    pause = float(sys.argv[2]) if sys.argv[1] == "--every" else 0
    if pause:
        del sys.argv[1:3]
    out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    out.bind((sys.argv[1], 0))
    for count, text in jobs(sys.argv[2:]):
        frame = build(text)
        for _ in range(int(count)):
            out.send(frame)
            if pause:
                time.sleep(pause)


if __name__ == "__main__":
    main()

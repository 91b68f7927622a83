#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
Sends datagrams of 8192 bytes within VXLAN, as udpsend numbers them, whose outer
packet is cut into fragments of 1500 bytes: in which order they arrive is the
caller's choice.

usage: fragments.py DEVICE MAC ID 4|6 forward|backward|split FLOWS COUNT

MAC is the receiver's, ID the first datagram's identification. Flow n comes from
port 6000 + n outside and 4000 + n inside, its VM id is n. 'split' sends the first
fragment of every datagram, and all others upon SIGHUP.
"""

import signal
import socket
import struct
import sys
import time

from frames import LAYERS, Fields, checksum, mac

MAGIC, SIZE = 0x76736578, 8192
VNI = {4: 7, 6: 8}


def layer(name, below, body, **fields):
    return LAYERS[name](Fields({k: str(v) for k, v in fields.items()}), below, body)


def datagram(version, flow, number):
    """What follows the outer IP header."""
    body = struct.pack(">IIQQQ", MAGIC, flow, number, 0, 0).ljust(SIZE, b"\0")
    net = 5 + version
    for name, below, fields in (
            ("udp", None, {"sport": 4000 + flow, "dport": 5001}),
            ("ip", "udp", {"src": f"10.{net}.0.1", "dst": f"10.{net}.0.2"}),
            ("eth", "ip", {"dst": "02:56:53:00:00:fe", "src": "02:56:53:00:00:01"}),
            ("vxlan", "eth", {"vni": VNI[version]}),
            ("udp", "vxlan", {"sport": 6000 + flow})):
        body = layer(name, below, body, **fields)
    return body


def fragments(version, flow, number, ident):
    body = datagram(version, flow, number)
    step = 1480 if version == 4 else 1448
    for at in range(0, len(body), step):
        part, more = body[at:at + step], at + step < len(body)
        if version == 4:
            head = struct.pack(">BBHHHBBH4s4s", 0x45, flow << 2, 20 + len(part), ident & 0xffff, more << 13 | at // 8,
                               64, 17, 0, bytes((10, 77, 0, 1)), bytes((10, 77, 0, 2)))
            yield head[:10] + struct.pack(">H", checksum(head)) + head[12:] + part
        else:
            yield (struct.pack(">IHBB", 6 << 28 | flow << 22, 8 + len(part), 44, 64) +
                   socket.inet_pton(socket.AF_INET6, "fd77::1") + socket.inet_pton(socket.AF_INET6, "fd77::2") +
                   struct.pack(">BBHI", 17, 0, at | more, ident) + part)


def main():
    if len(sys.argv) != 8:
        sys.exit(__doc__.strip())
    device, receiver, first_id, version, order = sys.argv[1], mac(sys.argv[2]), *map(int, sys.argv[3:5]), sys.argv[5]
    flows, count = map(int, sys.argv[6:])
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})
    out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    out.bind((device, 0))
    ether = receiver + mac("02:76:73:78:00:01") + (b"\x08\0" if version == 4 else b"\x86\xdd")

    def send(select):
        for i in range(count * flows):
            for packet in list(fragments(version, 1 + i % flows, i // flows, first_id + i))[select]:
                out.send(ether + packet)
            time.sleep(0.002)

    if order == "split":
        send(slice(1))
        signal.sigwait({signal.SIGHUP})
        send(slice(1, None))
    else:
        send(slice(None, None, 1 if order == "forward" else -1))


if __name__ == "__main__":
    main()

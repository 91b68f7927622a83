#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
Frames of many kinds from a pcap file, compared byte by byte with what arrives.

usage: pcap.py make FILE COUNT		writes such a file
       pcap.py send FILE DEVICE		onto the wire
       pcap.py expect FILE DEVICE READY	makes READY, then judges, as JSON

Every frame ends with its number. None is for the machine that receives it, so that
the stack drops it once it has been seen.
"""

import json
import socket
import struct
import sys
import time

KINDS = ("udp", "vxlan", "esp", "first", "later", "ipv6", "tcp", "other")
# Where the ports or the SPI are, of kinds that have them: a flow is what has the same.
PORTS = {"udp": slice(34, 38), "vxlan": slice(34, 38), "first": slice(34, 38), "tcp": slice(34, 38),
         "esp": slice(34, 38), "ipv6": slice(54, 58)}
DST, SRC = bytes.fromhex("027673780099"), bytes.fromhex("027673780088")
TAIL = struct.Struct(">4sQ")
MAGIC = b"ring"
ETH_P_ALL = 3
RECORD = struct.Struct("<IIII")
SO_RCVBUFFORCE = 33
SOL_PACKET, PACKET_STATISTICS = 263, 6


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def ip4(proto, body, frag=0, ident=7):
    head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(body), ident, frag, 64, proto, 0,
                       bytes((10, 99, 0, 1)), bytes((10, 99, 0, 2)))
    return head[:10] + struct.pack(">H", checksum(head)) + head[12:] + body


def udp(sport, dport, body):
    return struct.pack(">HHHH", sport, dport, 8 + len(body), 0) + body


def eth(kind, body):
    return DST + SRC + struct.pack(">H", kind) + body


def frame(kind, payload, number):
    """One frame; the payload is its end."""
    port = 2000 + number % 97
    if kind == "udp":
        return eth(0x0800, ip4(17, udp(port, 7777, payload)))
    if kind == "vxlan":
        inner = eth(0x0800, ip4(17, udp(port, 7777, payload)))
        return eth(0x0800, ip4(17, udp(port, 4789, struct.pack(">II", 8 << 24, 7 << 8) + inner)))
    if kind == "esp":
        return eth(0x0800, ip4(50, struct.pack(">II", 0x1000 + number % 31, number) + payload))
    if kind == "first":
        return eth(0x0800, ip4(17, udp(port, 4789, payload), 0x2000, 8))
    if kind == "later":     # of another datagram, whose start never comes
        return eth(0x0800, ip4(17, payload, 185))
    if kind == "ipv6":
        body = udp(port, 7777, payload)
        return eth(0x86dd, struct.pack(">IHBB", 6 << 28, len(body), 17, 64) +
                   bytes.fromhex("fd") + bytes(14) + b"\1" + bytes.fromhex("fd") + bytes(14) +
                   b"\2" + body)
    if kind == "tcp":  # SYN, which GRO merges with nothing
        return eth(0x0800, ip4(6, struct.pack(">HHIIBBHHH", port, 7777, number, 0, 0x50, 2,
                                              1000, 0, 0) + payload))
    return eth(0x88b5, payload)


def payload_of(kind, number):
    size = {"vxlan": 1350}.get(kind, 1400)
    length = 40 + number * 37 % (size - 40)
    body = bytes((number * 31 + i * 7) & 0xff for i in range(length))
    return body + TAIL.pack(MAGIC, number)


def make(name, count):
    with open(name, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for number in range(count):
            kind = KINDS[number % len(KINDS)]
            data = frame(kind, payload_of(kind, number), number)
            out.write(RECORD.pack(number // 1000, number % 1000, len(data), len(data)) + data)


def read(name):
    with open(name, "rb") as file:
        file.seek(24)
        while head := file.read(RECORD.size):
            yield file.read(RECORD.unpack(head)[2])


def packet_socket(device):
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 64 << 20)
    sock.bind((device, ETH_P_ALL))
    return sock


def send(name, device):
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    sock.bind((device, 0))
    for number, data in enumerate(read(name)):
        sock.send(data)
        if number % 40 == 39:
            time.sleep(0.005)


def numbers(sock, quiet):
    """(number, frame) of what arrives, until nothing has for so many seconds."""
    sock.settimeout(30)
    while True:
        try:
            data = sock.recv(65536)
        except socket.timeout:
            return
        if len(data) < TAIL.size:
            continue
        magic, number = TAIL.unpack(data[-TAIL.size:])
        if magic == MAGIC:
            sock.settimeout(quiet)
            yield number, data


def expect(name, device, ready):
    sock = packet_socket(device)
    with open(ready, "w", encoding="ascii"):
        pass
    sent, last, got = list(read(name)), {}, set()
    result = {"received": 0, "wrong": 0, "reordered": 0, "twice": 0, "kinds": dict.fromkeys(KINDS, 0)}
    for number, data in numbers(sock, 3):
        if number >= len(sent) or data != sent[number]:
            result["wrong"] += 1
            continue
        kind = KINDS[number % len(KINDS)]
        flow = (kind, data[PORTS[kind]]) if kind in PORTS else kind
        result["reordered"] += last.get(flow, -1) > number
        result["twice"] += number in got
        last[flow] = number
        got.add(number)
        result["received"] += 1
        result["kinds"][kind] += 1
    result["sent"] = len(sent)
    result["socket_drops"] = struct.unpack("II", sock.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))[1]
    json.dump(result, sys.stdout)
    print()


def main():
    verb, args = sys.argv[1], sys.argv[2:]
    if verb == "make":
        make(args[0], int(args[1]))
    elif verb == "send":
        send(*args)
    elif verb == "expect":
        expect(*args)
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()

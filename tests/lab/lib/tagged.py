#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
Waits for frames that carry a VLAN's tag on the wire.

usage: tagged.py DEVICE VLAN		succeeds after 20 of them
"""

import socket
import struct
import sys

SOL_PACKET, PACKET_AUXDATA = 263, 8
TP_STATUS_VLAN_VALID = 0x10

device, vlan = sys.argv[1], int(sys.argv[2])
source = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
source.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
source.bind((device, 3))
seen = 0
while seen < 20:
    data, ancillary, _, address = source.recvmsg(2000, 100)
    if address[2] == socket.PACKET_OUTGOING:
        continue
    for _, _, value in ancillary:
        status, _, _, _, _, tci, _ = struct.unpack("IIIHHHH", value[:20])
        seen += bool(status & TP_STATUS_VLAN_VALID) and tci & 0xfff == vlan
    seen += data[12:14] == b"\x81\x00" and struct.unpack(">H", data[14:16])[0] & 0xfff == vlan
print(seen)

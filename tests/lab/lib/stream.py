#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
Bytes that both ends know, so that the receiver compares each of them.

usage: stream.py serve ADDRESS PORT		until it is killed
       stream.py push|pull ADDRESS PORT BYTES	TCP, to the server or from it
       stream.py segments ADDRESS PORT COUNT SIZE	UDP: one write, cut into COUNT datagrams by the NIC
"""

import random
import socket
import struct
import sys
import threading

CHUNK = 1 << 16
SOL_UDP, UDP_SEGMENT = 17, 103


def chunks(size):
    rng = random.Random(size)
    while size:
        n = min(size, CHUNK)
        yield rng.randbytes(n)
        size -= n


def give(out, size):
    for chunk in chunks(size):
        out.sendall(chunk)


def read(source, size):
    got = b""
    while len(got) < size:
        part = source.recv(size - len(got))
        if not part:
            break
        got += part
    return got


def take(source, size):
    for chunk in chunks(size):
        if read(source, len(chunk)) != chunk:
            return b"wrong"
    return b"right"


def serve_stream(connection):
    with connection:
        verb, size = struct.unpack("!4sQ", read(connection, 12))
        if verb == b"push":
            connection.sendall(take(connection, size))
        else:
            give(connection, size)


def serve_datagrams(sock):
    """Collects until a short one, then says what came: right, or how many bytes."""
    got = b""
    while True:
        data, peer = sock.recvfrom(65536)
        if data == b"end":
            want = b"".join(chunks(len(got)))
            sock.sendto(b"right" if got == want else b"wrong", peer)
            got = b""
        else:
            got += data


def serve(address):
    datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    datagrams.bind(address)
    threading.Thread(target=serve_datagrams, args=(datagrams,), daemon=True).start()
    listener = socket.create_server(address)
    while True:
        threading.Thread(target=serve_stream, args=(listener.accept()[0],), daemon=True).start()


def stream(verb, address, size):
    connection = socket.create_connection(address, timeout=60)
    connection.sendall(struct.pack("!4sQ", verb.encode(), size))
    if verb == "pull":
        return take(connection, size)
    give(connection, size)
    return read(connection, 5)


def segments(address, count, size):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.settimeout(20)
    sock.connect(address)
    data = b"".join(chunks(count * size))
    sock.sendmsg([data], [(SOL_UDP, UDP_SEGMENT, struct.pack("=H", size))])
    sock.send(b"end")
    return sock.recv(5)


def main():
    verb, address = sys.argv[1], (sys.argv[2], int(sys.argv[3]))
    numbers = [int(n) for n in sys.argv[4:]]
    if verb == "serve":
        serve(address)
    said = segments(address, *numbers) if verb == "segments" else stream(verb, address, *numbers)
    print(said.decode())
    sys.exit(said != b"right")


main()

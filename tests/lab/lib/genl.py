# SPDX-License-Identifier: GPL-2.0-only
"""
The family vsext by hand: no vsextctl in between, no process per command.

Numbers come from the header that specifies the family.
"""

import errno
import os
import re
import socket
import struct
import time

HEADER = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                      "../../../vsext/uapi/linux/vsext.h")

SLOW = int(os.environ.get("SLOW", 1))
NLM_F_REQUEST, NLM_F_ACK, NLM_F_DUMP = 1, 4, 0x300
NLMSG_ERROR, NLMSG_DONE = 2, 3
NLM_F_CAPPED, NLM_F_ACK_TLVS = 0x100, 0x200
GENL_ID_CTRL = 0x10
NLM_F_DUMP_INTR = 0x10
SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, NETLINK_EXT_ACK = 270, 1, 11
NLA_F_NESTED = 0x8000


def _constants():
    """{name: value} of every enum."""
    with open(HEADER) as f:
        text = re.sub(r"/\*.*?\*/", "", f.read(), flags=re.S)
    found = {}
    for body in re.findall(r"enum\s+\w+\s*{(.*?)}", text, flags=re.S):
        names = [n.strip() for n in body.split(",") if n.strip()]
        found.update({name: value for value, name in enumerate(names)})
    return found


C = {name.removeprefix("VSEXT_"): value for name, value in _constants().items()}


def attr(kind, payload):
    size = 4 + len(payload)
    return struct.pack("HH", size, kind) + payload + bytes(-size % 4)


def nest(kind, *attrs):
    return attr(kind | NLA_F_NESTED, b"".join(attrs))


def attrs(data):
    """[(type, payload)]"""
    found = []
    while len(data) >= 4:
        size, kind = struct.unpack_from("HH", data)
        if size < 4 or size > len(data):
            break
        found.append((kind & 0x3fff, data[4:size]))
        data = data[(size + 3) & ~3:]
    return found


class Refused(Exception):
    def __init__(self, code, message):
        super().__init__(f"{os.strerror(code)}: {message}" if message else os.strerror(code))
        self.errno = code
        self.message = message


class Genl:
    """One netlink socket, so one speaker of transactions."""

    def __init__(self):
        self.sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16)
        self.sock.setsockopt(SOL_NETLINK, NETLINK_EXT_ACK, 1)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.sock.settimeout(30 * SLOW)
        self.sock.bind((0, 0))
        self.seq = 0
        self.interrupted = False  # the last dump
        name = attr(2, b"vsext\0")
        reply = self._talk(GENL_ID_CTRL, NLM_F_ACK, struct.pack("BBH", 3, 1, 0) + name)
        told = dict(attrs(reply[0][4:]))
        self.family = struct.unpack("H", told[1])[0]
        groups = [dict(attrs(group)) for _, group in attrs(told[7])]
        self.groups = {g[1].rstrip(b"\0").decode(): struct.unpack("I", g[2])[0] for g in groups}

    def close(self):
        self.sock.close()

    def listen(self, group):
        """From now on it does nothing else."""
        self.sock.setsockopt(SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, self.groups[group])
        self.sock.setblocking(False)

    def heard(self):
        """How many events came since; None: some are missing, and we were told."""
        count, missing = 0, False
        while True:
            try:
                self.sock.recv(1 << 18)
                count += 1
            except BlockingIOError:
                return None if missing else count
            except OSError as e:
                if e.errno != errno.ENOBUFS:
                    raise
                missing = True

    def send(self, kind, flags, data):
        self.seq += 1
        self.interrupted = False
        size = 16 + len(data)
        self.sock.send(struct.pack("IHHII", size, kind, flags | NLM_F_REQUEST, self.seq, 0) + data)

    def _error(self, data, flags):
        code = struct.unpack_from("i", data)[0]
        if not code:
            return None
        size = struct.unpack_from("I", data, 4)[0]
        text = data[20:] if flags & NLM_F_CAPPED else data[4 + ((size + 3) & ~3):]
        said = dict(attrs(text)).get(1, b"") if flags & NLM_F_ACK_TLVS else b""
        return Refused(-code, said.rstrip(b"\0").decode(errors="replace"))

    def receive(self):
        """Payloads of the answer to what was sent last; raises Refused."""
        found = []
        while True:
            data = self.sock.recv(1 << 18)
            while len(data) >= 16:
                size, kind, flags, seq, _ = struct.unpack_from("IHHII", data)
                body, data = data[16:size], data[(size + 3) & ~3:]
                if seq != self.seq:
                    continue
                self.interrupted |= bool(flags & NLM_F_DUMP_INTR)
                if kind == NLMSG_ERROR:
                    error = self._error(body, flags)
                    if error:
                        raise error
                    return found
                if kind == NLMSG_DONE:
                    code = struct.unpack_from("i", body)[0] if len(body) >= 4 else 0
                    if code < 0:
                        raise Refused(-code, "")
                    return found
                found.append(body)

    def _talk(self, kind, flags, data):
        self.send(kind, flags, data)
        return self.receive()

    def command(self, name, *attributes, dump=False):
        """Each reply's attributes."""
        head = struct.pack("BBH", C[f"CMD_{name}"], 1, 0)
        replies = self._talk(self.family, NLM_F_DUMP if dump else NLM_F_ACK,
                             head + b"".join(attributes))
        return [attrs(r[4:]) for r in replies]

    def stats(self):
        reply = self.command("STATS_GET")[0]
        values = dict(attrs(dict(reply)[C["A_STATS"]]))
        names = {v: n.removeprefix("STAT_").lower() for n, v in C.items() if n.startswith("STAT_")}
        return {names[k]: struct.unpack("Q", v)[0] for k, v in values.items() if len(v) == 8}


SIZES = {"IN_PORT": "=I", "DL_TYPE": ">H", "VLAN_TCI": ">H", "NW_SRC": ">I", "NW_DST": ">I",
         "NW_PROTO": "B", "NW_TOS": "B", "TP_SRC": ">H", "TP_DST": ">H", "TUN_TYPE": "B",
         "TUN_ID": ">I", "VM_ID": "B", "VM_PRIO": "B"}


def match(text):
    """'dl_type=0x800,nw_proto=17,tp_dst=5001' as a VSEXT_FLOW_A_MATCH nest."""
    fields = []
    for word in filter(None, text.split(",")):
        name, value = word.upper().split("=")
        fields.append(attr(C[f"M_{name}"], struct.pack(SIZES[name.removeprefix("INNER_")], int(value, 0))))
    return nest(C["FLOW_A_MATCH"], *fields)


def flow(text, core=None, action=None, priority=None, replace=False, strict=False, cookie=None,
         want_cookie=None, want_core=None, check_overlap=False, idle=None, hard=None):
    parts = [match(text)] if text is not None else []
    if cookie is not None:
        parts.append(attr(C["FLOW_A_COOKIE"], struct.pack("Q", cookie)))
    if want_cookie is not None:
        parts.append(attr(C["FLOW_A_SELECT_COOKIE"], struct.pack("QQ", *want_cookie)))
    if want_core is not None:
        parts.append(attr(C["FLOW_A_SELECT_CORE"], struct.pack("I", want_core)))
    if priority is not None:
        parts.append(attr(C["FLOW_A_PRIORITY"], struct.pack("H", priority)))
    if core is not None:
        parts.append(attr(C["FLOW_A_CORE"], struct.pack("I", core)))
        action = "CORE"
    if action is not None:
        parts.append(attr(C["FLOW_A_ACTION"], struct.pack("B", C[f"ACT_{action}"])))
    if idle is not None:
        parts.append(attr(C["FLOW_A_IDLE"], struct.pack("H", idle)))
    if hard is not None:
        parts.append(attr(C["FLOW_A_HARD"], struct.pack("H", hard)))
    if replace:
        parts.append(attr(C["FLOW_A_REPLACE"], b""))
    if check_overlap:
        parts.append(attr(C["FLOW_A_CHECK_OVERLAP"], b""))
    if strict:
        parts.append(attr(C["FLOW_A_STRICT"], b""))
    return nest(C["A_FLOW"], *parts)


class Ticker:
    """Absolute ticks; those missed are not made up for."""

    def __init__(self, seconds):
        self.step = seconds
        self.next = time.monotonic()
        self.longest = 0.0

    def wait(self):
        self.next += self.step
        left = self.next - time.monotonic()
        if left > 0:
            time.sleep(left)
        else:
            self.longest = max(self.longest, self.step - left)
            self.next -= left

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
What the family vsext promises to those who speak netlink themselves: transactions,
dumps while rules change, many rules, and hostile messages. Prints one line per
case, 'ok<TAB>NAME' or 'not ok<TAB>NAME<TAB>WHY'.

usage: netlink_cases.py DEVICE [SEED]
"""

import collections
import errno
import os
import random
import signal
import socket
import struct
import sys
import threading
import time
import traceback

import genl
from genl import C, Genl, Refused, attr, attrs, flow, nest

DEVICE = sys.argv[1]
IFINDEX = socket.if_nametoindex(DEVICE)
SEED = int(sys.argv[2]) if len(sys.argv) > 2 else time.time_ns() % 1000000
MESSAGES = 20000 // genl.SLOW


def udp(port, **kw):
    return flow(f"dl_type=0x800,nw_proto=17,tp_dst={port}", **kw)


def config(**kw):
    sizes = {"THRESHOLD": "I", "FCF": "B", "QUEUE_LIMIT": "I"}
    return nest(C["A_CONFIG"], *(attr(C[f"CONFIG_A_{k}"], struct.pack(sizes[k], v)) for k, v in kw.items()))


def vm(number, **kw):
    return nest(C["A_VM"], attr(C["VM_A_ID"], struct.pack("B", number)),
                *(attr(C[f"VM_A_{k}"], v) for k, v in kw.items()))


def core(number, excluded):
    return nest(C["A_CORE"], attr(C["CORE_A_ID"], struct.pack("I", number)),
                attr(C["CORE_A_EXCLUDED"], struct.pack("B", excluded)))


def port(mode, ifindex=IFINDEX):
    return nest(C["A_PORT"], attr(C["PORT_A_IFINDEX"], struct.pack("I", ifindex)),
                attr(C["PORT_A_MODE"], struct.pack("B", mode)))


def begin(g, flush=False):
    g.command("TXN_BEGIN", nest(C["A_TXN"], attr(C["TXN_A_FLUSH"], b"")) if flush else b"")


def dumped(g, *wanted):
    """(match and priority, the rest that does not change by itself) of each rule"""
    for reply in g.command("FLOW_GET", *wanted, dump=True):
        rule = dict(attrs(dict(reply)[C["A_FLOW"]]))
        yield ((rule[C["FLOW_A_MATCH"]], rule[C["FLOW_A_PRIORITY"]]),
               tuple(rule.get(C[f"FLOW_A_{n}"]) for n in ("COOKIE", "ACTION", "CORE")))


def rules(g):
    found = list(dumped(g))
    assert len(dict(found)) == len(found), "a dump shows a rule twice"
    return dict(found)


def state(g):
    """All that an administrator has set."""
    vms = [reply for reply in g.command("VM_GET", dump=True)]
    ports = [{k: v for k, v in attrs(dict(r)[C["A_PORT"]]) if k in (C["PORT_A_IFINDEX"], C["PORT_A_MODE"])}
             for r in g.command("PORT_GET", dump=True)]
    cores = [dict(attrs(dict(r)[C["A_CORE"]]))[C["CORE_A_EXCLUDED"]] for r in g.command("CORE_GET", dump=True)]
    return rules(g), vms, ports, cores, g.command("CONFIG_GET")


def refused(code, g, name, *attributes, **kw):
    """It is, with this error and a sentence."""
    try:
        g.command(name, *attributes, **kw)
    except Refused as e:
        assert e.errno == code, f"{name}: {errno.errorcode[e.errno]}, not {errno.errorcode[code]}"
        assert e.message, f"{name}: refused without a word"
        return
    raise AssertionError(f"{name} was not refused")


def clear(g):
    begin(g, flush=True)
    g.command("TXN_COMMIT")


# ---- transactions

def case_open_transaction(a, b):
    """an open transaction: nothing is seen before it is committed"""
    begin(a)
    a.command("FLOW_ADD", udp(1, core=1))
    a.command("CONFIG_SET", config(THRESHOLD=33))
    assert not rules(b), "a rule of an open transaction is seen"
    a.command("TXN_COMMIT")
    assert len(rules(b)) == 1, "a committed rule is not seen"


def case_second_writer(a, b):
    """an open transaction: another writer is told EBUSY, reads go on"""
    begin(a)
    for name, what in (("FLOW_ADD", udp(2, core=1)), ("FLOW_DEL", udp(1)), ("VM_SET", vm(3)),
                       ("CONFIG_SET", config(THRESHOLD=1)), ("CORE_SET", core(1, 1)),
                       ("PORT_SET", port(C["PORT_AUTO"])), ("TXN_BEGIN", b"")):
        refused(errno.EBUSY, b, name, what)
    refused(errno.ENOENT, b, "TXN_COMMIT")
    refused(errno.ENOENT, b, "TXN_ABORT")
    state(b)
    a.command("TXN_ABORT")
    b.command("VM_SET", vm(3))


def case_begin_twice(a, _):
    """a transaction in a transaction is refused, the first goes on"""
    begin(a)
    refused(errno.EBUSY, a, "TXN_BEGIN")
    a.command("FLOW_ADD", udp(3, core=1))
    a.command("TXN_COMMIT")
    assert len(rules(a)) == 1


def case_abort(a, b):
    """abort takes everything back: rules, settings, VMs, exclusions, ports, a flush"""
    b.command("FLOW_ADD", udp(4, core=1, priority=5))
    b.command("VM_SET", vm(4, TENANT=b"four\0"))
    old = state(b)
    begin(a, flush=True)
    a.command("FLOW_ADD", udp(5, core=2))
    a.command("VM_SET", vm(5, CORES=struct.pack("I", 1)))
    a.command("CORE_SET", core(2, 1))
    a.command("CONFIG_SET", config(THRESHOLD=77, QUEUE_LIMIT=100))
    a.command("PORT_SET", port(C["PORT_INGRESS"]))
    a.command("TXN_ABORT")
    assert state(b) == old, "something is left"


def case_closed(a, b):
    """a socket that is closed takes its transaction back"""
    old = state(b)
    c = Genl()
    begin(c)
    c.command("FLOW_ADD", udp(6, core=1))
    c.command("PORT_SET", port(C["PORT_AUTO"]))
    c.close()
    assert state(b) == old
    a.command("VM_SET", vm(6))


def case_killed(_, b):
    """so does a process that is killed"""
    old = state(b)
    ready, write = os.pipe()
    child = os.fork()
    if not child:
        c = Genl()
        begin(c, flush=True)
        c.command("FLOW_ADD", udp(7, core=1))
        os.write(write, b"x")
        signal.pause()
    os.read(ready, 1)
    refused(errno.EBUSY, b, "FLOW_ADD", udp(8, core=1))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    assert state(b) == old
    b.command("FLOW_ADD", udp(8, core=1))


def case_off(a, b):
    """'off' ends another's transaction: its owner hears of it, nothing of it stays"""
    old = state(b)
    b.command("PORT_SET", port(C["PORT_AUTO"]))
    begin(a)
    a.command("FLOW_ADD", udp(9, core=1))
    b.command("OFF")
    refused(errno.ECANCELED, a, "FLOW_ADD", udp(10, core=1))
    refused(errno.ECANCELED, a, "TXN_COMMIT")
    assert state(b) == old
    b.command("FLOW_ADD", udp(10, core=1))


def case_failed(a, b):
    """a command that fails takes the whole transaction with it"""
    b.command("FLOW_ADD", udp(11, core=1))
    old = state(b)
    begin(a)
    a.command("FLOW_ADD", udp(12, core=1))
    refused(errno.EEXIST, a, "FLOW_ADD", udp(11, core=2))
    refused(errno.ECANCELED, a, "FLOW_ADD", udp(13, core=1))
    refused(errno.ECANCELED, a, "TXN_COMMIT")
    assert state(b) == old
    a.command("FLOW_ADD", udp(13, core=1))


# ---- many

def case_many(a, b):
    """10,000 rules in one transaction, seen by a dump at once and in full"""
    begin(a)
    head = struct.pack("BBH", C["CMD_FLOW_ADD"], 1, 0)
    for n in range(10000):
        a.send(a.family, genl.NLM_F_ACK, head + udp(n, core=n % 4))
        a.receive()
    assert not rules(b)
    a.command("TXN_COMMIT")
    assert len(rules(b)) == 10000
    a.command("FLOW_DEL", flow("dl_type=0x800"))
    assert not rules(b)


def case_dump(a, b):
    """dumps while rules change: the rules that stay are in each, once"""
    begin(a)
    for n in range(2000):
        a.command("FLOW_ADD", udp(n, core=1, priority=7))
    a.command("TXN_COMMIT")
    stay = set(rules(b))
    done = threading.Event()
    failed = []

    def change():
        c = Genl()
        try:
            while not done.is_set():
                for n in range(0, 300, 7):
                    c.command("FLOW_ADD", udp(n, core=2, priority=9))
                c.command("FLOW_DEL", udp(0, priority=9, strict=True))
                begin(c)
                for n in range(7, 300, 7):
                    c.command("FLOW_DEL", udp(n, priority=9, strict=True))
                c.command("TXN_COMMIT")
        except Refused as e:
            failed.append(e)

    writer = threading.Thread(target=change)
    writer.start()
    try:
        for _ in range(30):
            # One that is deleted and added again meanwhile may be there twice.
            seen = collections.Counter(key for key, _ in dumped(b))
            wrong = [key for key in stay if seen[key] != 1]
            assert not wrong, f"{len(wrong)} of {len(stay)} are missing or there twice"
    finally:
        done.set()
        writer.join()
    assert not failed, failed


def case_interrupted(a, b):
    """a dump says that rules changed meanwhile, and only then"""
    begin(a)
    for n in range(2000):
        a.command("FLOW_ADD", udp(n, core=1))
    a.command("TXN_COMMIT")
    list(dumped(b))
    assert not b.interrupted, "nothing has changed"
    b.send(b.family, genl.NLM_F_DUMP, struct.pack("BBH", C["CMD_FLOW_GET"], 1, 0))
    a.command("FLOW_DEL", udp(7))
    b.receive()
    assert b.interrupted


def case_selected(a, b):
    """dumps and deletions by match, cookie and core: those, and no others"""
    def cookies(**kw):
        return sorted(struct.unpack("Q", rest[0])[0] for _, rest in dumped(b, flow(kw.pop("match", None), **kw)))

    for n, (what, where) in enumerate((
            ("dl_type=0x800,nw_proto=17,tp_dst=1", {"core": 1}), ("dl_type=0x800,nw_proto=6", {"core": 2}),
            ("dl_type=0x800", {"core": 1}), ("dl_type=0x86dd", {"action": "AUTO"}), ("", {"action": "LOCAL"}))):
        a.command("FLOW_ADD", flow(what, cookie=n + 0x10, **where))
    assert cookies() == [0x10, 0x11, 0x12, 0x13, 0x14]
    assert cookies(match="dl_type=0x800") == [0x10, 0x11, 0x12], "the match"
    assert cookies(match="dl_type=0x800,nw_proto=17") == [0x10]
    assert cookies(want_core=1) == [0x10, 0x12], "the core"
    assert cookies(want_core=0) == []
    assert cookies(want_cookie=(0x11, 2 ** 64 - 1)) == [0x11], "the cookie"
    assert cookies(want_cookie=(0x10, 0xf1)) == [0x10, 0x12, 0x14], "the mask"
    assert cookies(match="dl_type=0x800", want_core=1, want_cookie=(0, 2)) == [0x10], "all three"
    refused(errno.EINVAL, b, "FLOW_DEL", flow(None, want_cookie=(3, 1)))
    refused(errno.EINVAL, b, "FLOW_DEL", flow(None, want_core=2 ** 31))
    refused(errno.EINVAL, b, "FLOW_DEL", flow("dl_type=0x800", priority=5))
    refused(errno.EINVAL, b, "FLOW_DEL", flow("dl_type=0x800", cookie=1))
    refused(errno.ENOENT, b, "FLOW_DEL", flow(None, strict=True, priority=77))
    refused(errno.ENOENT, b, "FLOW_DEL", flow(None, want_cookie=(0x99, 0xff)))
    refused(errno.ENOENT, b, "FLOW_DEL", flow("dl_type=0x800", strict=True, want_core=2))
    a.command("FLOW_DEL", flow("dl_type=0x800", strict=True, want_core=1))
    a.command("FLOW_DEL", flow(None, want_cookie=(0x10, 0xf1)))
    assert cookies() == [0x11, 0x13]
    a.command("FLOW_DEL", flow(None, want_core=2))
    assert cookies() == [0x13]
    a.command("FLOW_DEL", flow(None))
    a.command("FLOW_DEL", flow(None))
    assert cookies() == []


def case_modified(a, b):
    """modify, strict or not: those rules, their cookies only if one is given, or none at all"""
    def places(**kw):
        return {struct.unpack("Q", rest[0])[0]: (rest[1][0], rest[2]) for _, rest in dumped(b)}

    one, two = (C["ACT_CORE"], struct.pack("I", 1)), (C["ACT_CORE"], struct.pack("I", 2))
    local = (C["ACT_LOCAL"], None)
    for n, what in enumerate(("dl_type=0x800,nw_proto=17", "dl_type=0x800,nw_proto=6", "dl_type=0x86dd")):
        a.command("FLOW_ADD", flow(what, cookie=n, core=1))
    a.command("FLOW_MOD", flow("dl_type=0x800", core=2))
    assert places() == {0: two, 1: two, 2: one}
    a.command("FLOW_MOD", flow("dl_type=0x800,nw_proto=6", action="LOCAL", cookie=7, strict=True))
    assert places() == {0: two, 7: local, 2: one}
    refused(errno.ENOENT, a, "FLOW_MOD", flow("dl_type=0x800", action="LOCAL", strict=True))
    refused(errno.ENOENT, a, "FLOW_MOD", flow("dl_type=0x806", action="LOCAL"))
    refused(errno.ENOENT, a, "FLOW_MOD", flow("dl_type=0x86dd", action="LOCAL", strict=True, priority=1))
    refused(errno.EINVAL, a, "FLOW_MOD", flow("dl_type=0x800"))
    refused(errno.EINVAL, a, "FLOW_MOD", flow("dl_type=0x800", action="VM"))
    refused(errno.EINVAL, a, "FLOW_MOD", flow("dl_type=0x800", action="LOCAL", replace=True))
    refused(errno.EINVAL, a, "FLOW_ADD", flow("dl_type=0x806", action="LOCAL", strict=True))
    a.command("FLOW_MOD", flow(None, action="LOCAL", want_cookie=(2, 3)))
    assert places() == {0: two, 7: local, 2: local}
    begin(a)
    a.command("FLOW_MOD", flow("", core=1))
    a.command("FLOW_MOD", flow("dl_type=0x86dd", core=2, cookie=8))
    refused(errno.ENOENT, a, "FLOW_MOD", flow("dl_type=0x806", core=1))
    a.command("TXN_ABORT")
    assert places() == {0: two, 7: local, 2: local}, "a failed transaction changed something"


def case_overlap(a, _):
    """check_overlap: refused where a packet may match two rules of one priority"""
    a.command("FLOW_ADD", flow("dl_type=0x800,nw_proto=17", core=1, priority=5))
    refused(errno.ENOTUNIQ, a, "FLOW_ADD", flow("dl_type=0x800", core=1, priority=5, check_overlap=True))
    refused(errno.ENOTUNIQ, a, "FLOW_ADD", flow("vm_id=1", core=1, priority=5, check_overlap=True))
    refused(errno.EEXIST, a, "FLOW_ADD", flow("dl_type=0x800,nw_proto=17", core=1, priority=5, check_overlap=True))
    a.command("FLOW_ADD", flow("dl_type=0x86dd", core=1, priority=5, check_overlap=True))
    a.command("FLOW_ADD", flow("dl_type=0x800", core=1, priority=6, check_overlap=True))
    a.command("FLOW_ADD", flow("dl_type=0x800,nw_proto=17", core=1, priority=5, check_overlap=True, replace=True))


# ---- hostile messages

SETTERS = ("FLOW_ADD", "FLOW_DEL", "FLOW_MOD", "VM_SET", "VM_DEL", "CORE_SET", "CONFIG_SET", "PORT_SET",
           "TXN_BEGIN", "TXN_COMMIT", "TXN_ABORT")
GETTERS = ("PORT_GET", "FLOW_GET", "VM_GET", "CORE_GET", "CONFIG_GET", "STATS_GET")


def sensible(rng, name):
    """Attributes as a friend would send them, mostly."""
    if name.startswith("FLOW"):
        fields = rng.sample(sorted(genl.SIZES), rng.randrange(5))
        text = ",".join(f"{f.lower()}={rng.choice((0, 1, 6, 17, 5, 255, 0x800))}" for f in fields
                        if genl.SIZES[f] != "B" or True)
        text = text.replace("=0x800", "=8").replace("=2048", "=8")
        if rng.random() < 0.8:
            text = "dl_type=0x800,nw_proto=17," + ",".join(
                w for w in text.split(",") if not w.startswith(("dl_type", "nw_proto")))
        return flow(text, core=rng.choice((None, 0, 1, 3, 4, 2 ** 31)),
                    action=rng.choice((None, "AUTO", "LOCAL", "VM")),
                    priority=rng.choice((None, 1, 65535)), replace=rng.random() < 0.5,
                    check_overlap=rng.random() < 0.2, want_cookie=rng.choice((None, None, (0, 0), (1, 1), (2, 1))),
                    want_core=rng.choice((None, None, 1, 2 ** 31)))
    if name.startswith("VM"):
        return vm(rng.choice((0, 1, 5, 31, 32, 127, 128, 255)), CORES=rng.randbytes(rng.choice((0, 3, 4, 8, 128, 132))))
    if name.startswith("CORE"):
        return core(rng.choice((0, 3, 4, 1023, 1024, 2 ** 32 - 1)), rng.choice((0, 1, 2)))
    if name.startswith("PORT"):
        return port(rng.randrange(6), rng.choice((0, 1, IFINDEX, 9999, 2 ** 31)))
    if name.startswith("TXN"):
        return nest(C["A_TXN"], attr(C["TXN_A_FLUSH"], b"")) if rng.random() < 0.5 else b""
    return config(THRESHOLD=rng.choice((0, 50, 100, 101, 2 ** 32 - 1)), FCF=rng.randrange(4),
                  QUEUE_LIMIT=rng.choice((0, 63, 64, 65536, 65537)))


def spoil(rng, data):
    """Flips, cuts, repeats, wrong lengths, wrong types, noise."""
    data = bytearray(data)
    for _ in range(rng.choice((0, 1, 1, 2, 5))):
        kind = rng.randrange(6)
        at = rng.randrange(len(data)) if data else 0
        if kind == 0 and data:
            data[at] ^= 1 << rng.randrange(8)
        elif kind == 1 and data:
            data[at] = rng.choice((0, 1, 2, 4, 0x7f, 0x80, 0xff))
        elif kind == 2:
            del data[at:at + rng.randrange(1, 9)]
        elif kind == 3:
            data[at:at] = rng.randbytes(rng.randrange(1, 40))
        elif kind == 4:
            data += data[at:]
        elif len(data) >= 4:
            at &= ~3
            data[at:at + 2] = struct.pack("H", rng.choice((0, 1, 3, 4, 5, 8, 0x7fff, 0xffff, rng.randrange(65536))))
    return bytes(data[:8000])


class Hostile:
    def __init__(self, rng):
        self.rng = rng
        self.genl = Genl()
        self.accepted = self.refused = self.ignored = 0
        self.speechless = collections.Counter()

    def message(self):
        rng = self.rng
        cmd = rng.choice(SETTERS + GETTERS)
        if cmd in ("PORT_SET", "TXN_BEGIN") and rng.random() < 0.8:
            cmd = "FLOW_ADD"
        number = C[f"CMD_{cmd}"] if rng.random() < 0.97 else rng.randrange(256)
        body = sensible(rng, cmd)
        if rng.random() < 0.8:
            body = spoil(rng, body)
        # It detaches ports, and no answer to another command would tell.
        if number == C["CMD_OFF"]:
            number = C["CMD_STATS_GET"]
        head = struct.pack("BBH", number, rng.choice((1, 1, 1, 0, 255)), 0)
        return number, head + body if rng.random() < 0.99 else rng.randbytes(rng.randrange(4))

    def exchange(self):
        """Sends one; the answer to a question that follows ends its answers. None: no answer."""
        g, rng = self.genl, self.rng
        number, data = self.message()
        flags = genl.NLM_F_REQUEST | rng.choice((genl.NLM_F_ACK, genl.NLM_F_ACK, 0, genl.NLM_F_DUMP))
        g.seq += 1
        mine = g.seq
        size = 16 + len(data)
        if rng.random() < 0.02:
            size = rng.choice((0, 15, 16, 17, size - 1, size + 4, 2 ** 31, 2 ** 32 - 1))
        g.sock.send(struct.pack("IHHII", size % 2 ** 32, g.family, flags, mine, 0) + data)
        result = self.answer(mine)
        return number, result

    def answer(self, mine):
        g = self.genl
        result = None
        while True:
            try:
                g.send(g.family, genl.NLM_F_ACK, struct.pack("BBH", C["CMD_CONFIG_GET"], 1, 0))
                break
            except OSError:
                time.sleep(0.01)
        while True:
            data = g.sock.recv(1 << 18)
            while len(data) >= 16:
                size, kind, flags, seq, _ = struct.unpack_from("IHHII", data)
                body, data = data[16:size], data[(size + 3) & ~3:]
                if kind == genl.NLMSG_ERROR and seq == mine:
                    error = g._error(body, flags)
                    result = error.errno if error else 0
                    if error and not error.message:
                        self.speechless[errno.errorcode.get(error.errno, error.errno)] += 1
                elif kind == genl.NLMSG_ERROR and seq == g.seq:
                    return result

    def run(self, messages, watcher):
        known = state(watcher)
        setters = {C[f"CMD_{n}"] for n in SETTERS}
        suspects = []
        for n in range(messages):
            number, result = self.exchange()
            if result is None:
                self.ignored += 1
            elif result:
                self.refused += 1
            else:
                self.accepted += 1
            if result:
                suspects.append((number, result))
            elif number in setters:
                try:
                    self.genl.command("TXN_ABORT")
                except Refused:
                    pass
                known = state(watcher)
                suspects = []
            if n % 20 == 19 and suspects:
                now = state(watcher)
                assert now == known, f"one of {suspects} was refused and has changed something"
                suspects = []


def case_hostile(_, b):
    """20,000 hostile messages: the kernel survives, what is refused changes nothing"""
    hostile = Hostile(random.Random(SEED))
    hostile.run(MESSAGES, b)
    print(f"# {hostile.accepted} accepted, {hostile.refused} refused, "
          f"{hostile.ignored} without an answer; seed {SEED}; without a sentence: {dict(hostile.speechless)}")
    assert hostile.refused > MESSAGES / 4 and hostile.accepted > MESSAGES / 100


def case_alive(a, b):
    """behind them everything works as before"""
    clear(a)
    a.command("FLOW_ADD", udp(1, core=1))
    assert len(rules(b)) == 1


def main():
    watcher = Genl()
    for name, case in list(globals().items()):
        if not name.startswith("case_"):
            continue
        what = case.__doc__.strip()
        a, b = Genl(), Genl()
        try:
            if case is not case_alive:
                clear(watcher)
            case(a, b)
            print(f"ok\t{what}", flush=True)
        except Exception as e:
            where = traceback.extract_tb(e.__traceback__)[-1]
            print(f"not ok\t{what}\t{type(e).__name__}: {e} ({where.name}:{where.lineno})", flush=True)
        a.close()
        b.close()
    watcher.command("OFF")
    clear(watcher)


if __name__ == "__main__":
    main()

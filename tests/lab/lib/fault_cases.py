#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
Every allocation that a command makes fails once: the first one, the second one, ...
until the command makes no more of them (fail-nth, see the kernel's
fault-injection.rst). Each time the command either works or is refused as out of
memory with everything as it was before. Prints one line per case, 'ok<TAB>NAME' or
'not ok<TAB>NAME<TAB>WHY'.

usage: fault_cases.py DEVICE OTHER-DEVICE
"""

import errno
import socket
import struct
import sys
import traceback

OTHER = socket.if_nametoindex(sys.argv.pop())

# pylint: disable=wrong-import-position
import genl
import netlink_cases as base
from fault_nth import FailNth
from genl import C, Genl, Refused, attr, flow, nest

ENOUGH = 5000

# Every field that goes together, so that nothing is left out.
FULL = ",".join((
    "in_port=1", "dl_type=0x800", "nw_src=0x0a4d0001", "nw_dst=0x0a4d0002", "nw_proto=17",
    "nw_tos=0x14", "tp_src=7", "tp_dst=4789", "tun_type=1", "tun_id=42", "inner_dl_type=0x800",
    "inner_nw_src=1", "inner_nw_dst=2", "inner_nw_proto=6", "inner_nw_tos=0", "inner_tp_src=3",
    "inner_tp_dst=4", "vm_id=5", "vm_prio=1"))


FAULT = FailNth()


class Lost(Exception):
    """netlink itself had no memory for the question or the answer."""


def speak(g, name, *attributes, **kw):
    try:
        return g.command(name, *attributes, **kw)
    except OSError as e:
        if e.errno in (errno.ENOBUFS, errno.ENOMEM):
            raise Lost from e
        raise


def state(g):
    """What netlink_cases watches, order aside."""
    rules, vms, ports, cores, config = base.state(g)
    return rules, vms, sorted(map(str, ports)), cores, config


def settle(g, *commands):
    """Nothing but what these commands make."""
    FAULT.disarm()
    try:
        g.command("TXN_ABORT")
    except Refused:
        pass
    if g.command("PORT_GET", dump=True):
        g.command("OFF")
    base.clear(g)
    for name, *attributes in commands:
        g.command(name, *attributes)


def attempt(g, commands):
    """Returns the replies of the last; raises Refused or Lost."""
    replies = []
    for name, *attributes in commands:
        dump = bool(attributes) and attributes[-1] == "dump"
        replies = speak(g, name, *attributes[:-1] if dump else attributes, dump=dump)
    return replies


def shape(replies):
    """What of an answer does not change by itself."""
    return [[kind for kind, _ in r] for r in replies]


def every_allocation(before, commands, is_read=False):
    """Returns how many there were, and how many of them made the command fail."""
    watcher = Genl()
    speaker = Genl()
    listener = Genl()
    listener.listen("flow")
    settle(watcher, *before)
    old = state(watcher)
    listener.heard()
    wanted = shape(attempt(speaker, commands))
    new = state(watcher)
    events = listener.heard()
    assert is_read or new != old, "the command changes nothing, so it shows nothing"

    refused = 0
    for nth in range(1, ENOUGH):
        if not is_read:
            settle(watcher, *before)
            assert state(watcher) == old, f"{nth}: the state before cannot be made again"
            listener.heard()
        outcome, replies = "worked", None
        FAULT.arm(nth)
        try:
            replies = attempt(speaker, commands)
            failed = FAULT.disarm()
        except Refused as e:
            failed = FAULT.disarm()
            assert e.errno in (errno.ENOMEM, errno.ENOBUFS), f"{nth}: refused with {e}"
            outcome = "refused"
        except Lost:
            failed = FAULT.disarm()
            outcome = "lost"
            # Late answers are told by their number; the socket is as good as new.
        if outcome != "worked" and len(commands) > 1:
            try:
                speaker.command("TXN_ABORT")
            except Refused:
                pass
        now = state(watcher)
        assert listener.heard() in ((0,) if now == old else (events, None)), f"{nth}: an event too many or too few"
        if outcome == "refused":
            refused += 1
            assert now == old, f"{nth}: refused, and something has changed"
        elif outcome == "lost":
            refused += 1
            assert now in (old, new), f"{nth}: no answer, and half of it is done"
        else:
            assert now == new, f"{nth}: worked, with another result"
            assert shape(replies) == wanted, f"{nth}: another answer, and no error"
        if not failed:
            assert outcome == "worked", f"{nth}: {outcome}, though nothing failed"
            speaker.close()
            watcher.close()
            listener.close()
            return nth - 1, refused
    raise AssertionError(f"more than {ENOUGH} allocations")


# ---- what is tried

def port(mode, ifindex=base.IFINDEX):
    return base.port(C[f"PORT_{mode}"], ifindex)


def full_vm(number=5):
    return base.vm(number, CORES=struct.pack("I", 6), TENANT=b"a tenant\0", UUID=bytes(range(16)),
                   PRIO=b"\1")


def full_config():
    return base.config(THRESHOLD=33, FCF=C["FCF_TOS8"], QUEUE_LIMIT=100)


def many_rules():
    """So that the next of the same mask makes its buckets grow: the 11th does, and the 22nd."""
    return [("FLOW_ADD", base.udp(n, core=1)) for n in range(100, 121)]


FLUSH = nest(C["A_TXN"], attr(C["TXN_A_FLUSH"], b""))
RULE = ("FLOW_ADD", flow(FULL, core=1, priority=7))
VM = ("VM_SET", full_vm())
SOME = [RULE, ("FLOW_ADD", base.udp(9, core=2)), VM, ("VM_SET", base.vm(6)),
        ("CORE_SET", base.core(2, 1)), ("CONFIG_SET", base.config(THRESHOLD=20))]

# name, what there is before, the commands, whether they only read
CASES = [
    ("FLOW_ADD, the first rule", [], [RULE]),
    ("FLOW_ADD, a mask more", SOME, [("FLOW_ADD", flow("dl_type=0x86dd,nw_proto=6,tp_src=4", action="AUTO"))]),
    ("FLOW_ADD, a rule more of a mask", many_rules(), [("FLOW_ADD", base.udp(99, core=1))]),
    ("FLOW_ADD, with timeouts", SOME, [("FLOW_ADD", base.udp(8, core=1, idle=600, hard=1200, cookie=8))]),
    ("FLOW_ADD, replacing", SOME, [("FLOW_ADD", flow(FULL, core=3, priority=7, replace=True))]),
    ("FLOW_DEL, strict", SOME, [("FLOW_DEL", flow(FULL, priority=7, strict=True))]),
    ("FLOW_DEL, all of a mask", many_rules(), [("FLOW_DEL", flow("dl_type=0x800"))]),
    ("FLOW_MOD, strict", SOME, [("FLOW_MOD", flow(FULL, core=3, priority=7, strict=True))]),
    ("FLOW_MOD, all of a mask", many_rules(), [("FLOW_MOD", flow("dl_type=0x800", core=2))]),
    ("FLOW_MOD, of one with timeouts", [("FLOW_ADD", base.udp(8, core=1, idle=600, hard=1200))],
     [("FLOW_MOD", flow(None, core=2))]),
    ("VM_SET, new", [], [VM]),
    ("VM_SET, changed", SOME, [("VM_SET", base.vm(5, CORES=struct.pack("I", 1)))]),
    ("VM_DEL", SOME, [("VM_DEL", base.vm(5))]),
    ("CORE_SET", [], [("CORE_SET", base.core(1, 1))]),
    ("CONFIG_SET", [], [("CONFIG_SET", full_config())]),
    ("PORT_SET, in the driver", [], [("PORT_SET", port("DRIVER"))]),
    ("PORT_SET, at ingress", [], [("PORT_SET", port("INGRESS"))]),
    ("PORT_SET, auto, on a driver that is not patched", [], [("PORT_SET", port("AUTO", OTHER))]),
    ("PORT_SET, from the driver to ingress", [("PORT_SET", port("DRIVER"))], [("PORT_SET", port("INGRESS"))]),
    ("PORT_SET, from ingress to the driver", [("PORT_SET", port("INGRESS"))], [("PORT_SET", port("DRIVER"))]),
    ("PORT_SET, off", [("PORT_SET", port("DRIVER"))], [("PORT_SET", port("OFF"))]),
    ("OFF", [("PORT_SET", port("DRIVER")), ("PORT_SET", port("INGRESS", OTHER))], [("OFF",)]),
    ("a transaction of everything", SOME, [
        ("TXN_BEGIN",), ("FLOW_ADD", base.udp(1, core=1)), ("FLOW_ADD", flow("dl_type=0x86dd", action="LOCAL")),
        ("FLOW_DEL", base.udp(9)), ("VM_SET", full_vm(7)), ("VM_DEL", base.vm(6)), ("CORE_SET", base.core(3, 1)),
        ("CONFIG_SET", base.config(QUEUE_LIMIT=64)), ("PORT_SET", port("INGRESS", OTHER)), ("TXN_COMMIT",)]),
    ("a transaction that starts from nothing", SOME, [
        ("TXN_BEGIN", FLUSH), ("FLOW_ADD", base.udp(1, core=1)), ("VM_SET", full_vm(7)), ("TXN_COMMIT",)]),
    ("a transaction that is taken back", SOME, [
        ("TXN_BEGIN", FLUSH), RULE, VM, ("CONFIG_SET", full_config()), ("TXN_ABORT",)], True),
    ("FLOW_GET", SOME + many_rules(), [("FLOW_GET", "dump")], True),
    ("FLOW_GET, restricted", SOME, [("FLOW_GET", flow("dl_type=0x800"), "dump")], True),
    ("VM_GET, all", SOME, [("VM_GET", "dump")], True),
    ("VM_GET, one", SOME, [("VM_GET", base.vm(5))], True),
    ("CORE_GET, all", SOME, [("CORE_GET", "dump")], True),
    ("CORE_GET, one", SOME, [("CORE_GET", base.core(2, 0))], True),
    ("PORT_GET, all", [("PORT_SET", port("DRIVER"))], [("PORT_GET", "dump")], True),
    ("PORT_GET, one", [("PORT_SET", port("DRIVER"))], [("PORT_GET", port("DRIVER"))], True),
    ("CONFIG_GET", SOME, [("CONFIG_GET",)], True),
    ("STATS_GET", SOME, [("STATS_GET",)], True),
]


def every_command_is_tried():
    tried = {f"CMD_{name}" for _, _, commands, *_ in CASES for name, *_ in commands}
    known = {name for name in C if name.startswith("CMD_")}
    known -= {"CMD_UNSPEC", "CMD_FLOW_REMOVED"}  # no command, an event
    assert tried == known, f"not tried: {sorted(known - tried)}"


def main():
    failing = 0
    for name, before, commands, *is_read in CASES:
        try:
            count, refused = every_allocation(before, commands, bool(is_read))
            print(f"# {count} allocations, {refused} of them needed", flush=True)
            assert count, "no allocation failed"
            failing += refused
            print(f"ok\t{name}", flush=True)
        except Exception as e:
            FAULT.disarm()
            where = traceback.extract_tb(e.__traceback__)[-1]
            print(f"not ok\t{name}\t{type(e).__name__}: {e} ({where.name}:{where.lineno})", flush=True)
    try:
        every_command_is_tried()
        assert failing, "nothing was ever refused"
        print("ok\tevery command of the family was tried")
    except AssertionError as e:
        print(f"not ok\tevery command of the family was tried\t{e}")
    g = Genl()
    settle(g)
    g.close()


if __name__ == "__main__":
    main()

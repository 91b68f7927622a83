#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
Loads a module, again and again: each time its next allocation fails, until it makes
no more of them. Each time it is loaded, or refused without a trace: as out of memory,
but for a driver, whose frameworks give other reasons too.

usage: fault_load.py MODULE.ko
"""

import ctypes
import errno
import os
import sys

from fault_nth import FailNth
from genl import Genl, Refused

ENOUGH = 10000
FINIT_MODULE, DELETE_MODULE = 313, 176
LIBC = ctypes.CDLL(None, use_errno=True)


def call(number, *arguments):
    """0, or the errno."""
    return 0 if LIBC.syscall(number, *arguments) == 0 else ctypes.get_errno()


def traces(name):
    """Where it can still be seen."""
    with open("/proc/modules", encoding="ascii") as f:
        if any(line.split()[0] == name for line in f):
            yield "/proc/modules"
    if os.path.exists(f"/sys/module/{name}"):
        yield f"/sys/module/{name}"
    if name == "vsext":
        try:
            # A socket that closes calls every notifier there is.
            Genl().close()
            yield "the family"
        except Refused:
            pass


def remove(name):
    code = call(DELETE_MODULE, name.encode(), os.O_NONBLOCK)
    assert not code, f"it cannot be removed: {os.strerror(code)}"
    left = list(traces(name))
    assert not left, f"removed, and still seen: {left}"


def main():
    path = sys.argv[1]
    name = os.path.basename(path).removesuffix(".ko")
    fault = FailNth()
    refused = 0
    for nth in range(1, ENOUGH):
        fd = os.open(path, os.O_RDONLY)
        fault.arm(nth)
        code = call(FINIT_MODULE, fd, b"", 0)
        failed = fault.disarm()
        os.close(fd)
        if code:
            assert code == errno.ENOMEM or not name.startswith("vsext"), f"{nth}: refused with {os.strerror(code)}"
            left = list(traces(name))
            assert not left, f"{nth}: refused, and still seen: {left}"
            assert failed, f"{nth}: refused, though nothing failed"
            refused += 1
            continue
        remove(name)
        if not failed:
            print(f"{nth - 1} allocations, {refused} of them needed")
            assert refused, "nothing was ever refused"
            return
    raise AssertionError(f"more than {ENOUGH} allocations")


if __name__ == "__main__":
    try:
        main()
    except AssertionError as e:
        sys.exit(f"{e}")

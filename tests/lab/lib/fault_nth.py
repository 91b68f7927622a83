# SPDX-License-Identifier: GPL-2.0-only
"""The kernel's fail-nth: the Nth allocation of this thread fails, once."""


import os


class FailNth:
    def __init__(self):
        self.file = os.open("/proc/thread-self/fail-nth", os.O_RDWR)

    def arm(self, nth):
        os.pwrite(self.file, str(nth).encode(), 0)

    def disarm(self):
        """Has one failed since?"""
        left = int(os.pread(self.file, 16, 0))
        os.pwrite(self.file, b"0", 0)
        return left == 0

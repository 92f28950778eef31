# SPDX-License-Identifier: GPL-2.0-or-later
"""Puts another form of a loaded keybag in effect, behind keybagd's back.

    load_behind.py UUID FILE"""

import ctypes
import fcntl
import os
import pathlib
import struct
import sys
import uuid

RECORD = 4096


def control(number, size, direction):
    return direction << 30 | size << 16 | 0xbd << 8 | number


form = ctypes.create_string_buffer(pathlib.Path(sys.argv[2]).read_bytes())
record = ctypes.create_string_buffer(RECORD)
device = os.open("/dev/keybag", os.O_RDWR)
fcntl.ioctl(device, control(0x1e, 24, 1), struct.pack("16sII", uuid.UUID(sys.argv[1]).bytes, 0, os.getpid()))
load = struct.pack("QQQIIII16sQII", ctypes.addressof(form), 0, 0, len(form) - 1, 0, 0, 0, bytes(16),
                   ctypes.addressof(record), RECORD, 0)
fcntl.ioctl(device, control(0x12, len(load), 3), load)

#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The indexes of passcodes in the TPM of this machine: lists them, or with "remove" deletes them as their owner, whose password
is empty, may."""

import os
import struct
import sys

FIRST, LAST = 0x01900000, 0x019FFFFF
GET_CAPABILITY, UNDEFINE = 0x17A, 0x122
HANDLES, OWNER = 1, 0x40000001
NO_PASSWORD = struct.pack(">IIHBH", 9, 0x40000009, 0, 0, 0)


def ask(tag, code, content):
    tpm = os.open("/dev/tpmrm0", os.O_RDWR)
    os.write(tpm, struct.pack(">HII", tag, 10 + len(content), code) + content)
    answer = os.read(tpm, 4096)
    os.close(tpm)
    error = struct.unpack(">I", answer[6:10])[0]
    if error:
        sys.exit(f"the TPM: {error:#x}")
    return answer[10:]


def indexes():
    answer = ask(0x8001, GET_CAPABILITY, struct.pack(">III", HANDLES, FIRST, 64))
    count = struct.unpack(">I", answer[5:9])[0]
    return [handle for handle in struct.unpack(f">{count}I", answer[9:9 + 4 * count]) if FIRST <= handle <= LAST]


for index in indexes():
    if sys.argv[1:] == ["remove"]:
        ask(0x8002, UNDEFINE, struct.pack(">II", OWNER, index) + NO_PASSWORD)
    else:
        print(f"{index:#010x}")

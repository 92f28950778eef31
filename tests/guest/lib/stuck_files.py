# SPDX-License-Identifier: GPL-2.0-or-later
"""A file system of FUSE with one file, "file", whose descriptors never close, but for one user:

    stuck_files.py FOLDER UID       mounted at FOLDER when it prints a line, until it is killed

Every close waits for the answer to FLUSH, which only processes of UID get. Nobody ever reads it."""

import ctypes
import os
import struct
import subprocess
import sys

LOOKUP, GETATTR, OPEN, READ, RELEASE, FLUSH, INIT, FORGET, INTERRUPT, BATCH_FORGET = 1, 3, 14, 15, 18, 25, 26, 2, 36, 42
ROOT, FILE = 1, 2


def attributes(node):
    mode = 0o40755 if node == ROOT else 0o100666
    return struct.pack("<6Q10I", node, 4096, 8, 0, 0, 0, 0, 0, 0, mode, 1, 0, 0, 0, 4096, 0)


def answer_to(opcode, node, body):
    """The content of an answer, or an errno."""
    if opcode == INIT:
        return struct.pack("<4I2H2I2HI7I", 7, min(31, struct.unpack_from("<2I", body)[1]), 4096, 0, 0, 0, 4096, 1, 0, 0, 0, *[0] * 7)
    if opcode == LOOKUP:
        return struct.pack("<4Q2I", FILE, 0, 60, 60, 0, 0) + attributes(FILE) if body.rstrip(b"\0") == b"file" else 2
    if opcode == GETATTR:
        return struct.pack("<Q2I", 60, 0, 0) + attributes(node)
    if opcode == OPEN:
        return struct.pack("<Q2I", 0, 0, 0)
    return b"" if opcode in (RELEASE, FLUSH) else 38


def serve(device, uid):
    while True:
        request = os.read(device, 1 << 17)
        _, opcode, unique, node, owner = struct.unpack_from("<2I2QI", request)
        if opcode in (FORGET, BATCH_FORGET, INTERRUPT, READ) or (opcode == FLUSH and owner != uid):
            continue
        answer = answer_to(opcode, node, request[40:])
        error, content = (-answer, b"") if isinstance(answer, int) else (0, answer)
        os.write(device, struct.pack("<IiQ", 16 + len(content), error, unique) + content)


def main(folder, uid):
    subprocess.run(["modprobe", "-q", "fuse"], check=False)
    os.makedirs(folder, exist_ok=True)
    device = os.open("/dev/fuse", os.O_RDWR)
    libc = ctypes.CDLL(None, use_errno=True)
    options = f"fd={device},rootmode=40000,user_id=0,group_id=0,allow_other".encode()
    if libc.mount(b"stuck", folder.encode(), b"fuse", 0, options) < 0:
        raise OSError(ctypes.get_errno(), "mount")
    # Nobody is asked about the file itself before it can be used.
    print("mounted", flush=True)
    serve(device, int(uid))


if __name__ == "__main__":
    main(*sys.argv[1:])

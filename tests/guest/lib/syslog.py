# SPDX-License-Identifier: GPL-2.0-or-later
"""Stands in for the journal: writes what arrives at /dev/log to the file that is named."""

import os
import socket
import sys

log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
log.bind("/dev/log")
os.chmod("/dev/log", 0o666)
# Appended: the file is emptied while it is open.
with open(sys.argv[1], "a", buffering=1, encoding="utf-8") as out:
    while True:
        out.write(log.recv(8192).decode(errors="replace").rstrip() + "\n")

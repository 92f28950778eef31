#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""keychainctl's heap, where items and keys lie, is kept in memory; a small limit of that is left to other things."""

import os
import pathlib
import re
import resource
import subprocess
import sys
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests"))
from lib import tap  # noqa: E402

PROGRAM = TOP / "build/helper/keychain/command/keychainctl"
LIMIT = 8 << 20


def locked(limit):
    """KiB that keychainctl has locked while it waits for a request."""
    environment = dict(os.environ, LD_LIBRARY_PATH=str(TOP / "build/helper/lib"))
    program = subprocess.Popen([PROGRAM, "call"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               env=environment, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_MEMLOCK, (limit, limit)))
    try:
        # It waits when it has room for what it reads.
        deadline, found = time.monotonic() + 20, 0
        while not found and time.monotonic() < deadline:
            status = pathlib.Path(f"/proc/{program.pid}/status").read_text()
            found = int(re.search(r"VmLck:\s*(\d+) kB", status)[1])
            time.sleep(0.02)
        return found
    finally:
        program.stdin.close()
        program.wait()


def test_heap():
    """the first MiB of the heap is locked"""
    if not PROGRAM.exists():
        tap.skip("keychainctl is not built")
    tap.ok(1024 <= locked(LIMIT) < 2048, "locked, within 8 MiB")


def test_small_limit():
    """with a limit of 2 MiB nothing of it is taken for the heap"""
    if not PROGRAM.exists():
        tap.skip("keychainctl is not built")
    tap.ok(0 < locked(2 << 20) < 1024, "locked, within 2 MiB")


tap.main()

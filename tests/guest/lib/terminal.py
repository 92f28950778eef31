# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs a program on a terminal of its own and answers what it asks.

    terminal.py PROGRAM [ARGUMENT...] -- [[echo:]PATTERN REPLY]...

echo: a prompt that shows what is typed. A reply "!COMMAND" is what that shell command makes of all that was printed.

Waits for each regular expression in turn, types the reply and a line feed (none behind Ctrl-Z), prints all that the
program printed, and ends with its status; 124 when the program hangs, 125 when it ended before
it printed what was expected."""

import glob
import os
import pty
import re
import select
import subprocess
import sys
import termios
import time

SECONDS = 600		# what only a program needs that hangs
ECHO_SECONDS = 20	# for those that never switch it off


def asleep(terminal):
    """Context switches so far of the processes in the foreground; None while one of them does something."""
    group, switches = os.tcgetpgrp(terminal), []
    for file in glob.glob("/proc/[0-9]*/stat"):
        try:
            with open(file, encoding="utf-8", errors="replace") as stat:
                state, _, owner = stat.read().rpartition(")")[2].split()[:3]
            if int(owner) != group:
                continue
            with open(file + "us", encoding="utf-8", errors="replace") as status:
                switches.append((file, re.findall(r"ctxt_switches:\t(\d+)", status.read())))
        except OSError:
            continue
        if state != "S":
            return None
    return switches


def wait_until_asked(terminal, shown):
    """A program prints its prompt first, and then flushes what was typed before and switches the echo off.
    It is through with that when it sleeps."""
    end = time.monotonic() + ECHO_SECONDS
    before = None
    while time.monotonic() < end:
        echo = termios.tcgetattr(terminal)[3] & termios.ECHO
        now = None if echo and not shown else asleep(terminal)
        if now and now == before:
            return
        before = now
        time.sleep(0.05)


def typed(reply, printed):
    if not reply.startswith("!"):
        return reply.encode()
    return subprocess.run(["bash", "-c", reply[1:]], input=printed, stdout=subprocess.PIPE, check=True).stdout.strip()


def main():
    end = time.monotonic() + SECONDS
    split = sys.argv.index("--")
    program, script = sys.argv[1:split], sys.argv[split + 1:]
    steps = [(pattern.removeprefix("echo:"), pattern.startswith("echo:"), reply)
             for pattern, reply in zip(script[::2], script[1::2])]

    child, terminal = pty.fork()
    if child == 0:
        os.execvp(program[0], program)
    seen, printed, status = b"", b"", None
    while True:
        while steps and (match := re.search(steps[0][0].encode(), seen)):
            seen = seen[match.end():]
            _, shown, reply = steps.pop(0)
            wait_until_asked(terminal, shown)
            reply = typed(reply, printed)
            os.write(terminal, reply if reply.endswith(b"\x1a") else reply + b"\n")
        if time.monotonic() > end:
            os.kill(child, 9)
            status = 124
            break
        if not select.select([terminal], [], [], 0.2)[0]:
            continue
        try:
            data = os.read(terminal, 4096)
        except OSError:
            # A login hangs the terminal up, whoever else has it, and opens it again.
            if os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
                time.sleep(0.02)
                continue
            data = b""
        if not data:
            break
        seen += data
        printed += data
        os.write(1, data.replace(b"\r", b""))
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status is None:
        status = 125 if steps else ended
    return status


sys.exit(main())

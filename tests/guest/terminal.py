# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs a program on a terminal of its own and answers what it asks.

    terminal.py SECONDS PROGRAM [ARGUMENT...] -- [PATTERN REPLY]...

Waits for each regular expression in turn, types the reply and a line feed, prints all that the
program printed, and ends with its status; 124 when the seconds are over, 125 when it ended before
it printed what was expected."""

import os
import pty
import re
import select
import sys
import time


def main():
    end = time.monotonic() + float(sys.argv[1])
    split = sys.argv.index("--")
    program, script = sys.argv[2:split], sys.argv[split + 1:]
    steps = list(zip(script[::2], script[1::2]))

    child, terminal = pty.fork()
    if child == 0:
        os.execvp(program[0], program)
    seen, status = b"", None
    while True:
        while steps and (match := re.search(steps[0][0].encode(), seen)):
            seen = seen[match.end():]
            # The terminal's echo is switched off after the prompt, and typed input flushed.
            time.sleep(0.1)
            os.write(terminal, steps.pop(0)[1].encode() + b"\n")
        if time.monotonic() > end:
            os.kill(child, 9)
            status = 124
            break
        if not select.select([terminal], [], [], 0.2)[0]:
            continue
        try:
            data = os.read(terminal, 4096)
        except OSError:
            data = b""
        if not data:
            break
        seen += data
        os.write(1, data.replace(b"\r", b""))
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status is None:
        status = 125 if steps else ended
    return status


sys.exit(main())

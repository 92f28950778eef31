#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A pinentry that answers from the file answers, a line for each time it is asked: "pin TEXT", "late TEXT" five
seconds later, "cancel", "fail" as one that has no display, "wait" for ever, or "stay", the same whoever wants it to end; and notes in the file told what it
was told. Both are in the folder of the environment's FAKE."""

import os
import pathlib
import signal
import sys
import time

folder = pathlib.Path(os.environ["FAKE"])
told = sys.stdin.read()
answers = (folder / "answers").read_text().splitlines()
asked = told.splitlines().count("GETPIN")
taken = (answers + ["wait"] * asked)[:asked]
(folder / "answers").write_text("\n".join(answers[asked:]))
if "stay" in taken:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
# A test that has seen this may write other answers.
with open(folder / "told", "a", encoding="utf-8") as out:
    out.write(told + "--\n")
print("OK ready", flush=True)
for line in told.splitlines():
    if line == "GETPIN":
        answer = taken.pop(0)
        if answer in ("wait", "stay"):
            time.sleep(600)
        if answer.startswith("late "):
            time.sleep(5)
        if answer == "fail":
            print("ERR 83886340 No pinentry", flush=True)
            continue
        if answer == "cancel":
            print("ERR 83886179 Operation cancelled", flush=True)
            continue
        print("D " + answer.partition(" ")[2].replace("%", "%25"), flush=True)
    print("OK", flush=True)

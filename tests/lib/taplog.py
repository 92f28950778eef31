# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads what a TAP program printed and how it ended, and counts."""

import re

PLAN = re.compile(r"^1\.\.(\d+)\s*(?:#\s*(SKIP.*))?", re.I)
RESULT = re.compile(r"^(not )?ok\b\s*(\d+)?\s*-?\s*(.*)")
SKIP = re.compile(r"#\s*SKIP\b\s*(.*)", re.I)

ALL_SKIPPED = 4


class TapLog:
    """Feed it lines; finish() once the program has ended."""

    def __init__(self):
        self.passed, self.failed, self.skipped = 0, [], []
        self.plan = None
        self.skip_all = None
        self.bailed = None

    def line(self, line):
        found = PLAN.match(line)
        if found:
            self.plan = int(found[1])
            if self.plan == 0:
                self.skip_all = found[2] or "nothing to do"
            return
        if line.startswith("Bail out!"):
            self.bailed = line
            return
        found = RESULT.match(line)
        if not found:
            return
        name, skip = found[3] or f"test {found[2]}", SKIP.search(line)
        if found[1]:
            self.failed.append(name)
        elif skip:
            self.skipped.append(name)
        else:
            self.passed += 1

    @property
    def count(self):
        return self.passed + len(self.failed) + len(self.skipped)

    def finish(self, status, ended="ended"):
        """STATUS: exit status; None if the program did not get to its end, because of ENDED."""
        if status is None:
            self.failed.append(ended)
        elif self.bailed:
            self.failed.append(self.bailed)
        elif self.count == 0 and (self.plan == 0 or status == ALL_SKIPPED):
            self.skipped.append(self.skip_all or "all of it")
        elif self.plan is None:
            self.failed.append(f"no plan (exit status {status})")
        elif self.plan != self.count:
            self.failed.append(f"planned {self.plan} tests, ran {self.count} (exit status {status})")
        elif status not in (0, ALL_SKIPPED) and not self.failed:
            self.failed.append(f"exit status {status} without a failed test")
        return self

# SPDX-License-Identifier: GPL-2.0-or-later
"""The progress and the closing line of tests/run."""

import pathlib
import re
import threading
import time

from .taplog import TapLog

LOGS = pathlib.Path(__file__).resolve().parents[2] / "build/check"


class Running:
    """One program that is running: its log and its counts."""

    def __init__(self, report, name):
        self.report, self.name = report, name
        self.tap = TapLog()
        self.start = time.monotonic()
        self.processor = 0.0
        self.path = LOGS / (re.sub(r"[^\w@.+-]+", "-", name) + ".log")
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.log = open(self.path, "wb")
        self.partial = b""

    def feed(self, data):
        """DATA of its standard output."""
        self.log.write(data)
        self.log.flush()
        *lines, self.partial = (self.partial + data).split(b"\n")
        for line in lines:
            self.tap.line(line.decode(errors="replace").rstrip("\r"))

    def note(self, data):
        """Writes DATA, such as standard error, into the log only."""
        self.log.write(data if isinstance(data, bytes) else f"{data}\n".encode())
        self.log.flush()

    def end(self, status, ended="ended"):
        if self.partial:
            self.feed(b"\n")
        self.log.close()
        self.report.add(self, self.tap.finish(status, ended), time.monotonic() - self.start)


class Report:
    """Counts over all programs."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.processor = self.building = 0.0
        self.begin = time.monotonic()
        self.failures = []
        self.skips = []
        self.whole = []
        self.lock = threading.Lock()

    def start(self, name):
        return Running(self, name)

    def add(self, running, tap, seconds):
        """Any thread may."""
        with self.lock:
            self._add(running, tap, seconds)

    def _add(self, running, tap, seconds):
        name = running.name
        self.processor += running.processor
        self.passed += tap.passed
        self.failed += len(tap.failed)
        self.skipped += len(tap.skipped)
        self.failures += [f"{name}: {failure}" for failure in tap.failed]
        self.skips += [f"{name}: {skip}" for skip in tap.skipped]
        if tap.passed and not tap.failed:
            self.whole.append((name, tap.passed, len(tap.skipped)))
        word = "FAIL" if tap.failed else "skip" if not tap.passed else "ok"
        counts = f"{tap.passed} of {tap.count}" if tap.failed or tap.skipped else f"{tap.passed}"
        print(f"{word:4} {name}: {counts} ({seconds:.1f} s, {running.processor:.1f} CPU-s)", flush=True)
        if tap.failed:
            self._tail(running.path)

    @staticmethod
    def _tail(log):
        """The failed tests with what they said, and the end of the log."""
        lines = log.read_text(errors="replace").splitlines()
        shown, said = [], []
        failed = False
        for line in lines:
            if line.startswith(("ok ", "not ok ")):
                # The kernel's harness says what is wrong before its verdict, others after it.
                failed = line.startswith("not ok")
                shown += said[-25:] + [line] if failed else []
                said = []
            elif line.startswith("#") and failed:
                shown.append(line)
            elif line.startswith("#"):
                said.append(line)
        fault = [n for n, line in enumerate(lines) if line.startswith("the guest's kernel complained")]
        if fault:
            shown += lines[fault[0]:fault[0] + 30]
        for line in shown[:80] or lines[-40:]:
            print(f"     | {line}")
        print(f"     log: {log.relative_to(LOGS.parents[1])}", flush=True)

    def built(self, name, seconds, processor):
        """Notes the cost of a build."""
        with self.lock:
            self.building += processor
            print(f"made {name} ({seconds:.1f} s, {processor:.1f} CPU-s)", flush=True)

    def fail(self, name, text):
        """Something other than a test program went wrong: a build, say."""
        try:
            running = self.start(name)
            running.note(text)
            running.end(None, "failed")
        except OSError as error:
            # A full disk keeps no log; the verdict has to come all the same.
            with self.lock:
                self.failed += 1
                self.failures.append(f"{name}: {error}")
                print(f"FAIL {name}: no log could be written ({error})\n{text}", flush=True)

    def close(self, budget=None):
        """Prints the closing lines; the exit status. BUDGET: the CPU-seconds that programs may take together."""
        if self.skips:
            print(f"\nskipped ({len(self.skips)}):")
            for skip in self.skips:
                print(f"  {skip}")
        if self.failures:
            print(f"\nfailed ({len(self.failures)}):")
            for failure in self.failures:
                print(f"  {failure}")
        left = f"; budget {budget}: {budget - self.processor:.0f} left" if budget else ""
        print(f"\n{time.monotonic() - self.begin:.0f} s; CPU-seconds: {self.building:.0f} building, "
              f"{self.processor:.0f} testing{left}")
        if budget and self.processor > budget:
            print("over the budget: what is long and has a cheaper test of its kind goes to the long tier (tests/README.md)")
        print(f"\n{self.passed} passed, {self.failed} failed, {self.skipped} skipped", flush=True)
        return 0 if self.passed and not self.failed else 1

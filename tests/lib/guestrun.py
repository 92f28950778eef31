# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs test programs in the machine, as many in one boot as their options allow."""

import collections
import itertools
import os
import pathlib
import shutil
import tempfile

from vm import VM, VMError, VMFault

from . import discover
from .report import LOGS

# Programs on a debug kernel, or on another architecture, take this much longer.
SLOW = {"kasan": 3, "lockdep": 3, "arm64": 3}


# So many tests make a further machine of the same kind worth its boot.
WORTH_A_MACHINE = 6


def jobs(report, tests, kernel, machines=1):
    """Jobs that can run beside each other. Tests that agree on what their machine is like wait in one line, and up to
    MACHINES machines of that kind take from it."""
    groups = {}
    for test in tests:
        # A test that wants a boot of its own is a group of its own.
        alone = test.name if "fresh" in test.options else ""
        groups.setdefault((test.machine(), alone), []).append(test)
    for (options, _), members in sorted(groups.items(), key=lambda group: -len(group[1])):
        line = collections.deque(members)
        for _ in range(min(machines, -(-len(members) // WORTH_A_MACHINE))):
            yield lambda options=options, line=line: _Group(report, dict(options), kernel).run(line)


class _Group:
    """Tests that share machines of one kind."""

    numbers = itertools.count(1)

    def __init__(self, report, options, kernel):
        self.report, self.options, self.kernel = report, options, kernel
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="keybag-check-"))
        self.machine = None
        self.boots = 0

    def _boot(self):
        options = self.options
        self.boots += 1
        kind = "-".join(options) or "plain"
        self.console = LOGS / f"console-{self.kernel}-{kind}-{next(self.numbers)}.log"
        LOGS.mkdir(parents=True, exist_ok=True)
        self.machine = VM(
            kernel=self.kernel, systemd="systemd" in options, out=self.folder / "out",
            disk=self.folder / f"disk{self.boots}" if "disk" in options else None,
            tpm=self.folder / f"tpm{self.boots}" if "tpm" in options else None,
            packages=discover.TESTS / "vm" / options["packages"] if "packages" in options else None,
            memory=int(options.get("memory", 1024)), cpus=int(options.get("cpus", 1)),
            append=f'{options.get("append", "").replace(",", " ")} {os.environ.get("APPEND", "")}'.strip(), console_log=self.console,
            shares=[("tests", "/mnt/tests", discover.TESTS, False), ("built", "/mnt/build", discover.BUILT, False)])
        self.machine.boot()

    def run(self, line):
        """Takes tests from LINE, which other machines may be taking from, until none is left."""
        try:
            while line:
                try:
                    test = line.popleft()
                except IndexError:
                    break
                self._test(test)
            self._close()
        finally:
            if self.machine:
                self.machine.close(check=False)
            shutil.rmtree(self.folder, ignore_errors=True)

    def _close(self):
        """Checks what only the whole group's end shows, such as leaks."""
        if not self.machine:
            return
        try:
            self.machine.close()
        except (VMError, TimeoutError) as error:
            self.report.fail(f"{self.kernel}/after-all-tests", str(error))
        self.machine = None

    def _drop(self):
        if self.machine:
            self.machine.close(check=False)
        self.machine = None

    def _test(self, test):
        running = self.report.start(f"{test.name}@{self.kernel}")
        started = 0
        try:
            if self.machine:
                started = self.machine.processor_seconds()
            else:
                self._boot()
                running.note(self.machine.start_output)
        except (VMError, TimeoutError) as error:
            self._drop()
            running.note(str(error))
            running.end(None, "no machine to run it in")
            return
        try:
            command = self.machine.command(
                f"cd {_folder(test)} && exec ./{test.program.name}",
                sink=lambda error, data: running.note(data) if error else running.feed(data))
            command.end_input()
            status = command.wait(test.seconds * SLOW.get(self.kernel, 1)).status
            self.machine.taint()
            running.processor = self.machine.processor_seconds() - started
            running.end(status)
        except VMFault as error:
            running.note(str(error))
            running.end(None, "the guest's kernel complained")
            self._drop()
        except (VMError, TimeoutError) as error:
            running.note(f"{error}\n{self._where()}")
            running.end(None, f"not done after {test.seconds:.0f} s")
            self._drop()

    def _where(self):
        """Processes and log of the machine, which show what takes so long."""
        try:
            return self.machine.run("ps -eo pid,ppid,stat,wchan:20,args; tail -n 20 /run/keybagd.log", 20).output
        except (VMError, TimeoutError) as error:
            return str(error)


def _folder(test):
    built = discover.BUILT in test.program.parents
    return f"/mnt/{'build' if built else 'tests'}/{test.suite}"

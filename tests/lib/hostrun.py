# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs test programs on the host."""

import os
import pathlib
import signal
import subprocess
import tempfile
import threading
import time

from . import discover

FUZZ_SECONDS = 6


def jobs(report, tests, kernel):
    """Jobs that can run beside each other."""
    for test in tests:
        if test.suite == "fuzz":
            yield lambda test=test: _fuzz(report, test)
        else:
            yield lambda test=test: _run(report, test, [str(test.program)], kernel)


def _end_group(process):
    """A test past its time goes with all it started."""
    try:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(5)
    except subprocess.TimeoutExpired:
        pass
    except ProcessLookupError:
        return
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def _run(report, test, command, kernel):
    environment = dict(os.environ, KERNEL=kernel, PYTHONPATH=str(discover.TESTS), TOP=str(discover.TESTS.parent))
    running = report.start(test.name)
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               cwd=discover.TESTS.parent, env=environment, start_new_session=True)
    errors = threading.Thread(target=lambda: [running.note(data) for data in iter(
        lambda: process.stderr.read1(65536), b"")], daemon=True)
    errors.start()
    late = []
    timer = threading.Timer(test.seconds, lambda: (late.append(True), _end_group(process)))
    timer.start()
    for data in iter(lambda: process.stdout.read1(65536), b""):
        running.feed(data)
    # The processor time of the program and of every child that it has waited for, machines among them.
    try:
        _, code, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(code)
        running.processor = used.ru_utime + used.ru_stime
    except ChildProcessError:
        # The timer has ended it and was first to wait.
        pass
    status = process.wait()
    timer.cancel()
    _end_group(process)
    errors.join(5)
    if late:
        running.end(None, f"not done after {test.seconds:.0f} s")
    else:
        running.end(status)


def _fuzz(report, test):
    """A brief run of a libFuzzer program counts as one test."""
    running = report.start(test.name)
    found = pathlib.Path(running.path).parent
    with tempfile.TemporaryDirectory() as corpus:
        command = [str(test.program), f"-max_total_time={FUZZ_SECONDS}", "-seed=1", "-print_final_stats=1",
                   f"-artifact_prefix={found}/{test.path.stem}-", corpus]
        seeds, words = test.program.with_suffix(".seeds"), test.path.with_suffix(".dict")
        if seeds.is_dir():
            command.append(str(seeds))
        if words.exists():
            command.append(f"-dict={words}")
        try:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, timeout=test.seconds, check=False)
            status, output = done.returncode, done.stdout
        except subprocess.TimeoutExpired as error:
            status, output = None, error.stdout or b""
    running.processor = time.monotonic() - running.start
    running.note(output)
    word = "ok" if status == 0 else "not ok"
    running.feed(f"\n1..1\n{word} 1 - no input found that it fails on\n".encode())
    running.end(status, "did not end by itself")

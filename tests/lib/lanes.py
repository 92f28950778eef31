# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs several jobs at a time."""

import collections
import itertools
import threading
import traceback


def run(report, queues, count):
    """Runs the callables of all QUEUES, one of each in turn, COUNT at a time. A job that raises has failed."""
    waiting = collections.deque(
        job for row in itertools.zip_longest(*queues) for job in row if job)

    def work():
        while True:
            try:
                job = waiting.popleft()
            except IndexError:
                return
            try:
                job()
            except Exception:  # pylint: disable=broad-except
                report.fail("tests/run", traceback.format_exc())

    # QEMU dies with the thread that started it, so no job hands a machine to another.
    threads = [threading.Thread(target=work, daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

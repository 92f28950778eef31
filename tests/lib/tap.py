# SPDX-License-Identifier: GPL-2.0-or-later
"""TAP for tests in Python, on the host and in the guest.

    import os, sys
    sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
    from lib import tap

    def test_lock_is_refused_without_a_passcode():
        tap.equal(status, 3, "status of lock")

    tap.main()

Each function whose name begins with test_ is one test, named by its docstring or its name, and
fails by an exception. skip() leaves one out. They run in the order of the file; a test that
needs another says so by running after it.
"""

import sys
import traceback


class Skip(Exception):
    """The test cannot run here."""


def skip(why):
    raise Skip(why)


def ok(condition, what="it"):
    if not condition:
        raise AssertionError(f"{what} does not hold")


def equal(got, want, what="value"):
    if got != want:
        raise AssertionError(f"{what}:\n got {got!r}\nwant {want!r}")


def contains(text, part, what="text"):
    if part not in text:
        raise AssertionError(f"{what} has no {part!r}:\n{text}")


def diagnose(text):
    for line in str(text).splitlines():
        print(f"# {line}", flush=True)


def main(module=None, teardown=None):
    """Runs the tests of MODULE (the program's own) and exits."""
    module = module or sys.modules["__main__"]
    tests = [(name, value) for name, value in vars(module).items()
             if name.startswith("test_") and callable(value)]
    print("TAP version 13")
    print(f"1..{len(tests)}", flush=True)
    failed = skipped = 0
    try:
        for number, (name, function) in enumerate(tests, 1):
            title = (function.__doc__ or name[5:].replace("_", " ")).strip().splitlines()[0]
            try:
                function()
                print(f"ok {number} - {title}", flush=True)
            except Skip as why:
                skipped += 1
                print(f"ok {number} - {title} # SKIP {why}", flush=True)
            except Exception:  # pylint: disable=broad-except
                failed += 1
                print(f"not ok {number} - {title}", flush=True)
                diagnose(traceback.format_exc(limit=-3))
    finally:
        if teardown:
            teardown()
    sys.exit(1 if failed else 4 if tests and skipped == len(tests) else 0)

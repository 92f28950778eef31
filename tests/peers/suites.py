# SPDX-License-Identifier: GPL-2.0-or-later
"""Suites of other projects that run against our Secret Service (tests/host/peers_*.py), their results, and the table of make peers."""

import contextlib
import json
import pathlib
import re
import subprocess

from lib import tap
from vm import VM
from vm.paths import BUILD, OUTPUT, locked

TESTS = pathlib.Path(__file__).resolve().parents[1]
RESULTS = BUILD / "peers-results"
# As long as one suite may take on a machine that is busy.
LIMIT = 7200


@contextlib.contextmanager
def machine(fetch="fetch", folder="peers", packages=TESTS / "peers/guest-packages"):
    """A machine that has them: those that FETCH brings to that folder of build/."""
    with locked("peers"):
        fetched = subprocess.run([TESTS / "peers" / fetch], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                 check=False)
    if fetched.returncode:
        print(f"1..0 # SKIP they cannot be had: {fetched.stdout.decode(errors='replace')[-300:]!r}")
        raise SystemExit(4)
    shares = [("tests", "/mnt/tests", TESTS, False), ("build", "/mnt/build", OUTPUT / "tests", False),
              ("peers", "/mnt/peers", BUILD / folder, False)]
    if folder == "peers":
        shares.append(("git", "/mnt/git", BUILD / "git-suite", False))
    with VM(packages=packages, shares=shares) as vm:
        yield vm


def keep(name, passed, cases):
    """Keeps the result of a suite by its name, for the table."""
    RESULTS.mkdir(exist_ok=True)
    RESULTS.joinpath(name).write_text(json.dumps([passed, cases]))


def run(vm, name, words, refused=()):
    """Runs a suite of tests/peers/guest.py: all of its cases pass but those in REFUSED, which cannot, or where a rule of ours is
    another one."""
    result = vm.run(f"/mnt/tests/peers/guest.py {words}", timeout=LIMIT)
    cases = dict(reversed(line) for line in re.findall(r"^(ok|failed|skipped) (.*)$", result.output, re.M))
    passed = [case for case, word in cases.items() if word == "ok"]
    keep(name, len(passed), len(cases))
    tap.diagnose(f"{name}: {len(passed)} of {len(cases)}")
    tap.equal(sorted(case for case, word in cases.items() if word != "ok"), sorted(refused), f"what fails, in {result.output[-6000:]}")
    tap.equal(result.status, 0, f"status, after {result.output[-2000:]}")

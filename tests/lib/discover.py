# SPDX-License-Identifier: GPL-2.0-or-later
"""Finds the tests by folder (tests/run says which is for what)."""

import fnmatch
import os
import pathlib
import re

from vm.paths import OUTPUT, ROOT

TESTS = pathlib.Path(__file__).resolve().parents[1]
BUILT = OUTPUT / "tests"
OPTIONS = re.compile(r"^(?:#|//|/\*|\s\*)\s*vm:\s*(.*?)\s*(?:\*/)?$", re.M)

# The release's own kernel and that of its backports.
KERNELS = {"12": ("6.1", "backports"), "13": ("trixie", "trixie-backports")}
SUITES = ("style", "unit", "fuzz", "kselftest", "guest", "host")
IN_GUEST = ("kselftest", "guest")
# Far more than they need on a busy machine: these end only what hangs.
SECONDS = {"style": 1800, "unit": 1200, "fuzz": 600, "kselftest": 1800, "guest": 1800, "host": 2400}


class Test:
    """One TAP program."""

    def __init__(self, suite, path, program=None):
        self.suite, self.path = suite, path
        self.program = program or path
        self.name = f"{suite}/{path.relative_to(TESTS / suite)}"
        self.options = _options(path)
        self.kernel = self.options.pop("kernel", None)
        if self.kernel == KERNELS["12"][0] and ROOT:
            self.kernel = KERNELS[ROOT][0]
        self.every_kernel = bool(self.options.pop("every-kernel", None))
        self.long = bool(self.options.pop("long", None))
        self.paths = [path for path in (self.options.pop("paths", None) or "").split(",") if path]
        self.seconds = float(self.options.pop("timeout", 0) or _settings(suite).get("timeout") or SECONDS[suite])

    def machine(self):
        """Requirements on the machine it runs in; tests that agree share one."""
        return tuple(sorted((k, v) for k, v in self.options.items() if k != "fresh"))


def _settings(suite):
    """The file settings of a suite in kselftest layout."""
    file = TESTS / suite / "settings"
    lines = file.read_text().splitlines() if file.exists() else []
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


def _options(path):
    """The options in its header lines "# vm: systemd fresh memory=512 timeout=60"."""
    words = " ".join(OPTIONS.findall(path.read_text(errors="replace")[:4000])).split()
    pairs = (word.partition("=") for word in words)
    return {name: value or "yes" for name, _, value in pairs}


def _programs(folder):
    return sorted(p for p in folder.glob("*") if p.is_file() and os.access(p, os.X_OK)) if folder.is_dir() else []


def _built(suite, built):
    """Programs whose main file is tests/SUITE/NAME.c, built as build/tests/SUITE/NAME."""
    for source in sorted((TESTS / suite).glob("*.c")):
        program = BUILT / suite / source.stem
        if program.exists() or not built:
            yield Test(suite, source, program)


def find(suite, built=True):
    """The tests of SUITE; BUILT: of those in C the ones that have been built, otherwise every source, those
    of shared parts among them."""
    tests = [Test(suite, path) for path in _programs(TESTS / suite)]
    if suite in ("unit", "fuzz", "kselftest"):
        tests += _built(suite, built)
    return tests


def _names(word, test):
    """Whether the word is a part of the test's name, with tests/ or without, or a glob for it."""
    return word in f"tests/{test.name}" or any(fnmatch.fnmatch(name, word) for name in (test.name, f"tests/{test.name}"))


def matching(tests, pattern):
    """Those that one of the words of the pattern names; all without a pattern."""
    words = (pattern or "").split()
    return [test for test in tests if not words or any(_names(word, test) for word in words)]


def unknown(pattern):
    """The words of the pattern that name no test of any folder."""
    tests = [test for suite in SUITES for test in find(suite, built=False)]
    return [word for word in (pattern or "").split() if not any(_names(word, test) for test in tests)]

#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: long timeout=5400
"""libsecret's own tests, unchanged, with our Secret Service in the place of those that they bring (tests/peers/stand_in.py), in a
machine, as a user with a keybag. What stands for it at a landing is guest/secret_service.py, which has what it found."""

import pathlib
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))

from lib import tap  # noqa: E402
from peers import suites  # noqa: E402

# Its own prompts by name, simple, delay, error, are what test-prompt asks for: no service has them.
PROGRAMS = ("service", "session", "paths", "methods", "password", "item", "collection")


def add(name, words, refused=()):
    def test():
        suites.run(vm, f"libsecret-{name}", words, refused)
    test.__doc__ = f"libsecret's tests of {name}"
    globals()[f"test_{name}"] = test


for program in PROGRAMS:
    add(program, f"libsecret test-{program}")
add("python", "python")

with suites.machine() as vm:
    tap.main()

#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The keychain's cases on an engine under sanitizers, with a keybag of its own in place of the kernel's."""

import importlib.util
import pathlib
import sys
import types

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests"))
from lib import keychain, tap  # noqa: E402

ALL = types.ModuleType("all")
for name in ("keychain_cases", "keychain_damage", "keychain_files", "keychain_identity", "keychain_own", "keychain_pending", "keychain_room"):
    spec = importlib.util.spec_from_file_location(name, TOP / f"tests/guest/{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for test, function in vars(module).items():
        if test.startswith("test_"):
            setattr(ALL, f"test_{name}_{test}", function)

keychain.begin()
tap.ok(keychain.fake, "an engine to run here")
tap.main(ALL, teardown=keychain.end)

#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: kernel=6.1 timeout=600
"""The keychain's cases, by number, through the public interface: libkeychain and keychaind, as the user himself.

Those that need several access groups are left to the engine's own tests and to those of access.
"""

import importlib.util
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from lib import keychain, keychaind, tap  # noqa: E402


def cases(name):
    spec = importlib.util.spec_from_file_location(name, os.path.join(os.path.dirname(__file__), name + ".py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.CASES


def public(step):
    return callable(step) or not step["caller"]


def case(number, title, steps):
    def test():
        keychain.run_case(steps, keychain.PublicKeychain)
    test.__doc__ = f"case {number}: {title}"
    return test


for entry in cases("keychain_cases") + cases("keychain_identity"):
    if all(public(step) for step in entry[2]):
        globals()[f"test_{entry[0]}"] = case(*entry)


def end():
    keychaind.remove_user(keychain.USER, keychain.UID)
    keychain.end()


if __name__ == "__main__":
    keychain.begin()
    tap.main(teardown=end)

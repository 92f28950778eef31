#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""keychainctl and the keychain's engine, without a machine: what is asked, and what becomes of the answer."""

import pathlib
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests"))
from lib import keychain, tap  # noqa: E402
from lib.keychain import Keychain, add, carry_out  # noqa: E402

def with_chain(test):
    """Gives the test a keychain of its own."""
    def run():
        chain = Keychain()
        try:
            test(chain)
        finally:
            chain.remove()
    run.__doc__ = test.__doc__
    return run


@with_chain
def test_named_system_keychain(chain):
    """--system and --keychain, in either order: the system keychain of that name"""
    for words in (("--keychain", "work", "--system"), ("--system", "--keychain", "work"), ("--system",), ("--keychain", "work")):
        chain.keychainctl("list", *words)
        asked = chain.ask({"op": "asked"})
        tap.equal((asked.get("keychain"), asked.get("system")),
                  ("work" if "work" in words else None, True if "--system" in words else None), f"list {words}")
    key = subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519"], stdout=subprocess.PIPE, encoding="utf-8", check=True).stdout
    chain.keychainctl("import", "-", "--system", "--keychain", "work", text=key)
    asked = chain.ask({"op": "asked"})
    tap.equal((asked.get("keychain"), asked.get("system")), ("work", True), "import")


keychain.begin()
tap.ok(keychain.fake, "an engine to run here")
tap.main(teardown=keychain.end)

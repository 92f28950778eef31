#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""keychainctl and the keychain's engine, without a machine: what is asked, and what becomes of the answer."""

import json
import pathlib
import sqlite3
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests"))
from lib import keychain, tap  # noqa: E402
from lib.keychain import Keychain, add, carry_out, copy  # noqa: E402

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


def lose_key(chain, data=None):
    """Nothing opens the keys of the class ak any more."""
    chain.stop()
    with sqlite3.connect(chain.path) as database:
        database.execute("UPDATE metadatakeys SET data=coalesce(?,substr(data,1,40)||zeroblob(length(data)-40))", (data,))
    database.close()


@with_chain
def test_lost_key(chain):
    """items whose key is lost: export counts what it leaves out and ends with 13, a list tells of them"""
    carry_out(chain, [add(acct=f"a{number}", svce="s", v_Data=b"x") for number in range(2)])
    lose_key(chain)
    carry_out(chain, [add(acct="new", svce="s", v_Data=b"y")])
    status, output, complaint = chain.keychainctl("export", "--all", "--class", "password", "--format", "json", "--unencrypted")
    tap.equal((status, len(json.loads(output)["items"]), complaint),
              (13, 1, "keychainctl: the keys that open 2 items are lost: they are left out\n"), "export")
    for words in (("list",), ("find", "--service", "s", "--all", "--attributes"), ("find", "new")):
        status, output, complaint = chain.keychainctl(*words)
        tap.ok(status == 0 and "new" in output and "the keys that open 2 items are lost" in complaint, f"{words}: {status} {output} {complaint}")
    status, output, complaint = chain.keychainctl("find", "nowhere")
    tap.ok(status == 9 and "the keys that open 2 items are lost" in complaint, f"find: {status} {output} {complaint}")


@with_chain
def test_blank_at_the_end(chain):
    """an editor that strips blanks at the ends of lines changes no value that ends in one"""
    values = {"acct": "a ", "svce": "s", "labl": " ", "icmt": "two lines \n ", "gena": b" ", "type": "105 ", "attr": {"name ": "value "}}
    carry_out(chain, [add(**values)])
    status, output, complaint = chain.keychainctl("edit", "--service", "s", editor="sed -i 's/[[:blank:]]*$//'")
    tap.equal(status, 0, output + complaint)
    status, output, complaint = chain.keychainctl("edit", "--service", "s", editor="sed -i 's/[[:blank:]]*$//; s/service: s/service: t/'")
    tap.equal(status, 0, output + complaint)
    carry_out(chain, [copy(svce="t", r_Attributes=True, CHECK=lambda a: all(a["result"][key] == value for key, value in values.items()
                                                                            if key != "svce"))])


keychain.begin()
tap.ok(keychain.fake, "an engine to run here")
tap.main(teardown=keychain.end)

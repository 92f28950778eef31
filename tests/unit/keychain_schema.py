#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The keychain's file without an entry of its schema."""

import glob
import pathlib
import sqlite3
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests"))
from lib import keychain, tap  # noqa: E402
from lib.keychain import add, carry_out, copy, delete, rows  # noqa: E402
from lib.keychain_file import all_of, back_to, filled, item  # noqa: E402


def change_schema(path, statement):
    database = sqlite3.connect(path)
    database.execute("PRAGMA writable_schema=ON")
    with database:
        database.execute(statement)
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()


def test_dropped_entries():
    """an index that was dropped from the schema is made again; a name with a flipped bit is corrected"""
    for statement, asides in (("DROP INDEX genp_labl", 0), ("DROP INDEX inet_group", 0), ("DROP TABLE about", 1), ("DROP TABLE own_index", 1),
                              ("UPDATE sqlite_schema SET name='genp_lab!' WHERE name='genp_labl'", 0)):
        chain = filled()
        try:
            carry_out(chain, [add(class_="inet", acct="i", srvr="s", v_Data=b"i", attr={"a": "b"})])
            before = all_of(chain)
            chain.stop()
            change_schema(chain.path, statement)
            for request in ({"class": "genp", "labl": "label 1"}, {"class": "inet", "attr": {"a": "b"}}):
                answers = [chain.ask({"op": "copy", "query": request}) for _ in range(2)]
                tap.equal(answers[1]["status"], 0, f"{statement}: {request}: {answers}")
            tap.equal(all_of(chain), before, f"items after {statement}")
            tap.equal(len(glob.glob(chain.path + ".damaged-*")), asides, f"moved aside after {statement}")
        finally:
            chain.remove()


def test_lost_entries_of_earlier_schemas():
    """the same of files that were not migrated yet"""
    for version, name in ((1, "genp"), (2, "metadatakeys"), (3, "metadatakeys"), (3, "lookupkeys"), (3, "about"), (3, "keys")):
        chain = filled()
        try:
            before = all_of(chain)
            chain.stop()
            back_to(chain.path, version)
            change_schema(chain.path, f"DELETE FROM sqlite_schema WHERE name='{name}'")
            tap.equal(all_of(chain), before, f"items of version {version} without {name}")
            carry_out(chain, [item("new", data=b"n"), delete(), copy(STATUS=-25300)])
        finally:
            chain.remove()


def test_lost_entries():
    """one entry of the schema is gone, with its pages or without: all items are there at the second request"""
    chain = filled()
    try:
        carry_out(chain, [add(class_="inet", acct="i", srvr="s", v_Data=b"i", attr={"a": "b"})])
        before = all_of(chain)
        chain.stop()
        names = [row[0] for row in rows(chain, "SELECT name FROM sqlite_schema ORDER BY rowid")]
        tap.ok(len(names) > 60, f"entries of the schema: {names}")
        with open(chain.path, "rb") as file:
            whole = file.read()
        for name in names:
            with open(chain.path, "wb") as file:
                file.write(whole)
            change_schema(chain.path, f"DELETE FROM sqlite_schema WHERE name='{name}'")
            tap.equal(all_of(chain), before, f"items without {name}")
            for step in (item("new", data=b"n"), delete(labl="label 1"), copy(class_="inet", attr={"a": "b"}, r_Data=True)):
                request = {key: step[key] for key in ("op", "query")}
                answer = chain.ask(request)
                # Told of once: what reading did not need is missed by a change.
                if answer["status"] == -25291:
                    answer = chain.ask(request)
                tap.equal(answer["status"], 0, f"{step['op']} without {name}: {answer['message']}")
            tap.equal(len(all_of(chain)), len(before) + 1 - sum(each.get("labl") == "label 1" for each in before.values()),
                      f"items after all without {name}")
            chain.stop()
    finally:
        chain.remove()


keychain.begin()
tap.ok(keychain.fake, "an engine to run here")
tap.main(teardown=keychain.end)

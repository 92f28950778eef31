#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: kernel=6.1
"""Traces that items which are gone leave in the keychain's database: neither bytes nor room are kept."""

import os
import pathlib
import sqlite3
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from lib import keychain, tap  # noqa: E402
from lib.keychain import Keychain, add, carry_out, copy, delete, update  # noqa: E402


def rows(chain, statement):
    database = sqlite3.connect(chain.path, timeout=600)
    try:
        return database.execute(statement).fetchall()
    finally:
        database.close()


def item(account="a", data=b"x"):
    return add(acct=account, svce="s", v_Data=data)


def find(account="a", **words):
    return copy(acct=account, svce="s", r_Data=True, **words)


def test_deleted_bytes():
    """case 215: of a secret that was deleted or replaced, and of its key, no byte stays in the file or its log"""
    chain = Keychain()

    def stored(account):
        found = rows(chain, "SELECT rowkey,secret,attributes FROM genp ORDER BY row")[account]
        return [value[start:start + 40] for value, start in zip(found, (12, 12, 24))]

    def content():
        return b"".join(pathlib.Path(path).read_bytes() for path in (chain.path, chain.path + "-wal"))

    try:
        carry_out(chain, [item("kept"), item("gone", data=os.urandom(200)), item("small")])
        for account, step in ((1, delete(acct="gone", svce="s")), (1, update({"v_Data": b"new"}, acct="small", svce="s"))):
            parts = stored(account)
            tap.ok(all(part in content() for part in parts[:2]), "what is there is found")
            carry_out(chain, [step])
            tap.equal(chain.ask({"op": "tidy"})["status"], 0, "tidying")
            tap.ok(not any(part in content() for part in parts), "bytes that were erased are still there")
            tap.equal(os.path.getsize(chain.path + "-wal"), 0, "size of the log")
        carry_out(chain, [find("kept"), find("small", RESULT=b"new")])
        # Somebody reads: it is done when he has.
        parts = stored(1)
        database = sqlite3.connect(chain.path)
        database.execute("BEGIN")
        database.execute("SELECT * FROM genp").fetchone()
        carry_out(chain, [delete(acct="small", svce="s")])
        tap.equal(chain.ask({"op": "tidy"})["status"], -50, "tidying while somebody reads")
        carry_out(chain, [find("kept")])
        database.close()
        tap.equal(chain.ask({"op": "tidy"})["status"], 0, "tidying after it")
        tap.ok(not any(part in content() for part in parts), "bytes that were erased are still there")
    finally:
        chain.remove()


def test_free_pages():
    """case 214: what is deleted is given back to the disk, step by step, and does not count meanwhile"""
    chain = Keychain()
    try:
        carry_out(chain, [item(f"a{number}", data=os.urandom(500000)) for number in range(8)])
        full = chain.ask({"op": "tidy"})["bytes"]
        tap.ok(full > 4000000, f"in use: {full}")
        carry_out(chain, [delete(svce="s")])
        done = chain.ask({"op": "tidy"})
        tap.ok(done["bytes"] < 520000 and 3 < done["steps"] < 10, f"after deleting: {done}")
        tap.equal(rows(chain, "PRAGMA freelist_count"), [(0,)], "free pages")
        chain.stop()
        tap.ok(os.path.getsize(chain.path) < 520000, f"size of the file: {os.path.getsize(chain.path)}")
    finally:
        chain.remove()


def test_free_pages_of_old_file():
    """case 214: a file that was made without auto_vacuum: rebuilt where it is small, else its pages do not count"""
    for items, smaller in ((8, True), (40, False)):
        chain = Keychain()
        try:
            carry_out(chain, [item(), *[item(f"a{number}", data=os.urandom(500000)) for number in range(items)]])
            chain.stop()
            rows(chain, "PRAGMA journal_mode=DELETE")
            database = sqlite3.connect(chain.path)
            database.execute("PRAGMA auto_vacuum=0")
            database.execute("VACUUM")
            tap.equal(database.execute("PRAGMA auto_vacuum").fetchall(), [(0,)], "an old file")
            database.close()
            carry_out(chain, [delete(svce="s", acct=f"a{number}") for number in range(items)])
            done = chain.ask({"op": "tidy"})
            tap.ok(done["status"] == 0 and done["bytes"] < 520000, f"after deleting: {done}")
            carry_out(chain, [find()])
            chain.stop()
            tap.equal(os.path.getsize(chain.path) < 520000, smaller, "whether the file is smaller")
            tap.equal(rows(chain, "PRAGMA auto_vacuum"), [(2 if smaller else 0,)], "auto_vacuum")
        finally:
            chain.remove()


if __name__ == "__main__":
    keychain.begin()
    tap.main(teardown=keychain.end)

# SPDX-License-Identifier: GPL-2.0-or-later
"""A keychain's file that tests damage."""

import sqlite3

from lib import tap
from lib.keychain import Keychain, add, carry_out, delete


def item(account, **words):
    data = words.pop("data")
    return add(acct=account, svce="s", v_Data=data, **words)


ITEMS = 60


def filled():
    """A keychain whose file has pages of every kind, whole, and closed."""
    chain = Keychain()
    carry_out(chain, [item(f"a{number:03}", data=bytes([number]) * (9000 if number % 20 == 0 else 50), labl=f"label {number % 3}",
                           icmt="c" * 300, pdmn=("ak", "ck", "dk")[number % 3]) for number in range(ITEMS)])
    carry_out(chain, [item("gone", data=bytes(60000)), delete(acct="gone")])
    chain.stop()
    return chain


def all_of(chain):
    """All items by account, at the second time of asking."""
    everything = {"op": "copy", "query": {"class": "genp", "m_Limit": "m_LimitAll", "r_Data": True, "r_Attributes": True}}
    answer = [chain.ask(everything) for _ in range(2)][1]
    tap.equal(answer["status"], 0, f"status: {answer['message']}")
    return {each["acct"]: each for each in answer["result"]}


def back_to(path, version):
    """The schema of an earlier release, as it left files: by the recipe of keychain_files.py."""
    database = sqlite3.connect(path)
    with database:
        for table in ("genp", "inet", "cert", "keys"):
            database.execute(f"ALTER TABLE {table} DROP COLUMN own")
            if version < 3:
                database.execute(f"DROP INDEX {table}_mdat")
                database.execute(f"ALTER TABLE {table} DROP COLUMN mkey")
            if version < 2:
                database.execute(f"DROP INDEX {table}_appl")
                database.execute(f"ALTER TABLE {table} DROP COLUMN h_appl")
        database.execute("DROP TABLE own_index")
        database.execute("DROP TABLE pending")
        database.execute("DROP TABLE about" if version < 3 else "UPDATE about SET value='3' WHERE name='version'")
        database.execute(f"PRAGMA user_version={version}")
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()

#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: kernel=6.1
"""The keychain's database: each column of a row damaged, what keys are made when."""

import datetime
import glob
import os
import sqlite3
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from lib import keychain, tap  # noqa: E402
from lib.keychain import Keychain, add, carry_out, copy, delete, full_lock, lock, rows, run_case, sql, unlock, update  # noqa: E402

A = {"groups": ["A"]}
AB = {"groups": ["A", "B"]}


def flip(column, at, where="1"):
    """One bit of a column."""
    def run(chain, saved):
        del saved
        database = sqlite3.connect(chain.path, timeout=600)
        with database:
            for number, value in database.execute(f"SELECT row,{column} FROM genp WHERE {where}").fetchall():
                place = at % len(value)
                changed = value[:place] + bytes([value[place] ^ 1]) + value[place + 1:]
                database.execute(f"UPDATE genp SET {column}=? WHERE row=?", (changed, number))
        database.close()
    return run


def item(account="a", data=b"x", **words):
    return add(acct=account, svce="s", v_Data=data, **words)


def find(account="a", **words):
    return copy(acct=account, svce="s", r_Data=True, **words)


def unreadable(count, **words):
    """A partial copy tells how many rows it cannot read."""
    return copy(m_Limit="m_LimitAll", r_Data=True, OPTIONS={"partial": True}, CHECK=lambda answer: answer.get("damaged", 0) + answer.get("lost", 0) == count, **words)


def damaged(damage, listed=1, told=1):
    """Two items, the first of them damaged: as if absent, replaced by add, the other as it was."""
    run_case([
        item("a", data=b"1"), item("b", data=b"2"), damage, find("a", STATUS=-25300), find("b", RESULT=b"2"),
        copy(acct="a", r_Attributes=True, STATUS=-25300), update({"labl": "x"}, acct="a", STATUS=-25300),
        update({"v_Data": b"3"}, acct="a", STATUS=-25300),
        copy(m_Limit="m_LimitAll", r_Data=True, RESULT=[b"2"] * listed), unreadable(told), item("a", data=b"4"),
        find("a", RESULT=b"4"), find("b", RESULT=b"2"), delete(acct="a"), find("a", STATUS=-25300),
        find("b", RESULT=b"2")])


def test_bits():
    """case 56: one bit of ciphertext, tag, nonce, header or wrapped key"""
    for column, places in (("attributes", (0, 1, 2, 3, 5, 10, 26, 40, -1)), ("rowkey", (0, 1, 2, 3, 4, 10, 30, 40, -1)),
                           ("secret", (0, 11, 12, 31, -1))):
        for place in places:
            damaged(flip(column, place, "row=1"))


def test_columns():
    """each column of a row damaged"""
    for column in ("uuid", "digest", "h_acct", "h_svce"):
        damaged(flip(column, 3, "row=1"))
    for change in ("agrp='other'", "pdmn='ck'", "pdmn='dk'", "pdmn='zz'", "pdmn=7", "sync=1", "format=2", "attributes=x''",
                   "attributes=zeroblob(100)", "attributes='text'", "secret=NULL", "secret=x''", "rowkey=NULL",
                   "rowkey=x'00'", "uuid=x'00'", "h_labl=x'00112233445566778899aabbccddeeff'", "h_acct=NULL",
                   "digest=x'00'", "tomb=1", "agrp=x'00ff'", "secret=zeroblob(1000000)"):
        # By these columns rows are looked for: with another value there it is none that may match.
        damaged(sql(f"UPDATE genp SET {change} WHERE row=1"), told=change.split("=", maxsplit=1)[0] not in ("agrp", "sync", "tomb"))


def test_group_with_nul():
    """a NUL in the group's column: who sees all groups has the others, and an end"""
    every = {"groups": ["test"], "all_groups": True}
    run_case([item("a", data=b"1"), item("b", data=b"2"), sql("UPDATE genp SET agrp=CAST(x'740065' AS TEXT) WHERE row=1"),
              copy(m_Limit="m_LimitAll", r_Data=True, CALLER=every, RESULT=[b"2"]), find("a", CALLER=every, STATUS=-25300),
              item("a", data=b"3", CALLER=every), copy(m_Limit="m_LimitAll", r_Data=True, CALLER=every, RESULT=[b"2", b"3"]),
              delete(CALLER=every, CHECK=lambda a: a["count"] == 2), copy(CALLER=every, STATUS=-25300)])


def test_group_column():
    """case 55: the group's column edited is visible to neither group"""
    run_case([item(CALLER=A), sql("UPDATE genp SET agrp='B'"), find(CALLER=A, STATUS=-25300),
              find(CALLER={"groups": ["B"]}, STATUS=-25300), copy(CALLER=AB, STATUS=-25300)])


def test_class_column():
    """case 57: the class's column edited opens nothing"""
    run_case([item(pdmn="ck"), add(acct="d", svce="s", pdmn="dk"), sql("UPDATE genp SET pdmn='dk' WHERE row=1"),
              full_lock(), find(STATUS=-25300), copy(pdmn="dk", m_Limit="m_LimitAll", r_Data=True, RESULT=[b""]),
              unlock(), find(STATUS=-25300)])


def test_halves():
    """halves of two items, and of two versions of one, do not go together"""
    run_case([item("a", data=b"1"), item("b", data=b"2"),
              sql("UPDATE genp SET secret=(SELECT secret FROM genp WHERE row=2),rowkey=(SELECT rowkey FROM genp "
                  "WHERE row=2) WHERE row=1"), find("a", STATUS=-25300), find("b", RESULT=b"2")])

    def keep(chain, saved):
        saved["old"] = rows(chain, "SELECT rowkey,secret FROM genp")[0]

    def put_back(chain, saved):
        sql("UPDATE genp SET rowkey=?,secret=?", *saved["old"])(chain, saved)

    run_case([item(data=b"old"), keep, update({"v_Data": b"new"}, acct="a"), put_back, find(STATUS=-25300)])


def test_dates():
    """case 63: a bad date in a column only"""
    for date in ("'never'", "-1", "x'00'", "9223372036854775807"):
        run_case([item(r_Attributes=True, SAVE="i"), sql(f"UPDATE genp SET cdat={date},mdat={date}"), find(RESULT=b"x"),
                  copy(acct="a", r_Attributes=True, RESULT=lambda s: {**s["i"], "class": "genp"})])


def test_randomness():
    """case 58: the same secret twice: nothing is the same"""
    chain = Keychain()
    try:
        carry_out(chain, [item(f"a{number}", data=b"the same") for number in range(40)])
        for column, start, end in (("uuid", 0, 16), ("rowkey", 24, 200), ("rowkey", 24, 36), ("secret", 0, 12),
                                   ("secret", 12, 200), ("attributes", 24, 36)):
            found = {value[0][start:end] for value in rows(chain, f"SELECT {column} FROM genp")}
            tap.equal(len(found), 40, column)
    finally:
        chain.remove()


def test_lengths():
    """case 11: of a value's length only steps of 20 bytes are to be seen"""
    chain = Keychain()
    try:
        carry_out(chain, [item(f"{length:03}", data=b"x" * length) for length in range(100)])
        lengths = {value[0] for value in rows(chain, "SELECT length(secret) FROM genp")}
        tap.equal(lengths, {28 + step for step in range(20, 101, 20)}, "lengths")
    finally:
        chain.remove()


def test_lengths_of_attributes():
    """case 216: of attributes, too, only steps of 20 bytes are to be seen"""
    chain = Keychain()
    try:
        carry_out(chain, [item("x" * length) for length in range(1, 61)])
        lengths = sorted(value[0] for value in rows(chain, "SELECT DISTINCT length(attributes) FROM genp"))
        tap.ok(3 <= len(lengths) <= 4 and all(one % 20 == lengths[0] % 20 for one in lengths), f"lengths: {lengths}")
        carry_out(chain, [item("a" * 30000, labl="b" * 30000), find("a" * 30000, RESULT=b"x")])
    finally:
        chain.remove()


def test_key_tables():
    """case 59: keys are made by the first write, not by reads, and not by one that is rolled back"""
    chain = Keychain()

    def classes(table):
        return sorted(row[0] for row in rows(chain, f"SELECT keyclass FROM {table}"))

    try:
        carry_out(chain, [copy(STATUS=-25300), copy(acct="a", STATUS=-25300), delete(acct="a", STATUS=-25300)])
        tap.equal((classes("metadatakeys"), classes("lookupkeys")), ([], []), "after reading")
        carry_out(chain, [item()])
        tap.equal((classes("metadatakeys"), classes("lookupkeys")), ([6], [7]), "after adding")
        carry_out(chain, [item(pdmn="ck", STATUS=-25299), update({"acct": "z", "pdmn": "cku", "sync": True}, acct="a",
                                                                 STATUS=-50)])
        tap.equal(classes("metadatakeys"), [6], "after what was rolled back")
        carry_out(chain, [item("b", pdmn="ck"), item("c", pdmn="dku"), find("a"), find("b"), find("c")])
        tap.equal((classes("metadatakeys"), classes("lookupkeys")), ([6, 7, 11], [7, 8]), "in the end")
    finally:
        chain.remove()


def test_damaged_keys():
    """a damaged metadata key: its items are as if absent, and can be added again"""
    run_case([item(), item("c", pdmn="ck"), sql("UPDATE metadatakeys SET data=zeroblob(84) WHERE keyclass=6"), lock(), unlock(),
              find(STATUS=-25300), find("c", RESULT=b"x"), item(data=b"new"), find(RESULT=b"new"), find("c")])


def test_every_metadata_key():
    """case 213: a metadata key that does not open, or the number of another: all others are tried, and no row is lost"""
    chain = Keychain()
    four = [item(account, data=account.encode()) for account in "abcd"]

    def list_four(**words):
        return copy(m_Limit="m_LimitAll", r_Data=True, RESULT=[b"a", b"b", b"c", b"d"], **words)

    try:
        carry_out(chain, [*four, sql("INSERT INTO metadatakeys(keyclass,data) VALUES(6,zeroblob(84))")])
        chain.stop()
        carry_out(chain, [list_four(), item("e", data=b"e"), find("e", RESULT=b"e"), delete(acct="e"),
                          sql("UPDATE genp SET mkey=mkey+1 WHERE row<3"), list_four(), sql("UPDATE genp SET mkey=77"),
                          list_four(), lock(), find("a", STATUS=-25308), unlock(), list_four()])
        # The key does not open: as if absent, but nothing shows that the rows are damaged.
        key = rows(chain, "SELECT data FROM metadatakeys WHERE id=1")[0][0]
        carry_out(chain, [sql("UPDATE metadatakeys SET data=zeroblob(84)")])
        chain.stop()
        carry_out(chain, [copy(STATUS=-25300), unreadable(4, RESULT=[]), copy(OPTIONS={"partial": True}, STATUS=-25300),
                          delete(STATUS=-25300), update({"labl": "x"}, acct="a", STATUS=-25300),
                          item("n", data=b"n"), find("n", RESULT=b"n"), delete(CHECK=lambda a: a["count"] == 1)])
        chain.stop()
        carry_out(chain, [sql("UPDATE metadatakeys SET data=? WHERE id=1", key), list_four(),
                          delete(CHECK=lambda a: a["count"] == 4)])
        # The key opens, and the row does not: it is damaged, and goes.
        carry_out(chain, [*four, flip("attributes", -1, "1"), delete(STATUS=-25300)])
        tap.equal(rows(chain, "SELECT count(*) FROM genp"), [(0,)], "rows that are damaged")
    finally:
        chain.remove()


def test_displaced():
    """case 213: an item whose key does not open now gives its place up to one that is added, but is not erased"""
    chain = Keychain()
    try:
        carry_out(chain, [item("a", data=b"old"), item("b", data=b"b")])
        key = rows(chain, "SELECT data FROM metadatakeys WHERE id=1")[0][0]
        carry_out(chain, [sql("UPDATE metadatakeys SET data=zeroblob(84)")])
        chain.stop()
        carry_out(chain, [find("a", STATUS=-25300), item("a", data=b"new"), find("a", RESULT=b"new"), item("a", STATUS=-25299),
                          delete(acct="a", CHECK=lambda a: a["count"] == 1), item("a", data=b"newer"), item("c", data=b"c"),
                          update({"acct": "b"}, acct="c"), update({"acct": "c"}, acct="b")])
        chain.stop()
        # With its key it is there again, and counts.
        carry_out(chain, [sql("UPDATE metadatakeys SET data=? WHERE id=1", key), find("b", RESULT=b"b"),
                          copy(acct="a", m_Limit="m_LimitAll", r_Data=True, RESULT=[b"old", b"newer"]), item("a", STATUS=-25299),
                          update({"labl": "x"}, acct="a"), update({"pdmn": "dk"}, acct="a", STATUS=-25299), item("b", STATUS=-25299),
                          copy(labl="x", m_Limit="m_LimitAll", r_Data=True, RESULT=[b"old", b"newer"]),
                          delete(acct="a", CHECK=lambda a: a["count"] == 2), item("a", data=b"1"), find("a", RESULT=b"1")])
        tap.equal(rows(chain, "SELECT count(*) FROM genp"), [(3,)], "rows")
    finally:
        chain.remove()


def test_newest_key():
    """items are sealed by the newest key that opens, whichever row was read first"""
    chain = Keychain()
    try:
        carry_out(chain, [item("a")])
        key = rows(chain, "SELECT data FROM metadatakeys WHERE id=1")[0][0]
        carry_out(chain, [sql("UPDATE metadatakeys SET data=zeroblob(84)")])
        chain.stop()
        carry_out(chain, [item("b"), sql("UPDATE metadatakeys SET data=? WHERE id=1", key)])
        chain.stop()
        carry_out(chain, [find("a", RESULT=b"x"), item("c"), copy(m_Limit="m_LimitAll", r_Data=True, RESULT=[b"x"] * 3)])
        tap.equal(rows(chain, "SELECT mkey FROM genp ORDER BY row"), [(1,), (2,), (2,)], "keys of a, b and c")
    finally:
        chain.remove()


def test_key_of_a_rollback():
    """a key that was made, taken away by a lock, opened again and rolled back seals nothing after that"""
    if not keychain.fake:
        tap.skip("needs a lock at one place of a request")
    chain = Keychain()
    try:
        carry_out(chain, [item("a", pdmn="ck"), keychain.state("lock-between"), item("a", STATUS=-25299), item("b"),
                          find("b", RESULT=b"x")])
        chain.stop()
        carry_out(chain, [find("b", RESULT=b"x"), find("a", RESULT=b"x")])
    finally:
        chain.remove()


def test_indexes():
    """every attribute that a query may name is searched by an index that ends in the row"""
    chain = Keychain()
    try:
        carry_out(chain, [copy(STATUS=-25300)])
        for table in ("genp", "inet", "cert", "keys"):
            columns = [row[1] for row in rows(chain, f"PRAGMA table_info({table})") if row[1].startswith("h_")]
            tap.ok(len(columns) > 10, f"columns of {table}")
            for column in columns:
                found = [row[2] for row in rows(chain, f"PRAGMA index_xinfo({table}_{column[2:]})")]
                tap.equal(found, [column, "agrp", "sync", None], f"index of {column} of {table}")
        data = ("acct svce desc icmt prot gena labl alis vwht tkid sdmn srvr path issr slnr subj skid pkhh klbl atag").split()
        dates = ("sdat", "edat", "cdat", "mdat")
        for kind, names in (("genp", "acct svce desc icmt crtr type scrp invi nega cusi prot gena labl alis vwht tkid cdat "
                             "mdat pdmn"), ("inet", "acct sdmn srvr ptcl atyp port path labl"),
                            ("cert", "ctyp issr slnr cenc subj skid pkhh labl alis"),
                            ("keys", "kcls klbl atag crtr type bsiz esiz sdat edat perm priv sens extr encr sign wrap labl")):
            carry_out(chain, [add(class_=kind, pdmn="dk")])
            for name in names.split():
                value = datetime.datetime(2020, 1, 1) if name in dates else "cku" if name == "pdmn" else \
                    b"7" if name in data else 7
                for words in ({}, {"sync": "syna"}, {"agrp": "test"}, {"labl": "none"}):
                    carry_out(chain, [copy(class_=kind, **{name: value, **words}, STATUS=-25300)])
    finally:
        chain.remove()


def test_many_groups():
    """a caller of 300 groups finds the items of each, in order; and of those of others none"""
    groups = [f"group{number:03}" for number in range(300)]
    many = {"groups": groups}
    run_case([*(item(f"a{number}", data=b"%d" % number, CALLER={"groups": [groups[number]]}) for number in (299, 0, 256, 255)),
              item("foreign", CALLER=A),
              copy(m_Limit="m_LimitAll", r_Data=True, CALLER=many, RESULT=[b"299", b"0", b"256", b"255"]),
              copy(svce="s", m_Limit="m_LimitAll", r_Data=True, CALLER=many, RESULT=[b"299", b"0", b"256", b"255"]),
              copy(acct="a299", svce="s", r_Data=True, CALLER=many, RESULT=b"299"),
              delete(CALLER=many, CHECK=lambda a: a["count"] == 4), find("foreign", CALLER=A)])


def test_damaged_lookup_key():
    """a damaged lookup key: told, and items are found again with the next request, or when their classes are open"""
    damage = sql("UPDATE lookupkeys SET data=zeroblob(84)")

    def restart(chain, saved):
        del saved
        chain.stop()

    run_case([item(), item("d", pdmn="dk", data=b"d"), damage, restart, find(STATUS=-25291), find(RESULT=b"x"),
              find("d", RESULT=b"d"), item(STATUS=-25299), item("d", STATUS=-25299), full_lock(), find("d", RESULT=b"d"),
              unlock(), damage, restart, full_lock(), find("d", STATUS=-25291), find("d", STATUS=-25308), unlock(),
              find("d", RESULT=b"d"), copy(m_Limit="m_LimitAll", r_Data=True, RESULT=[b"x", b"d"])])


def flip_keys(table, at):
    """One bit of each key of a table; the engine is started anew."""
    def run(chain, saved):
        del saved
        chain.stop()
        database = sqlite3.connect(chain.path, timeout=600)
        with database:
            for number, value in database.execute(f"SELECT id,data FROM {table}").fetchall():
                changed = value[:at] + bytes([value[at] ^ 1]) + value[at + 1:]
                database.execute(f"UPDATE {table} SET data=? WHERE id=?", (changed, number))
        database.close()
    return run


def test_flipped_keys():
    """one bit of a key: its header's generation or domain, or what it seals: another takes its place"""
    for at in (2, 4, 10, 30):
        run_case([item(), item("d", pdmn="dk", data=b"d"), flip_keys("lookupkeys", at), find(STATUS=-25291), find(RESULT=b"x"),
                  find("d", RESULT=b"d"), item(STATUS=-25299), item("n", data=b"n"), find("n", RESULT=b"n")])
        run_case([item(), item("d", pdmn="dk", data=b"d"), flip_keys("metadatakeys", at), find(STATUS=-25300),
                  item("n", data=b"n"), item(data=b"new"), find("n", RESULT=b"n"), find(RESULT=b"new"),
                  copy(m_Limit="m_LimitAll", r_Data=True, RESULT=[b"n", b"new"])])


def test_lookup_key_without_rows():
    """a damaged lookup key, and no row that could be sealed again: another takes its place all the same"""
    run_case([item(), delete(acct="a"), flip_keys("lookupkeys", 30), find(STATUS=-25291), find(STATUS=-25300), item(), find(RESULT=b"x")])
    run_case([item(), item("d", pdmn="dk"), flip_keys("lookupkeys", 30), flip_keys("metadatakeys", 30), find(STATUS=-25291),
              find(STATUS=-25300), item("n", data=b"n"), item("m", pdmn="dk", data=b"m"), find("n", RESULT=b"n"), find("m", RESULT=b"m")])
    run_case([item(), delete(acct="a"), flip_keys("lookupkeys", 30), full_lock(), item("d", pdmn="dk"), unlock(),
              find(STATUS=-25291), find(STATUS=-25300), find("d", RESULT=b"x")])


def test_nothing_in_the_clear():
    """neither names nor values are in the file"""
    chain = Keychain()
    try:
        carry_out(chain, [add(acct="plainaccount", svce="plainservice", labl="plainlabel", v_Data=b"plainsecret",
                              gena=b"plaingeneric"), update({"labl": "plainlabel2"}, acct="plainaccount"),
                          delete(acct="plainaccount"), item("other")])
        for path in glob.glob(chain.path + "*"):
            with open(path, "rb") as file:
                tap.ok(b"plain" not in file.read(), path)
            tap.equal(os.stat(path).st_mode & 0o777, 0o600, path)
    finally:
        chain.remove()


def test_statements():
    """a duplicate, with any number of statements prepared before"""
    if not keychain.fake:
        tap.skip("shows on the host, where what is freed is overwritten")
    words = ("acct", "svce", "labl", "desc", "icmt", "crtr", "type")
    queries = [{word: "1" for place, word in enumerate(words) if number >> place & 1} for number in range(1, 128)]
    for before in range(0, 72):
        chain = Keychain()
        try:
            carry_out(chain, [item()] + [copy(**query, STATUS=-25300) for query in queries[:before]] + [
                item(STATUS=-25299), find()])
        finally:
            chain.remove()


def test_low_rows_first():
    """case 62: damage in the first rows: later ones are found"""
    run_case([*(item(f"a{number:03}", data=b"%d" % number) for number in range(100)), flip("attributes", -1, "row<=70"),
              copy(m_Limit="m_LimitAll", r_Data=True, RESULT=[b"%d" % number for number in range(70, 100)]),
              copy(r_Data=True, RESULT=b"70"), find("a099", RESULT=b"99"),
              delete(CHECK=lambda a: a["count"] == 30), copy(STATUS=-25300)])


def test_many_at_once():
    """case 64, 65: adds of one item at once while rows are damaged: one wins; and none dies"""
    if keychain.fake:
        tap.skip("each engine has a keybag of its own here")
    chain = Keychain()
    engines = [Keychain(chain.folder) for _ in range(6)]
    statuses = []

    def work(engine):
        for number in range(8):
            for query in ({"acct": "one"}, {"acct": f"{id(engine)}{number}"}):
                answer = engine.ask({"op": "add", "query": {"class": "genp", "svce": "s", "v_Data": b"x", **query}})
                statuses.append((query["acct"], answer["status"]))

    try:
        carry_out(chain, [item("bad")])
        threads = [threading.Thread(target=work, args=(engine,)) for engine in engines]
        for thread in threads:
            thread.start()
        for _ in range(10):
            flip("attributes", -1, "row=1")(chain, None)
        for thread in threads:
            thread.join()
        same = sorted(status for account, status in statuses if account == "one")
        tap.equal(same, [-25299] * 47 + [0], "adds of one item")
        tap.equal({status for account, status in statuses if account != "one"}, {0}, "others")
        tap.equal(rows(chain, "SELECT count(*) FROM genp"), [(50,)], "rows")
    finally:
        for engine in engines:
            engine.stop()
        chain.remove()


def test_no_keybag():
    """a keybag that is unloaded, gone, or lacks its device key: nothing counts as damaged"""
    if keychain.fake:
        unloaded, gone, back = (keychain.state(word) for word in ("unloaded", "gone", "back"))
        no_key, bad_key = (keychain.state(f"{word}-device-key") for word in ("no", "bad"))
    else:
        unloaded = gone = back = no_key = bad_key = None
        tap.skip("with a keybag of the engine's own process only")
    run_case([item(), item("b"), unloaded, find(RESULT=b"x"), unloaded, item("c"), gone,
              find(STATUS=-25291, CHECK=lambda a: a["reason"] == "no-keybag"), copy(STATUS=-25291),
              copy(m_Limit="m_LimitAll", STATUS=-25291), item("d", STATUS=-25291),
              update({"labl": "x"}, acct="a", STATUS=-25291), delete(acct="b", STATUS=-25291),
              delete(STATUS=-25291), no_key, find(STATUS=-25291, CHECK=lambda a: a["reason"] == "no-device-key"),
              bad_key, find(STATUS=-25291, CHECK=lambda a: a["reason"] == "keybag-not-loaded"), back, copy(m_Limit="m_LimitAll", r_Data=True, RESULT=[b"x"] * 3)])


if __name__ == "__main__":
    keychain.begin()
    tap.main(teardown=keychain.end)

#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The keychain's file with one flipped bit, in each kind of page, each field of the header and each column."""

import glob
import pathlib
import sqlite3
import subprocess
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests"))
from lib import keychain, tap  # noqa: E402
from lib.keychain import Keychain, add, carry_out, copy, delete, lock, rows, unlock  # noqa: E402
from lib.keychain_file import ITEMS, all_of, back_to, filled, item  # noqa: E402


def pages(path):
    """For each kind of page of each table and index that has items: where the first one is."""
    database = sqlite3.connect(path)
    try:
        found = database.execute("SELECT name,pagetype,min(pageno) FROM dbstat WHERE name IN ('sqlite_schema','about',"
                                 "'metadatakeys','lookupkeys','genp','genp_pair','genp_acct','genp_group','genp_mdat',"
                                 "'sqlite_autoindex_genp_1') GROUP BY 1,2").fetchall()
        free = database.execute("PRAGMA freelist_count").fetchone()[0]
    finally:
        database.close()
    with open(path, "rb") as file:
        trunk = int.from_bytes(file.read(36)[32:], "big")
    return [(f"{name} {kind}", number) for name, kind, number in found] + ([("free", trunk)] if free else []) + [("pointers", 2)]


def after_damage(whole, change, what, least):
    """Service right afterwards, with all items but those that the damaged part had."""
    with tempfile.TemporaryDirectory() as folder:
        chain = Keychain(folder)
        data = bytearray(whole)
        change(data)
        with open(chain.path, "wb") as file:
            file.write(data)
        genp = {"class": "genp", "svce": "s"}
        try:
            everything = {"op": "copy", "query": {**genp, "m_Limit": "m_LimitAll", "r_Data": True}}
            asked = chain.ask(everything)
            if asked["status"]:
                asked = chain.ask(everything)
            tap.ok(len(asked.get("result", [])) >= least, f"{what}: {asked['status']} {asked['message']}, "
                   f"{len(asked.get('result', []))} items")
            for request in ({"op": "add", "query": {**genp, "acct": "new", "v_Data": b"new"}},
                            {"op": "update", "query": {**genp, "acct": "new"}, "update": {"labl": "x"}},
                            {"op": "delete", "query": {"class": "genp"}}):
                answer = chain.ask(request)
                if answer["status"] == -25291:
                    answer = chain.ask(request)
                tap.equal(answer["status"], 0, f"{what}: {request['op']}: {answer['message']}")
            tap.equal(chain.ask({"op": "copy", "query": {"class": "genp"}})["status"], -25300, f"{what}: after delete")
            tap.equal(chain.ask({"op": "add", "query": {**genp, "acct": "new", "v_Data": b"new"}})["status"], 0, f"{what}: add")
        finally:
            chain.stop()


def test_every_page():
    """one flipped bit in each kind of page: service right afterwards, with all that the page did not have"""
    chain = filled()
    try:
        places = pages(chain.path)
        with open(chain.path, "rb") as file:
            whole = file.read()
        tap.ok(len(places) > 12, f"kinds of pages: {places}")
        for name, number in places:
            start = (number - 1) * 4096
            used = [at for at in range(start + 600, start + 4096) if whole[at]]
            for at in (start + (100 if number == 1 else 0), used[len(used) // 2] if used else start + 9):
                def change(data, at=at):
                    data[at] ^= 1 << at % 8
                # The keys open all rows; a leaf has a few. A number that leads to leaves may lead past one, unnoticed.
                least = 0 if "keys" in name else ITEMS - 40 if name.startswith("genp ") else ITEMS - 1
                after_damage(whole, change, f"page {number}, {name}, byte {at - start}", least)
    finally:
        chain.remove()


def test_header():
    """one flipped bit in each field of the file's header: nothing is lost"""
    chain = filled()
    try:
        with open(chain.path, "rb") as file:
            whole = file.read()
        places = (0, 14, 16, 17, 18, 19, 20, 21, 22, 23, 27, 31, 35, 39, 43, 47, 51, 55, 59, 62, 63, 67, 68, 80, 95, 99)
        for at, bit in [(at, at % 3) for at in places] + [(47, 0)]:
            def change(data, at=at, bit=bit):
                data[at] ^= 1 << bit
            after_damage(whole, change, f"byte {at}, bit {bit}", ITEMS)
    finally:
        chain.remove()


def test_every_column():
    """one flipped bit in each column of a row, in the file: the others are there, and can be deleted"""
    chain = filled()
    try:
        database = sqlite3.connect(chain.path)
        names = [row[1] for row in database.execute("PRAGMA table_info(genp)")]
        columns = [name for name, found in zip(names, database.execute("SELECT * FROM genp WHERE row=2").fetchone())
                   if name not in ("row", "attributes") and isinstance(found, (bytes, str))]
        values = dict(zip(columns, database.execute(f"SELECT {','.join(columns)} FROM genp WHERE row=2").fetchone()))
        leaf = [row[0] for row in database.execute("SELECT pageno FROM dbstat WHERE name='genp' AND pagetype='leaf'")]
        database.close()
        with open(chain.path, "rb") as file:
            whole = file.read()
        for column, value in values.items():
            value = value.encode() if isinstance(value, str) else value
            at = next((whole.find(value, (number - 1) * 4096, number * 4096) for number in leaf
                       if whole.find(value, (number - 1) * 4096, number * 4096) >= 0), -1)
            tap.ok(at >= 0, f"{column} is in the file")

            def change(data, at=at):
                data[at] ^= 1
            after_damage(whole, change, f"column {column}", ITEMS - 1)
    finally:
        chain.remove()


# No file can be written beyond its first 40 KiB, as on a disk that fails.
FAILING = ["sh", "-c", "trap '' XFSZ; ulimit -f 80; exec \"$@\"", "sh"]


def test_failing_disk():
    """a damaged file on a disk that fails: it stays where it is, and is mended when the disk does its work again"""
    everything = {"op": "copy", "query": {"class": "genp", "m_Limit": "m_LimitAll", "r_Data": True}}
    delete_all = {"op": "delete", "query": {"class": "genp"}}
    for name, request, asides in (("genp_mdat leaf", delete_all, 0), ("genp leaf", everything, 1)):
        chain = filled()
        try:
            start = (dict(pages(chain.path))[name] - 1) * 4096
            with open(chain.path, "r+b") as file:
                whole = file.read()
                used = [at for at in range(start + 600, start + 4096) if whole[at]]
                file.seek(start if asides else used[len(used) // 2])
                file.write(bytes([whole[file.tell()] ^ 1]))
            chain.wrapper = FAILING
            for _ in range(3):
                answer = chain.ask(request)
                tap.equal(answer["status"], -36, f"{name}: {answer['message']}")
            chain.stop()
            tap.equal([path for path in glob.glob(chain.path + "*") if not path.endswith(("-wal", "-shm"))], [chain.path],
                      f"{name}: nothing is moved aside, and nothing left over")
            chain.wrapper = []
            answers = [chain.ask(request) for _ in range(2)]
            if asides:
                tap.ok(len(answers[1].get("result", [])) >= ITEMS - 40, f"{name}: {answers[1]['status']} {answers[1]['message']}")
            else:
                tap.equal(answers[0].get("count"), ITEMS, f"{name}: {answers[0]['status']} {answers[0]['message']}")
            tap.equal(len(glob.glob(chain.path + ".damaged-*")), asides, f"{name}: moved aside")
        finally:
            chain.remove()


def test_header_and_wal():
    """a header that makes no sense, and a change that is in the WAL only, as another program reads: it is not undone"""
    chain = filled()
    database = sqlite3.connect(chain.path, isolation_level=None)
    try:
        database.execute("DELETE FROM genp WHERE row=2")
        database.execute("BEGIN")
        tap.equal(database.execute("SELECT count(*) FROM genp").fetchone(), (ITEMS - 1,), "rows that are left")
        # By another process: this one's locks would be given up.
        subprocess.run(["dd", "of=" + chain.path, "conv=notrunc", "status=none"], input=b"no header of ours", check=True)
        everything = {"op": "copy", "query": {"class": "genp", "m_Limit": "m_LimitAll", "r_Data": True}}
        found = [chain.ask(everything).get("result", []) for _ in range(2)][1]
        tap.equal(len(found), ITEMS - 1, "items")
    finally:
        database.close()
        chain.remove()


def lose_inner_pages(path):
    """Overwrites all pages of the items' table that have no rows. By another process: this one's locks would be given up."""
    database = sqlite3.connect(path)
    numbers = [row[0] for row in database.execute("SELECT pageno FROM dbstat WHERE name='genp' AND pagetype='internal'")]
    database.close()
    tap.ok(numbers, "the table has inner pages")
    for number in numbers:
        subprocess.run(["dd", "of=" + path, "conv=notrunc", "status=none", "bs=4096", f"seek={number - 1}"],
                       input=b"\xff" * 4096, check=True)


def test_lost_inner_pages():
    """no page leads to the rows any more: all of them are found, long ones too, and none that was deleted"""
    chain = filled()
    try:
        before = all_of(chain)
        chain.stop()
        lose_inner_pages(chain.path)
        tap.equal(all_of(chain), before, "items")
        tap.equal(len(glob.glob(chain.path + ".damaged-*")), 1, "moved aside")
    finally:
        chain.remove()


def test_lost_inner_pages_and_wal():
    """entries that the WAL alone has count there: a row that is deleted in it does not come back"""
    chain = filled()
    database = sqlite3.connect(chain.path, isolation_level=None)
    try:
        before = all_of(chain)
        chain.stop()
        database.execute("DELETE FROM genp WHERE row=2")
        database.execute("BEGIN")
        tap.equal(database.execute("SELECT count(*) FROM genp").fetchone(), (ITEMS - 1,), "rows that are left")
        lose_inner_pages(chain.path)
        del before["a001"]
        tap.equal(all_of(chain), before, "items")
    finally:
        database.close()
        chain.remove()


def test_lost_inner_pages_migrated():
    """a table of an earlier release, with its columns in another order: its rows are found as well"""
    chain = filled()
    try:
        before = all_of(chain)
        chain.stop()
        database = sqlite3.connect(chain.path)
        names = [row[1] for row in database.execute("PRAGMA table_info(genp)")]
        last = names.index("agrp")
        order = ",".join(names[:last] + names[last + 1:] + ["agrp"])
        text = database.execute("SELECT sql FROM sqlite_schema WHERE name='genp'").fetchone()[0]
        moved = text.replace("agrp TEXT NOT NULL,", "").removesuffix(")") + ",agrp TEXT NOT NULL)"
        indexes = [row[0] for row in database.execute("SELECT sql FROM sqlite_schema WHERE tbl_name='genp' AND type='index'") if row[0]]
        database.executescript(f"BEGIN;ALTER TABLE genp RENAME TO old;{moved};INSERT INTO genp({order}) SELECT {order} FROM old;"
                               f"DROP TABLE old;{';'.join(indexes)};COMMIT;PRAGMA wal_checkpoint(TRUNCATE);")
        database.close()
        lose_inner_pages(chain.path)
        tap.equal(all_of(chain), before, "items")
    finally:
        chain.remove()


def lose_definition(path):
    """One flipped bit in the text that defines the items' table, and no inner page of it."""
    lose_inner_pages(path)
    with open(path, "r+b") as file:
        file.seek(file.read().index(b"CREATE TABLE genp"))
        file.write(b"B")


def test_earlier_schemas():
    """a file of an earlier schema that was not migrated yet is damaged: its rows are saved, and migrated when that can be done"""
    for version in (1, 2, 3):
        for lose, locked in ((lose_inner_pages, False), (lose_inner_pages, True), (lose_definition, False)):
            chain = filled()
            try:
                before = all_of(chain)
                chain.stop()
                back_to(chain.path, version)
                lose(chain.path)
                what = f"schema {version}, {lose.__name__}{', locked' if locked else ''}"
                if locked:
                    lock()(chain, None)
                    request = {"op": "copy", "query": {"class": "genp", "acct": "a002", "svce": "s", "r_Data": True}}
                    answers = [chain.ask(request) for _ in range(3)]
                    tap.equal(answers[0]["status"], -25291, f"{what}: {answers[0]['message']}")
                    # One of the class dk. Rows of 1 and 2 have to be sealed again first.
                    tap.equal(answers[2]["status"], 0 if version == 3 else -25308, f"{what}: {answers[2]['message']}")
                    tap.equal(rows(chain, "PRAGMA user_version"), [(5 if version == 3 else version,)], f"{what}: version")
                    unlock()(chain, None)
                tap.equal(all_of(chain), before, f"{what}: items")
                tap.equal(rows(chain, "PRAGMA user_version") + rows(chain, "SELECT value FROM about WHERE name='version'"),
                          [(5,), ("5",)], f"{what}: version")
                tap.equal(len(glob.glob(chain.path + ".damaged-*")), 1, f"{what}: moved aside")
                carry_out(chain, [item("new", data=b"n", attr={"a": "b"}), copy(attr={"a": "b"}, r_Data=True, RESULT=b"n"),
                                  delete(labl="label 1"), delete(), copy(STATUS=-25300)])
            finally:
                chain.remove()


def test_own_attributes():
    """own attributes are saved with their items, and found by an index that is made anew"""
    pairs = {"a": "b", "c": "d"}
    for lose in (lose_inner_pages, lose_definition, None):
        chain = filled()
        try:
            carry_out(chain, [item(f"own{number}", data=bytes([number]), attr=pairs) for number in range(9)])
            carry_out(chain, [delete(acct="own1")])
            before = all_of(chain)
            entries = rows(chain, "SELECT * FROM own_index ORDER BY 1,2,3,4,5")
            chain.stop()
            if lose:
                lose(chain.path)
            else:
                start = (root_of(chain.path, "own_index") - 1) * 4096
                with open(chain.path, "r+b") as file:
                    file.seek(start)
                    file.write(b"\xff")
                # A request that uses the index finds it damaged.
                chain.ask({"op": "copy", "query": {"class": "genp", "attr": pairs}})
            found = all_of(chain)
            tap.equal(found, before, "items")
            tap.equal([found[name].get("attr") for name in ("own0", "own8", "a001")], [pairs, pairs, None], "own attributes")
            tap.equal(rows(chain, "SELECT * FROM own_index ORDER BY 1,2,3,4,5"), entries, "index")
            carry_out(chain, [copy(attr={"c": "d"}, r_Data=True, m_Limit="m_LimitAll", CHECK=lambda a: len(a["result"]) == 8)])
        finally:
            chain.remove()


def flip_definition(path):
    """One flipped bit in the text that defines the items' table."""
    with open(path, "r+b") as file:
        file.seek(file.read().index(b"CREATE TABLE genp"))
        file.write(b"B")


def test_what_waits():
    """items that wait for the unlock are saved of a damaged file, with other items or alone"""
    for alone, lose in ((False, lose_inner_pages), (False, lose_definition), (True, flip_definition), (True, None)):
        chain = Keychain() if alone else filled()
        try:
            carry_out(chain, [lock(), *(item(f"w{number}", data=bytes([number]) * (20000 if number % 3 else 10), OPTIONS={"seal_while_locked": True})
                                        for number in range(9))])
            chain.stop()
            if lose:
                lose(chain.path)
            else:
                database = sqlite3.connect(chain.path)
                database.execute("PRAGMA writable_schema=ON")
                with database:
                    database.execute("DELETE FROM sqlite_schema WHERE name='pending'")
                database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                database.close()
            found = all_of(chain)
            tap.equal([len(found[f"w{number}"]["v_Data"]) for number in range(9)], [20000 if number % 3 else 10 for number in range(9)], "items")
            tap.equal(rows(chain, "SELECT count(*) FROM pending"), [(0,)], "what waits still")
        finally:
            chain.remove()


def test_header_of_an_earlier_schema():
    """one flipped bit of the version of a file that was not migrated yet: nothing is lost"""
    for bit in range(4):
        chain = filled()
        try:
            before = all_of(chain)
            chain.stop()
            back_to(chain.path, 3)
            with open(chain.path, "r+b") as file:
                file.seek(63)
                file.write(bytes([3 ^ 1 << bit]))
            tap.equal(all_of(chain), before, f"items, version {3 ^ 1 << bit}")
            tap.equal(rows(chain, "PRAGMA user_version") + rows(chain, "SELECT value FROM about WHERE name='version'"),
                      [(5,), ("5",)], "version")
            tap.equal(glob.glob(chain.path + ".damaged-*"), [], "moved aside")
        finally:
            chain.remove()


def root_of(path, name):
    database = sqlite3.connect(path)
    root = database.execute("SELECT rootpage FROM sqlite_schema WHERE name=?", (name,)).fetchone()[0]
    database.close()
    return root


def test_index_into_a_table():
    """an inner page of an index leads into a table: making the index anew does not take the table's page with it"""
    for target in ("metadatakeys", "genp"):
        chain = Keychain()
        try:
            carry_out(chain, [item(f"a{number:03}", data=bytes([number % 256])) for number in range(300)])
            before = all_of(chain)
            chain.stop()
            start = (root_of(chain.path, "genp_mdat") - 1) * 4096
            with open(chain.path, "r+b") as file:
                whole = file.read()
                tap.equal(whole[start], 2, "the index has an inner page")
                cell = start + int.from_bytes(whole[start + 12:start + 14], "big")
                file.seek(cell)
                file.write(root_of(chain.path, target).to_bytes(4, "big"))
            # Requests that use the index find it damaged.
            answers = [chain.ask({"op": "delete", "query": {"class": "genp", "acct": "a001"}}), chain.ask(
                {"op": "copy", "query": {"class": "genp", "m_Limit": "m_LimitAll", "mdat": {"date": "2026-11-22T20:00:00.123Z"}}})]
            del before["a001"]
            found = all_of(chain)
            found.pop("a001", None)
            tap.equal(found, before, f"items, with an index that leads to {target}: {[each['status'] for each in answers]}")
        finally:
            chain.remove()


def test_lost_schema_pages():
    """a page of the schema is lost: the items of classes whose definition stood there are found by their leaves"""
    chain = filled()
    try:
        database = sqlite3.connect(chain.path)
        numbers = [row[0] for row in database.execute("SELECT pageno FROM dbstat WHERE name='sqlite_schema' AND "
                                                      "pagetype='leaf' ORDER BY path")]
        database.close()
        before = all_of(chain)
        chain.stop()
        with open(chain.path, "rb") as file:
            whole = file.read()
        with_genp = [number for number in numbers[1:] if b"CREATE TABLE genp" in whole[(number - 1) * 4096:number * 4096]]
        tap.ok(len(numbers) > 2, f"pages of the schema: {numbers}, with the items' table: {with_genp}")
        for number in numbers[1:]:
            with open(chain.path, "wb") as file:
                file.write(whole[:(number - 1) * 4096] + b"\xff" * 4096 + whole[number * 4096:])
            tap.equal(all_of(chain), before, f"items without page {number} of the schema")
            chain.stop()
    finally:
        chain.remove()


def test_numbers_of_rows():
    """numbers of rows are not used again after a replacement, known or not: a reference leads to no other item"""
    for lose in ((), ("sqlite_sequence",)):
        chain = filled()
        try:
            before = all_of(chain)
            chain.stop()
            last = ITEMS + 1	# of the item that was deleted
            lose_inner_pages(chain.path)
            for name in lose:
                subprocess.run(["dd", "of=" + chain.path, "conv=notrunc", "status=none", "bs=4096",
                                f"seek={root_of(chain.path, name) - 1}"], input=b"\xff" * 4096, check=True)
            tap.equal(all_of(chain), before, "items")
            carry_out(chain, [item("new", data=b"new")])
            chain.stop()
            database = sqlite3.connect(chain.path)
            row = database.execute("SELECT max(row) FROM genp").fetchone()[0]
            database.close()
            tap.ok(row > last, f"{row} is a new number, {lose or 'nothing'} lost")
        finally:
            chain.remove()


def test_long_rows_in_a_circle():
    """a row that says it is long, on pages that lead to themselves: an end, and the other items"""
    chain = filled()
    try:
        before = all_of(chain)
        chain.stop()
        database = sqlite3.connect(chain.path)
        numbers = [row[0] for row in database.execute("SELECT pageno FROM dbstat WHERE name='genp' AND pagetype='overflow'")]
        database.close()
        tap.ok(numbers, "there are long rows")
        lose_inner_pages(chain.path)
        for number in numbers:
            subprocess.run(["dd", "of=" + chain.path, "conv=notrunc", "status=none", "bs=1", f"seek={(number - 1) * 4096}"],
                           input=number.to_bytes(4, "big"), check=True)
        found = all_of(chain)
        tap.ok(set(found) >= {name for name in before if int(name[1:]) % 20}, f"{len(found)} of {len(before)} items")
    finally:
        chain.remove()


def test_between_damaged_pages():
    """every other page with items damaged, and many in a row: all rows of the others are kept"""
    chain = Keychain()
    try:
        carry_out(chain, [item(f"a{number:04}", data=bytes(900)) for number in range(400)])
        chain.stop()
        database = sqlite3.connect(chain.path)
        leaves = [row[0] for row in database.execute("SELECT pageno FROM dbstat WHERE name='genp' AND pagetype='leaf' ORDER BY path")]
        cells = dict(database.execute("SELECT pageno,ncell FROM dbstat WHERE name='genp' AND pagetype='leaf'"))
        database.close()
        # Islands of one page in longer and longer gaps.
        bad = [page for place, page in enumerate(leaves) if place not in (0, 3, 8, 17, 34, 60, 61)]
        with open(chain.path, "r+b") as file:
            for page in bad:
                file.seek((page - 1) * 4096)
                file.write(b"\xff")
        everything = {"op": "copy", "query": {"class": "genp", "m_Limit": "m_LimitAll", "r_Data": True}}
        found = [chain.ask(everything).get("result", []) for _ in range(2)][1]
        tap.equal(len(found), sum(cells[page] for page in leaves if page not in bad), f"of {len(leaves)} pages")
    finally:
        chain.remove()


def test_lost_lookup_keys():
    """the page of lookup keys is lost: items are indexed anew, and found by their attributes"""
    chain = filled()
    try:
        before = all_of(chain)
        chain.stop()
        subprocess.run(["dd", "of=" + chain.path, "conv=notrunc", "status=none", "bs=4096",
                        f"seek={root_of(chain.path, 'lookupkeys') - 1}"], input=b"\xff" * 4096, check=True)
        request = {"op": "copy", "query": {"class": "genp", "acct": "a002", "svce": "s", "r_Data": True}}
        answers = [chain.ask(request) for _ in range(3)]
        tap.equal([each["status"] for each in answers], [-25291, -25291, 0], f"{answers}")
        carry_out(chain, [item(account, data=b"x", STATUS=-25299) for account in ("a001", "a002")])
        tap.equal(all_of(chain), before, "items")
    finally:
        chain.remove()


def leaves_of(chain):
    """Pages that have items, in the order of the table, with how many each."""
    return rows(chain, "SELECT pageno,ncell FROM dbstat WHERE name='genp' AND pagetype='leaf' ORDER BY path")


def test_torn_leaf():
    """some bytes of a page with items are zero, so that a row is found which is not there: all can be changed again"""
    changes = ({"op": "update", "update": {"labl": "new"}}, {"op": "update", "update": {"v_Data": b"new"}},
               {"op": "change-class", "update": {"pdmn": "ck"}}, {"op": "delete"})
    for page, length in ((-1, 1024), (-2, 512), (-2, 2048)):
        for change in changes:
            chain = Keychain()
            try:
                carry_out(chain, [item(f"a{number:03}", data=b"x" * 50) for number in range(ITEMS)])
                chain.stop()
                start = (leaves_of(chain)[page][0] - 1) * 4096
                with open(chain.path, "r+b") as file:
                    file.seek(start + 5)
                    file.seek(start + int.from_bytes(file.read(2), "big"))
                    file.write(bytes(length))
                carry_out(chain, [item("another", data=b"x")])
                answers = [chain.ask({"query": {"class": "genp", "svce": "s"}, **change}) for _ in range(2)]
                # Items that cannot be read any more are not left out without a word.
                tap.equal([each["status"] for each in answers], [-25291, 0], f"page {page}, {length} bytes, {change}: {answers}")
                tap.ok("moved_aside" in answers[0], f"page {page}, {length} bytes, {change}: {answers}")
            finally:
                chain.remove()


def test_swapped_leaves():
    """pages with items have each other's place when all rows are to be sealed again, and none can be: an end, and all rows"""
    chain = Keychain()
    try:
        carry_out(chain, [add(acct=f"a{number:03}", svce="s", icmt="c" * 300) for number in range(ITEMS)])
        chain.stop()
        leaves = leaves_of(chain)
        # The first page comes where a batch of 32 ends: what follows its number begins before it.
        place = next(at for at in range(2, len(leaves)) if 32 - leaves[0][1] < sum(cells for _, cells in leaves[1:at + 1]) < 32)
        root = (root_of(chain.path, "genp") - 1) * 4096
        with open(chain.path, "r+b") as file:
            page = bytearray(file.read()[root:root + 4096])
            cells = [int.from_bytes(page[at:at + 2], "big") for at in (12, 12 + 2 * place)]
            tap.equal((page[0], [int.from_bytes(page[at:at + 4], "big") for at in cells]), (5, [leaves[0][0], leaves[place][0]]), "root")
            page[cells[0]:cells[0] + 4], page[cells[1]:cells[1] + 4] = page[cells[1]:cells[1] + 4], page[cells[0]:cells[0] + 4]
            file.seek(root)
            file.write(page)
        with sqlite3.connect(chain.path) as database:
            database.executescript("UPDATE lookupkeys SET data=zeroblob(84);UPDATE metadatakeys SET data=zeroblob(84)")
        database.close()
        chain.wrapper = ["timeout", "60"]
        answers = [chain.ask({"op": "copy", "query": {"class": "genp", "acct": "a001", "svce": "s"}}) for _ in range(3)]
        tap.equal([each["status"] for each in answers], [-25291, -25291, -25300], f"{answers}")
        tap.equal(rows(chain, "SELECT count(*) FROM genp"), [(ITEMS,)], "rows")
    finally:
        chain.remove()


def columns_last(chain):
    """The order of columns of a file that was migrated by an earlier version of the service."""
    with sqlite3.connect(chain.path) as database:
        keys = dict(database.execute("SELECT row,mkey FROM genp"))
        database.execute("ALTER TABLE genp DROP COLUMN mkey")
        database.execute("ALTER TABLE genp ADD COLUMN mkey INTEGER NOT NULL DEFAULT 0")
        for row, key in keys.items():
            database.execute("UPDATE genp SET mkey=? WHERE row=?", (key, row))
    database.close()


def flip_text(chain, text, at=0):
    with open(chain.path, "r+b") as file:
        at = at or file.read().index(text)
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ 1]))
    return at


def test_order_of_columns():
    """a migrated file has its columns in another order: mending takes none of its rows for damaged"""
    everything = {"op": "copy", "query": {"class": "genp", "m_Limit": "m_LimitAll", "r_Data": True}}
    for text, mended in ((b"h_labl,agrp,sync) WHERE", True), (b"mkey INTEGER NOT NULL DEFAULT 0", False)):
        chain = filled()
        try:
            columns_last(chain)
            at = flip_text(chain, text)
            answers = [chain.ask(everything) for _ in range(2)]
            chain.ask({"op": "delete", "query": {"class": "genp", "acct": "none"}})
            chain.stop()
            tap.equal(glob.glob(chain.path + ".damaged-*"), [], f"{text}: moved aside")
            if not mended:
                # The order of the table itself is not to be told, and nothing is done to the rows.
                flip_text(chain, text, at)
                answers = [chain.ask(everything) for _ in range(2)]
            tap.equal(len(answers[1].get("result", [])), ITEMS, f"{text}: items: {answers[1]['message']}")
        finally:
            chain.remove()


keychain.begin()
tap.ok(keychain.fake, "an engine to run here")
tap.main(teardown=keychain.end)

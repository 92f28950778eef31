#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: kernel=6.1
"""The keychain's file as a whole: damaged, of another keybag, of an earlier version, on a full disk."""

import glob
import itertools
import os
import pathlib
import sqlite3
import subprocess
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from lib import keychain, tap  # noqa: E402
from lib.keychain import Keychain, add, carry_out, copy, delete, full_lock, lock, rows, sql, unlock, update  # noqa: E402


def item(account="a", data=b"x", **words):
    return add(acct=account, svce="s", v_Data=data, **words)


def find(account="a", **words):
    return copy(acct=account, svce="s", r_Data=True, **words)


def test_bad_file():
    """case 60: random bytes as the file: moved aside, told once, a new one made"""
    for content in (os.urandom(8192), b"SQLite format 3\0" + os.urandom(8000), b"short"):
        chain = Keychain()
        try:
            chain.stop()
            with open(chain.path, "wb") as file:
                file.write(content)
            carry_out(chain, [copy(STATUS=-25291, CHECK=lambda a: ".damaged-" in a["moved_aside"]), item(), find()])
            chain.stop()
            carry_out(chain, [find()])
            aside = [path for path in glob.glob(chain.path + ".damaged-*") if not path.endswith(("-wal", "-shm"))]
            with open(aside[0], "rb") as file:
                tap.equal(file.read(), content, "what was moved aside")
        finally:
            chain.remove()


def test_file_damaged_in_use():
    """case 60: the file damaged while it is open"""
    chain = Keychain()
    try:
        carry_out(chain, [item(f"a{number}", data=os.urandom(2000)) for number in range(50)])
        sql("PRAGMA wal_checkpoint(TRUNCATE)")(chain, None)
        with open(chain.path, "r+b") as file:
            file.seek(4096)
            # Each page is searched for rows, which has to end within a client's patience of a minute, on a busy machine, too.
            file.write(os.urandom(100000))
        statuses = [chain.ask({"op": "add", "query": {"class": "genp", "acct": f"b{number}", "svce": "s",
                                                      "v_Data": b"x"}})["status"] for number in range(60)]
        tap.ok(-25291 in statuses and statuses[-1] == 0, f"statuses: {statuses}")
        # The new file has keys of its own.
        carry_out(chain, [find("b59")])
        chain.stop()
        carry_out(chain, [find("b59")])
    finally:
        chain.remove()


def test_empty_file():
    """case 61: an empty file with mode 0"""
    chain = Keychain()
    try:
        chain.stop()
        with open(chain.path, "wb"):
            pass
        os.chmod(chain.path, 0)
        carry_out(chain, [item(), find()])
        tap.equal(os.stat(chain.path).st_mode & 0o777, 0o600, "mode")
    finally:
        chain.remove()


def aside(chain, kind):
    """Files put aside, without what SQLite keeps beside them."""
    return [path for path in glob.glob(f"{chain.path}.{kind}-*") if not path.endswith(("-wal", "-shm"))]


def another_keybag(chain, saved):
    """The keybag is destroyed, and another one made; the engine's file stays."""
    if keychain.fake:
        return keychain.state("another")(chain, saved)
    keychain.keybagctl("destroy", "--yes")
    keychain.keybagctl("create", *keychain.CHEAP, text=keychain.PASSCODE + "\n")
    return unlock()(chain, saved)


def test_another_keybag():
    """case 209: the keybag destroyed and another one made: the new one's keychain works at once"""
    chain = Keychain()
    try:
        carry_out(chain, [item("a"), item("d", pdmn="dk"), another_keybag,
                          item("b", data=b"2", CHECK=lambda a: ".keybag-" in a["set_aside"]),
                          find("b", RESULT=b"2", CHECK=lambda a: "set_aside" not in a), find("a", STATUS=-25300),
                          find("d", STATUS=-25300), item("a", data=b"3"), delete(CHECK=lambda a: a["count"] == 2)])
        chain.stop()
        tap.equal(len(aside(chain, "keybag")), 1, "files put aside")
        with sqlite3.connect(aside(chain, "keybag")[0]) as old:
            tap.equal(old.execute("SELECT count(*) FROM genp").fetchone(), (2,), "what was put aside")
        old.close()
        with sqlite3.connect(chain.path) as new:
            tap.equal(new.execute("SELECT length(value) FROM about WHERE name='keybag'").fetchone(), (20,), "record")
        new.close()
    finally:
        chain.remove()


def test_counting_tells_nothing():
    """news of a file is told to a request, also where its items were counted before"""
    if not keychain.fake:
        tap.skip("counts by the engine")
    chain = Keychain()

    def count(number):
        return lambda *_: tap.equal(chain.ask({"op": "count"})["count"], number, "items")

    try:
        carry_out(chain, [item("a"), item("d"), count(2), another_keybag, count(0),
                          item("b", CHECK=lambda a: ".keybag-" in a["set_aside"]), count(1)])
        chain.stop()
        with open(chain.path, "wb") as file:
            file.write(bytes(8192))
        carry_out(chain, [another_keybag, count(-1), find("b", STATUS=-25291, CHECK=lambda a: ".damaged-" in a["moved_aside"]),
                          count(0), find("b", STATUS=-25300)])
    finally:
        chain.remove()


def test_told_with_an_error():
    """the fate of a file is told also where the request fails for the keybag that is new, and was made twice"""
    if not keychain.fake:
        tap.skip("changes of keybags by the engine")
    chain = Keychain()
    try:
        carry_out(chain, [item("a"), keychain.state("another"), keychain.state("removed"),
                          item("p", pdmn="akpu", STATUS=-25291, CHECK=lambda a: ".keybag-" in a["set_aside"]),
                          find("a", STATUS=-25300, CHECK=lambda a: "set_aside" not in a)])
    finally:
        chain.remove()


def test_former_keybag():
    """case 210: the former keybag is back: so are its items, and those of the other one are put aside"""
    if not keychain.fake:
        tap.skip("tests/guest/keychaind.py puts a keybag's file back")
    another, former, gone, back = (keychain.state(word) for word in ("another", "former", "gone", "back"))
    chain = Keychain()
    try:
        carry_out(chain, [item("a", data=b"1"), another, find("a", STATUS=-25300), former, find("a", RESULT=b"1")])
        tap.equal(aside(chain, "keybag"), [], "an empty file is not kept")
        carry_out(chain, [another, item("b", data=b"2"), former, find("a", RESULT=b"1"), find("b", STATUS=-25300),
                          another, find("b", RESULT=b"2"), gone, delete(STATUS=-25291), copy(STATUS=-25291), back,
                          find("b", RESULT=b"2"), former, delete(), another, find("b", RESULT=b"2")])
        # A file that was damaged under a keybag goes and comes with it.
        chain.stop()
        with open(chain.path, "wb") as file:
            file.write(bytes(8192))
        carry_out(chain, [another, find("b", STATUS=-25291), find("b", STATUS=-25300), item("c"), former,
                          find("a", STATUS=-25300)])
        tap.equal(len(aside(chain, "damaged")), 0, "damaged, of the former keybag")
        carry_out(chain, [another, find("c")])
        tap.equal(len(aside(chain, "damaged")), 1, "damaged, of the other keybag")
    finally:
        chain.remove()


def test_unreadable_is_not_empty():
    """case 209: a file that cannot be read whole does not count as empty, and is not removed for another one's"""
    if not keychain.fake:
        tap.skip("needs another keybag, and the former one again")
    chain = Keychain()
    try:
        carry_out(chain, [item("a"), another_keybag, item("b"), sql("DELETE FROM metadatakeys"), sql("DELETE FROM lookupkeys"),
                          sql("DELETE FROM about WHERE name='keybag'")])
        roots = [row[0] for row in rows(chain, "SELECT rootpage FROM sqlite_schema WHERE tbl_name='genp'")]
        chain.stop()
        with open(chain.path, "r+b") as file:
            for root in roots:
                file.seek((root - 1) * 4096)
                file.write(b"\xff" * 4096)
        carry_out(chain, [find("a", STATUS=-25291), find("a", RESULT=b"x")])
        tap.equal(len(aside(chain, "damaged")), 1, "what was damaged is aside")
    finally:
        chain.remove()


def test_owner_record():
    """case 211: a damaged record of the keybag: it is told by the keys, and recorded anew"""
    for change in ("UPDATE about SET value=zeroblob(20) WHERE name='keybag'", "DELETE FROM about",
                   "UPDATE about SET value=substr(value,1,15)||x'ff'||substr(value,17) WHERE name='keybag'"):
        chain = Keychain()
        try:
            carry_out(chain, [item("a"), item("d", pdmn="dk"), sql(change)])
            chain.stop()
            carry_out(chain, [full_lock(), find("d", RESULT=b"x"), unlock(), item("b"), find("a", RESULT=b"x")])
            tap.equal(rows(chain, "SELECT length(value) FROM about WHERE name='keybag'"), [(20,)], "record")
            tap.equal(aside(chain, "keybag"), [], "files put aside")
            if keychain.fake:
                carry_out(chain, [sql(change)])
                chain.stop()
                carry_out(chain, [another_keybag, find("a", STATUS=-25300), item("a", data=b"2"), find("a", RESULT=b"2")])
                tap.equal(len(aside(chain, "keybag")), 1, "files put aside")
        finally:
            chain.remove()


def schema_4(chain, saved):
    """Back to version 4: nothing waits."""
    del saved
    database = sqlite3.connect(chain.path, timeout=600)
    with database:
        database.execute("DROP TABLE pending")
        database.execute("UPDATE about SET value='4' WHERE name='version'")
        database.execute("PRAGMA user_version=4")
    database.close()


def schema_3(chain, saved):
    """Back to version 3: no own attributes."""
    schema_4(chain, saved)
    database = sqlite3.connect(chain.path, timeout=600)
    with database:
        for table in ("genp", "inet", "cert", "keys"):
            database.execute(f"ALTER TABLE {table} DROP COLUMN own")
        database.execute("DROP TABLE own_index")
        database.execute("UPDATE about SET value='3' WHERE name='version'")
        database.execute("PRAGMA user_version=3")
    database.close()


def old_schema(chain, saved):
    """Back to version 1: no column of the application, no record of the keybag."""
    schema_3(chain, saved)
    database = sqlite3.connect(chain.path, timeout=600)
    with database:
        for table in ("genp", "inet", "cert", "keys"):
            for index in ("appl", "mdat"):
                database.execute(f"DROP INDEX {table}_{index}")
            database.execute(f"ALTER TABLE {table} DROP COLUMN h_appl")
            database.execute(f"ALTER TABLE {table} DROP COLUMN mkey")
        database.execute("DROP TABLE about")
        database.execute("PRAGMA user_version=1")
    database.close()


def content(path):
    """Bytes of the file and of its WAL."""
    return [pathlib.Path(each).read_bytes() for each in (path, path + "-wal") if os.path.exists(each)]


def check_newer(chain):
    """A database of a version to come is not opened, and not written."""
    program = keychain.ENGINE_FAKE if keychain.fake else keychain.ENGINE_CALL
    before = content(chain.path)
    tap.equal(subprocess.run([program, chain.path, "0"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             check=False).returncode, 1, "opening a newer one")
    tap.ok(content(chain.path) == before, "file and WAL as they were")


def schema_is_new(chain):
    """The texts of its schema are those of a new file."""
    whole = Keychain()
    carry_out(whole, [item()])
    texts = [rows(one, "SELECT name,sql FROM sqlite_schema ORDER BY name") for one in (chain, whole)]
    whole.remove()
    tap.equal(texts[0], texts[1], "texts of the schema, as in a new file")


def test_migration():
    """case 43: an old schema: -25308 while locked, from ten at once; migrated when unlocked, rows as they were"""
    chain = Keychain()
    engines = [Keychain(chain.folder) for _ in range(1 if keychain.fake else 10)]
    try:
        carry_out(chain, [item("a", r_Attributes=True, SAVE="a"), item("b", pdmn="ck"), item("c", pdmn="dk"),
                          item("s", sync=True), delete(acct="s", sync=True), old_schema])
        chain.stop()
        if not keychain.fake:
            lock()(chain, None)
        answers = []

        def work(engine):
            if keychain.fake:
                engine.ask({"op": "fake", "state": "locked"})
            answers.append(engine.ask({"op": "copy", "query": {"class": "genp", "acct": "c", "svce": "s"}})["status"])

        threads = [threading.Thread(target=work, args=(engine,)) for engine in engines]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        tap.equal(set(answers), {-25308}, "statuses")
        tap.equal(rows(chain, "PRAGMA user_version"), [(1,)], "version")
        carry_out(engines[0], [item("new", STATUS=-25308), unlock(), find("a", RESULT=b"x")])
        tap.equal(rows(chain, "SELECT length(value) FROM about WHERE name='keybag'"), [(20,)], "record of its keybag")
        carry_out(engines[0], [find("b", RESULT=b"x"),
                               find("c", RESULT=b"x"), find("s", sync=True, STATUS=-25300),
                               item("p", CALLER={"groups": ["test"], "application": "org.one"}),
                               keychain.call("purge", no_class=1, OPTIONS={"application": "org.one"}), find("a")])
        tap.equal(rows(chain, "PRAGMA user_version"), [(5,)], "version")
        # There is but one keychain of the service for these tests.
        if keychain.fake:
            schema_is_new(chain)
        carry_out(engines[-1], [find("b", RESULT=b"x")])
        for statement in ("PRAGMA user_version=6", "UPDATE about SET value='6' WHERE name='version'"):
            sql(statement)(chain, None)
        check_newer(chain)
        # A file that cannot be opened is not deleted either, as it cannot be shown whose it is.
        for statement in ("PRAGMA user_version=5", "UPDATE about SET value='5' WHERE name='version'"):
            sql(statement)(chain, None)
    finally:
        for engine in engines:
            engine.stop()
        chain.remove()
        if not keychain.fake:
            unlock()(chain, None)


def test_migration_of_pending():
    """a schema in which nothing waits: there with the first request, which may be one that has an item wait"""
    for state in (lock, full_lock):
        chain = Keychain()
        try:
            carry_out(chain, [item("a"), item("o", pdmn="dk", attr={"a": "b"}), schema_4])
            chain.stop()
            carry_out(chain, [state(), item("w", OPTIONS={"seal_while_locked": True}), copy(attr={"a": "b"}, r_Data=True, RESULT=b"x")])
            tap.equal(rows(chain, "PRAGMA user_version") + rows(chain, "SELECT value FROM about WHERE name='version'"), [(5,), ("5",)], "version")
            carry_out(chain, [unlock(), find("w", RESULT=b"x"), find("a", RESULT=b"x"), copy(attr={"a": "b"}, r_Data=True, RESULT=b"x")])
            if keychain.fake:
                schema_is_new(chain)
        finally:
            if not keychain.fake:
                unlock()(chain, None)
            chain.remove()


def test_migration_of_own_attributes():
    """a schema without own attributes: there with the first request, locked or not, in one transaction; no row is sealed again"""
    chain = Keychain()
    try:
        carry_out(chain, [item("a"), item("c", pdmn="dk", labl="l"), item("s", sync=True), delete(acct="s", sync=True), schema_3])
        sealed = rows(chain, "SELECT row,attributes,secret,mkey,digest FROM genp ORDER BY row")
        about = rows(chain, "SELECT name,value FROM about WHERE name<>'version' ORDER BY name")
        chain.stop()
        if keychain.fake:
            # A disk that fails in the midst of it.
            chain.wrapper = ["sh", "-c", "trap '' XFSZ; ulimit -f 64; exec \"$@\"", "sh"]
            tap.ok(chain.ask({"op": "copy", "query": {"class": "genp", "acct": "c", "svce": "s"}})["status"] in (-36, -25291), "failing")
            chain.stop()
            chain.wrapper = []
            tap.equal(rows(chain, "PRAGMA user_version") + rows(chain, "SELECT count(*) FROM sqlite_schema WHERE name='own_index'"),
                      [(3,), (0,)], "nothing is done by halves")
            chain.start()
        lock()(chain, None)
        carry_out(chain, [find("c", RESULT=b"x")])
        tap.equal(rows(chain, "PRAGMA user_version") + rows(chain, "SELECT value FROM about WHERE name='version'"), [(5,), ("5",)], "version")
        tap.equal(rows(chain, "SELECT row,attributes,secret,mkey,digest FROM genp ORDER BY row"), sealed, "rows")
        tap.equal(rows(chain, "SELECT name,value FROM about WHERE name<>'version' ORDER BY name"), about, "whose it is")
        carry_out(chain, [find("a", STATUS=-25308), item("d", pdmn="dk", attr={"a": "b"}), unlock(), find("a", RESULT=b"x"),
                          update({"attr": {"a": "b"}}, acct="a"), copy(attr={"a": "b"}, m_Limit="m_LimitAll", r_Data=True, RESULT=[b"x", b"x"]),
                          copy(acct="c", r_Attributes=True, CHECK=lambda a: a["result"]["labl"] == "l")])
        if keychain.fake:
            schema_is_new(chain)
    finally:
        if not keychain.fake:
            unlock()(chain, None)
        chain.remove()


def test_key_of_another_process():
    """a lookup key that another process has made since none was there: what it added is found at once"""
    chain = Keychain()
    other = Keychain(folder=chain.folder)
    try:
        carry_out(chain, [item(), find(), find("b", STATUS=-25300), item("x"), find("b", STATUS=-25300)])
        carry_out(other, [item("b", pdmn="dk"), find(), find("b")])
        carry_out(chain, [find("b"), find(), delete(acct="b", svce="s"), find("b", STATUS=-25300)])
        carry_out(other, [find("b", STATUS=-25300), item("c", pdmn="dk")])
        carry_out(chain, [copy(svce="s", m_Limit="m_LimitAll", r_Attributes=True,
                               CHECK=lambda a: len(a["result"]) == 3)])
    finally:
        other.stop()
        chain.remove()


def test_order_of_attributes():
    """statements are kept for the next search: it may name the same attributes in another order, or fewer"""
    def ask(*names, **words):
        wanted = {"acct": "a", "svce": "s", "labl": "l"}
        return copy(**{name: wanted[name] for name in names}, r_Data=True, **words)

    chain = Keychain()
    try:
        carry_out(chain, [item(labl="l"), item("s", labl="a", data=b"y"), add(acct="a", svce="l", labl="s", v_Data=b"z")])
        for names in itertools.permutations(("acct", "svce", "labl")):
            carry_out(chain, [ask(*names, RESULT=b"x"), ask(*names[:2], RESULT=b"x"), ask(*names[1:], RESULT=b"x")])
        carry_out(chain, [ask("svce", RESULT=b"x"), ask("labl", RESULT=b"x"),
                          ask("acct", m_Limit="m_LimitAll", RESULT=[b"x", b"z"])])
    finally:
        chain.remove()


def make_again(chain, saved):
    """The keychain is deleted, and another one of its name made."""
    del saved
    chain.stop()
    for path in glob.glob(chain.path + "*"):
        os.unlink(path)


def damage(name, length):
    """The page where a table or an index begins."""
    def change(chain, saved):
        del saved
        chain.stop()
        page = rows(chain, f"SELECT rootpage FROM sqlite_schema WHERE name='{name}'")[0][0]
        with open(chain.path, "r+b") as file:
            file.seek((page - 1) * 4096)
            file.write(os.urandom(length))
    return change


# The table leads to its rows no more, and they are put together to a new file; an index is made again in place.
damage_table, damage_index = damage("genp", 64), damage("genp_group", 4096)


def without_mark(chain, saved):
    """A file that an earlier release made."""
    chain.stop()
    sql("DELETE FROM about WHERE name='file'")(chain, saved)


def fill(chain, name):
    """More than a page of items."""
    items = [{"class": "genp", "acct": f"{name}{number}", "svce": "s" * 1500, "v_Data": b"x"} for number in range(60)]
    tap.equal(chain.ask({"op": "add-all", "items": items})["status"], 0, "added")


def page_of(chain, cursor=None):
    return chain.ask({"op": "copy", "query": {"class": "genp", "m_Limit": "m_LimitAll", "r_Attributes": True},
                      "options": {"cursor": cursor} if cursor else {}})


def test_pages_of_one_file():
    """the pages after the first are of the same file, and of no other of its name"""
    for exchange in (make_again, another_keybag, damage_table, damage_index):
        chain = Keychain()
        try:
            fill(chain, "a")
            first = page_of(chain)
            tap.ok(0 < len(first["result"]) < 60 and "cursor" in first, "a first page")
            exchange(chain, {})
            answer = page_of(chain)
            while answer["status"] == -25291 and "moved_aside" in answer:
                answer = page_of(chain)
            if exchange in (make_again, another_keybag):
                fill(chain, "b")
            answer = page_of(chain, first["cursor"])
            tap.equal((answer["status"], answer.get("reason"), "result" in answer), (-25291, "other-keychain", False),
                      f"{exchange}: {answer.get('message')}")
            tap.contains(answer["message"], "begin anew")
            answer = page_of(chain)
            tap.equal(answer["status"], 0, str(answer))
        finally:
            chain.remove()


def test_pages_of_an_older_file():
    """a file that has no mark gets one when it is opened, and keeps it; where it cannot be written it is read all the same"""
    chain = Keychain()
    mark = "SELECT hex(value) FROM about WHERE name='file'"
    try:
        fill(chain, "a")
        without_mark(chain, None)
        first = page_of(chain)
        chain.stop()
        marked = rows(chain, mark)
        tap.equal(len(marked[0][0]), 16, "its mark")
        tap.equal(page_of(chain, first["cursor"])["status"], 0, "the next page, after a restart")
        chain.stop()
        tap.equal(rows(chain, mark), marked, "the mark stays")
        without_mark(chain, None)
        with sqlite3.connect(chain.path, isolation_level=None) as other:
            other.execute("BEGIN IMMEDIATE")
            first = page_of(chain)
            tap.equal(page_of(chain, first["cursor"])["status"], 0, "the next page, without a mark")
            other.execute("ROLLBACK")
        other.close()
    finally:
        chain.remove()


def small_disk(kind, folder):
    """A file system of some MiB."""
    os.makedirs(folder, exist_ok=True)
    if kind == "tmpfs":
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", folder], check=True)
        return
    with open(folder + ".image", "wb") as image:
        image.truncate(8 << 20)
    subprocess.run(["modprobe", "loop"], check=False)
    subprocess.run(["mkfs.ext4", "-q", "-m", "0", folder + ".image"], check=True)
    subprocess.run(["mount", "-o", "loop", folder + ".image", folder], check=True)


def fill_disk(folder):
    """To its last byte."""
    for size in ("4k", "1"):
        subprocess.run(["dd", "if=/dev/zero", f"of={folder}/filler{size}", f"bs={size}"], stderr=subprocess.DEVNULL, check=False)
    os.sync()


def full_disk(kind):
    """Reads go on, also of a file that has to be opened first; adds say that there is no room."""
    folder = f"/run/keychain-{kind}"
    small_disk(kind, folder)
    chain = Keychain(folder)
    try:
        carry_out(chain, [item()])
        fill_disk(folder)
        statuses = [chain.ask({"op": "add", "query": {"class": "genp", "acct": str(number), "svce": "s",
                                                      "v_Data": bytes(30000)}})["status"] for number in range(5)]
        tap.equal(statuses[1:], [-25291] * 4, f"{kind}: statuses")
        carry_out(chain, [find()])
        # Closed, then killed.
        chain.stop()
        fill_disk(folder)
        carry_out(chain, [find(RESULT=b"x"), add(acct="more", v_Data=bytes(300000), STATUS=-25291), find()])
        chain.process.kill()
        chain.process.wait()
        chain.process = None
        carry_out(chain, [find(RESULT=b"x"), add(acct="more", v_Data=bytes(300000), STATUS=-25291), find()])
        for path in glob.glob(f"{folder}/filler*"):
            os.unlink(path)
        carry_out(chain, [find(), item("b"), find("b"), delete(acct="a"), find("a", STATUS=-25300)])
        chain.stop()
        carry_out(chain, [find("b"), item("c")])
        tap.equal(rows(chain, "SELECT count(*)>1 FROM genp"), [(1,)], "others can read it again")
        tap.equal(glob.glob(folder + "/*damaged*"), [], "moved aside")
    finally:
        chain.stop()
        subprocess.run(["umount", folder], check=True)
        os.rmdir(folder)


def test_full_disk():
    """a full disk: -25291, nothing lost, nothing moved aside, all can be read, also after a restart"""
    if keychain.fake or os.geteuid():
        tap.skip("needs root and a machine of its own")
    full_disk("tmpfs")
    full_disk("ext4")
    os.unlink("/run/keychain-ext4.image")


if __name__ == "__main__":
    keychain.begin()
    tap.main(teardown=keychain.end)

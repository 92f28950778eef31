#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: kernel=6.1
"""Items that are added while their class is locked, and wait, sealed, for the next unlock."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from lib import keychain, tap  # noqa: E402
from lib.keychain import Keychain, add, call, carry_out, copy, delete, full_lock, lock, rows, run_case, sql, unlock, update  # noqa: E402

WAIT = {"seal_while_locked": True}
A, B, BOTH = {"groups": ["A"]}, {"groups": ["B"]}, {"groups": ["A", "B"]}
ALL_OF_CLASS = {"m_Limit": "m_LimitAll", "r_PersistentRef": True}
SECRET, ACCOUNT = b"the secret that waits", "account-that-waits"


def item(account="a", **words):
    return add(acct=account, svce="s", v_Data=words.pop("data", b"x"), **words)


def wait(account="a", **words):
    if not words.get("STATUS"):
        words.setdefault("CHECK", lambda a: a["pending"] == 1)
    return item(account, OPTIONS={**WAIT, **words.pop("OPTIONS", {})}, **words)


def upsert(account="a", **words):
    return call("upsert", acct=account, svce="s", v_Data=words.pop("data", b"y"), OPTIONS=WAIT, **words)


def find(account="a", **words):
    return copy(acct=account, svce="s", r_Data=True, **words)


def by(name, **words):
    return {"v_PersistentRef": lambda saved: saved[name], **words}


def waiting(*states):
    """The states of what the table has, in order."""
    def check(chain, saved):
        del saved
        tap.equal([row[0] for row in rows(chain, "SELECT state FROM pending ORDER BY row")], list(states), "what waits")
    return check


def test_locked():
    """locked: the item is not there, its reference is, and the first request after an unlock finds it, once"""
    run_case([
        lock(), wait(r_PersistentRef=True, SAVE="ref"), waiting(0), find(STATUS=-25300),
        copy(**by("ref", r_Data=True), STATUS=-25308, CHECK=lambda a: a["pending"] == 1 and a["locked_class"] == "ak"),
        update({"labl": "l"}, **by("ref"), STATUS=-25308), copy(**by("ref"), CALLER=B, STATUS=-25300),
        unlock(), find(RESULT=b"x"), waiting(), copy(**by("ref", r_Data=True), RESULT=b"x"),
        copy(**ALL_OF_CLASS, CHECK=lambda a: len(a["result"]) == 1), lock(), find(STATUS=-25308), unlock(), find(RESULT=b"x")])


def test_before_first_unlock():
    """the same before first unlock, of an empty file too"""
    for before in ([], [item("other")]):
        run_case([*before, full_lock(), wait(), waiting(0), find(STATUS=-25308 if before else -25300), unlock(), find(RESULT=b"x"),
                  waiting()])


def test_without():
    """without the option nothing waits, and with it nothing is other where the class is open"""
    run_case([
        lock(), item(STATUS=-25308), item(OPTIONS={"seal_while_locked": False}, STATUS=-25308), waiting(),
        wait(pdmn="ck", CHECK=lambda a: "pending" not in a), find(RESULT=b"x"), wait("d", pdmn="dk", CHECK=lambda a: "pending" not in a),
        unlock(), wait("u", CHECK=lambda a: "pending" not in a), find("u", RESULT=b"x"), waiting(),
        copy(OPTIONS=WAIT, STATUS=-50), update({"labl": "x"}, OPTIONS=WAIT, STATUS=-50), delete(OPTIONS=WAIT, STATUS=-50),
        item("v", OPTIONS={"seal_while_locked": 1}, STATUS=-50)])


def test_classes():
    """every class waits as itself, and akpu never does"""
    run_case([
        full_lock(), *(wait(name, pdmn=name) for name in ("ak", "ck", "aku", "cku")), waiting(0, 0, 0, 0),
        wait("akpu", pdmn="akpu", STATUS=-25308, CHECK=lambda a: "akpu" in a["message"] and "passcode" in a["message"]),
        unlock(), *(find(name, pdmn=name, RESULT=b"x") for name in ("ak", "ck", "aku", "cku")), waiting(),
        find("akpu", STATUS=-25300), lock(), find("ck", RESULT=b"x"), find("cku", RESULT=b"x"), find("aku", STATUS=-25308)])


def test_device():
    """the key of an item of this device is sealed once more, under dku; that of others is not"""
    run_case([lock(), wait("1"), wait("2", pdmn="aku"), lambda chain, saved: tap.equal(
        rows(chain, "SELECT length(key),hex(substr(key,3,1)) FROM pending ORDER BY row"), [(116, "02"), (168, "0B")], "keys"),
        unlock(), find("2", RESULT=b"x")])


def test_all_there_is():
    """each item comes out as it would have been added: attributes, own ones, fields of the secret, application, dates"""
    chain = Keychain()
    caller = {"groups": ["A"], "application": "app"}
    try:
        carry_out(chain, [
            lock(), wait(labl="l", icmt="c", gena=b"\0g", attr={"own": "1"}, sync=True, CALLER=caller, r_Attributes=True, SAVE="told"),
            add(class_="inet", srvr="h", port="80", acct="i", v_Data=b"", OPTIONS=WAIT), add(class_="keys", klbl=b"k", OPTIONS=WAIT),
            add(class_="cert", slnr=b"1", pdmn="ak", v_Data=b"no certificate", OPTIONS=WAIT), waiting(0, 0, 0, 0)])
        made = rows(chain, "SELECT cdat FROM pending WHERE class='genp'")
        carry_out(chain, [
            unlock(), copy(attr={"own": "1"}, sync=True, r_Attributes=True, CALLER=A, CHECK=lambda a: (
                a["result"]["labl"], a["result"]["icmt"], a["result"]["gena"], a["result"]["agrp"]) == ("l", "c", b"\0g", "A")),
            copy(class_="inet", port=80, r_Data=True, RESULT=b""), copy(class_="keys", klbl=b"k", r_Data=True, RESULT=b""),
            copy(class_="cert", slnr=b"1", r_Data=True, RESULT=b"no certificate"), copy(STATUS=-25300)])
        tap.equal(rows(chain, "SELECT cdat,mdat FROM genp"), [made[0] * 2], "dates are those of the addition")
        carry_out(chain, [
            call("purge", no_class=1, OPTIONS={"application": "app"}, CALLER=A, CHECK=lambda a: a["result"]["count"] == 1)])
    finally:
        chain.remove()
        run_case([])


def test_groups():
    """the group is that of the time when it was added; others neither see nor remove it"""
    run_case([
        lock(), wait("1", CALLER=BOTH), wait("2", agrp="B", CALLER=BOTH, r_PersistentRef=True, SAVE="two"), wait("3", agrp="B", CALLER=A, STATUS=-34018),
        wait("4", CALLER={"groups": []}, STATUS=-34018), waiting(0, 0), delete(**by("two"), CALLER=A, STATUS=-25300),
        delete(**by("two"), CALLER={"all_groups": True, "groups": []}, OPTIONS={"dry_run": True}), waiting(0, 0),
        unlock(), find("1", CALLER=B, STATUS=-25300), find("1", CALLER=A, RESULT=b"x"), find("2", CALLER=B, RESULT=b"x")])


def test_checked_now():
    """an item that could not be stored is refused now, as it would be if it was unlocked"""
    run_case([
        lock(), wait(pdmn="ak", accc={"protection": "ck", "flags": 0}, STATUS=-50), wait(sync=True, pdmn="aku", STATUS=-50),
        wait(icmt="x" * 140000, STATUS=-50), wait(data=b"x" * (1024 * 1024 + 1), STATUS=-50), wait(srvr="h", STATUS=-25303), waiting(),
        wait("long", icmt="x" * 60000, data=b"x" * (1024 * 1024)), call("add", class_="idnt", v_Data=b"k", certdata=b"c", pdmn="ak", OPTIONS=WAIT, STATUS=-4),
        wait("dry", OPTIONS={"dry_run": True}), waiting(0), unlock(), find("long", RESULT=b"x" * (1024 * 1024)), find("dry", STATUS=-25300)])


def test_duplicate():
    """an addition that collides is kept; it can be removed, and the item is as it was"""
    run_case([
        item(), lock(), wait(data=b"second", r_PersistentRef=True, SAVE="second"), wait("b"), wait("b", data=b"third"), waiting(0, 0, 0),
        unlock(), find(RESULT=b"x"), find("b", RESULT=b"x"), waiting(1, 1), copy(**by("second"), STATUS=-25300),
        lock(), unlock(), find(RESULT=b"x"), waiting(1, 1), delete(**by("second")), waiting(1), find(RESULT=b"x"),
        delete(acct="b"), waiting(1), delete(), waiting(), copy(STATUS=-25300)])


def test_upsert():
    """an upsert changes the item that it collides with, in the order in which they were made"""
    run_case([
        item(labl="l", attr={"a": "1"}, r_PersistentRef=True, SAVE="ref"), lock(), upsert(), upsert("b", data=b"b"), upsert("b", data=b"c"), waiting(0, 0, 0),
        unlock(), find(RESULT=b"y"), copy(**by("ref", r_Data=True), RESULT=b"y"), copy(labl="l", attr={"a": "1"}, r_Data=True, RESULT=b"y"),
        find("b", RESULT=b"c"), waiting(), copy(**ALL_OF_CLASS, CHECK=lambda a: len(a["result"]) == 2)])


def test_upsert_late():
    """an upsert does not take the place of what was changed after it, by somebody who could"""
    run_case([
        item(pdmn="ck"), full_lock(), upsert(data=b"early"), waiting(0), unlock(), find(RESULT=b"early"),
        lock(), call("upsert", acct="a", svce="s", pdmn="ak", v_Data=b"early", OPTIONS=WAIT), waiting(0),
        update({"v_Data": b"late"}, acct="a"), find(RESULT=b"late"), unlock(), find(RESULT=b"late"), waiting(1)])


def test_all_or_none():
    """add-all: what is locked waits, the rest is there; one that fails leaves none"""
    def several(*items, **words):
        step = call("add-all", OPTIONS=WAIT, **words)
        return {**step, "op": "add-all", "query": None, "items": list(items)}

    def ask(step):
        def run(chain, saved):
            del saved
            answer = chain.ask({"op": "add-all", "items": step["items"], "options": WAIT})
            tap.equal((answer["status"], answer.get("pending")), (step["status"], step["pending"]), f"{answer}")
        return run

    one = {"class": "genp", "acct": "1", "v_Data": b"1", "pdmn": "dk"}
    two = {"class": "genp", "acct": "2", "v_Data": b"2"}
    run_case([lock(), ask({**several(one, two, {"class": "nope"}), "status": -25306, "pending": None}), waiting(),
              ask({**several(one, two), "status": 0, "pending": 1}), waiting(0), copy(acct="1", r_Data=True, RESULT=b"1"),
              unlock(), copy(acct="2", r_Data=True, RESULT=b"2")])


def test_removed():
    """a deletion by reference, or of the whole class, takes what waits along; one by attributes does not"""
    run_case([
        lock(), wait("1", r_PersistentRef=True, SAVE="one"), wait("2"), wait("3", pdmn="aku"), wait("4", agrp="B", CALLER=B),
        delete(**by("one", class_="inet"), STATUS=-50), delete(**by("one"), CHECK=lambda a: a["count"] == 1), waiting(0, 0, 0),
        delete(acct="2", STATUS=-25300), delete(pdmn="aku"), waiting(0, 0), delete(OPTIONS={"limit": 1}), waiting(0),
        delete(STATUS=-25300), unlock(), find("4", CALLER=B, RESULT=b"x"), find("1", STATUS=-25300)])


def test_not_readable():
    """neither the file nor its log has a name, an attribute or the secret"""
    def search(chain, saved):
        del saved
        found = b"".join(open(chain.path + end, "rb").read() for end in ("", "-wal") if os.path.exists(chain.path + end))
        tap.ok(len(found) > 4096 and b"test" in found, "the file was read")
        for text in (SECRET, ACCOUNT.encode(), b"own text"):
            tap.ok(text not in found, f"{text} is not in it")
    run_case([lock(), wait(ACCOUNT, data=SECRET, attr={"own": "own text"}), search, unlock(), find(ACCOUNT, RESULT=SECRET), search])


def test_padded():
    """lengths show in steps of 20 bytes"""
    lengths = []
    run_case([lock(), *(wait(data=b"x" * length) for length in range(1, 60)),
              lambda chain, saved: lengths.extend(row[0] for row in rows(chain, "SELECT length(sealed)-28 FROM pending"))])
    tap.ok({length % 20 for length in lengths} == {0} and 3 <= len(set(lengths)) <= 5, f"{lengths}")


def test_damaged():
    """every part of a row is authenticated: one that was changed is kept as damaged, and those around it become items"""
    flip = "substr({0},1,{1}-1)||x'{2}'||substr({0},{1}+1)"
    changes = (
        "sealed=" + flip.format("sealed", 30, "5a5a"), "sealed=substr(sealed,1,40)", "sealed=x''", "sealed=zeroblob(100)",
        "key=" + flip.format("key", 60, "00ff"), "key=" + flip.format("key", 1, "07"), "key=" + flip.format("key", 3, "06"),
        "key=" + flip.format("key", 5, "63"), "key=" + flip.format("key", 9, "00"), "key=" + flip.format("key", 116, "11"),
        "key=substr(key,1,50)", "agrp='other'", "class='inet'", "class='nope'", "class='idnt'", "pdmn='dk'", "pdmn='aku'", "pdmn='akpu'",
        "sync=1", "cdat=cdat+1", "uuid=zeroblob(16)", "uuid='text'", "format=2", "state=9")
    states = ("state=-126", "state=-1")
    # All of them are tried without a machine (unit/keychain_engine.py).
    for change in (*changes, *states) if keychain.fake else (*changes[::8], states[0]):
        run_case([lock(), wait("1"), wait("2"), wait("3"), sql(f"UPDATE OR IGNORE pending SET {change} WHERE row=2"), unlock(),
                 find("1", RESULT=b"x"), find("2", STATUS=-25300), find("3", RESULT=b"x"),
                 lambda chain, saved, what=change: tap.equal([row[0] for row in rows(chain, "SELECT row FROM pending")], [2], f"kept after {what}")])


def test_once():
    """a row that was put back after it became an item is dropped"""
    def keep(chain, saved):
        saved["row"] = rows(chain, "SELECT * FROM pending")[0]

    def put_back(chain, saved):
        sql("INSERT INTO pending VALUES(?,?,?,?,?,?,?,?,?,?,?)", *saved["row"])(chain, saved)
    run_case([lock(), wait(), keep, unlock(), find(RESULT=b"x"), update({"acct": "renamed"}, acct="a"), put_back, find(STATUS=-25300),
              waiting(), find("renamed", RESULT=b"x")])


def test_tombstone():
    """a synchronizable item that was deleted and is added again while locked has the reference that was told"""
    run_case([item(sync=True), delete(acct="a", sync=True), lock(), wait(sync=True, r_PersistentRef=True, SAVE="ref"), unlock(),
              find(sync=True, RESULT=b"x"), copy(**by("ref", r_Data=True), RESULT=b"x")])


def pending(count, CHECK=None, **words):
    """A request for the list, which has so many entries."""
    return {**call("pending", CHECK=lambda a: len(a["result"]) == count and (not CHECK or CHECK(a["result"])), **words), "query": None}


def decide(name, STATUS=0, **words):
    return call("pending-add", QUERY=by(name), STATUS=STATUS, **words)


def test_list():
    """all that waits is listed, to whoever has the group; names show while unlocked"""
    def shown(**wanted):
        return lambda entries: all(entries[-1].get(key) == value for key, value in wanted.items())
    run_case([
        item(), pending(0), lock(), wait(r_PersistentRef=True, SAVE="a", labl="named"), wait("b", agrp="B", CALLER=BOTH, pdmn="aku"),
        pending(1, CHECK=lambda entries: entries[0]["state"] == "waits" and not {"labl", "acct", "v_Data"} & set(entries[0])),
        pending(1, CHECK=shown(state="waits", agrp="B", pdmn="aku", **{"class": "genp"}), CALLER=B), pending(2, CALLER={"groups": [], "all_groups": True}),
        sql("UPDATE pending SET key=zeroblob(168) WHERE row=2"), unlock(), find(RESULT=b"x"),
        pending(1, CHECK=lambda entries: entries[0]["state"] == "collides" and entries[0]["acct"] == "a" and "v_Data" not in entries[0]),
        pending(1, CHECK=shown(state="damaged"), CALLER=B), lock(), pending(1, CHECK=lambda entries: "acct" not in entries[0])])


def test_decided():
    """one that collides is added with another name, or in the place of the item; or neither, and is kept"""
    run_case([
        item(), item("b"), lock(), wait(data=b"2", r_PersistentRef=True, SAVE="two"), wait(data=b"3", r_PersistentRef=True, SAVE="three"),
        unlock(), find(RESULT=b"x"), waiting(1, 1), decide("two", STATUS=-25299), decide("two", STATUS=-25299, UPDATE={"acct": "b"}),
        decide("two", STATUS=-34018, UPDATE={"agrp": "B"}), decide("two", STATUS=-25300, CALLER=B), decide("two", STATUS=-50, UPDATE={"acct": 7}),
        decide("two", STATUS=-25303, UPDATE={"v_Data": b"other"}), call("pending-add", STATUS=-50), waiting(1, 1),
        decide("two", UPDATE={"acct": "c"}, OPTIONS={"dry_run": True}), waiting(1, 1), lock(), decide("two", UPDATE={"acct": "c"}, STATUS=-25308),
        unlock(), decide("two", UPDATE={"acct": "c"}), find("c", RESULT=b"2"), copy(**by("two", r_Data=True), RESULT=b"2"), waiting(1),
        decide("three", OPTIONS={"replace": True}), find(RESULT=b"3"), waiting(), decide("three", STATUS=-25300)])


def test_limit():
    """only so many wait, and of so many bytes; then the answer says what to do"""
    def fill(chain, saved):
        del saved
        for number in range(31):
            tap.equal(chain.ask({"op": "add", "query": {"class": "genp", "acct": str(number), "v_Data": bytes(1024 * 1024)},
                                 "options": WAIT})["status"], 0, f"the {number}th")
    full = {"STATUS": -25291, "CHECK": lambda a: "unlock" in a["message"] and a["reason"] == "quota"}
    run_case([lock(), fill, wait("more", data=bytes(1024 * 1024), **full), wait("small"), unlock(), copy(acct="30"), waiting()])


def test_lock_between():
    """a lock in the midst of it leaves what was not added yet"""
    if not keychain.fake:
        return
    run_case([lock(), wait("1"), wait("2"), unlock(), lambda chain, saved: chain.ask({"op": "fake", "state": "lock-at-2"}),
              find("1", STATUS=-25308), waiting(0), unlock(), find("1", RESULT=b"x"), find("2", RESULT=b"x"), waiting()])


def test_killed():
    """killed at any moment, an item waits or is there, and never both or neither"""
    for number in range(4):
        chain = Keychain()
        try:
            carry_out(chain, [item("0"), lock(), wait("1"), wait("2")])
            chain.process.kill()
            chain.process.wait()
            chain.process = None
            carry_out(chain, [lock(), waiting(0, 0), find("1", STATUS=-25300), unlock()])
            if number % 2:
                carry_out(chain, [find("1", RESULT=b"x")])
                chain.process.kill()
                chain.process.wait()
                chain.process = None
            carry_out(chain, [find("1", RESULT=b"x"), find("2", RESULT=b"x"), waiting(),
                              copy(**ALL_OF_CLASS, CHECK=lambda a: len(a["result"]) == 3)])
        finally:
            chain.remove()
            run_case([])


def test_earlier_module():
    """a module without class B: locked, with the remedy"""
    if not keychain.fake:
        return
    run_case([lambda chain, saved: chain.ask({"op": "fake", "state": "no-class-b"}), lock(),
              wait(STATUS=-25308, CHECK=lambda a: "module" in a["message"] and a["reason"] == "no-seal-while-locked"), waiting(),
              unlock(), wait(CHECK=lambda a: "pending" not in a)])


def test_another_keybag():
    """items that wait for one keybag go aside with its file, and come back with it"""
    if not keychain.fake:
        return
    become = [lambda chain, saved, name=name: chain.ask({"op": "fake", "state": name}) for name in ("another", "former")]
    run_case([lock(), wait(), unlock(), become[0], find(STATUS=-25300), item("mine"), waiting(), become[1], find(RESULT=b"x"),
              find("mine", STATUS=-25300)])


if __name__ == "__main__":
    keychain.begin()
    tap.main(teardown=keychain.end)

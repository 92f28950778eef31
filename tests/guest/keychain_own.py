#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: kernel=6.1
"""Own attributes of items, by which any program finds what it has stored, and references of what is locked."""

import datetime
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from lib import keychain, tap  # noqa: E402
from lib.keychain import Keychain, add, call, carry_out, copy, delete, full_lock, lock, rows, run_case, sql, unlock, update  # noqa: E402

A, B, AB = {"groups": ["A"]}, {"groups": ["B"]}, {"groups": ["A", "B"]}
LARGEST, MOST = 61440, 128
PARTIAL, LOCKED = {"partial": True}, {"locked_references": True}


def item(account, attr=None, **words):
    return add(acct=account, v_Data=words.pop("data", account.encode()), **({"attr": attr} if attr is not None else {}), **words)


def find(attr, *found, **words):
    """All items that have these own attributes, by their secrets."""
    if found:
        words["RESULT"] = [data.encode() for data in found]
    else:
        words.setdefault("STATUS", -25300)
    return copy(attr=attr, r_Data=True, m_Limit="m_LimitAll", **words)


def exactly(attr, *found, **words):
    return find(attr, *found, m_ExactAttributes=True, **words)


def index(count):
    """A check that the index has that many entries, as the columns of the items say."""
    def check(chain, saved):
        del saved
        tap.equal(rows(chain, "SELECT count(*) FROM own_index"), [(count,)], "entries of the index")
        held = sum(rows(chain, f"SELECT ifnull(sum(length(own)/16),0) FROM {table} WHERE tomb=0")[0][0]
                   for table in ("genp", "inet", "cert", "keys"))
        tap.equal(held, count, "hashes of the items")
    return check


def test_subsets():
    """an item is found by any of its own attributes, in any order, and not by others"""
    run_case([
        item("1", {"app": "mail", "user": "x", "host": "h"}), item("2", {"app": "mail", "user": "y"}), item("3", {"app": "news"}),
        item("4"), item("5", {}),
        find({"app": "mail"}, "1", "2"), find({"user": "x", "app": "mail"}, "1"), find({"app": "mail", "user": "y"}, "2"),
        find({"host": "h", "user": "x", "app": "mail"}, "1"), find({"app": "mai"}), find({"ap": "mail"}), find({"app": ""}),
        find({"app": "news", "user": "x"}), find({"app": "mail", "user": "x", "host": "h", "more": "m"}),
        find({}, "1", "2", "3", "4", "5"), find({"user": "y"}, "2", acct="2"), find({"user": "y"}, acct="1"),
        find({"app": "mail"}, "2", acct="2", svce=""), find({"app": "mail"}, "1", "2", agrp="test", pdmn="ak"),
        find({"app": "mail"}, pdmn="ck"), index(4 + 3 + 2),
        copy(acct="1", r_Attributes=True, CHECK=lambda a: a["result"]["attr"] == {"app": "mail", "user": "x", "host": "h"}),
        copy(acct="4", r_Attributes=True, CHECK=lambda a: "attr" not in a["result"]),
        copy(acct="5", r_Attributes=True, CHECK=lambda a: "attr" not in a["result"])])


def test_exact():
    """m_ExactAttributes: these and no others"""
    run_case([
        item("1", {"app": "mail", "user": "x"}), item("2", {"app": "mail"}), item("3"),
        exactly({"app": "mail"}, "2"), exactly({"user": "x", "app": "mail"}, "1"), exactly({"user": "x"}),
        exactly({}, "3"), copy(m_ExactAttributes=True, r_Data=True, RESULT=b"3"),
        *(copy(m_ExactAttributes=True, m_Limit="m_LimitAll", **words, CHECK=lambda a: len(a["result"]) == 1)
          for words in ({"r_Data": True}, {"r_PersistentRef": True}, {"r_Attributes": True})),
        copy(acct="3", r_PersistentRef=True, SAVE="bare"), copy(acct="1", r_PersistentRef=True, SAVE="own"),
        *(copy(v_PersistentRef=lambda saved, name=name: saved[name], m_ExactAttributes=True, **{what: True}, STATUS=status)
          for what in ("r_Data", "r_PersistentRef", "r_Attributes") for name, status in (("bare", 0), ("own", -25300))),
        exactly({"app": "mail"}, "2", acct="2"),
        copy(m_ExactAttributes=False, attr={"user": "x"}, r_Data=True, RESULT=b"1"),
        item("x", m_ExactAttributes=True, STATUS=-50), copy(m_ExactAttributes=1, STATUS=-50),
        update({"m_ExactAttributes": True}, acct="1", STATUS=-25303),
        update({"labl": "l"}, attr={"app": "mail"}, m_ExactAttributes=True), copy(labl="l", r_Data=True, RESULT=b"2"),
        delete(attr={"app": "mail"}, m_ExactAttributes=True), find({"app": "mail"}, "1"), delete(m_ExactAttributes=True),
        find({}, "1")])


def test_classes():
    """items of every class have them; what is found is of the class that is asked for"""
    pairs = {"app": "mail"}
    run_case([
        item("1", pairs), add(class_="inet", srvr="h", attr=pairs, v_Data=b"2"),
        add(class_="cert", slnr=b"1", attr=pairs, v_Data=b"3"), add(class_="keys", klbl=b"1", attr=pairs, v_Data=b"4"),
        *(copy(class_=name, attr=pairs, r_Data=True, RESULT=data) for name, data in
          (("genp", b"1"), ("inet", b"2"), ("cert", b"3"), ("keys", b"4"))), index(8),
        call("change-class", no_class=1, attr=pairs, UPDATE={"pdmn": "ck"}, CHECK=lambda a: a["result"]["count"] == 4),
        find(pairs, "1", pdmn="ck"), index(8)])


def test_unique():
    """they are not part of what makes an item unique; an upsert replaces them"""
    run_case([
        item("1", {"a": "b"}), item("1", {"a": "c"}, STATUS=-25299), find({"a": "c"}),
        call("upsert", acct="1", attr={"x": "y"}), find({"a": "b"}), exactly({"x": "y"}, "1"),
        call("upsert", acct="1", labl="l"), exactly({"x": "y"}, "1"),
        call("upsert", acct="1", attr={}), exactly({}, "1"), index(0)])


def test_update():
    """an update replaces the whole set; the index follows, also when class, group or synchronization change"""
    run_case([
        item("1", {"a": "b", "c": "d"}), update({"attr": {"e": "f"}}, acct="1"), find({"a": "b"}), exactly({"e": "f"}, "1"), index(2),
        update({"labl": "l"}, attr={"e": "f"}), exactly({"e": "f"}, "1"), index(2),
        update({"v_Data": b"2"}, attr={"e": "f"}), exactly({"e": "f"}, "2"),
        update({"pdmn": "dk"}, attr={"e": "f"}), exactly({"e": "f"}, "2"), index(2),
        update({"sync": True, "pdmn": "ak"}, attr={"e": "f"}), find({"e": "f"}), find({"e": "f"}, "2", sync=True), index(2),
        update({"attr": {}}, attr={"e": "f"}, sync=True), find({"e": "f"}, sync=True), exactly({}, "2", sync=True), index(0),
        update({"attr": {"g": ""}}, acct="1", sync=True), index(2), delete(attr={"g": ""}, sync=True), index(0),
        item("1", {"g": ""}, sync=True), index(2), find({"g": ""}, "1", sync="syna")])


def test_groups():
    """another group's are not found, and follow an item that is moved"""
    run_case([
        item("1", {"a": "b"}, agrp="A", CALLER=A), item("2", {"a": "b"}, agrp="B", CALLER=B),
        find({"a": "b"}, "1", CALLER=A), find({"a": "b"}, "2", CALLER=B), find({"a": "b"}, "1", "2", CALLER=AB),
        find({"a": "b"}, "2", agrp="B", CALLER=AB), find({"a": "b"}, "1", "2", CALLER={"groups": ["B"], "all_groups": True}),
        call("move", attr={"a": "b"}, agrp="A", UPDATE={"agrp": "B"}, CALLER=AB), find({"a": "b"}, CALLER=A),
        find({"a": "b"}, "1", "2", CALLER=B), index(4), delete(CALLER=B), index(0)])


def test_texts():
    """any names and values in UTF-8, empty ones and those that JSON writes data with among them"""
    for pairs in ({"": ""}, {"a": ""}, {"": "a"}, {"data": "eA=="}, {"date": "x"}, {"=data": "x"}, {"==date": ""}, {"data": "x", "a": "b"},
                  {"a=b": "c=d"}, {"ä ö": "\U0001f511\n\t"}, {"class": "x", "acct": "y", "v_Data": "z"}, {"a": "\0b"}, {"x" * 255: "y" * 4096},
                  {"a": "b" * (LARGEST - 1)}):
        run_case([item("1", pairs), item("2", {"a": "b"}), find(pairs, "1"), exactly(pairs, "1"),
                  copy(acct="1", r_Attributes=True, CHECK=lambda a, pairs=pairs: a["result"]["attr"] == pairs),
                  update({"attr": {"n": "m"}}, attr=pairs, acct="1"), find(pairs), find({"n": "m"}, "1")])
    # Nothing is hashed across the border of name and value.
    run_case([item("1", {"ab": "c"}), find({"a": "bc"}), find({"abc": ""})])


def test_limits():
    """a request over a limit is refused, and the message says what the limit is"""
    def refused(step, text):
        step["status"] = -50
        step["check"] = lambda answer: text in answer["message"]
        return step

    most = {f"n{number}": "v" for number in range(MOST)}
    more = {**most, "one": "more"}
    long = {"a": "b" * LARGEST}
    run_case([
        item("1", most), find(most, "1"), exactly(most, "1"), find({"n0": "v", "n127": "v"}, "1"), index(MOST + 1),
        *(refused(step, "128 own attributes, these are 129") for step in (
            item("2", more), find(more), delete(attr=more), update({"attr": more}, acct="1"), update({"labl": "x"}, attr=more))),
        *(refused(step, "61440 bytes together, these have 61441") for step in (item("2", long), find(long))),
        *(refused(item("2", bad), "dictionary") for bad in ("x", [], 1, b"x", True)), refused(item("2", {"a": 1}), "\"a\" has to be a string"),
        refused(item("2", {"a": b"x"}), "string"), refused(find({"a": None}), "string"), refused(call("copy", attr=None), "null"),
        find({"a": "b"}), index(MOST + 1),
        # Together with others they fill the room that an item has.
        item("3", {"a": "b" * (LARGEST - 1)}, icmt="c" * 60000), update({"gena": b"g" * 40000}, acct="3", STATUS=-50),
        find({"a": "b" * (LARGEST - 1)}, "3")])


def test_locked():
    """found while locked: counted, or with reference, class and dates; never with what is sealed"""
    start = datetime.datetime.utcnow() - datetime.timedelta(seconds=2)

    def told(*references):
        def check(answer):
            locked = answer["locked"]
            return [one["v_PersistentRef"] for one in locked] == list(references) and all(
                set(one) == {"class", "v_PersistentRef", "pdmn", "cdat", "mdat"} and one["class"] == "genp" and one["pdmn"] == "ak" and
                start < one["cdat"] <= one["mdat"] for one in locked) and answer["withheld"] == {
                    "count": len(references), "classes": ["ak"] if references else []}
        return check

    chain = Keychain()
    try:
        saved = {}
        for account, attr, words in (("1", {"a": "b", "c": "d"}, {}), ("2", {"a": "b"}, {"pdmn": "ck"}), ("3", {"a": "b"}, {}),
                                     ("4", {"a": "x"}, {}), ("5", {"a": "b"}, {"pdmn": "dk"})):
            saved[account] = chain.ask({"op": "add", "query": {"class": "genp", "acct": account, "v_Data": account.encode(), "attr": attr,
                                                               "r_PersistentRef": True, **words}})["result"]
        many = {"m_Limit": "m_LimitAll", "r_Attributes": True}
        carry_out(chain, [
            copy(attr={"a": "b"}, OPTIONS=LOCKED, **many, CHECK=lambda a: len(a["result"]) == 4 and told()(a)),
            lock(), find({"a": "b"}, STATUS=-25308), find({"a": "b"}, "2", "5", OPTIONS=PARTIAL),
            copy(attr={"a": "b"}, OPTIONS=LOCKED, **many, CHECK=lambda a: [one["acct"] for one in a["result"]] == ["2", "5"] and
                 told(saved["1"], saved["3"])(a)),
            copy(attr={"a": "b"}, OPTIONS=LOCKED, m_Limit="m_LimitAll", r_PersistentRef=True,
                 CHECK=lambda a: a["result"] == [saved["2"], saved["5"]] and told(saved["1"], saved["3"])(a)),
            copy(attr={"c": "d"}, OPTIONS=LOCKED, **many, CHECK=lambda a: a["result"] == [] and told(saved["1"])(a)),
            copy(attr={"a": "b"}, m_ExactAttributes=True, OPTIONS=LOCKED, **many, CHECK=told(saved["3"])),
            copy(attr={"c": "no"}, OPTIONS=LOCKED, **many, STATUS=-25300),
            copy(attr={"c": "d"}, OPTIONS=PARTIAL, **many, CHECK=lambda a: "locked" not in a and a["withheld"]["count"] == 1),
            copy(attr={"c": "d"}, OPTIONS=LOCKED, r_Attributes=True, STATUS=-50), copy(acct="1", OPTIONS={"locked_references": 1}, STATUS=-50),
            copy(OPTIONS=LOCKED, **many, CHECK=told(saved["1"], saved["3"], saved["4"])),
            update({"labl": "x"}, attr={"c": "d"}, STATUS=-25308), item("6", {"a": "b"}, STATUS=-25308),
            full_lock(),
            # The answer is known for what can be looked up before first unlock.
            copy(attr={"a": "b"}, OPTIONS=LOCKED, **many, CHECK=lambda a: [one["acct"] for one in a["result"]] == ["5"] and
                 not a["locked"] and a["withheld"]["count"] == 4),
            find({"a": "b"}, STATUS=-25308), unlock(), lock(), delete(attr={"c": "d"}), unlock(), find({"a": "b"}, "2", "3", "5"), index(8)])
    finally:
        chain.remove()
        if not keychain.fake:
            unlock()(None, None)


def test_locked_pages():
    """more references of what is locked than a page has: all of them, once"""
    chain = Keychain()
    count = 700
    try:
        for first in range(0, count, 100):
            tap.equal(chain.ask({"op": "add-all", "items": [{"class": "genp", "acct": f"a{number}", "attr": {"a": "b"}}
                                                            for number in range(first, first + 100)]})["status"], 0, "added")
        lock()(chain, None)
        query = {"class": "genp", "attr": {"a": "b"}, "m_Limit": "m_LimitAll", "r_PersistentRef": True}
        found, cursor, withheld, pages = [], {}, 0, 0
        while True:
            answer = chain.ask({"op": "copy", "query": query, "options": {**LOCKED, **cursor}})
            tap.equal((answer["status"], answer["result"]), (0, []), "a page")
            found += [one["v_PersistentRef"] for one in answer["locked"]]
            withheld += answer["withheld"]["count"]
            pages += 1
            if "cursor" not in answer:
                break
            cursor = {"cursor": answer["cursor"]}
        tap.equal((len(found), len(set(found)), withheld), (count, count, count), "references")
        tap.ok(pages > 1, f"pages: {pages}")
    finally:
        unlock()(chain, None)
        chain.remove()


def test_damage():
    """hashes of own attributes are bound to their row, and no index leads to the rows of others"""
    chain = Keychain()
    try:
        carry_out(chain, [item("1", {"a": "b"}), item("2", {"a": "c"}), item("3", {"a": "d"})])
        # Those of another row: it is as if absent.
        carry_out(chain, [sql("UPDATE genp SET own=(SELECT own FROM genp WHERE row=2) WHERE row=1"),
                          copy(acct="1", STATUS=-25300), copy(acct="2", r_Data=True, RESULT=b"2")])
        # The index of one row leads to another: it is made anew.
        carry_out(chain, [sql("UPDATE own_index SET row=2 WHERE row=3"),
                          call("copy", attr={"a": "d"}, r_Data=True, RESULT=b"3"), copy(attr={"a": "c"}, r_Data=True, RESULT=b"2")])
        # A column that no program wrote.
        for bad in (b"", b"x" * 15, b"x" * 16 * 200, "text", 7):
            carry_out(chain, [sql("UPDATE genp SET own=? WHERE row=3", bad), copy(acct="3", STATUS=-25300)])
        carry_out(chain, [sql("UPDATE genp SET own=NULL WHERE row=3"), copy(acct="3", STATUS=-25300), delete(acct="2"),
                          delete(STATUS=-25300)])
        tap.equal(rows(chain, "SELECT count(*) FROM genp"), [(0,)], "rows that are left")
    finally:
        chain.remove()


if __name__ == "__main__":
    keychain.begin()
    tap.main(teardown=keychain.end)

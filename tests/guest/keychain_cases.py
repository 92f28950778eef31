#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: kernel=6.1
"""The keychain's cases, by number, on its engine: with real lock and unlock."""

import datetime
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from lib import keychain, tap  # noqa: E402
from lib.keychain import add, call, copy, delete, full_lock, lock, unlock, update  # noqa: E402

A, B = {"groups": ["A"]}, {"groups": ["B"]}
C = {"groups": ["C"]}
AB = {"groups": ["A", "B", "appid"]}
HOST, EXTENSION = {"groups": ["host", "group.shared"]}, {"groups": ["extension", "group.shared"]}
NOW = datetime.datetime.utcnow
BEGIN, SECOND = NOW(), datetime.timedelta(seconds=1)


def item(account="a", **words):
    return add(acct=account, svce="s", v_Data=words.pop("data", b"x"), **words)


def find(account="a", **words):
    return copy(acct=account, svce="s", r_Data=True, **words)


def keys(*names):
    return lambda answer: all(name in answer["result"] for name in names)


def ref(name):
    return lambda saved: saved[name] if isinstance(saved[name], bytes) else saved[name]["v_PersistentRef"]


def changed_byte(bytes_, at=-1):
    at %= len(bytes_)
    return bytes_[:at] + bytes([bytes_[at] ^ 1]) + bytes_[at + 1:]


BAD_VALUES = (None, 1.5, [], {"x": 1}, True, 7)

CASES = [
    (1, "what is added is found", [item(), find(RESULT=b"x")]),
    (2, "add returns attributes and reference, not the value", [
        item(r_Attributes=True, r_PersistentRef=True,
             CHECK=lambda a: {"acct", "svce", "agrp", "pdmn", "cdat", "mdat", "v_PersistentRef"} <= set(a["result"])
             and "v_Data" not in a["result"])]),
    (3, "add without return keys returns nothing", [item(RESULT=None)]),
    (4, "the same item twice", [
        item(r_PersistentRef=True, SAVE="first"),
        item(data=b"y", STATUS=-25299), find(RESULT=b"x"),
        item(data=b"y", STATUS=-25299, CHECK=lambda a: len(a["colliding"]) == 20)]),
    (5, "dates are the keychain's own", [
        item(cdat=datetime.datetime(2001, 1, 1), mdat=datetime.datetime(2001, 1, 1)),
        copy(acct="a", r_Attributes=True, CHECK=lambda a: BEGIN - SECOND < a["result"]["cdat"] < NOW() + SECOND
             and a["result"]["cdat"] == a["result"]["mdat"])]),
    (6, "class missing or unknown", [
        step for operation in ("add", "copy", "delete") for step in (
            call(operation, no_class=1, acct="a", STATUS=-50), call(operation, class_="nope", STATUS=-25306),
            call(operation, class_=7, STATUS=-50), call(operation, class_="genp\0", STATUS=-25306))] + [
                call("update", no_class=1, acct="a", UPDATE={"labl": "x"}, STATUS=-50),
                call("update", class_="nope", UPDATE={"labl": "x"}, STATUS=-25306)]),
    (7, "an attribute of another class", [
        add(class_="cert", atag=b"t", STATUS=-25303), copy(class_="cert", atag=b"t", STATUS=-25303),
        delete(class_="cert", atag=b"t", STATUS=-25303),
        update({"labl": "x"}, class_="cert", atag=b"t", STATUS=-25303),
        item(), update({"srvr": "x"}, acct="a", STATUS=-25303), add(zzzz="x", STATUS=-25303)]),
    (8, "null, wrong types, unknown keys", [
        call(operation, acct=bad, STATUS=-50) for operation in ("add", "copy", "delete") for bad in BAD_VALUES] + [
            add(v_Data=bad, STATUS=-50) for bad in (*BAD_VALUES, "text")] + [
                add(nonsense=1, STATUS=-50), copy(m_Nonsense=1, STATUS=-50), copy(r_Nonsense=True, STATUS=-50),
                copy(u_Nonsense=True, STATUS=-50), add(v_Nonsense=b"", STATUS=-50), copy(r_Data=1, STATUS=-50),
                copy(m_Limit=0, STATUS=-50), copy(m_Limit=-1, STATUS=-50), copy(m_Limit="all", STATUS=-50),
                copy(m_Limit=None, STATUS=-50), add(pdmn="xx", STATUS=-50), add(pdmn=6, STATUS=-50),
                add(pdmn="ak\0", STATUS=-50), add(accc={"protection": "ak\0", "flags": 0}, STATUS=-50),
                copy(m_Limit="m_LimitAll\0", STATUS=-50), copy(u_AuthUI="Fail\0", STATUS=-50), call("copy\0", STATUS=-50),
                add(sync="maybe", STATUS=-50), add(agrp=5, STATUS=-50), add(musr=b"", STATUS=-50),
                add(tomb=1, STATUS=-50), add(UUID="x", STATUS=-50), add(v_Ref=b"x", STATUS=-50),
                add(class_="inet", port="http", STATUS=-50), add(class_="inet", port=b"80", STATUS=-50),
                add(QUERY=[], STATUS=-50), add(QUERY="x", STATUS=-50), copy(STATUS=-25300),
                add(QUERY={"class": "genp", **{f"x{n:03}": 1 for n in range(130)}}, STATUS=-50),
                call("dance", STATUS=-50), copy(OPTIONS={"what": 1}, STATUS=-50), copy(OPTIONS=[], STATUS=-50)]),
    (9, "an item without data", [
        add(acct="a", svce="s"), find(RESULT=b""),
        copy(acct="a", r_Data=True, r_Attributes=True, CHECK=lambda a: "v_Data" not in a["result"])]),
    (10, "numbers in any form", [
        add(class_="inet", srvr="h", port="80", v_Data=b"p"), copy(class_="inet", port=80, r_Data=True, RESULT=b"p"),
        copy(class_="inet", port="80", r_Data=True, RESULT=b"p"), copy(class_="inet", port=81, STATUS=-25300),
        copy(class_="inet", port=80, r_Attributes=True, CHECK=lambda a: a["result"]["port"] == 80),
        item(invi=True), copy(invi=1), copy(invi="1"), copy(invi=False, STATUS=-25300)]),
    (11, "values of any length and content", [
        step for number, data in enumerate((b"", b"1", b"x" * 19, b"x" * 20, b"x" * 21, b"\0\n\xff" * 10923,
                                            bytes(range(256)) * 4096))
        for step in (item(f"a{number}", data=data), find(f"a{number}", RESULT=data))] + [
            item("large", data=b"x" * (1024 * 1024 + 1), STATUS=-50)]),
    (12, "limits", [
        item("a"), item("b"), item("c"), find("a", RESULT=b"x"),
        copy(r_Attributes=True, CHECK=lambda a: isinstance(a["result"], dict)),
        copy(r_Attributes=True, m_Limit="m_LimitAll", CHECK=lambda a: len(a["result"]) == 3),
        copy(r_Attributes=True, m_Limit=2, CHECK=lambda a: len(a["result"]) == 2),
        copy(r_Attributes=True, m_Limit=9, CHECK=lambda a: len(a["result"]) == 3),
        copy(r_Data=True, m_Limit="m_LimitAll", RESULT=[b"x", b"x", b"x"]),
        copy(r_Data=True, m_Limit=1, RESULT=b"x"), copy(r_Data=True, m_Limit=2.0, RESULT=[b"x", b"x"]),
        copy(m_Limit=1.5, STATUS=-50), copy(m_Limit="2", STATUS=-50), copy(m_Limit=True, STATUS=-50), copy(m_Limit=1e300, STATUS=-50),
        copy(r_Data=True, m_Limit="m_LimitOne", RESULT=b"x"),
        copy(m_Limit="m_LimitAll", RESULT=None), copy(RESULT=None)]),
    (13, "nothing matches", [
        copy(acct="no", STATUS=-25300), update({"labl": "x"}, acct="no", STATUS=-25300),
        delete(acct="no", STATUS=-25300), item(), copy(acct="no", STATUS=-25300),
        copy(acct="no", m_Limit="m_LimitAll", STATUS=-25300)]),
    (14, "a generic attribute misses and collides", [
        item(gena=b"G1"), find(gena=b"G2", STATUS=-25300), item(gena=b"G2", STATUS=-25299), find(gena=b"G1")]),
    (15, "accessible is a filter", [item(), find(pdmn="ck", STATUS=-25300), find(pdmn="ak", RESULT=b"x")]),
    (16, "accessible and access control disagree", [
        item(pdmn="ak", accc={"protection": "ck", "flags": 0}, STATUS=-50), copy(STATUS=-25300),
        item(pdmn="ck", accc={"protection": "ck", "flags": 0}), find(pdmn="ck"), find(accc={"protection": "ak"})]),
    (17, "a limit in delete or update", [
        item(), delete(m_Limit="m_LimitAll", STATUS=-50), delete(m_Limit=1, STATUS=-50),
        update({"labl": "x"}, m_Limit="m_LimitOne", STATUS=-50), item("b", m_Limit="m_LimitOne", STATUS=-50),
        find("b", STATUS=-25300), copy(labl="x", STATUS=-25300), find(RESULT=b"x")]),
    (18, "host or subdomain", [
        add(class_="inet", srvr="origin.example.com", v_Data=b"1"), add(class_="inet", srvr="badexample.com"),
        copy(class_="inet", m_HostOrSubdomainOfHost="example.com", r_Data=True, m_Limit="m_LimitAll", RESULT=[b"1"]),
        delete(class_="inet"), add(class_="inet", srvr="example.com"),
        copy(class_="inet", m_HostOrSubdomainOfHost="origin.example.com", STATUS=-25300),
        copy(class_="inet", m_HostOrSubdomainOfHost="example.com")]),
    (19, "match keys of other classes", [
        copy(m_HostOrSubdomainOfHost="example.com", STATUS=-4), copy(m_Issuers=[b"x"], STATUS=-4),
        copy(class_="keys", m_HostOrSubdomainOfHost="example.com", STATUS=-4),
        copy(class_="inet", m_Issuers=[b"x"], STATUS=-4), copy(m_TrustedOnly=True, STATUS=-4),
        copy(m_EmailAddressIfPresent="a@b", STATUS=-4), copy(class_="cert", m_Issuers=7, STATUS=-50)]),
    (20, "attributes that were returned are a query", [
        item(labl="l", gena=b"g", icmt="c", invi=1), item("other", data=b"o"),
        find(r_Attributes=True, SAVE="found", CHECK=keys("labl")),
        copy(acct="a", r_Attributes=True, SAVE="found"),
        copy(QUERY=lambda s: {**s["found"], "r_Data": True}, RESULT=b"x"),
        update({"labl": "l2"}, QUERY=lambda s: s["found"]),
        copy(class_="inet", STATUS=-25300), add(class_="inet", srvr="h", v_Data=b"i"),
        copy(class_="inet", r_Attributes=True, SAVE="found"),
        copy(QUERY=lambda s: {**s["found"], "r_Data": True}, RESULT=b"i")]),
    (22, "local and synchronizable items", [
        item(data=b"local"), item(data=b"sync", sync=True), find(RESULT=b"local"), find(sync=True, RESULT=b"sync"),
        find(sync=1, RESULT=b"sync"), find(sync=False, RESULT=b"local"),
        find(sync="syna", m_Limit="m_LimitAll", RESULT=[b"local", b"sync"]),
        item(data=b"2", sync=True, STATUS=-25299), item("tdo", sync=True, pdmn="cku", STATUS=-50),
        item("tdo", sync=True, pdmn="akpu", STATUS=-50), update({"pdmn": "aku"}, acct="a", sync=True, STATUS=-50),
        find(sync=True, RESULT=b"sync")]),
    (23, "update of the value", [
        item(r_Attributes=True, r_PersistentRef=True, SAVE="old"), update({"v_Data": b"y"}, acct="a"),
        find(RESULT=b"y"), copy(acct="a", r_Attributes=True, r_PersistentRef=True, SAVE="new"),
        lambda k, s: tap.ok(s["old"]["cdat"] == s["new"]["cdat"] and s["old"]["mdat"] < s["new"]["mdat"] and
                            s["old"]["v_PersistentRef"] == s["new"]["v_PersistentRef"], str(s))]),
    (24, "dates grow", [
        item()] + [step for _ in range(20) for step in (update({"labl": "x"}, acct="a"), copy(
            acct="a", r_Attributes=True, SAVE="new"), lambda k, s: (
                tap.ok(s.get("last", datetime.datetime.min) < s["new"]["mdat"], "mdat"),
                s.update(last=s["new"]["mdat"])))]),
    (25, "update onto another item", [
        item("a", data=b"1"), item("b", data=b"2", r_PersistentRef=True, SAVE="b"),
        update({"acct": "b", "v_Data": b"3"}, acct="a", STATUS=-25299), find("a", RESULT=b"1"),
        find("b", RESULT=b"2"), update({"acct": "c"}, acct="a"), find("c", RESULT=b"1"), find("a", STATUS=-25300)]),
    (26, "move between groups", [
        *(item(name, CALLER=A, r_PersistentRef=True, SAVE=name) for name in "abcde"),
        update({"agrp": "B"}, agrp="A", CALLER=AB),
        *(copy(QUERY=lambda s, n=name: {"v_PersistentRef": ref(n)(s), "r_Attributes": True}, CALLER=B,
               CHECK=lambda a: a["result"]["agrp"] == "B") for name in "abcde"),
        copy(CALLER=A, STATUS=-25300)]),
    (27, "a move that collides moves nothing", [
        *(item(name, CALLER=A) for name in "abcde"), item("d", CALLER=B, data=b"B's"),
        update({"agrp": "B"}, agrp="A", CALLER=AB, STATUS=-25299),
        copy(CALLER=A, m_Limit="m_LimitAll", r_Data=True, RESULT=[b"x"] * 5),
        copy(CALLER=B, m_Limit="m_LimitAll", r_Data=True, RESULT=[b"B's"])]),
    (28, "updates that are none", [
        item(), *(update({"v_Data": bad}, acct="a", STATUS=-50) for bad in (*BAD_VALUES, "text")),
        update({"class": "inet"}, acct="a", STATUS=-25303), update({"r_Data": True}, acct="a", STATUS=-25303),
        update({"u_AuthUI": "Fail"}, acct="a", STATUS=-25303), update({"acct": None}, acct="a", STATUS=-50),
        update({"acct": 5}, acct="a", STATUS=-50), update([], acct="a", STATUS=-50),
        call("update", acct="a", STATUS=-50), update({"labl": "x"}, acct="a", r_Data=True, STATUS=-50),
        find(RESULT=b"x")]),
    (29, "delete by class", [
        item("a", CALLER=A), item("b", CALLER=A), item("a", CALLER=B), delete(CALLER=A),
        copy(CALLER=A, STATUS=-25300), find("a", CALLER=B, RESULT=b"x")]),
    (30, "delete with return keys", [item(), delete(r_Data=True, r_Attributes=True, RESULT=None),
                                     copy(STATUS=-25300)]),
    (31, "change of class", [
        item(r_PersistentRef=True, SAVE="old"), update({"pdmn": "ck"}, acct="a"), find(pdmn="ck", RESULT=b"x"),
        find(pdmn="ak", STATUS=-25300), lock(), find(RESULT=b"x"), update({"pdmn": "ak"}, acct="a", STATUS=-25308),
        find(pdmn="ck", RESULT=b"x"), unlock(), update({"accc": {"protection": "dk", "flags": 0}}, acct="a"),
        full_lock(), find(RESULT=b"x"), update({"pdmn": "ck"}, acct="a", STATUS=-25308), find(RESULT=b"x"), unlock(),
        item(data=b"z", STATUS=-25299),
        copy(acct="a", r_PersistentRef=True, RESULT=lambda s: s["old"])]),
    (32, "persistent reference alone", [
        item(r_PersistentRef=True, SAVE="r", CHECK=lambda a: len(a["result"]) == 20),
        copy(r_PersistentRef=True, RESULT=ref("r")), copy(r_PersistentRef=True, m_Limit="m_LimitAll", RESULT=lambda s: [ref("r")(s)]),
        copy(r_PersistentRef=True, r_Data=True, RESULT=lambda s: {"v_PersistentRef": ref("r")(s), "v_Data": b"x"}),
        copy(r_PersistentRef=True, r_Attributes=True, CHECK=lambda a: len(a["result"]["v_PersistentRef"]) == 20),
        copy(no_class=1, v_PersistentRef=ref("r"), r_Data=True, RESULT=b"x"),
        copy(v_PersistentRef=ref("r"), r_Data=True, RESULT=b"x"),
        update({"v_Data": b"y"}, no_class=1, v_PersistentRef=ref("r")),
        delete(no_class=1, v_PersistentRef=ref("r")), copy(STATUS=-25300)]),
    (32.1, "the legacy form of a reference", [
        item(CALLER=A), copy(no_class=1, v_PersistentRef=b"genp" + bytes(7) + b"\1", CALLER=A, r_Data=True, RESULT=b"x"),
        copy(no_class=1, v_PersistentRef=b"genp" + bytes(7) + b"\2", CALLER=A, STATUS=-25300),
        copy(no_class=1, v_PersistentRef=b"genp" + bytes(7) + b"\1", CALLER=B, STATUS=-25300)]),
    (33, "persistent reference, wrongly", [
        item(r_PersistentRef=True, SAVE="r"), copy(v_PersistentRef=ref("r"), acct="a", STATUS=-50),
        item("b", v_PersistentRef=ref("r"), STATUS=-50), copy(v_PersistentRef=b"genp", STATUS=-50),
        copy(v_PersistentRef=b"xxxx" + bytes(16), STATUS=-50), copy(v_PersistentRef="genp" + 16 * "x", STATUS=-50),
        copy(v_PersistentRef=b"genp" + bytes(16), STATUS=-25300),
        copy(class_="inet", v_PersistentRef=ref("r"), STATUS=-50),
        copy(v_PersistentRef=ref("r"), CALLER=A, STATUS=-25300), delete(v_PersistentRef=ref("r"), labl="x", STATUS=-50)]),
    (34, "a reference dies with its item", [
        item(r_PersistentRef=True, SAVE="old"), delete(acct="a"), item(r_PersistentRef=True, SAVE="new"),
        copy(v_PersistentRef=ref("old"), STATUS=-25300), copy(v_PersistentRef=ref("new")),
        lambda k, s: tap.ok(s["old"] != s["new"], "another reference")]),
    (36, "locked: copy", [
        item("wu"), item("afu", pdmn="ck"), item("alw", pdmn="dk"), lock(), find("wu", STATUS=-25308,
             CHECK=lambda a: a["locked_class"] == "ak" and a["reason"] == "locked"),
        copy(acct="wu", r_Attributes=True, STATUS=-25308), copy(acct="wu", STATUS=-25308), find("afu"), find("alw"),
        copy(m_Limit="m_LimitAll", r_Data=True, STATUS=-25308),
        copy(m_Limit="m_LimitAll", r_Data=True, pdmn="ck", RESULT=[b"x"]),
        copy(m_Limit="m_LimitAll", r_Data=True, OPTIONS={"partial": True}, RESULT=[b"x", b"x"],
             CHECK=lambda a: a["withheld"] == {"count": 1, "classes": ["ak"]}),
        copy(r_Data=True, OPTIONS={"partial": True}, RESULT=b"x", CHECK=lambda a: a["withheld"] == {"count": 1, "classes": ["ak"]}),
        copy(acct="wu", r_Data=True, OPTIONS={"partial": True}, STATUS=-25308,
             CHECK=lambda a: a["locked_class"] == "ak" and a["reason"] == "locked"),
        copy(acct="none", r_Data=True, OPTIONS={"partial": True}, STATUS=-25300),
        copy(STATUS=-25308), unlock(), find("wu"), copy(m_Limit="m_LimitAll", r_Data=True, RESULT=[b"x"] * 3)]),
    (37, "before first unlock", [
        item("afu", pdmn="ck"), item("alw", pdmn="dk"), full_lock(),
        find("afu", STATUS=-25308, CHECK=lambda a: a["reason"] == "before-first-unlock"), find("alw"),
        find("none", STATUS=-25308), copy(class_="inet", acct="none", STATUS=-25300),
        find("none", CALLER=A, STATUS=-25300), find("afu", pdmn="dk", STATUS=-25300),
        item("new", pdmn="dk", STATUS=-25308), item("new", pdmn="dk", CALLER=A), find("new", CALLER=A),
        add(class_="inet", srvr="s", pdmn="dk"), delete(acct="afu", STATUS=-25308),
        unlock(), lock(), find("afu"), find("none", STATUS=-25300)]),
    (212, "before first unlock: what concerns all that matches is not done to some of them", [
        item("a", pdmn="ck", data=b"1"), add(acct="b", svce="s", pdmn="dk", v_Data=b"2"), full_lock(),
        delete(svce="s", STATUS=-25308), update({"labl": "x"}, svce="s", STATUS=-25308),
        delete(acct="b", STATUS=-25308), call("change-class", UPDATE={"pdmn": "dku"}, svce="s", STATUS=-25308),
        call("purge", no_class=1, OPTIONS={"application": "org.one"}, STATUS=-25308),
        copy(svce="s", m_Limit="m_LimitAll", r_Data=True, STATUS=-25308), copy(svce="s", m_Limit=2, r_Data=True, STATUS=-25308),
        copy(svce="s", m_Limit="m_LimitAll", r_Data=True, OPTIONS={"partial": True}, RESULT=[b"2"],
             CHECK=lambda a: a["withheld"] == {"count": 1, "classes": ["ck"]}),
        copy(svce="none", m_Limit="m_LimitAll", r_Data=True, OPTIONS={"partial": True}, RESULT=[],
             CHECK=lambda a: a["withheld"] == {"count": 1, "classes": ["ck"]}),
        find("b", RESULT=b"2"), copy(svce="s", m_Limit="m_LimitAll", RESULT=None), copy(svce="s", r_Data=True, RESULT=b"2"),
        copy(svce="s", pdmn="dk", m_Limit="m_LimitAll", r_Data=True, RESULT=[b"2"]), delete(svce="s", CALLER=A, STATUS=-25300),
        delete(svce="s", OPTIONS={"limit": 1}, CHECK=lambda a: a["count"] == 1), unlock(),
        copy(svce="s", m_Limit="m_LimitAll", r_Data=True, r_Attributes=True,
             CHECK=lambda a: [(i["acct"], i["v_Data"], i.get("labl")) for i in a["result"]] == [("a", b"1", None)]),
        full_lock(), delete(acct="none", STATUS=-25308), delete(), unlock(), find("a", STATUS=-25300)]),
    (38, "locked: add", [
        lock(), item("wu", STATUS=-25308), item("afu", pdmn="ck"), find("afu"), unlock(),
        find("wu", STATUS=-25300), item("wu"), lock(), item("wu", STATUS=-25308)]),
    (39, "locked: update and delete", [
        item(), lock(), update({"v_Data": b"y"}, acct="a", STATUS=-25308),
        update({"labl": "y"}, acct="a", STATUS=-25308), delete(acct="a"), find(STATUS=-25300), unlock(),
        find(STATUS=-25300), item("b"), full_lock(), delete(), unlock(), find("b", STATUS=-25300)]),
    (40, "locked: an item that is not there", [
        item(), item("b", pdmn="ck"), lock(), find("none", STATUS=-25300), copy(svce="none", STATUS=-25300),
        copy(acct="", STATUS=-25300), update({"labl": "x"}, acct="none", STATUS=-25300),
        delete(acct="none", STATUS=-25300), copy(class_="inet", STATUS=-25300)]),
    (42, "a lock between two changes: each is whole, or did not happen", [
        item(), item("ck", pdmn="ck"), *(step for _ in range(3) for step in (
            update({"v_Data": b"1", "labl": "1"}, acct="a"), lock(), update({"v_Data": b"2", "labl": "2"}, acct="a",
                                                                            STATUS=-25308),
            update({"v_Data": b"2"}, STATUS=-25308), find("ck", RESULT=b"x"), item("new", STATUS=-25308), unlock(),
            find(labl="1", RESULT=b"1"), find("new", STATUS=-25300), update({"v_Data": b"x", "labl": ""}, acct="a")))]),
    (45, "locked: deleting what is synchronizable", [
        item(sync=True, r_PersistentRef=True, SAVE="old"), lock(), delete(acct="a", sync=True),
        find(sync=True, STATUS=-25300), unlock(), find(sync=True, STATUS=-25300),
        item(sync=True, data=b"new", r_PersistentRef=True, SAVE="new"), find(sync=True, RESULT=b"new"),
        lambda k, s: tap.equal(s["new"], s["old"], "reference of the tombstone")]),
    (95, "adding what was synchronizable and deleted takes the tombstone's place", [
        item(sync=True, r_PersistentRef=True, SAVE="old"), delete(acct="a", sync=True), find(sync=True, STATUS=-25300),
        copy(no_class=1, v_PersistentRef=ref("old"), STATUS=-25300), delete(acct="a", sync=True, STATUS=-25300),
        item(r_PersistentRef=True, SAVE="local"), item(sync=True, data=b"new", r_PersistentRef=True, SAVE="new"),
        find(sync=True, RESULT=b"new"), lambda k, s: tap.equal(s["new"], s["old"], "reference of the tombstone"),
        lambda k, s: tap.ok(s["local"] != s["old"], "the local item is another")]),
    (46, "default classes", [
        item(), find(pdmn="ak"), add(class_="cert", slnr=b"1", v_Data=b"no certificate"),
        copy(class_="cert", pdmn="dk"), add(class_="keys", klbl=b"1"), copy(class_="keys", pdmn="ak"),
        add(class_="inet", srvr="s"), copy(class_="inet", pdmn="ak")]),
    (47, "default group", [
        item("a", CALLER=AB), item("b", CALLER=AB, agrp="B"), item("c", CALLER=AB, agrp="appid"),
        copy(acct="a", CALLER=AB, r_Attributes=True, CHECK=lambda a: a["result"]["agrp"] == "A"),
        copy(CALLER=AB, m_Limit="m_LimitAll", r_Data=True, RESULT=[b"x"] * 3), find("b", agrp="A", CALLER=AB,
                                                                                  STATUS=-25300)]),
    (48, "a group that is not held", [
        item("b", CALLER=B), *(call(operation, acct="b", agrp="B", CALLER=A, STATUS=-34018,
                                    UPDATE={"labl": "x"} if operation == "update" else None,
                                    CHECK=lambda a: a["requested_group"] == "B" and a["held_groups"] == ["A"])
                               for operation in ("add", "copy", "update", "delete")),
        find("b", CALLER=A, STATUS=-25300), find("b", CALLER=B)]),
    (49, "no groups at all", [
        call(operation, acct="a", CALLER={"groups": []}, STATUS=-34018,
             UPDATE={"labl": "x"} if operation == "update" else None)
        for operation in ("add", "copy", "update", "delete")]),
    (50, "a group lost and regained", [
        item(CALLER=AB), find(CALLER=B, STATUS=-25300), find(CALLER={"groups": ["B", "A"]}, RESULT=b"x")]),
    (51, "the group of tokens", [
        item(CALLER={"groups": ["A"], "tokens": True}, r_Attributes=True,
             CHECK=lambda a: a["result"]["agrp"] == "A"),
        *(call(operation, agrp="com.apple.token", CALLER={"groups": ["A"], "tokens": True}, STATUS=-34018,
               UPDATE={"labl": "x"} if operation == "update" else None) for operation in ("add", "update", "delete")),
        item("t", agrp="com.apple.token", CALLER={"groups": ["com.apple.token", "A"]}, STATUS=-34018),
        item("t", CALLER={"groups": ["com.apple.token", "A"]}), find("t", CALLER=A, RESULT=b"x"),
        update({"agrp": "com.apple.token"}, CALLER={"groups": ["A"], "tokens": True}, STATUS=-34018),
        copy(agrp="com.apple.token", CALLER={"groups": ["A"], "tokens": True}, STATUS=-25300)]),
    (47.1, "reading without a group named is reading from all that are held, and from no other", [
        item("a", CALLER=A, data=b"1"), item("b", CALLER=B, data=b"2"), item("c", CALLER=C, data=b"3"),
        copy(CALLER=AB, m_Limit="m_LimitAll", r_Data=True, RESULT=[b"1", b"2"]),
        copy(CALLER=AB, agrp="B", m_Limit="m_LimitAll", r_Data=True, RESULT=[b"2"]),
        copy(CALLER=AB, agrp="appid", STATUS=-25300), copy(CALLER=AB, agrp="C", STATUS=-34018)]),
    (47.2, "the same item in two groups is two items", [
        item("a", CALLER=AB, data=b"1"), item("a", CALLER=AB, agrp="B", data=b"2"),
        item("a", CALLER=AB, data=b"3", STATUS=-25299), item("a", CALLER=B, data=b"3", STATUS=-25299),
        find("a", CALLER=B, RESULT=b"2"), find("a", agrp="A", CALLER=AB, RESULT=b"1"),
        update({"v_Data": b"4"}, acct="a", agrp="B", CALLER=AB), find("a", CALLER=A, RESULT=b"1"),
        find("a", CALLER=B, RESULT=b"4")]),
    (47.3, "delete reaches all groups that are held, or the one that is named, and no other", [
        *(item(name, CALLER=caller) for name in "ab" for caller in (A, B, C)), delete(acct="a", CALLER=AB),
        find("a", CALLER=A, STATUS=-25300), find("a", CALLER=B, STATUS=-25300), find("a", CALLER=C),
        delete(agrp="B", CALLER=AB), find("b", CALLER=A), find("b", CALLER=B, STATUS=-25300),
        delete(agrp="C", CALLER=AB, STATUS=-34018), delete(CALLER=AB), delete(CALLER=AB, STATUS=-25300),
        copy(CALLER=C, m_Limit="m_LimitAll", r_Data=True, RESULT=[b"x", b"x"])]),
    (48.1, "a reference to an item of a group that is not held is as one to nothing", [
        item("b", CALLER=B, r_PersistentRef=True, SAVE="b"), copy(no_class=1, v_PersistentRef=ref("b"), CALLER=A,
                                                                   STATUS=-25300),
        update({"labl": "x"}, no_class=1, v_PersistentRef=ref("b"), CALLER=A, STATUS=-25300),
        delete(no_class=1, v_PersistentRef=ref("b"), CALLER=A, STATUS=-25300),
        copy(no_class=1, v_PersistentRef=ref("b"), CALLER=AB, r_Data=True, RESULT=b"x"),
        update({"agrp": "A"}, no_class=1, v_PersistentRef=ref("b"), CALLER=AB),
        copy(no_class=1, v_PersistentRef=ref("b"), CALLER=B, STATUS=-25300),
        copy(no_class=1, v_PersistentRef=ref("b"), CALLER=A, r_Data=True, RESULT=b"x"),
        delete(no_class=1, v_PersistentRef=ref("b"), CALLER=A), find("b", CALLER=AB, STATUS=-25300)]),
    (48.2, "an extension has what is granted to it, and nothing of its host", [
        item("own", CALLER=HOST), item("shared", agrp="group.shared", CALLER=HOST),
        find("own", CALLER=EXTENSION, STATUS=-25300), find("own", agrp="host", CALLER=EXTENSION, STATUS=-34018),
        find("shared", CALLER=EXTENSION, RESULT=b"x"), item("of the extension", CALLER=EXTENSION),
        find("of the extension", CALLER=HOST, STATUS=-25300),
        update({"agrp": "host"}, acct="of the extension", CALLER=EXTENSION, STATUS=-34018),
        update({"agrp": "group.shared"}, acct="of the extension", CALLER=EXTENSION),
        find("of the extension", CALLER=HOST, RESULT=b"x"), delete(CALLER=EXTENSION), find("own", CALLER=HOST),
        find("shared", CALLER=HOST, STATUS=-25300)]),
    (52, "update to a group that is not held", [item(CALLER=A), update({"agrp": "B"}, acct="a", CALLER=A,
                                                                        STATUS=-34018), find(CALLER=A)]),
    (53, "every group at once", [
        item(CALLER=A), item(CALLER=B), delete(agrp="*", CALLER={"groups": ["A"], "all_groups": True}, STATUS=-34018),
        call("purge", agrp="*", OPTIONS={"application": "x"}, CALLER={"groups": [], "all_groups": True},
             STATUS=-34018), find(CALLER=A), find(CALLER=B),
        copy(CALLER={"groups": [], "all_groups": True}, m_Limit="m_LimitAll", r_Data=True, RESULT=[b"x"] * 2),
        delete(agrp="B", CALLER={"groups": [], "all_groups": True}), find(CALLER=A), find(CALLER=B, STATUS=-25300)]),
    (70, "access control objects that are none", [
        *(item(accc={"protection": "ak", "flags": flags}, STATUS=-50)
          for flags in (1 << 14 | 1 << 15, 1 << 1 | 1 << 3, 1 << 0 | 1 << 4, 1 << 0 | 1 << 1, 1 << 2, -1, 1 << 40)),
        item(accc={"flags": 0}, STATUS=-50), item(accc={"protection": "x", "flags": 0}, STATUS=-50),
        item(accc="ak", STATUS=-50), item(accc={"protection": "ak", "flags": "1"}, STATUS=-50),
        item(accc={"protection": "ak", "flags": 1}, sync=True, STATUS=-50),
        item(accc={"protection": "ak", "flags": 1}, STATUS=-4), item(accc={"protection": "ak", "flags": 1 << 30 | 1},
                                                                     STATUS=-4),
        copy(STATUS=-25300), item(accc={"protection": "ck", "flags": 0}), find(pdmn="ck"),
        update({"accc": {"protection": "ak", "flags": 1}}, acct="a", STATUS=-4), find(pdmn="ck", RESULT=b"x")]),
    (71, "the user interface", [
        item(), find(u_AuthUI="Skip", m_Limit="m_LimitAll", RESULT=[b"x"]), find(u_AuthUI="Fail"),
        find(u_AuthUI="u_AuthUISkip"), delete(u_AuthUI="Skip", STATUS=-50), item("b", u_AuthUI="Skip", STATUS=-50),
        update({"labl": "x"}, u_AuthUI="Skip", STATUS=-50), find(u_AuthUI="Maybe", STATUS=-50), find(u_AuthUI=1,
                                                                                                STATUS=-50),
        lock(), find(u_AuthUI="Skip", STATUS=-25308)]),
]


def case(number, title, steps):
    def test():
        keychain.run_case(steps)
    test.__doc__ = f"case {number}: {title}"
    return test


for entry in CASES:
    globals()[f"test_{entry[0]}"] = case(*entry)

if __name__ == "__main__":
    keychain.begin()
    tap.main(teardown=keychain.end)

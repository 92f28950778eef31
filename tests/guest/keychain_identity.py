#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: kernel=6.1
"""Identities, certificates, the passcode's class, and what the original does not have."""

import os
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from lib import keychain, tap  # noqa: E402
from lib.keychain import (add, call, change_passcode, copy, delete, full_lock, lock, remove_passcode, run_case, set_passcode, sql,  # noqa: E402
                          unlock, update)

A, B = {"groups": ["A"]}, {"groups": ["B"]}
AB = {"groups": ["A", "B"]}
ALL = {"groups": [], "all_groups": True}


def openssl(*words, data=None):
    return subprocess.run(["openssl", *words], input=data, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          check=True).stdout


def make_key():
    return openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-outform", "DER")


def make_certificate(key, name, serial=0, *words):
    with tempfile.NamedTemporaryFile() as file:
        file.write(openssl("pkey", "-inform", "DER", data=key))
        file.flush()
        return openssl("req", "-x509", "-new", "-key", file.name, "-subj", f"/O=Keybag/CN={name}", "-days", "30",
                       "-set_serial", str(serial or int.from_bytes(os.urandom(8), "big")), "-outform", "DER", *words)


KEY, OTHER_KEY = make_key(), make_key()
ONE, TWO = make_certificate(KEY, "one"), make_certificate(KEY, "two")
# Without an identifier of its key.
PLAIN = make_certificate(KEY, "plain", 0, "-addext", "subjectKeyIdentifier=none")
# Both have one issuer and one serial number.
SAME, OTHER = make_certificate(OTHER_KEY, "same", 7), make_certificate(KEY, "same", 7)


def certificate(data=ONE, **words):
    return add(class_="cert", v_Data=data, **words)


def key(data=KEY, **words):
    return add(class_="keys", v_Data=data, **words)


def identity(**words):
    return copy(class_="idnt", **words)


def ref(name):
    return lambda saved: saved[name] if isinstance(saved[name], bytes) else saved[name]["v_PersistentRef"]


def item(account="a", **words):
    return add(acct=account, svce="s", v_Data=words.pop("data", b"x"), **words)


def find(account="a", **words):
    return copy(acct=account, svce="s", r_Data=True, **words)


def request(operation, status=0, **members):
    """A step whose request has just these members."""
    def ask(chain, saved):
        del saved
        tap.equal(chain.ask({"op": operation, **members})["status"], status, f"{operation} {members}")
    return ask


def fields(**wanted):
    return lambda answer: all(answer["result"].get(name) == value for name, value in wanted.items())


ITEMS = [{"class": "genp", "acct": "new", "svce": "s"}]

CASES = [
    (21, "names with and without their SEQUENCE", [
        certificate(r_Attributes=True, SAVE="c"),
        copy(class_="cert", issr=lambda s: s["c"]["issr"], r_Data=True, RESULT=ONE),
        copy(class_="cert", issr=lambda s: bytes([0x30, len(s["c"]["issr"])]) + s["c"]["issr"], r_Data=True, RESULT=ONE),
        copy(class_="cert", m_Issuers=lambda s: [s["c"]["issr"]], r_Data=True, RESULT=ONE),
        copy(class_="cert", m_Issuers=[b"0\0"], STATUS=-25300), copy(class_="cert", labl="one"),
        copy(class_="cert", pdmn="dk"), certificate(STATUS=-25299), certificate(TWO)]),
    (21.1, "a day of validity in any form of a date", [
        certificate(), *(copy(class_="cert", m_ValidOnDate=day) for day in (None, time.time() + 60, int(time.time()) + 60)),
        *(copy(class_="cert", m_ValidOnDate=day, STATUS=-25300) for day in (1, 1.5, "2001-01-01T00:00:00Z")),
        *(copy(class_="cert", m_ValidOnDate=day, STATUS=-50) for day in ("today", True, b"x", 1e300, 1 << 62))]),
    (66, "a key and its certificate are an identity", [
        identity(STATUS=-25300), key(), identity(STATUS=-25300), certificate(), identity(),
        identity(r_Data=True, r_Attributes=True, CHECK=fields(labl="one", v_Data=KEY, certdata=ONE, kcls=1)),
        delete(class_="cert"), identity(STATUS=-25300), certificate(), identity(), delete(class_="keys"),
        identity(STATUS=-25300)]),
    (66.1, "an identity has the own attributes of its certificate", [
        key(attr={"k": "v", "app": "other"}), certificate(attr={"app": "mail"}, r_PersistentRef=True, SAVE="c"),
        identity(attr={"app": "mail"}, r_Attributes=True, CHECK=fields(attr={"app": "mail"})),
        identity(attr={"app": "mail"}, m_ExactAttributes=True, r_Data=True), identity(attr={"k": "v"}, STATUS=-25300),
        identity(attr={"app": "other"}, STATUS=-25300), identity(m_ExactAttributes=True, STATUS=-25300),
        lock(), identity(attr={"app": "mail"}, STATUS=-25308),
        identity(attr={"app": "mail"}, m_Limit="m_LimitAll", r_PersistentRef=True, OPTIONS={"locked_references": True},
                 CHECK=lambda a: a["result"] == [] and [(one["class"], one["v_PersistentRef"][:4], one["pdmn"]) for one in a["locked"]] ==
                 [("idnt", b"idnt", "ak")]),
        unlock(), update({"attr": {}}, class_="idnt", attr={"app": "mail"}),
        identity(r_Attributes=True, CHECK=lambda a: "attr" not in a["result"]), delete(class_="keys"), delete(class_="cert"),
        add(class_="idnt", v_Data=KEY, certdata=ONE, attr={"new": "1"}), identity(attr={"new": "1"}), copy(class_="keys", attr={"new": "1"}),
        delete(class_="idnt", attr={"new": "1"}), copy(class_="keys", STATUS=-25300)]),
    (67, "adding an identity", [
        certificate(), add(class_="idnt", v_Data=KEY, certdata=ONE), copy(class_="keys", r_Data=True, RESULT=KEY),
        identity(), add(class_="idnt", v_Data=KEY, certdata=ONE, STATUS=-25299), add(class_="idnt", STATUS=-50),
        *(step for half in ("cert", "keys") for step in (
            delete(class_=half), add(class_="idnt", v_Data=KEY, certdata=ONE, r_Attributes=True, r_PersistentRef=True, r_Data=True,
                                     CHECK=fields(**{"class": "idnt", "labl": "one", "kcls": 1, "v_Data": KEY, "certdata": ONE}), SAVE="i"),
            copy(no_class=1, v_PersistentRef=ref("i")))),
        delete(class_="cert"), add(class_="idnt", v_Data=KEY, certdata=ONE, RESULT=None)]),
    (67.1, "adding an identity where another certificate has issuer and serial number of its own one", [
        certificate(SAME), certificate(OTHER, STATUS=-25299),
        add(class_="idnt", v_Data=KEY, certdata=OTHER, STATUS=-25299, CHECK=lambda a: "another certificate" in a["message"]),
        copy(class_="keys", STATUS=-25300), copy(class_="cert", r_Data=True, RESULT=SAME),
        identity(STATUS=-25300), add(class_="idnt", v_Data=OTHER_KEY, certdata=SAME), identity()]),
    (68, "labels", [
        key(labl="key"), certificate(labl="certificate"), identity(labl="certificate"),
        identity(labl="key", STATUS=-25300), update({"labl": "key2"}, class_="keys"), identity(labl="certificate"),
        update({"labl": "certificate2"}, class_="cert"), identity(labl="certificate", STATUS=-25300),
        identity(labl="certificate2"), update({"labl": "both"}, class_="idnt"), copy(class_="keys", labl="both"),
        copy(class_="cert", labl="both"), identity(labl="both", kcls=1), identity(labl="both", kcls=0, STATUS=-25300)]),
    (69, "halves that do not go together", [
        key(OTHER_KEY), certificate(), identity(STATUS=-25300), key(CALLER=B), identity(STATUS=-25300),
        identity(CALLER=B, STATUS=-25300), identity(CALLER={"groups": ["test", "B"]})]),
    (66.1, "an identity's reference", [
        key(), certificate(), identity(r_PersistentRef=True, SAVE="i",
                                       CHECK=lambda a: a["result"][:4] == b"idnt"),
        copy(no_class=1, v_PersistentRef=ref("i"), r_Attributes=True, CHECK=fields(labl="one")),
        update({"labl": "x"}, no_class=1, v_PersistentRef=ref("i"), STATUS=-26276),
        delete(no_class=1, v_PersistentRef=ref("i")), identity(STATUS=-25300), copy(class_="keys", STATUS=-25300)]),
    (66.2, "a key that two certificates share", [
        key(), certificate(ONE), certificate(TWO), identity(m_Limit="m_LimitAll", r_Attributes=True,
                                                            CHECK=lambda a: len(a["result"]) == 2),
        delete(class_="idnt", labl="one"), identity(labl="two"), delete(class_="idnt"),
        copy(class_="keys", STATUS=-25300), copy(class_="cert", STATUS=-25300)]),
    (66.3, "an identity while locked", [
        key(), certificate(), lock(), identity(STATUS=-25308), identity(labl="none", STATUS=-25300),
        identity(m_Limit="m_LimitAll", r_Attributes=True, OPTIONS={"partial": True}, RESULT=[],
                 CHECK=lambda a: a["withheld"]["count"] == 1),
        full_lock(), identity(STATUS=-25308), unlock(), identity()]),
    (75, "the class that needs a passcode", [
        item(pdmn="akpu"), find(RESULT=b"x"), lock(), find(STATUS=-25308), unlock(),
        remove_passcode(), find(STATUS=-25300), item("new", pdmn="akpu", STATUS=-25291), item("b"), find("b"),
        copy(m_Limit="m_LimitAll", r_Data=True, RESULT=[b"x"]), update({"labl": "x"}, acct="a", STATUS=-25300),
        set_passcode(), find(STATUS=-25300), item(pdmn="akpu", data=b"2"), find(RESULT=b"2"),
        item("new", pdmn="akpu"), find("b")]),
    (76, "the passcode's class goes with the passcode and does not come back", [
        item(pdmn="akpu", r_PersistentRef=True, SAVE="old"), item("b", pdmn="aku"), remove_passcode(),
        find(STATUS=-25300), copy(no_class=1, v_PersistentRef=ref("old"), STATUS=-25300), find("b", RESULT=b"x"),
        set_passcode(), find(STATUS=-25300), item(pdmn="akpu", data=b"new"), find(RESULT=b"new"), find("b", RESULT=b"x")]),
    (77, "a change of the passcode keeps every class", [
        *(item(name, pdmn=name) for name in ("ak", "ck", "dk", "aku", "cku", "dku", "akpu")), change_passcode(),
        copy(m_Limit="m_LimitAll", r_Data=True, RESULT=[b"x"] * 7), lock(), find("akpu", STATUS=-25308), find("ck"),
        unlock(), copy(m_Limit="m_LimitAll", r_Data=True, RESULT=[b"x"] * 7), full_lock(), find("cku", STATUS=-25308),
        unlock(), copy(m_Limit="m_LimitAll", r_Data=True, RESULT=[b"x"] * 7)]),
    (200, "secret fields of internet items", [
        add(class_="inet", srvr="h", v_Data=b"v", binn=b"notes", bin0=b"0"),
        copy(class_="inet", srvr="h", r_Data=True, RESULT=b"v"),
        copy(class_="inet", r_Attributes=True, CHECK=lambda a: "binn" not in a["result"]),
        copy(class_="inet", r_Attributes=True, r_Data=True, CHECK=fields(v_Data=b"v", binn=b"notes", bin0=b"0")),
        update({"binn": b"other"}, class_="inet"), update({"v_Data": b"w"}, class_="inet"),
        copy(class_="inet", r_Attributes=True, r_Data=True, CHECK=fields(v_Data=b"w", binn=b"other", bin0=b"0")),
        copy(class_="inet", binn=b"no predicate"), copy(class_="inet", binn=1, STATUS=-50), add(binn=b"x", STATUS=-25303)]),
    (201, "upsert", [
        call("upsert", acct="a", svce="s", v_Data=b"1", CHECK=lambda a: a["added"]), find(RESULT=b"1"),
        copy(acct="a", r_PersistentRef=True, SAVE="r"),
        call("upsert", acct="a", svce="s", v_Data=b"2", labl="l", CHECK=lambda a: not a["added"]), find(RESULT=b"2"),
        copy(acct="a", labl="l", r_PersistentRef=True, RESULT=lambda s: s["r"]),
        call("upsert", acct="a", svce="s", v_Data=b"3", pdmn="ck", CHECK=lambda a: not a["added"]),
        find(pdmn="ck", RESULT=b"3"), lock(), call("upsert", acct="b", svce="s", v_Data=b"4", STATUS=-25308),
        call("upsert", acct="a", svce="s", v_Data=b"4", pdmn="ck"), find(RESULT=b"4")]),
    (201, "upsert answers the secret that the item has", [
        call("upsert", acct="a", svce="s", r_Data=True, RESULT=b""), call("upsert", acct="a", svce="s", v_Data=b"1", r_Data=True, RESULT=b"1"),
        call("upsert", acct="a", svce="s", labl="l", r_Data=True, RESULT=b"1"),
        call("upsert", acct="a", svce="s", labl="m", pdmn="ck", r_Data=True, r_Attributes=True, CHECK=lambda a: a["result"]["v_Data"] == b"1"),
        call("upsert", class_="inet", srvr="h", v_Data=b"2", binn=b"n"), call("upsert", class_="inet", srvr="h", labl="l", r_Data=True, RESULT=b"2"),
        call("upsert", class_="inet", srvr="h", v_Data=b"3", r_Data=True, r_Attributes=True, CHECK=fields(v_Data=b"3", binn=b"n"))]),
    (202, "change of class as a verb", [
        item("a"), item("b"), add(class_="inet", acct="a", srvr="h"),
        call("change-class", acct="a", UPDATE={"pdmn": "ck"}, RESULT={"count": 1, "dry_run": False}),
        call("change-class", no_class=1, acct="a", UPDATE={"pdmn": "dk"}, OPTIONS={"dry_run": True},
             RESULT={"count": 2, "dry_run": True}), find("a", pdmn="ck"),
        call("change-class", no_class=1, acct="a", UPDATE={"pdmn": "dk"}, RESULT={"count": 2, "dry_run": False}),
        find("a", pdmn="dk", RESULT=b"x"), call("change-class", acct="a", UPDATE={"labl": "x"}, STATUS=-50),
        call("change-class", acct="none", UPDATE={"pdmn": "dk"}, STATUS=-25300),
        call("change-class", acct="a", UPDATE={"pdmn": "zz"}, STATUS=-50)]),
    (203, "move", [
        *(item(name, CALLER=A) for name in "abc"), add(class_="inet", srvr="h", CALLER=A),
        call("move", no_class=1, agrp="A", UPDATE={"agrp": "B"}, CALLER=AB, OPTIONS={"dry_run": True},
             RESULT={"count": 4, "dry_run": True}), find("a", CALLER=B, STATUS=-25300),
        call("move", no_class=1, agrp="A", UPDATE={"agrp": "B"}, CALLER=A, STATUS=-34018),
        call("move", no_class=1, UPDATE={"agrp": "B"}, CALLER=AB, STATUS=-50),
        call("move", no_class=1, agrp="A", UPDATE={"agrp": "B"}, CALLER=AB, RESULT={"count": 4, "dry_run": False}),
        find("a", CALLER=B), find("a", CALLER=A, STATUS=-25300), item("a", CALLER=A),
        call("move", no_class=1, agrp="A", UPDATE={"agrp": "B"}, CALLER=AB, STATUS=-25299,
             CHECK=lambda a: len(a["colliding"]) == 20)]),
    (204, "purge", [
        *(item(name, CALLER={"groups": ["A"], "application": "org.one"}) for name in "ab"),
        item("c", CALLER={"groups": ["A"], "application": "org.two"}), item("d", CALLER=A),
        item("e", CALLER={"groups": ["B"], "application": "org.one"}),
        copy(acct="a", CALLER=A, r_Attributes=True, CHECK=lambda a: "appl" not in a["result"]),
        call("purge", no_class=1, OPTIONS={"application": "org.one", "dry_run": True}, CALLER=ALL,
             RESULT={"count": 3, "dry_run": True}),
        call("purge", no_class=1, OPTIONS={"application": "org.one"}, CALLER=A, RESULT={"count": 2, "dry_run": False}),
        call("purge", no_class=1, OPTIONS={"application": "org.one"}, CALLER=A, STATUS=-25300), find("e", CALLER=B),
        call("purge", no_class=1, OPTIONS={"application": "org.one"}, CALLER=ALL, RESULT={"count": 1, "dry_run": False}),
        find("c", CALLER=A), find("d", CALLER=A), call("purge", no_class=1, CALLER=ALL, STATUS=-50)]),
    (206, "a public key is no half of an identity, locked or not", [
        add(class_="keys", kcls="0", klbl=b"H" * 20, v_Data=b"public", pdmn="ck"), certificate(b"c", pkhh=b"H" * 20),
        lock(), identity(STATUS=-25300), unlock(),
        add(class_="keys", kcls="0", klbl=b"H" * 20, atag=b"locked", v_Data=b"public"),
        lock(), identity(STATUS=-25300), delete(class_="idnt", STATUS=-25300), unlock(),
        add(class_="keys", kcls="1", klbl=b"H" * 20, v_Data=b"private"), lock(), identity(STATUS=-25308),
        full_lock(), identity(STATUS=-25308), delete(class_="idnt", STATUS=-25308), unlock(), lock(),
        delete(class_="idnt"), unlock(),
        copy(class_="keys", kcls="1", STATUS=-25300),
        copy(class_="keys", kcls="0", m_Limit="m_LimitAll", r_Data=True, RESULT=[b"public", b"public"]),
        copy(class_="cert", STATUS=-25300)]),
    (207, "before first unlock an always item is changed where what is unique of it stays", [
        item("later", pdmn="ck"), item("always", pdmn="dk"), full_lock(),
        update({"v_Data": b"new", "labl": "l"}, acct="always", STATUS=-25308),
        update({"v_Data": b"new", "labl": "l"}, acct="always", pdmn="dk"), find("always", RESULT=b"new"),
        update({"acct": "other"}, acct="always", pdmn="dk", STATUS=-25308), find("always", RESULT=b"new"), unlock()]),
    (208, "return keys in delete and update, secret fields in queries", [
        item(), update({"labl": "x"}, acct="a", r_Ref=True, STATUS=-50), copy(acct="a", r_Ref=True, STATUS=-4),
        delete(acct="a", r_Ref=True), copy(acct="a", STATUS=-25300),
        add(class_="inet", srvr="h", binn=b"secret", v_Data=b"x"),
        copy(class_="inet", r_Attributes=True, r_Data=True, SAVE="one"),
        copy(QUERY=lambda saved: saved["one"]), copy(class_="inet", bin0=7, STATUS=-50)]),
    (217, "a dry run of every operation that writes does all but that", [
        item("a"), item("a", OPTIONS={"dry_run": True}, STATUS=-25299),
        item("new", OPTIONS={"dry_run": True}, r_Attributes=True, CHECK=fields(acct="new")), find("new", STATUS=-25300),
        request("add-all", items=ITEMS, options={"dry_run": True}), find("new", STATUS=-25300),
        add(class_="idnt", v_Data=KEY, certdata=ONE, OPTIONS={"dry_run": True}), copy(class_="cert", STATUS=-25300),
        call("upsert", acct="new", svce="s", OPTIONS={"dry_run": True}, CHECK=lambda a: a["added"]), find("new", STATUS=-25300),
        call("upsert", acct="a", svce="s", v_Data=b"y", OPTIONS={"dry_run": True}, CHECK=lambda a: not a["added"]),
        update({"v_Data": b"y", "labl": "y"}, acct="a", OPTIONS={"dry_run": True}, CHECK=lambda a: a["count"] == 1),
        find(RESULT=b"x"), copy(labl="y", STATUS=-25300),
        delete(OPTIONS={"dry_run": True}, CHECK=lambda a: a["count"] == 1), find(RESULT=b"x"),
        delete(acct="none", OPTIONS={"dry_run": True}, STATUS=-25300),
        delete(OPTIONS={"dry_run": False}), find(STATUS=-25300)]),
    (218, "an option of another operation, and a member that is none, are refused, and nothing is done", [
        item("a"), *(call(operation, acct="a", UPDATE=change, OPTIONS={option: value}, STATUS=-50)
                     for operation, change, option, value in (
                         ("add", None, "limit", 1), ("update", {"labl": "x"}, "limit", 1), ("upsert", None, "partial", True),
                         ("delete", None, "partial", True), ("delete", None, "dryrun", True), ("delete", None, "dry_run", 1),
                         ("copy", None, "limit", 1), ("copy", None, "dry_run", True), ("change-class", {"pdmn": "ck"}, "limit", 1),
                         ("delete", None, "application", "x"))),
        *(request("delete", -50, query={"class": "genp"}, **{name: {"dry_run": True}}) for name in ("option", "Options", "update", "items")),
        request("add-all", -50, items=ITEMS, query={"class": "genp"}), request("copy", -50, query={"class": "genp"}, options=[]),
        copy(m_Limit="m_LimitAll", r_Data=True, RESULT=[b"x"])]),
    (230, "what a certificate's and a key's attributes say of the value follows a new value", [
        certificate(SAME, labl="mine"), key(OTHER_KEY), identity(),
        call("upsert", class_="cert", v_Data=OTHER, CHECK=lambda a: not a["added"]), identity(STATUS=-25300),
        call("upsert", class_="keys", v_Data=KEY, CHECK=lambda a: a["added"]),
        identity(r_Data=True, r_Attributes=True, CHECK=fields(v_Data=KEY, certdata=OTHER, labl="mine")),
        delete(class_="keys"), key(KEY, atag=b"t"), identity(),
        update({"v_Data": OTHER_KEY}, class_="keys", atag=b"t"), identity(STATUS=-25300),
        update({"v_Data": SAME}, class_="cert"), identity(r_Data=True, r_Attributes=True, CHECK=fields(v_Data=OTHER_KEY, certdata=SAME)),
        update({"labl": "other", "v_Data": OTHER}, class_="cert"), copy(class_="cert", labl="other", r_Data=True, RESULT=OTHER)]),
    (230.1, "what a new value does not say goes; what the caller said at the add stays", [
        certificate(ONE, r_Attributes=True, CHECK=lambda a: a["result"]["labl"] == "one" and "skid" in a["result"]), key(), identity(),
        update({"v_Data": TWO}, class_="cert"), copy(class_="cert", r_Attributes=True, CHECK=fields(labl="two")),
        update({"v_Data": PLAIN}, class_="cert"),
        copy(class_="cert", r_Attributes=True, CHECK=lambda a: a["result"]["labl"] == "plain" and "skid" not in a["result"]), identity(),
        update({"v_Data": ONE}, class_="cert"), copy(class_="cert", r_Attributes=True, CHECK=lambda a: "skid" in a["result"]),
        update({"v_Data": b"none"}, class_="cert"), identity(STATUS=-25300),
        copy(class_="cert", r_Attributes=True, CHECK=lambda a: not {"skid", "pkhh", "labl", "subj"} & set(a["result"])),
        update({"v_Data": ONE}, class_="cert"), identity(r_Attributes=True, CHECK=fields(labl="one")),
        update({"v_Data": b"no key"}, class_="keys"), identity(STATUS=-25300), copy(class_="keys", klbl=b"", kcls=0),
        copy(class_="keys", r_Attributes=True, CHECK=lambda a: not {"sign", "priv"} & set(a["result"])),
        update({"v_Data": KEY}, class_="keys"), identity(r_Data=True, r_Attributes=True, CHECK=fields(v_Data=KEY, kcls=1, sign=1)),
        delete(class_="keys"), key(klbl="app-id", sign=0, atag=b"t"), identity(STATUS=-25300),
        update({"v_Data": OTHER_KEY}, class_="keys"), copy(class_="keys", klbl="app-id", sign=0, atag=b"t", kcls=1, r_Data=True, RESULT=OTHER_KEY),
        call("upsert", class_="keys", klbl="app-id", v_Data=KEY, atag=b"t", CHECK=lambda a: not a["added"]),
        copy(class_="keys", klbl="app-id", sign=0, r_Data=True, RESULT=KEY),
        update({"v_Data": b"no key"}, class_="keys"), copy(class_="keys", klbl="app-id", sign=0, kcls=0),
        update({"klbl": b"", "v_Data": KEY}, class_="keys"), copy(class_="keys", klbl=b"", kcls=1),
        update({"v_Data": OTHER_KEY}, class_="keys", OPTIONS={"dry_run": True}), copy(class_="keys", r_Data=True, RESULT=KEY)]),
    (230.2, "a value that is locked is not replaced, and what is said of it stays", [
        certificate(ONE, pdmn="ak"), lock(), *(update({"v_Data": TWO, **more}, class_="cert", STATUS=-25308) for more in ({}, {"pdmn": "dk"})),
        unlock(), copy(class_="cert", labl="one", pdmn="ak", r_Data=True, RESULT=ONE)]),
    (231, "a key stays as long as a certificate in another group has it", [
        key(agrp="A", CALLER=AB), certificate(ONE, agrp="A", CALLER=AB), certificate(TWO, agrp="B", CALLER=AB),
        delete(class_="idnt", agrp="A", CALLER=AB), copy(class_="keys", CALLER=AB, r_Data=True, RESULT=KEY),
        identity(CALLER=AB, r_Attributes=True, SAVE="i", CHECK=lambda a: "agrp" not in a["result"]),
        copy(QUERY=lambda saved: saved["i"], CALLER=AB), delete(class_="idnt", CALLER=AB),
        copy(class_="keys", CALLER=AB, STATUS=-25300), copy(class_="cert", CALLER=AB, STATUS=-25300)]),
    (232, "purge takes no reference", [
        item(pdmn="ak", CALLER={"groups": ["A"], "application": "org.one"}, r_PersistentRef=True, SAVE="r"), lock(),
        call("purge", no_class=1, v_PersistentRef=ref("r"), OPTIONS={"application": "org.two"}, CALLER=ALL, STATUS=-50),
        unlock(), find(CALLER=A, RESULT=b"x")]),
    (205, "a limit for delete, an echo, a read-only keychain", [
        *(item(name) for name in "abc"), delete(OPTIONS={"limit": 2}, CHECK=lambda a: a["count"] == 2),
        copy(m_Limit="m_LimitAll", r_Data=True, RESULT=[b"x"]), delete(OPTIONS={"limit": 0}, STATUS=-50),
        copy(acct="c", OPTIONS={"echo": True}, CHECK=lambda a: a["query"] == {"class": "genp", "acct": "c"}),
        item("d", OPTIONS={"echo": True}, CHECK=lambda a: a["query"] == {"class": "genp", "acct": "d", "svce": "s"}),
        delete(acct="d"), *(add(class_="idnt", v_Data=half, certdata=whole) for half, whole in ((KEY, ONE), (OTHER_KEY, SAME))),
        delete(class_="idnt", OPTIONS={"limit": 1}, CHECK=lambda a: a["count"] == 1),
        *(copy(class_=name, m_Limit="m_LimitAll", r_PersistentRef=True, CHECK=lambda a: len(a["result"]) == 1)
          for name in ("idnt", "cert", "keys")),
        delete(class_="idnt", OPTIONS={"limit": 3}, CHECK=lambda a: a["count"] == 1), identity(STATUS=-25300),
        *(call(operation, acct="c", UPDATE={"labl": "x"}, CALLER={"groups": ["test"], "read_only": True}, STATUS=-25292)
          for operation in ("add", "update", "delete", "upsert", "move", "purge", "change-class")),
        copy(acct="c", CALLER={"groups": ["test"], "read_only": True})]),
]


def test_damaged():
    """an identity of which one half is damaged is left out, and counted"""
    def told(count, **words):
        return identity(m_Limit="m_LimitAll", r_Data=True, OPTIONS={"partial": True}, CHECK=lambda answer: answer.get("damaged", 0) == count, **words)

    for damage in ("keys SET secret=zeroblob(60)", "keys SET attributes=zeroblob(100)", "cert SET secret=zeroblob(60)",
                   "cert SET attributes=zeroblob(100)"):
        run_case([certificate(), key(), told(0), sql(f"UPDATE {damage}"), told(1, RESULT=[]), identity(m_Limit="m_LimitAll", r_Data=True, STATUS=-25300)])


def test_pages():
    """long results come in pages"""
    chain = keychain.Keychain()
    try:
        answer = chain.ask({"op": "add-all", "items": [
            {"class": "genp", "acct": f"{number:04}", "svce": "s" * 200, "v_Data": b"x"} for number in range(500)]})
        tap.equal(answer["status"], 0, str(answer))
        found, pages, options = [], 0, {}
        while True:
            answer = chain.ask({"op": "copy", "query": {"class": "genp", "m_Limit": 450, "r_Attributes": True},
                                "options": options})
            tap.equal(answer["status"], 0, str(answer))
            found += [entry["acct"] for entry in answer["result"]]
            pages += 1
            if "cursor" not in answer:
                break
            options = {"cursor": answer["cursor"]}
        tap.equal(found, [f"{number:04}" for number in range(450)], "accounts")
        tap.ok(pages > 2, f"{pages} pages")
        answer = chain.ask({"op": "copy", "query": {"class": "genp", "m_Limit": 2}, "options": {"cursor": b"x"}})
        tap.equal(answer["status"], -50)
    finally:
        chain.remove()


def test_locked_meanwhile():
    """a lock between the attributes of an identity and its secrets: it is locked, and no error where others may be told"""
    if not keychain.fake:
        tap.skip("locks at a call, which takes a keybag of its own")
    everything = {"m_Limit": "m_LimitAll", "r_Data": True, "r_Attributes": True}
    for number in "12":
        chain = keychain.Keychain()
        try:
            run = [certificate(), key(), keychain.state(f"lock-at-{number}"), identity(STATUS=-25308, **everything), unlock()]
            keychain.carry_out(chain, run)
            for options in ({"partial": True}, {"locked_references": True}):
                keychain.carry_out(chain, [
                    keychain.state(f"lock-at-{number}"),
                    identity(OPTIONS=options, RESULT=[], CHECK=lambda a: a["withheld"] == {"count": 1, "classes": ["ak"]}, **everything),
                    unlock()])
            keychain.carry_out(chain, [keychain.state(f"lock-at-{number}"), identity(
                OPTIONS={"locked_references": True}, CHECK=lambda a: [one["class"] for one in a["locked"]] == ["idnt"], **everything)])
        finally:
            unlock()(chain, None)
            chain.remove()


def test_all_or_none():
    """adding many: all or none"""
    chain = keychain.Keychain()
    try:
        items = [{"class": "genp", "acct": str(number), "svce": "s"} for number in range(20)]
        answer = chain.ask({"op": "add-all", "items": [*items, items[3]]})
        tap.equal((answer["status"], answer["item"]), (-25299, 20), str(answer))
        tap.equal(chain.ask({"op": "copy", "query": {"class": "genp"}})["status"], -25300)
    finally:
        chain.remove()


def case(number, title, steps):
    def test():
        run_case(steps)
    test.__doc__ = f"case {number}: {title}"
    return test


for entry in CASES:
    globals()[f"test_{entry[0]}"] = case(*entry)

if __name__ == "__main__":
    keychain.begin()
    tap.main(teardown=keychain.end)

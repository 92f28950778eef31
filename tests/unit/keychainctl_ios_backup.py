#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""keychainctl import --ios-backup on the host: backups that are made here from what is published, read by the program and stored
by the keychain's engine."""

import json
import os
import pathlib
import plistlib
import shutil
import struct
import subprocess
import sys
import tempfile
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests"))
from lib import ios_backup, keychain, tap  # noqa: E402
from lib.ios_backup import AK, AKU, CK, DK, DKU, Backup, Keybag, entry, few_items, password_item  # noqa: E402
from lib.keychain import Keychain  # noqa: E402


def with_chain(test):
    """Gives the test a keychain of its own and a folder."""
    def run():
        chain, folder = Keychain(), pathlib.Path(tempfile.mkdtemp(prefix="ios-"))
        try:
            test(chain, folder)
        finally:
            chain.remove()
            shutil.rmtree(folder)
    run.__doc__ = test.__doc__
    return run


def bring(chain, folder, *options, password="secret"):
    return chain.keychainctl("import", "--ios-backup", *options, str(folder), text=password + "\n")


def bring_json(chain, folder, *options, status=0, password="secret"):
    got, out, err = bring(chain, folder, "--json", *options, password=password)
    tap.equal((got, err), (status, ""), "status and complaint")
    return json.loads(out)


def await_for(condition, seconds=60):
    for _ in range(seconds * 10):
        found = condition()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError("it does not come")


def items(chain, item_class="genp"):
    answer = chain.ask({"op": "copy", "query": {"class": item_class, "m_Limit": "m_LimitAll", "r_Attributes": True, "r_Data": True,
                                                "sync": "syna"}})
    return answer.get("result", [])


@with_chain
def test_generations(chain, folder):
    """backups of each version of iOS: passwords come with class, attributes and secret"""
    for number, generation in enumerate(ios_backup.GENERATIONS):
        Backup(folder / generation, generation=generation, items=few_items)
        report = bring_json(chain, folder / generation, status=0 if not number else 12)
        tap.equal(report["backup"], f"test, iOS {generation}", "the backup")
        tap.equal(report["present" if number else "added"], {"password": 2, "internet-password": 1}, generation)
        tap.equal(report["added" if number else "present"], {}, f"{generation}: the other")
        tap.equal([(left["class"], left["accessible"], left["count"]) for left in report["not_imported"]],
                  [("password", "aku", 1)], "what is not imported")
    found = {item["svce"]: item for item in items(chain)}
    tap.equal(sorted(found), ["mail", "wlan"], "passwords")
    tap.equal((found["mail"]["v_Data"], found["mail"]["pdmn"], found["mail"]["acct"], found["mail"]["labl"]),
              (b"first", "ak", "anna", "mail of anna"), "one")
    tap.equal((found["wlan"]["v_Data"], found["wlan"]["pdmn"], found["wlan"]["attr"]),
              ("zweites \u00fc".encode(), "ck", {"ios-access-group": "com.example.wlan"}), "the other")
    item, = items(chain, "inet")
    tap.equal([item[name] for name in ("srvr", "ptcl", "port", "path", "atyp", "acct", "v_Data")],
              ["example.org", "htps", 443, "/", "form", "anna", b"fourth"], "an internet password")
    tap.ok(item["sync"], "that is synchronizable")


@with_chain
def test_dry_run(chain, folder):
    """a dry run says the same, and adds nothing"""
    Backup(folder / "b", items=few_items)
    report = bring_json(chain, folder / "b", "--dry-run")
    tap.equal((report["added"], report["dry_run"]), ({"password": 2, "internet-password": 1}, True), "report")
    tap.equal(items(chain), [], "items")
    status, out, _ = bring(chain, folder / "b", "--dry-run")
    tap.equal(status, 0, "status")
    tap.equal(out.splitlines(), ["backup: test, iOS 17", "to be added, class password: 2", "to be added, class internet-password: 1",
                                 "not imported, class password, accessible aku: 1: a key of the device encrypts it, which no backup has"],
              "as text")


@with_chain
def test_forms(chain, folder):
    """items in each form of their data: CBC, a property list, DER, and DER with the fixed nonce"""
    def make(bag):
        old = password_item(AK, "zero", "s", b"old")
        beside = {name: value for name, value in old.items() if name not in ("cdat", "mdat", "v_Data")}
        return {"genp": [{**beside, **entry(bag, AK, old, version=0)},
                         entry(bag, CK, password_item(CK, "two", "s", b"plist"), version=2),
                         entry(bag, DK, password_item(DK, "three", "s", b"der")),
                         entry(bag, AK, password_item(AK, "fixed", "s", b"nonce"), static_nonce=True)]}
    Backup(folder / "b", items=make)
    tap.equal(bring_json(chain, folder / "b")["added"], {"password": 4}, "added")
    tap.equal({item["acct"]: (item["pdmn"], item["v_Data"]) for item in items(chain)},
              {"zero": ("ak", b"old"), "two": ("ck", b"plist"), "three": ("dk", b"der"), "fixed": ("ak", b"nonce")}, "items")


@with_chain
def test_bad_rows(chain, folder):
    """one bad row never loses the rest: each is named with the reason"""
    def changed(bag, at, byte, **how):
        row = entry(bag, AK, password_item(AK, f"bad {at} {how}", "s", b"x"), **how)
        data = bytearray(row["v_Data"])
        data[at] ^= byte
        return {**row, "v_Data": bytes(data)}

    def make(bag):
        good = entry(bag, AK, password_item(AK, "good", "s", b"x"))
        odd = entry(bag, AK, {**password_item(AK, "odd", "s", b"x"), "pdmn": "ck"})
        return {"genp": [changed(bag, -1, 1), changed(bag, 20, 1), changed(bag, 60, 1), changed(bag, 8, 0x80),
                         changed(bag, 0, 7), changed(bag, 0, 8), {"v_Data": b"\3\0\0\0\6"}, {"v_Data": 5}, {}, odd,
                         entry(bag, DKU, password_item(DKU, "device", "s", b"x")),
                         entry(bag, AK, {**password_item(AK, "gone", "s", b"x"), "tomb": 1}),
                         entry(bag, AK, {**password_item(AK, "long", "s", bytes(250000))}),
                         entry(bag, AK, password_item(AK, "port", "s", b"x", crtr={"no": "number"})), good],
                "inet": [entry(bag, AK, {"acct": "a", "srvr": "s", "port": "no number", "pdmn": "ak", "v_Data": b"x"})],
                "keys": [entry(bag, AK, {"klbl": b"k", "kcls": 1, "tkid": "com.apple.setoken", "pdmn": "ak", "v_Data": b"x"})],
                "cert": "no list"}
    Backup(folder / "b", items=make)
    report = bring_json(chain, folder / "b", status=13)
    tap.equal(report["added"], {"password": 2}, "added")
    singly = {line["entry"]: line["reason"] for line in report["not_imported"] if "entry" in line}
    damaged, version = "it is damaged", "it has a form that is not known"
    tap.equal(singly, {1: damaged, 2: damaged, 3: damaged, 4: damaged, 6: version, 7: damaged, 8: damaged, 9: damaged,
                       10: damaged, 13: "it is longer than 240 KiB"}, "by themselves")
    counted = {(line["class"], line.get("accessible")): (line["count"], line["reason"].split(",")[0]) for line in report["not_imported"] if "count" in line}
    tap.equal(counted[("password", "dku")], (1, "a key of the device encrypts it"), "of the device")
    tap.equal(counted[("key", "ak")], (1, "the key itself is in the Secure Enclave or a token"), "of a token")
    refused = [line for line in report["not_imported"] if "item" in line]
    tap.equal([(line["class"], line["reason"]) for line in refused], [("internet-password", "the keychain does not take it")], "refused")
    tap.equal(sorted(item["acct"] for item in items(chain)), ["good", "port"], "items")


@with_chain
def test_duplicates(chain, folder):
    """an item that is there already is told, and not overwritten"""
    chain.ask({"op": "add", "query": {"class": "genp", "acct": "anna", "svce": "mail", "v_Data": b"another"}})
    chain.ask({"op": "add", "query": {"class": "genp", "acct": "anna", "svce": "wlan", "v_Data": "zweites \u00fc".encode()}})
    Backup(folder / "b", items=few_items)
    report = bring_json(chain, folder / "b", status=13)
    tap.equal((report["added"], report["present"]), ({"internet-password": 1}, {"password": 1}), "counts")
    tap.equal([line["item"] for line in report["not_imported"] if "item" in line], ["account anna, service mail"], "named")
    tap.equal({item["v_Data"] for item in items(chain)}, {b"another", "zweites \u00fc".encode()}, "secrets")


@with_chain
def test_groups(chain, folder):
    """items that access groups kept apart: one comes, the other is named, and can be had by its group"""
    def make(bag):
        return {"genp": [entry(bag, AK, password_item(AK, "a", "s", b"one", group="g1")),
                         entry(bag, AK, password_item(AK, "a", "s", b"two", group="g2"), name="second"),
                         entry(bag, AK, password_item(AK, "a", "s", b"one", group="g3"), name="third")]}
    Backup(folder / "b", items=make)
    for options in (("--dry-run",), ()):
        report = bring_json(chain, folder / "b", *options, status=13)
        tap.equal((report["added"], report["present"]), ({"password": 1}, {"password": 1}), f"counts {options}")
        tap.equal([(line["item"], line["message"]) for line in report["not_imported"]], [("account a, service s", "g2")], "named")
    report = bring_json(chain, folder / "b", "--from-group", "g2", "--dry-run", status=13)
    tap.equal(report["added"], {}, "the other group, into the same keychain")
    tap.equal([item["attr"] for item in items(chain)], [{"ios-access-group": "g1"}], "its group")


def openssl(*words, data=None):
    return subprocess.run(["openssl", *words], input=data, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout


@with_chain
def test_keys(chain, folder):
    """certificates and keys in the forms of iOS make identities"""
    pems = {"rsa": openssl("genpkey", "-algorithm", "rsa", "-pkeyopt", "rsa_keygen_bits:2048")}
    for curve, bits in (("P-256", 256), ("P-384", 384), ("P-521", 521)):
        pems[bits] = openssl("genpkey", "-algorithm", "ec", "-pkeyopt", f"ec_paramgen_curve:{curve}")
    raw, public = {}, {}
    for name, pem in pems.items():
        traditional = openssl("pkey", "-outform", "DER", "-traditional", data=pem)
        if name == "rsa":
            raw[name] = traditional
            continue
        size = (name + 7) // 8
        point = openssl("pkey", "-pubout", "-outform", "DER", data=pem)[-2 * size - 1:]
        at = 7 if traditional[1] < 0x80 else 8
        raw[name], public[name] = point + traditional[at:at + size], point

    def make(bag):
        keys, certs = [], []
        for name, pem in pems.items():
            (folder / "key.pem").write_bytes(pem)
            certs.append(openssl("req", "-x509", "-new", "-key", str(folder / "key.pem"), "-subj", f"/CN=Anna {name}", "-outform", "DER"))
            keys.append({"kcls": 1, "type": 42 if name == "rsa" else 73, "pdmn": "ak", "labl": f"key {name}", "agrp": "g",
                         "v_Data": raw[name]})
        keys.append({"kcls": 0, "type": 73, "pdmn": "ak", "labl": "public", "v_Data": public[256]})
        keys.append({"kcls": 2, "type": 0x80000001, "bsiz": 256, "pdmn": "ak", "labl": "symmetric", "v_Data": bytes(32)})
        return {"keys": [entry(bag, AK, key) for key in keys],
                "cert": [entry(bag, DK, {"pdmn": "dk", "labl": "own label", "v_Data": cert, "slnr": b"1", "issr": b"x"}) for cert in certs]}
    Backup(folder / "b", items=make)
    tap.equal(bring_json(chain, folder / "b")["added"], {"certificate": 4, "key": 6}, "added")
    identities = chain.ask({"op": "copy", "query": {"class": "idnt", "m_Limit": "m_LimitAll", "r_Attributes": True}})["result"]
    tap.equal(len(identities), 4, "identities")
    stored = {item["labl"]: item["v_Data"] for item in items(chain, "keys")}
    for name, pem in pems.items():
        tap.equal(stored[f"key {name}"], openssl("pkcs8", "-topk8", "-nocrypt", "-outform", "DER", data=pem), f"PKCS#8 of {name}")
    tap.equal(stored["public"], openssl("pkey", "-pubout", "-outform", "DER", data=pems[256]), "a public key")
    tap.equal(stored["symmetric"], bytes(32), "a symmetric one")


def fails(chain, folder, status, text, password="secret"):
    got, out, err = bring(chain, folder, password=password)
    tap.equal((got, out), (status, ""), f"status and output ({err})")
    tap.contains(err, text, "complaint")


@with_chain
def test_failures(chain, folder):
    """why nothing can be had is said"""
    Backup(folder / "good", items=few_items)
    fails(chain, folder / "good", 4, "the password is wrong", password="wrong")
    fails(chain, folder / "good", 4, "the password is wrong", password="")
    fails(chain, folder / "none", 9, "none")
    (folder / "empty").mkdir()
    fails(chain, folder / "empty", 9, "has no Manifest.plist: name the folder of one backup")
    Backup(folder / "plain", items=few_items, manifest={"IsEncrypted": False, "ManifestKey": None})
    fails(chain, folder / "plain", 1, "it is not encrypted: in such a backup the keychain is encrypted by a key that never leaves")
    Backup(folder / "old", items=few_items)
    (folder / "old/Manifest.db").rename(folder / "old/Manifest.mbdb")
    fails(chain, folder / "old", 1, "is a backup of iOS 9 or older")
    backup = Backup(folder / "absent", items=few_items)
    backup.file.unlink()
    fails(chain, folder / "absent", 9, "there is no keychain in it")
    Backup(folder / "often", keybag=Keybag(first_iterations=1), items=few_items,
           manifest={"BackupKeyBag": Keybag(first_iterations=1).data.replace(ios_backup.tlv("DPIC", 1), ios_backup.tlv("DPIC", 0xFFFFFFF0))})
    fails(chain, folder / "often", 6, "more than 100 million iterations")
    Backup(folder / "escrow", items=few_items, manifest={"BackupKeyBag": Keybag(kind=ios_backup.ESCROW).data})
    fails(chain, folder / "escrow", 6, "its keybag is damaged, or not one that a password opens")
    Backup(folder / "list", keychain=plistlib.dumps(["no", "dictionary"]))
    fails(chain, folder / "list", 6, "its keychain cannot be decrypted, or is damaged")
    tap.equal(items(chain), [], "nothing was added")


@with_chain
def test_links(chain, folder):
    """no symbolic link leads out of the folder, nor is a fifo waited for"""
    backup = Backup(folder / "b", items=few_items)
    elsewhere = folder / "elsewhere"
    for name in ("Manifest.plist", "Manifest.db", f"{backup.file_id[:2]}/{backup.file_id}"):
        (folder / "b" / name).rename(elsewhere)
        (folder / "b" / name).symlink_to(elsewhere)
        fails(chain, folder / "b", 1, "is a symbolic link")
        (folder / "b" / name).unlink()
        subprocess.run(["mkfifo", folder / "b" / name], check=True)
        fails(chain, folder / "b", 1, "is no regular file")
        (folder / "b" / name).unlink()
        elsewhere.rename(folder / "b" / name)
    inner = folder / "b" / backup.file_id[:2]
    inner.rename(elsewhere)
    inner.symlink_to(elsewhere)
    fails(chain, folder / "b", 1, "is a symbolic link")


@with_chain
def test_damaged_files(chain, folder):
    """every file damaged, cut and extended: a message, whatever it is"""
    backup = Backup(folder / "b", items=few_items)
    for file in (folder / "b/Manifest.plist", folder / "b/Manifest.db", backup.file):
        good = file.read_bytes()
        for at in range(0, len(good), max(1, len(good) // 12)):
            for bad in (good[:at] + bytes([good[at] ^ 0xFF]) + good[at + 1:], good[:at], good + good[:at + 1]):
                file.write_bytes(bad)
                status, out, err = bring(chain, folder / "b", "--dry-run")
                tap.ok(status in (0, 4, 6, 9, 13) and bool(err) == (status in (4, 6, 9)) and bool(out) != bool(err),
                       f"{file.name} at {at}: {status} {out} {err}")
                tap.ok("unexpectedly" not in err, f"{file.name} at {at}: {err}")
        file.write_bytes(good)


def nested(depth, binary):
    if not binary:
        return b'<?xml version="1.0"?><plist version="1.0">' + b"<array>" * depth + b"</array>" * depth + b"</plist>"
    objects = [b"\xa1" + struct.pack(">I", number + 1) for number in range(depth)] + [b"\xa0"]
    return assemble(objects)


def assemble(objects):
    data, offsets = b"bplist00", []
    for each in objects:
        offsets.append(len(data))
        data += each
    table = b"".join(struct.pack(">I", offset) for offset in offsets)
    return data + table + bytes(6) + b"\4\4" + struct.pack(">QQQ", len(objects), 0, len(data))


@with_chain
def test_bombs(chain, folder):
    """property lists that are deep, that contain themselves, or that grow without bound are refused"""
    doubling = assemble([b"\xa2" + struct.pack(">II", number + 1, number + 1) for number in range(30)] + [b"\xa0"])
    for number, bomb in enumerate((nested(2000, True), nested(2000, False), assemble([b"\xa1\0\0\0\0"]), doubling)):
        Backup(folder / f"k{number}", keychain=bomb)
        fails(chain, folder / f"k{number}", 6, "or a property list in it deeper")
        Backup(folder / f"m{number}", items=few_items)
        (folder / f"m{number}/Manifest.plist").write_bytes(bomb)
        fails(chain, folder / f"m{number}", 6, "or a property list in it deeper")


@with_chain
def test_marks_of_keys(chain, folder):
    """a key that may not be exported, or not sign, stays such a one"""
    pem = openssl("genpkey", "-algorithm", "rsa", "-pkeyopt", "rsa_keygen_bits:2048")
    raw = openssl("pkey", "-outform", "DER", "-traditional", data=pem)
    for version in (2, 3):
        def make(bag, version=version):
            return {"keys": [entry(bag, AK, {"kcls": 1, "type": 42, "pdmn": "ak", "labl": f"key {version}", "extr": 0, "sign": 0, "modi": 0,
                                             "klbl": bytes([version]) * 20, "v_Data": raw}, version=version)]}
        Backup(folder / f"b{version}", items=make)
        tap.equal(bring_json(chain, folder / f"b{version}")["added"], {"key": 1}, "added")
    for key in items(chain, "keys"):
        tap.equal([bool(key.get(name, 1)) for name in ("extr", "sign", "modi")], [False] * 3, key["labl"])


@with_chain
def test_two_of_a_batch(chain, folder):
    """two items of a backup that the keychain takes for one do not keep the rest from being imported"""
    certs = [openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "/dev/null", "-subj", "/CN=localhost", "-set_serial", "1",
                     "-outform", "DER") for _ in range(2)]

    def make(bag):
        return {"cert": [entry(bag, AK, {"pdmn": "ak", "labl": "c", "v_Data": cert}) for cert in certs],
                "genp": [entry(bag, AK, password_item(AK, "good", "s", b"x"))]}
    Backup(folder / "b", items=make)
    report = bring_json(chain, folder / "b", status=13)
    tap.equal(report["added"], {"certificate": 1, "password": 1}, "added")
    tap.contains(report["not_imported"][0]["reason"], "another item of the backup has the same attributes", "reason")


@with_chain
def test_names(chain, folder):
    """a device's name of any length and bytes; an access group that is not there"""
    for name in ("\u00e9" * 128, "x" * 5000, "e\u0301\u4e2d" * 60, ""):
        Backup(folder / "b", items=few_items, manifest={"Lockdown": {"DeviceName": name, "ProductVersion": "17"}})
        source = bring_json(chain, folder / "b", "--dry-run")["backup"]
        tap.ok(source.endswith(", iOS 17") and (name[:60] or "?") in source, source)
        shutil.rmtree(folder / "b")
    Backup(folder / "b", items=few_items)
    status, _, err = bring(chain, folder / "b", "--from-group", "nosuch")
    tap.equal(status, 9, "status")
    tap.contains(err, "is of access group nosuch", "complaint")


@with_chain
def test_large_lists(chain, folder):
    """an item whose list of attributes becomes a million nodes is damaged, and takes no time"""
    doubling = assemble([b"\xa2" + struct.pack(">II", number + 1, number + 1) for number in range(20)] + [b"\xa0"])

    def make(bag):
        return {"genp": [entry(bag, AK, password_item(AK, "a", "s", b"x"), version=2, plain=doubling),
                         entry(bag, AK, password_item(AK, "good", "s", b"x"))]}
    Backup(folder / "b", items=make)
    report = bring_json(chain, folder / "b", status=13)
    tap.equal((report["added"], report["not_imported"][0]["reason"]), ({"password": 1}, "it is damaged"), "report")
    instruction = b'<?xml version="1.0"?><plist version="1.0">' + b"<?x > </array> ?><array>" * 2000 + b"</array>" * 2000 + b"</plist>"
    (folder / "b/Manifest.plist").write_bytes(instruction)
    fails(chain, folder / "b", 6, "or a property list in it deeper")


@with_chain
def test_many(chain, folder):
    """more items than one request takes"""
    def make(bag):
        return {"genp": [entry(bag, AK, password_item(AK, f"a{number}", "s", bytes(20)), name="many") for number in range(150)]}
    Backup(folder / "b", items=make)
    tap.equal(bring_json(chain, folder / "b")["added"], {"password": 150}, "added")
    tap.equal(bring_json(chain, folder / "b", status=12)["present"], {"password": 150}, "again")


def child_of(pid):
    """The process that reads the backup, which has no other child beside it; None: it is not there."""
    children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return children[0] if children and pathlib.Path(f"/proc/{children[0]}/comm").read_text().startswith("keychain-ios") else None


@with_chain
def test_reader(chain, folder):
    """the program that reads it has no descriptor that was inherited, and ends with keychainctl, in the middle of its work"""
    if os.geteuid():
        tap.skip("who is not root does not see what a process without core dumps has open")
    # More than a minute of work, in two stages.
    often = Keybag(iterations=1, first_iterations=1).data
    for tag in ("DPIC", "ITER"):
        often = often.replace(ios_backup.tlv(tag, 1), ios_backup.tlv(tag, 99999999))
    Backup(folder / "b", items=few_items, manifest={"BackupKeyBag": often})
    inherited = os.open(folder / "b/Manifest.plist", os.O_RDWR)
    os.dup2(inherited, 20)
    with subprocess.Popen([keychain.KEYCHAINCTL_HERE, "import", "--ios-backup", str(folder / "b")], stdin=subprocess.PIPE,
                          stdout=subprocess.DEVNULL, pass_fds=[20], **chain.keychainctl_here()) as command:
        os.close(20)
        command.stdin.write(b"secret\n")
        command.stdin.flush()
        reader = await_for(lambda: child_of(command.pid))
        # Once it works it has confined itself.
        await_for(lambda: "Seccomp:\t2" in pathlib.Path(f"/proc/{reader}/status").read_text())
        tap.equal(sorted(map(int, os.listdir(f"/proc/{reader}/fd"))), list(range(8)), "its descriptors")
        command.kill()
        command.wait()
        await_for(lambda: not pathlib.Path(f"/proc/{reader}").exists(), seconds=20)
    os.close(inherited)


@with_chain
def test_usage(chain, folder):
    """options that do not go together"""
    for words in (("--ios-backup", "--label", "x", "f"), ("--ios-backup", "--accessible", "ak", "f"), ("--from-group", "g", "f"),
                  ("--ios-backup",)):
        tap.equal(chain.keychainctl("import", *words)[0], 2, f"{words}")


if not pathlib.Path(keychain.KEYCHAINCTL_HERE).exists():
    print("1..0 # SKIP keychainctl is not built")
    sys.exit()
keychain.fake = True
tap.main()

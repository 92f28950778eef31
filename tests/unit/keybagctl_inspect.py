#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""keybagctl inspect: keybags of this project and of iOS, tag by tag, without root, keybagd or the module."""

import hashlib
import json
import os
import pathlib
import struct
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests"))
from lib import ios_backup, keybag_vectors, tap  # noqa: E402
from lib.ios_backup import BACKUP, ESCROW, OTA, SYSTEM, Keybag, tlv  # noqa: E402

PROGRAM = TOP / "build/helper/keybagctl/keybagctl"
ENVIRONMENT = {**os.environ, "LD_LIBRARY_PATH": str(TOP / "build/helper/lib"), "LC_ALL": "C"}
FORMS = {name: section["form"] for name, section in keybag_vectors.form_file().sections.items() if "form" in section}


def inspect(data, *options):
    done = subprocess.run([PROGRAM, "inspect", *options, "-"], input=data, env=ENVIRONMENT, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def inspect_json(data, *options):
    status, out, err = inspect(data, "--json", *options)
    tap.equal((status, err), (0, ""), "status and standard error")
    return json.loads(out)


def test_own():
    """a keybag of this project: every tag with its place, every byte of the file once"""
    for name, form in FORMS.items():
        report = inspect_json(form)
        tap.equal((report["format"], report["kind"], report["version"], report["size"]), (1, "keybag", 1, len(form)), name)
        at = 16
        for entry in report["tags"]:
            tap.equal(entry["offset"], at, f"place of {entry['name']}")
            at += entry["length"] + (0 if entry["tag"] == "-" else 8)
            end = at
            if "fields" in entry:
                last = entry["fields"][-1]
                # Where a key was destroyed, zeros take the place of a public half.
                end -= 32 if last["name"] == "key-generation" else 0
                tap.equal(last["offset"] + last["length"], end, f"the last field of {entry['name']} ends with it")
        tap.equal(at, len(form), "end of the last one")
        known = [entry["tag"] for entry in report["tags"] if entry["name"]]
        tap.equal(known[:5], ["0x8001", "0x8002", "0x8003", "0x8004", "0x8005"], "first tags that are known")


def test_own_values():
    """numbers are numbers, names are words, secrets are lengths and the beginning of a hash"""
    form = FORMS["user"]
    tags = {entry["name"]: entry for entry in inspect_json(form)["tags"]}
    tap.equal((tags["type"]["value"], tags["type"]["meaning"], tags["owner"]["value"]), (1, "user", 1000), "type and owner")
    fields = {field["name"]: field for field in tags["class-key"]["fields"]}
    tap.equal(fields["class"]["meaning"], "akpu", "the last class")
    sealed = fields["sealed-key"]
    content = form[sealed["offset"]:sealed["offset"] + sealed["length"]]
    tap.equal(sealed, {"offset": sealed["offset"], "name": "sealed-key", "length": 60, "sha256": hashlib.sha256(content).hexdigest()[:16]},
              "a sealed key")
    again = {entry["name"]: entry for entry in inspect_json(form, "--hex")["tags"]}
    tap.equal(again["class-key"]["fields"][-1]["hex"], content.hex(), "the same with --hex")


def test_nothing_whole():
    """without --hex no sealed key, verifier or salt is in the output"""
    for name, form in FORMS.items():
        for options in ((), ("--json",)):
            out = inspect(form, *options)[1]
            for entry in inspect_json(form)["tags"]:
                for field in entry.get("fields", []):
                    content = form[field["offset"]:field["offset"] + field["length"]]
                    if field["length"] >= 16 and field["name"] != "public-half":
                        tap.ok(content.hex()[:24] not in out, f"{name}: no {field['name']} is shown")
                        tap.ok("sha256" in field, f"{name}: {field['name']} has a hash")
    bag = Keybag()
    out = inspect(bag.data)[1] + inspect(bag.data, "--json")[1]
    tap.ok(bag.salt.hex()[:24] not in out and bag.first_salt.hex()[:24] not in out, "no salt is shown")
    tap.contains(inspect(bag.data, "--hex")[1], bag.salt.hex(), "with --hex it is")


def test_text():
    """a table for people"""
    status, out, _ = inspect(FORMS["user"])
    tap.equal(status, 0, "status")
    tap.contains(out, "undamaged", "the first line")
    tap.ok(any(line.split()[1:4] == ["0x8001", "type", "4"] and line.endswith("1 user") for line in out.splitlines()), "a tag")
    out = inspect(Keybag().data)[1]
    tap.contains(out, "keybag of iOS (backup), version 4", "the first line")
    tap.ok(any(line.split() == ["12", "TYPE", "type", "4", "1", "backup"] for line in out.splitlines()), "a tag of iOS")


def test_ios():
    """keybags of iOS of each type, with and without the first stage"""
    for kind, name in ((SYSTEM, "system"), (BACKUP, "backup"), (ESCROW, "escrow"), (OTA, "ota")):
        for first in (False, True):
            bag = Keybag(kind=kind, first=first)
            report = inspect_json(bag.data)
            tap.equal((report["kind"], report["type"], report["version"]), ("ios-keybag", name, 4), name)
            names = [entry["name"] for entry in report["tags"]]
            tap.equal("first-iterations" in names, first, "the first stage")
            tap.equal(names.count("class"), 11, "class keys")
            tap.equal("signature" in names, kind == SYSTEM, "signature")
            for entry in report["tags"]:
                tap.equal(bag.data[entry["offset"]:entry["offset"] + 4].decode(), entry["tag"], "the tag at that place")
            tap.equal({entry["meaning"] for entry in report["tags"] if entry["name"] == "key-type"},
                      {"Curve25519"} if kind == OTA else {"AES"} if kind == BACKUP else {"AES", "Curve25519"}, "key types")


def test_ios_flags_and_unknown():
    """flags of the type are no error, and unknown tags are shown without a name"""
    data = bytearray(Keybag(extra=tlv("NEWT", b"something")).data)
    data[20:24] = struct.pack(">I", 0xC0000001)
    report = inspect_json(bytes(data))
    tap.equal(report["type"], "backup", "type")
    unknown = [entry for entry in report["tags"] if entry["tag"] == "NEWT"]
    tap.equal([(entry["name"], entry["length"]) for entry in unknown], [(None, 9)], "the tag")


def test_ios_behind_signature():
    """behind the signature tags of any length are bytes, and nothing that is not in the file"""
    bag = Keybag(kind=SYSTEM)
    report = inspect_json(bag.data + tlv("UUID", b"") + tlv("UUID", b"\x01" * 15) + tlv("CLAS", b"\x02" * 9))
    tap.equal([(entry["length"], "value" in entry) for entry in report["tags"][-3:]], [(0, False), (15, False), (9, False)], "values")


def refused(data, *texts):
    status, out, err = inspect(data)
    tap.equal((status, out), (6, ""), "status and output")
    for text in texts:
        tap.contains(err, text, "message")


def test_refused():
    """a fault is told with offset and tag"""
    bag = Keybag().data
    form = FORMS["user"]
    salt = bag.index(b"SALT")
    refused(bag[:salt + 10], f"at offset {salt}, tag SALT, something goes beyond the end")
    refused(bag[:salt] + tlv("SALT", b"short") + bag[salt + 28:], f"at offset {salt} the tag SALT has a length")
    refused(bag[:salt] + bag[salt:salt + 28] + bag[salt:], f"at offset {salt + 28} there is a second one of tag SALT")
    refused(bag[:12] + tlv("TYPE", 9) + bag[24:], "at offset 12 the tag TYPE has a value")
    refused(bag[:12] + bag[24:], "the tag TYPE is missing")
    refused(bag[:salt] + tlv("WPKY", bytes(40)) + bag[salt:], f"at offset {salt} the tag WPKY is outside of its record")
    refused(bag + b"\1\2\3\4", f"there is no tag at offset {len(bag)}")
    refused(bag + bag[bag.index(b"CLAS") - 24:][:24 + 12 + 12 + 12 + 48], "second one of tag CLAS")
    refused(b"", "is empty")
    refused(b"something else", "no keybag, neither of this project nor of iOS: at offset 0")
    refused(b"bplist00 and so on", "property list")
    refused(b"VERS" + bytes(70000), "more than 65536 bytes")
    refused(Keybag(kind=SYSTEM).data[:-28], "the tag SIGN is missing")
    refused(form[:200], "at offset 12 its header says that it has")
    refused(form[:50], "cut off at offset 50")
    refused(form[:-1] + bytes([form[-1] ^ 1]), f"the SHA-256 at offset {len(form) - 32}")
    first = form.index(b"\1\x80\0\0")
    refused(form[:first + 2] + b"\1" + form[first + 3:], f"the tag 0x8001 at offset {first} is cut off")
    newer = form[:8] + struct.pack("<I", 2) + form[12:-32]
    refused(newer + hashlib.sha256(newer).digest(), "a keybag of a newer version")


def test_damaged():
    """a byte in forty flipped, and every length: refused with a place, or read; never anything else"""
    for name, data in (("own", FORMS["without passcode"]), ("iOS", Keybag().data), ("signed", Keybag(kind=SYSTEM).data)):
        for at in range(0, len(data), 40):
            for damaged in (data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1:], data[:at]):
                status, out, err = inspect(damaged)
                tap.ok(status == 0 and name != "own" or status == 6 and not out and ("offset" in err or "empty" in err),
                       f"{name} at {at}: {status} {err}")


def test_file():
    """a name, which has to be there"""
    done = subprocess.run([PROGRAM, "inspect", "/nonexistent"], env=ENVIRONMENT, stderr=subprocess.PIPE, check=False)
    tap.equal(done.returncode, 9, "no such file")
    done = subprocess.run([PROGRAM, "inspect"], env=ENVIRONMENT, stderr=subprocess.PIPE, check=False)
    tap.equal(done.returncode, 2, "no name")


if not PROGRAM.exists():
    print("1..0 # SKIP keybagctl is not built")
    sys.exit()
tap.main()

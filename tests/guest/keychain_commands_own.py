#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: kernel=6.1
"""Attributes of one's own on the command line of keychainctl(1), root's rules for classes by such ones, and
items that are damaged."""

import json
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from lib import keychaind, tap  # noqa: E402

USER, UID, PASSCODE = "anna", 1327, b"passcode\n"
AS_USER = ["setpriv", "--reuid", USER, "--regid", USER, "--init-groups"]


def keybagctl(command, *arguments):
    subprocess.run(["keybagctl", command, "--user", USER, *arguments], input=PASSCODE, check=True, capture_output=True)


def keychain(*arguments, **options):
    return keychaind.as_command(USER, *arguments, **options)[0]


def said(*arguments, **options):
    """The text on standard error."""
    return keychaind.as_command(USER, *arguments, **options)[1]


def test_own_attributes():
    """attributes of one's own: added, found, listed, edited, replaced and deleted by any of them; of locked ones the references"""
    def accounts(*words, **options):
        return [item.get("account") for item in json.loads(keychain("list", *words, "--json", **options))["items"]]

    def lines(*words):
        return [line for line in keychain("find", *words, "--attributes").decode().splitlines() if line.startswith("attribute:")]

    keychain("add", "--account", "1", "--attribute", "app=mail", "--attribute", "user=x", data=b"one")
    keychain("add", "--account", "2", "attribute=app=mail", "--attribute", "a b=c=d", data=b"two")
    keychain("add", "--account", "3", "--attribute", '{"data":"x\\u001b","a=b":"","":"y"}', data=b"three")
    keychain("add", "--account", "4", data=b"four")
    keychain("add", "--server", "h", "--account", "5", "--attribute", "app=mail", data=b"five")
    tap.equal(accounts("--attribute", "app=mail"), ["1", "2", "5"], "of all classes")
    tap.equal(accounts("--attribute", "user=x", "--attribute", "app=mail"), ["1"], "by two")
    tap.equal(keychain("find", "--attribute", "a b=c=d"), b"two", "the secret of one")
    tap.equal(keychain("find", "--raw", "attr=user=x"), b"one", "by its letters")
    tap.equal(accounts("--attribute", "app=mail", "--exact"), ["5"], "exactly")
    tap.equal(accounts("--exact"), ["4"], "without any")
    tap.equal(lines("--account", "1"), ["attribute: app=mail", "attribute: user=x"], "a line for each")
    tap.equal(sorted(lines("--account", "3")), ["attribute: =y", "attribute: {\"=data\":\"x\\u001b\"}", "attribute: {\"a=b\":\"\"}"],
              "what a line of NAME=VALUE cannot say, or could steer a terminal")
    for line in lines("--account", "3"):
        tap.equal(keychain("find", "--attribute", line.partition(" ")[2]), b"three", f"{line}, as it was shown")
    found = json.loads(keychain("find", "--account", "3", "--json"))["items"][0]
    tap.equal(found["attribute"], {"data": "x\u001b", "a=b": "", "": "y"}, "JSON")
    tap.equal(json.loads(keychain("find", "--attribute", '{"=data":"x\\u001b"}', "--json"))["items"][0]["attribute"], found["attribute"],
              "one that looks like data")
    keychain("update", "--attribute", "user=x", "--set", "attribute=app=news", "--set", "attribute=n=m")
    tap.equal(lines("--account", "1"), ["attribute: app=news", "attribute: n=m"], "all are replaced")
    keychain("update", "--account", "1", "--set", "label=l")
    tap.equal(lines("--account", "1"), ["attribute: app=news", "attribute: n=m"], "they stay")
    keychain("update", "--account", "1", "--set", "attribute=")
    tap.equal(lines("--account", "1"), [], "they are removed")
    subprocess.run(["env", "VISUAL=sed -i 's/mail/news/'", *AS_USER, "keychainctl", "edit", "--attribute", "a b=c=d"],
                   stdin=subprocess.DEVNULL, capture_output=True, timeout=600, check=True)
    tap.equal(lines("--account", "2"), ["attribute: a b=c=d", "attribute: app=news"], "edited")
    edit_own(lines)
    for empty in ("--exact", "--raw m_ExactAttributes=yes"):
        before = keychain("list", "--json")
        for command in ("delete", "update --set label=l", "find", "class ck", "export", "delete --all"):
            keychain(*command.split(), *empty.split(), status=2)
        tap.equal(keychain("list", "--json"), before, f"{empty} names no item")
    for empty in (["--attribute", ""], ["--attribute={}"], ["attribute="]):
        for command in ("delete", "find", "list", "export"):
            tap.contains(said(command, *empty, status=2), "removes all own attributes", f"{command} {empty}")
        tap.contains(said("update", *empty, "--set", "label=l", status=2), "removes all own attributes", f"update {empty}")
    for wrong in ("app", '{"a":1}', '{"a":"b"', "x" * 256 + "=y", b"\xff=x"):
        tap.contains(said("find", "--attribute", wrong, status=2), "UTF-8" if isinstance(wrong, bytes) else "it takes NAME=VALUE", f"{wrong}")
    tap.contains(said("add", "--account", "6", *(word for n in range(129) for word in ("--attribute", f"n{n}=v")), data=b"x", status=2),
                 "may have 128 own attributes, these are 129", "too many")
    keybagctl("lock")
    text = keychain("list", "--attribute", "app=news", "--json", status=13)
    report = json.loads(text)
    tap.equal((report["items"], report["withheld"]), ([], {"count": 1, "classes": ["ak"]}), "locked")
    tap.equal([sorted(one) for one in report["locked"]], [["accessible", "class", "created", "modified", "reference"]], "what is told of it")
    tap.equal((report["locked"][0]["class"], report["locked"][0]["accessible"]), ("password", "ak"), "which one")
    tap.contains(said("list", "--attribute", "app=news", status=13), "1 more is locked, of class ak", "for people")
    report = json.loads(keychain("find", "--all", "--partial", "--json", "--attribute", "app=news", status=13))
    tap.equal(len(report["locked"]), 1, "find")
    keybagctl("unlock")
    tap.equal(keychain("find", "--attribute", "app=news"), b"two", "unlocked")
    tap.contains(said("delete", "--attribute", "app=news", "--all"), "deleted: 1 item", "deleted")
    for account in ("1", "3", "4"):
        keychain("delete", "--account", account, "--all")
    keychain("delete", "--server", "h", "--all")


def edit_own(lines):
    """Several lines of own attributes: none is lost, and no other line may come twice."""
    def edit(script, status=0, account="2"):
        done = subprocess.run(["env", f"VISUAL={script}", *AS_USER, "keychainctl", "edit", "--account", account],
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=600, check=False)
        tap.equal(done.returncode, status, f"status of {script}, {done.stderr}")
        return done.stderr.decode()

    before = lines("--account", "2")
    tap.contains(edit("sed -i -e '$a attribute: more=1' -e '$a attribute: more2=2'"), "1 attribute changed", "lines added")
    tap.equal(sorted(lines("--account", "2")), sorted([*before, "attribute: more=1", "attribute: more2=2"]), "all of them")
    tap.contains(edit("sed -i '$a attribute: more=1'"), "0 attributes changed", "one that is there")
    tap.contains(edit("sed -i '$a attribute: more=2'", 2), "attribute 'more' has two values", "two values")
    tap.contains(edit("sed -i '$a attribute: none'", 2), "it takes NAME=VALUE", "no pair")
    tap.contains(edit("sed -i '$a account: 3'", 2), "two lines of account", "another name twice")
    tap.contains(edit("sed -i -e '$a label: a' -e '$a label: b'", 2), "two lines of label", "the same of a new one")
    tap.equal(sorted(lines("--account", "2")), sorted([*before, "attribute: more=1", "attribute: more2=2"]), "nothing was changed")
    edit("sed -i -e '$a attribute: a b=c=d' -e '$a attribute: app=news' -e '/^attribute:/d'")
    tap.equal(lines("--account", "2"), before, "as before")
    tap.contains(edit("sed -i '$a attribute:'", account="4"), "0 attributes changed", "none, of an item that has none")
    tap.contains(edit("sed -i '$a attribute: n=m'", account="4"), "1 attribute changed", "its first one")
    tap.contains(edit("sed -i 's/^attribute:.*/attribute:/'", account="4"), "1 attribute changed", "its last one")
    tap.equal(lines("--account", "4"), [], "none")


def test_class_rules():
    """classes: root's rules before those of packages, with file and line; a mistake fails and is named, the others are listed"""
    rules = pathlib.Path("/etc/keychain/secret-service.conf")
    there = [line.split("\t") for line in keychain("classes").decode().splitlines()]
    tap.equal(there[0], ["ck", "schema org.freedesktop.NetworkManager.*", "/usr/share/keychain/secret-service.conf:6"], "a package's")
    rules.write_text("# mine\nschema org.example.*\tdk\nschema org.example.* zz\nattribute app=b\x1bx ck\n")
    try:
        stdout, stderr = keychaind.as_command(USER, "classes", status=1)
        tap.equal([line.split("\t") for line in stdout.decode().splitlines()],
                  [["dk", "schema org.example.*", f"{rules}:2"], ["ck", "attribute app=b\\x1bx", f"{rules}:4"], *there], "all")
        tap.contains(stderr, f"{rules}, line 3: a rule is", "the mistake")
        first = json.loads(keychaind.as_command(USER, "classes", "--json", status=1)[0])["rules"][0]
        tap.equal(first, {"accessible": "dk", "attribute": "xdg:schema", "pattern": "org.example.*", "file": str(rules), "line": 2}, "as JSON")
        rules.unlink()
        os.mkfifo(rules)
        stdout, stderr = keychaind.as_command(USER, "classes", status=1)
        tap.equal([line.split("\t") for line in stdout.decode().splitlines()], there, "beside a pipe")
        tap.contains(stderr, str(rules), "the pipe")
    finally:
        rules.unlink()
    tap.contains(keychaind.as_command(USER, "classes", "--system", status=2)[1], "takes no --system", "no keychain")


def test_edit_leaves_nothing():
    """'edit' leaves nothing behind: not what its editor puts beside the file, not at Ctrl-C, and reads nothing but a file"""
    def left():
        return [name for name in os.listdir("/dev/shm") if name.startswith("keychainctl")]

    def edit(script, status=0):
        done = subprocess.run(["env", "-u", "XDG_RUNTIME_DIR", f"VISUAL={script}", *AS_USER, "keychainctl", "edit", "--account", "edited"],
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False)
        tap.equal((done.returncode, left()), (status, []), f"status of {script}, {done.stderr}, and what is left")
        return done.stderr.decode()

    keychain("add", "--account", "edited", "--service", "mail", data=b"x")
    tap.contains(edit('f() { cp "$1" "$1~"; cp "$1" "${1%/*}/.swp"; stat -c %a "${1%/*}" >&2; }; f'), "700\n", "the folder's mode")
    tap.contains(edit('f() { rm "$1"; mkfifo "$1"; }; f', 1), "not permitted", "a pipe")
    tap.contains(edit('f() { cp "$1" "$1.new"; ln -sf "$1.new" "$1"; }; f', 1), "keychainctl", "a link")
    terminal = [sys.executable, str(pathlib.Path(__file__).parent / "lib/terminal.py")]
    # It may be ignored here, as of what a shell starts in the background.
    done = subprocess.run([*terminal, "env", "--default-signal=INT", "-u", "XDG_RUNTIME_DIR", "VISUAL=sed -i '$a nonsense'", *AS_USER, "keychainctl", "edit", "--account", "edited",
                           "--", "echo:Edit it again", "\x03"], capture_output=True, timeout=120, check=False)
    tap.contains(done.stdout, b"Edit it again", "the question")
    tap.equal(left(), [], "what is left after Ctrl-C at the question")
    keychain("delete", "--account", "edited", "--all")


def test_damaged():
    """a damaged item is left out of lists, searches and exports, which say so; the others are there"""
    for name in ("whole", "hurt"):
        keychaind.as_command(USER, "add", "--service", "damage", "--account", name, data=b"x")
    path = pathlib.Path(f"/var/lib/keychain/{UID}/login.db")
    subprocess.run(["sqlite3", str(path), "UPDATE genp SET attributes=zeroblob(100) WHERE row=(SELECT max(row) FROM genp)"], check=True)
    for command in (["list"], ["list", "--json"], ["find", "damage"], ["export", "--class", "password", "--service", "damage", "--all", "--format", "json", "--unencrypted"]):
        stdout, stderr = keychaind.as_command(USER, *command, status=13)
        tap.contains(stdout.decode(), "whole", f"{command}")
        tap.contains(stderr, "1 item is damaged", f"{command}")
    subprocess.run(["sqlite3", str(path), "DELETE FROM genp WHERE row=(SELECT max(row) FROM genp)"], check=True)
    keychaind.as_command(USER, "list")


subprocess.run(["useradd", "-m", "-u", str(UID), USER], check=True)
keybagctl("create", *keychaind.CHEAP)
keybagctl("unlock")

tap.main(teardown=lambda: keychaind.remove_user(USER, UID))

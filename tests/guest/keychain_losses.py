#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: kernel=6.1
"""Questions that keychainctl(1) asks before something is lost, and cases in which it asks for nothing."""

import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from lib import keychaind, tap  # noqa: E402

USER, UID = "anna", 1317
AS_USER = ["setpriv", "--reuid", USER, "--regid", USER, "--init-groups"]


def keychain(*arguments, **options):
    return keychaind.as_command(USER, *arguments, **options)[0]


def said(*arguments, **options):
    """The text on standard error."""
    return keychaind.as_command(USER, *arguments, **options)[1]


def typed(*arguments, answers):
    """The text that keychainctl(1) shows when the user types ANSWERS, and its exit status."""
    done = subprocess.run([sys.executable, os.path.join(os.path.dirname(__file__), "lib/terminal.py"), *AS_USER, "keychainctl",
                           *arguments, "--", *answers], capture_output=True, timeout=600, check=False)
    return done.stdout.decode(), done.returncode


def test_loss():
    """a command that loses many items says how many and asks; without a terminal it takes --yes"""
    for account in ("a", "b"):
        keychain("add", "--account", account, "--service", "loss", data=account.encode())
    for command, text in ((["delete", "--all"], "2 items of class password will be lost for ever."),
                          (["class", "dk", "--all"], "2 items of class password get another protection class."),
                          (["update", "--all", "--secret"], "The secrets of 2 items of class password will be lost")):
        shown = said(*command, data=b"x", status=2)
        tap.contains(shown, text, f"{command}")
        tap.contains(shown, "without a terminal this needs --yes", f"{command}")
        shown, status = typed(*command, answers=["echo:Type yes to go on: ", "no"])
        tap.equal(status, 1, shown)
        tap.contains(shown, text, f"{command} on a terminal")
    tap.contains(said("class", "dk", status=2), "which items?", "a class of all items without saying so")
    tap.equal(keychain("class", "dk", "--all", "--dry-run"), b"to be changed: 2 items\n", "a dry run of it")
    tap.equal(said("delete", "--all", "--dry-run"), "to be deleted: 2 items\n", "of the other")
    tap.equal(said("update", "--all", "--secret", "--dry-run"), "to be changed: 2 items\n", "of a secret, which nobody types")
    tap.equal(said("update", "--account", "a", "--set", "label=new", "--dry-run"), "to be changed: 1 item\n", "of a label")
    tap.equal([keychain("find", "--account", account) for account in "ab"], [b"a", b"b"], "secrets after all that")
    tap.equal("label: new" in keychain("find", "--account", "a", "--attributes").decode(), False, "the label after it")
    tap.contains(keychain("find", "--account", "a", "--attributes").decode(), "accessible: ak", "the class after it")
    shown, status = typed("delete", "--service", "loss", "--all", answers=["echo:2 items .*Type yes to go on: ", "yes"])
    tap.equal(status, 0, f"those that were named, on a terminal, {shown}")
    keychain("add", "--account", "a", data=b"a")
    shown, status = typed("delete", "--account", "a", "--all", answers=[])
    tap.equal(status, 0, f"one that was named is not asked about, {shown}")
    keychain("add", "--account", "a", data=b"a")
    keychain("class", "dk", "--all", "--yes")
    keychain("delete", "--all", "--yes")


def test_keychain():
    """a keychain is deleted after a question that says how many items it has"""
    keychain("keychains", "create", "work")
    keychain("add", "-k", "work", "--account", "w", data=b"w")
    tap.equal(keychain("keychains", "delete", "work", "--dry-run"), b"to be deleted: 1 item\n", "a dry run")
    keychain("keychains", "create", "other", "--yes", status=2)
    keychain("keychains", "delete", "nowhere", status=9)
    shown, status = typed("keychains", "delete", "work", answers=["echo:1 item of 'work' .*Type yes to go on: ", "no"])
    tap.equal((status, keychain("find", "-k", "work", "--account", "w")), (1, b"w"), f"no, {shown}")
    shown, status = typed("keychains", "delete", "work", answers=["echo:Type yes to go on: ", "yes"])
    tap.equal(status, 0, f"yes, {shown}")
    keychain("find", "-k", "work", "--account", "w", status=9)


def test_empty_input():
    """a program that sends nothing does not replace a secret by nothing"""
    keychain("add", "--account", "e", data=b"kept")
    for command in (["add", "--account", "e", "--replace"], ["update", "--account", "e", "--secret"], ["add", "--account", "f"]):
        for data, more in ((b"", []), (b"\n", ["--trim-newline"])):
            tap.contains(said(*command, *more, data=data, status=2), "standard input is empty", f"{command} with {data}")
    tap.equal(keychain("find", "--account", "e"), b"kept", "the secret")
    keychain("find", "--account", "f", status=9)
    keychain("update", "--account", "e", "--secret", "--allow-empty")
    tap.equal(keychain("find", "--account", "e"), b"", "where that is meant")
    keychain("delete", "--account", "e", "--all")


def test_synchronizable():
    """the other commands find what the list shows, synchronizable or not"""
    keychain("add", "--account", "s", "--service", "shared", "--synchronizable", "yes", data=b"s")
    tap.contains(keychain("list").decode(), "shared", "the list")
    tap.equal(keychain("find", "--service", "shared"), b"s", "find")
    keychain("update", "--service", "shared", "--set", "label=x")
    keychain("class", "ck", "--service", "shared")
    tap.contains(keychain("find", "--service", "shared", "--attributes").decode(), "label: x\n", "what was changed")
    keychain("find", "--service", "shared", "--synchronizable", "no", status=9)
    keychain("delete", "--service", "shared", "--all")
    tap.equal(keychain("list"), b"", "what was deleted")


def test_asked_in_vain():
    """nobody types a secret for what cannot be done"""
    keychain("add", "--account", "v", data=b"v")
    shown, status = typed("add", "--account", "v", answers=[])
    tap.equal(status, 12, shown)
    tap.ok("Secret:" not in shown, f"a secret for a duplicate, {shown}")
    shown, status = typed("update", "--account", "w", "--secret", answers=[])
    tap.equal(status, 9, shown)
    tap.ok("Secret:" not in shown, f"a secret for nothing, {shown}")
    keychain("delete", "--account", "v", "--all")


keychaind.make_user(USER, UID)
tap.main(teardown=lambda: keychaind.remove_user(USER, UID))

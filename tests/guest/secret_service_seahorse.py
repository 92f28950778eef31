#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# vm: systemd packages=guest-programs memory=2048 cpus=2 kernel=6.1 long paths=helper/secretservice/
"""Seahorse, on a display, shows, edits and deletes items of the keychain, and prints a picture of that as base64
(docs/figures/seahorse.png). At landing: guest/secret_service_lists.py listens as Seahorse does."""

import base64
import os
import pathlib
import shutil
import sys

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), folder) for folder in ("lib", "..")]
import desktop  # noqa: E402
import logins  # noqa: E402
from lib import tap  # noqa: E402

if not os.path.isdir("/run/systemd/system") or not shutil.which("seahorse"):
    print("1..0 # SKIP not booted by systemd, or without Seahorse")
    sys.exit(4)

WINDOW = pathlib.Path(__file__).resolve().parent / "lib/window.py"
logins.begin()
watch = logins.Watch()
anna = desktop.Desktop("anna", 1432, watch)


def window(word, *rest):
    try:
        return anna.run(str(WINDOW), word, "seahorse", *rest, SECONDS="60")
    except AssertionError:
        tap.diagnose(anna.run(str(WINDOW), "show", "seahorse", status=None))
        raise


def store(label, secret, *attributes):
    anna.run("secret-tool", "store", f"--label={label}", *attributes, text=secret)


def found(*attributes):
    """Label and secret of the item, as another program reads them."""
    lines = anna.run("secret-tool", "search", *attributes, status=None).splitlines()
    return [line for line in lines if line.startswith(("label", "secret"))]


def test_shown():
    """the keychain is a keyring of its, and its items are shown with their labels"""
    store("Mail", "letmein", "server", "mail.example.org", "user", "anna")
    store("Wiki", "letmein too", "server", "wiki.example.org")
    anna.show()
    anna.open("seahorse", GTK_MODULES="gail:atk-bridge")
    window("widen", "1000", "700")
    window("click", "label", "Login")
    window("await", "label", "Mail")
    window("await", "label", "Wiki")


def test_edited():
    """a label and a secret that are changed there are what other programs read"""
    window("click", "label", "Wiki", "2")
    window("type", "text", "Wiki", "Notes of the team")
    window("type", "password text", "", "better")
    picture = anna.home / "seahorse.png"
    anna.run("import", "-window", "root", "-colors", "64", "-depth", "8", str(picture))
    tap.diagnose(f"picture {base64.b64encode(picture.read_bytes()).decode()}")
    window("click", "push button", "Close")
    window("click", "push button", "OK")
    wanted = ["label = Notes of the team", "secret = better"]
    anna.wait_for(lambda: found("server", "wiki.example.org") == wanted, "the new label and secret", 60)
    window("gone", "dialog", "Item Properties")


def test_told():
    """an item that another program makes is shown, and one that it deletes goes"""
    store("Made meanwhile", "x", "made", "meanwhile")
    window("await", "label", "Made meanwhile")
    anna.run("secret-tool", "clear", "made", "meanwhile")
    window("gone", "label", "Made meanwhile")


def test_deleted():
    """an item that is deleted there is gone for other programs"""
    window("click", "label", "Notes", "2")
    window("press", "push button", "Delete Password")
    window("await", "label", "Are you sure")
    window("press", "push button", "Delete")
    anna.wait_for(lambda: not found("server", "wiki.example.org"), "the end of the item", 60)
    window("gone", "label", "Notes")


def test_locked():
    """while the screen is locked it shows no item, and all of them when the keybag is open again"""
    anna.lock_screen()
    window("gone", "label", "Mail")
    anna.unlock_screen()
    window("await", "label", "Mail")


def teardown():
    watch.close()
    anna.remove()
    logins.end()


tap.main(teardown=teardown)

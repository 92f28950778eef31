#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: kernel=6.1
"""Databases that were put aside, of an account that gets another name."""

import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from lib import keychaind, tap  # noqa: E402
from lib.keychaind import as_user, genp  # noqa: E402

USER, UID = "anna", 1372
PASSCODE = b"passcode"


def keybagctl(*arguments):
    done = subprocess.run(["keybagctl", arguments[0], "--user", USER, *arguments[1:]], input=PASSCODE, capture_output=True,
                          check=False)
    tap.equal(done.returncode, 0, f"keybagctl {arguments}: {done.stderr}")


def setup():
    subprocess.run(["useradd", "-m", "-u", str(UID), USER], check=True)
    keybagctl("create", *keychaind.CHEAP)
    keybagctl("unlock")


def teardown():
    keychaind.remove_user(USER, UID)


def ask(request):
    answer = as_user(UID, request)
    tap.equal(answer["status"], 0, f"{request}: {answer}")
    return answer


def test_renamed():
    """an account that got another name is told of its files aside, which bear the former one"""
    def asides():
        return [(entry["keychain"], entry["items"]) for entry in as_user(UID, {"op": "keychains"}).get("aside", [])]
    ask(genp("add", "old", b"old"))
    keybagctl("destroy", "--yes")
    keybagctl("create", *keychaind.CHEAP)
    keybagctl("unlock")
    ask(genp("add", "new", b"new"))
    tap.equal(asides(), [("login", 1)], "under its name")
    subprocess.run(["usermod", "-l", "berta", USER], check=True)
    try:
        tap.equal(asides(), [], "while root has not said that it is the same person")
        subprocess.run(["keybagctl", "load", "--user", "berta", "--renamed"], stdin=subprocess.DEVNULL, check=True)
        tap.equal(asides(), [("login", 1)], "under another name")
    finally:
        subprocess.run(["usermod", "-l", USER, "berta"], check=True)
        subprocess.run(["keybagctl", "load", "--user", USER, "--renamed"], stdin=subprocess.DEVNULL, check=True)


if __name__ == "__main__":
    setup()
    tap.main(teardown=teardown)

#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Searches all memory of the machine, from outside, for items of the keychain.

Items are added and read through libkeychain by tests/forensics/keychain-items, which gets their texts in
two halves, so that a copy that is found is one of the library, the service or the kernel."""

import base64
import pathlib
import secrets
import sys
import tempfile
import time

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))

from lib import ram, tap  # noqa: E402
from lib.machine import must  # noqa: E402
from lib.ram import PASSCODE, keybagctl  # noqa: E402
from vm import VM  # noqa: E402

PIECE = 16
SECONDS = 120
CLASSES = ("ak", "ck")
ITEMS = {name: {part: secrets.token_hex(PIECE) for part in ("account", "service", "secret")} for name in CLASSES}
# Asked for and offered while locked, never stored.
ITEMS["refused"] = {part: secrets.token_hex(PIECE) for part in ("account", "service", "secret")}


def needles():
    """Halves of each text: a whole copy anywhere has both."""
    return [(f"{name}/{part}+{at}", text.encode()[at:at + PIECE]) for name, parts in ITEMS.items()
            for part, text in parts.items() for at in range(0, len(text), PIECE)]


def command(operation, protection, item):
    words = []
    for part in ("account", "service", "secret"):
        mask = secrets.token_bytes(len(item[part]))
        words += [bytes(a ^ b for a, b in zip(item[part].encode(), mask)).hex(), mask.hex()]
    return f"runuser -u alice -- keychain-items {operation} {protection} {' '.join(words)}"


def found(of=("ak", "ck", "refused"), parts=("account", "service", "secret")):
    """Traces of those items in memory and registers: name to places."""
    return {name: where[:4] for name, where in ram.search(vm, needles()).items()
            if name.startswith(tuple(f"{item}/{part}" for item in of for part in parts))}


def test_add():
    """added: no secret and no attribute of an item, in library, service or kernel"""
    for name in CLASSES:
        must(vm, command("add", name, ITEMS[name]))
    tap.equal(found(), {}, "found")


def test_in_use():
    """held by a program: its secret is found, so that the search would find it elsewhere"""
    holder = vm.command(command("hold", "ak", ITEMS["ak"]))
    holder.expect("held")
    places = found()
    tap.ok(any(name.startswith("ak/secret") for name in places), "the secret that is held")
    tap.ok(any(name.startswith("ak/account") for name in places), "the account that is held")
    tap.ok(not any(name.startswith("ck/") for name in places), f"an item that is not in use: {places}")
    holder.end_input()
    tap.equal(holder.wait().status, 0, "status of the program")
    tap.equal(found(), {}, "found once it has ended")


def test_read():
    """read: nothing of an item is left"""
    for _ in range(3):
        for name in CLASSES:
            must(vm, command("read", name, ITEMS[name]))
    tap.equal(found(), {}, "found")


def test_client_killed():
    """a client killed with the answer there, not yet read: its item is nowhere"""
    # It receives twice: the greeting, then the answer.
    must(vm, "runuser -u alice -- strace -qq -o /dev/null -e trace=recvmsg -e inject=recvmsg:signal=KILL:when=2 "
             "keychain-items ask ak", status=137)
    # The service hears of it after everybody else.
    end = time.monotonic() + SECONDS
    while (places := found()) and time.monotonic() < end:
        time.sleep(0.1)
    tap.equal(places, {}, "found")


def test_locked():
    """case 44: locked: nothing of a when-unlocked item, and none of its texts from requests that were refused"""
    keybagctl(vm, "lock")
    tap.equal(found(), {}, "found after lock")
    must(vm, command("fail", "ak", ITEMS["ak"]))
    must(vm, command("add", "ak", ITEMS["refused"]), status=1)
    must(vm, command("read", "ck", ITEMS["ck"]))
    tap.equal(found(), {}, "found after requests while locked")


def test_opens_again():
    """unlocked again: the items are there"""
    keybagctl(vm, "unlock", PASSCODE)
    for name in CLASSES:
        must(vm, command("read", name, ITEMS[name]))


with tempfile.TemporaryDirectory(prefix="keychain-ram-") as folder:
    disk = pathlib.Path(folder) / "disk"
    ram.make_keybag(disk)
    vm = VM(disk=disk, memory=512, ram_file=True).boot()
    must(vm, "base64 -d >/usr/local/bin/keychain-items && chmod +x /usr/local/bin/keychain-items",
         input=base64.encodebytes((ram.TOOLS / "keychain-items").read_bytes()).decode())
    keybagctl(vm, "unlock", PASSCODE)
    tap.main(teardown=vm.close)

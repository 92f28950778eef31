#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Searches all memory of the machine, from outside, for what must not be in it.

A first boot makes a keybag and hands its sealed form and device key to the host, which
derives every secret from them and the passcode. In a second boot those secrets are looked
for at each step, in pieces of 16 bytes, with the key schedules and hash keys that ciphers
make of them. The passcode reaches our programs through tests/forensics/feed only, so that a
copy found is one of ours.

What other programs of a login leave of the passcode is measured and listed, not asserted."""

import pathlib
import re
import secrets
import subprocess
import sys
import tempfile

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))

from lib.keybag_secrets import Secrets, every_secret  # noqa: E402
from lib import tap  # noqa: E402
from vm import VM  # noqa: E402

TOOLS = TESTS.parent / "build/tests/forensics"
WHEN_UNLOCKED = ("A", "B", "ak", "aku", "akpu")
AFTER_FIRST_UNLOCK = ("C", "ck", "cku")
ALWAYS = ("D", "dk", "dku")
PASSCODE = secrets.token_hex(16)
WRONG = secrets.token_hex(16)

# Never in memory once a command has returned, whatever the state.
NEVER = ("passcode/", "wrong/", "bag/", "akpu/", "device/key", "device/material", "device/prk")
NEVER_OF_A_CLASS = re.compile(r"class/\w+/(key|material|prk|\w+/H\^)")


def feed(*passcodes):
    """The words that give passcodes to a program in the machine."""
    words = []
    for passcode in passcodes:
        mask = secrets.token_bytes(len(passcode))
        words += [bytes(a ^ b for a, b in zip(passcode.encode(), mask)).hex(), mask.hex()]
    return "/mnt/share/feed " + " ".join(words) + " -- "


def must(vm, command, status=0):
    result = vm.run(command, timeout=120)
    if result.status != status:
        raise AssertionError(f"status {result.status}, not {status}, from: {command}\n{result.output}")
    return result.output


def search(vm, needles):
    """Name of each needle to its number of places; memory and registers."""
    vm.qmp("stop")
    lines = "".join(f"{name.replace(' ', '_')} {piece.hex()}\n" for name, piece in needles)
    found = subprocess.run([TOOLS / "search", vm.memory.path], input=lines, text=True, check=True,
                           stdout=subprocess.PIPE).stdout
    registers = re.sub(r"[^0-9a-f]", "", vm.registers().lower())
    vm.qmp("cont")
    places = {}
    for line in found.splitlines():
        places.setdefault(line.split()[0], []).append(line.split()[1])
    for name, piece in needles:
        if piece.hex() in registers or piece[::-1].hex() in registers:
            places.setdefault(name.replace(" ", "_"), []).append("register")
    return places


def unavailable(classes):
    return re.compile(rf"class/({'|'.join(classes)})/")


def forbidden(places, gone):
    pattern = unavailable(gone) if gone else None
    return {name: where for name, where in places.items()
            if name.startswith(NEVER) or NEVER_OF_A_CLASS.match(name) or (pattern and pattern.match(name))}


def make_keybag(disk):
    """A user with a keybag; returns the sealed form and the device key."""
    with VM(disk=disk, share=TOOLS, memory=512) as vm:
        must(vm, "useradd --create-home alice")
        must(vm, f"{feed(PASSCODE)} runuser -u alice -- keybagctl create --kdf-memory 64 --kdf-passes 1")
        form = bytes.fromhex(must(vm, "od -An -v -tx1 /var/lib/keybag/bags/*.keybag").replace("\n", ""))
        device_key = bytes.fromhex(must(vm, "od -An -v -tx1 /etc/keybag/device.key").replace("\n", ""))
    return form, device_key


def needles_of(form, device_key):
    known = every_secret(form, device_key, secret=PASSCODE.encode())
    wrong = Secrets()
    wrong["wrong/text"] = WRONG.encode()
    # What the kernel keeps of the device key is part of some inputs of HKDF, and is no trace of them.
    kept = [value for name, value in known.items() if re.fullmatch(r"device/(counter|dk|dku|kek|mac|tdo)", name)]
    return [(name, piece) for name, piece in list(known.needles()) + list(wrong.needles())
            if name.startswith("device/") or not any(piece in value for value in kept)]


def keybagctl(vm, words, *passcodes, status=0):
    program = f"runuser -u alice -- keybagctl {words}"
    return must(vm, (feed(*passcodes) if passcodes else "") + program, status)


def assert_gone(gone, allowed=()):
    """Nothing that must not be there, with the classes GONE wiped; returns what was found."""
    places = search(vm, needles)
    bad = {name: where for name, where in forbidden(places, gone).items() if not name.startswith(allowed)}
    tap.ok(not bad, "absence of " + ", ".join(f"{name} ({len(where)}: {' '.join(where[:4])})"
                                              for name, where in sorted(bad.items())))
    return places


def test_before_first_unlock():
    """before first unlock: nothing but always classes"""
    assert_gone(WHEN_UNLOCKED + AFTER_FIRST_UNLOCK)


def test_unlocked():
    """unlocked: no class key, K_bag, KEK, passcode, or power of a hash key"""
    keybagctl(vm, "unlock", PASSCODE)
    assert_gone(())


def test_positive_control():
    """unlocked: each cipher key is found, once"""
    places = search(vm, needles)
    found = {f"class/{name}/{use}": len(places.get(f"class/{name}/{use}+16", []))
             for name in WHEN_UNLOCKED + AFTER_FIRST_UNLOCK + ALWAYS if name != "B"
             for use in ("encrypt", "child", "nonce")}
    tap.equal({name: number for name, number in found.items() if number != 1}, {}, "not found once")


def test_callers_killed():
    """unlocked, callers killed in their work: no hash key on a stack"""
    must(vm, "cd /home/alice && runuser -u alice -- bash -c 'echo secret | keybagctl wrap --class ak >blob; "
             "for i in $(seq 30); do keybagctl unwrap <blob >/dev/null || exit; done; "
             "(while :; do keybagctl unwrap <blob >/dev/null; done) & sleep 2; kill -9 $!; pkill -9 keybagctl; true'")
    assert_gone(())


def test_locked():
    """locked: when-unlocked classes gone"""
    keybagctl(vm, "lock")
    assert_gone(WHEN_UNLOCKED)


def test_failed_unlock():
    """failed unlock: nothing more than before"""
    keybagctl(vm, "unlock", WRONG, status=4)
    assert_gone(WHEN_UNLOCKED)


def test_full_lock():
    """full lock: only always classes left"""
    keybagctl(vm, "unlock", PASSCODE)
    must(vm, "keybagctl lock --full --user alice")
    assert_gone(WHEN_UNLOCKED + AFTER_FIRST_UNLOCK)


def test_unloaded():
    """unloaded: no class at all"""
    keybagctl(vm, "unlock", PASSCODE)
    must(vm, "keybagctl unload --user alice")
    assert_gone(WHEN_UNLOCKED + AFTER_FIRST_UNLOCK + ALWAYS)


def test_login():
    """login and lock: of the passcode nothing but its text, left by other programs; no key"""
    vm.run("chpasswd", input=f"alice:{PASSCODE}\n")
    session = vm.command("exec login alice", terminal=True)
    session.expect("assword:", 60)
    session.send(PASSCODE + "\n")
    session.expect(r"\$ ", 90)
    session.send("exit\n")
    session.wait(30)
    must(vm, "keybagctl lock --user alice")
    places = assert_gone(WHEN_UNLOCKED, allowed=("passcode/text",))
    tap.diagnose(f"copies of the passcode left by chpasswd, login and its terminal: "
                 f"{len(places.get('passcode/text+0', []))}")


with tempfile.TemporaryDirectory(prefix="keybag-ram-") as folder:
    disk = pathlib.Path(folder) / "disk"
    needles = needles_of(*make_keybag(disk))
    vm = VM(disk=disk, share=TOOLS, memory=512, ram_file=True).boot()
    tap.main(teardown=vm.close)

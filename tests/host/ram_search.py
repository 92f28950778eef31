#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Searches all memory of the machine, from outside, for what must not be in it.

A first boot makes a keybag; in a second one its secrets are looked for at each step: see
lib/ram.py.

What other programs of a login leave of the passcode is measured and listed, not asserted."""

import pathlib
import sys
import tempfile

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))

from lib import ram, tap  # noqa: E402
from lib.machine import must  # noqa: E402
from lib.ram import AFTER_FIRST_UNLOCK, ALWAYS, PASSCODE, WHEN_UNLOCKED, WRONG, keybagctl  # noqa: E402
from vm import VM  # noqa: E402


def assert_gone(gone, allowed=()):
    """Nothing that must not be there, with the classes GONE wiped; returns what was found."""
    return ram.assert_absent(ram.search(vm, needles), gone, allowed=allowed)


def test_before_first_unlock():
    """before first unlock: nothing but always classes"""
    assert_gone(WHEN_UNLOCKED + AFTER_FIRST_UNLOCK)


def test_unlocked():
    """unlocked: no class key, K_bag, KEK, passcode, or power of a hash key"""
    keybagctl(vm, "unlock", PASSCODE)
    assert_gone(())


def test_positive_control():
    """unlocked: each cipher key is found, once"""
    places = ram.search(vm, needles)
    tap.equal(ram.cipher_keys(places, ram.EVERY_CLASS), {}, "not found once")


def test_callers_killed():
    """unlocked, callers killed in their work: no hash key on a stack"""
    must(vm, "cd /home/alice && runuser -u alice -- bash -c 'echo secret | keybagctl wrap --class ak >blob; "
             "for i in $(seq 30); do keybagctl unwrap <blob >/dev/null || exit; done; "
             "set -m; (while :; do keybagctl unwrap <blob >/dev/null; done) & sleep 2; kill -9 -- -$!; "
             "while pgrep -g $! >/dev/null; do sleep 0.1; done'")
    assert_gone(())


def test_locked():
    """locked: when-unlocked classes gone"""
    keybagctl(vm, "lock")
    assert_gone(WHEN_UNLOCKED)


def test_unless_open():
    """wraps and unwraps under class B: nothing of what was agreed on, nor keys of the blob; locked, no private half"""
    def wrap():
        return bytes.fromhex("".join(must(
            vm, "cd /home/alice && runuser -u alice -- bash -c 'for i in $(seq 30); do echo secret | "
                "keybagctl wrap --class B >blob-b || exit; done' && od -An -v -tx1 blob-b").split()))

    blob = wrap()
    ram.assert_absent(ram.search(vm, needles + ram.needles_of_pair_blob(needles, blob)), WHEN_UNLOCKED)
    keybagctl(vm, "unlock", PASSCODE)
    must(vm, "cd /home/alice && runuser -u alice -- bash -c 'for i in $(seq 30); do keybagctl unwrap <blob-b || exit; "
             "keybagctl rewrap --class ak <blob-b >/dev/null || exit; done'")
    more = ram.needles_of_pair_blob(needles, blob) + ram.needles_of_pair_blob(needles, wrap())
    ram.assert_absent(ram.search(vm, needles + more))
    keybagctl(vm, "lock")
    ram.assert_absent(ram.search(vm, needles + more), WHEN_UNLOCKED)


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
    session.expect("assword:")
    # Input that comes before the echo is off is flushed.
    must(vm, "until stty -F $(readlink /proc/$(pgrep -x login)/fd/0) -a | grep -q ' -echo '; do sleep 0.1; done")
    session.send(PASSCODE + "\n")
    session.expect(r"\$ ")
    session.send("exit\n")
    session.wait()
    must(vm, "keybagctl lock --user alice")
    places = assert_gone(WHEN_UNLOCKED, allowed=("passcode/text",))
    tap.diagnose(f"copies of the passcode left by chpasswd, login and its terminal: "
                 f"{len(places.get('passcode/text+0', []))}")


with tempfile.TemporaryDirectory(prefix="keybag-ram-") as folder:
    disk = pathlib.Path(folder) / "disk"
    needles = ram.needles_of(*ram.make_keybag(disk))
    vm = VM(disk=disk, memory=512, ram_file=True).boot()
    tap.main(teardown=vm.close)

#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Suspend to RAM, for real: the memory of the sleeping machine is searched, and it is woken."""

import pathlib
import sys
import tempfile
import time

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))

from lib import ram, tap  # noqa: E402
from lib.machine import must  # noqa: E402
from lib.ram import PASSCODE, keybagctl  # noqa: E402
from vm import VM  # noqa: E402

SLEEP_SECONDS = 600
DELAY_ASLEEP = 10


def sleep(command="echo mem >/sys/power/state"):
    """Returns when the machine sleeps; the command that put it to sleep goes on after wake()."""
    seen = len(vm.qmp.events)
    running = vm.command(command)
    running.end_input()
    end = time.monotonic() + SLEEP_SECONDS
    while not any(event["event"] == "SUSPEND" for event in vm.qmp.events[seen:]):
        vm.qmp("query-status")
        if time.monotonic() > end:
            raise AssertionError(f"the machine does not fall asleep:\n{vm.console.excerpt()}\n{running.output}")
        time.sleep(0.05)
    return running


def wake(running):
    vm.qmp("system_wakeup")
    result = running.wait(SLEEP_SECONDS)
    tap.equal((result.status, result.output), (0, ""), "the command that put it to sleep")


def wait_of():
    return int(must(vm, "keybagctl status --user alice --json | jq .retry_after_ns")) / 1e9


def test_asleep():
    """asleep: no when-unlocked class key in memory; the others stay"""
    keybagctl(vm, "unlock", PASSCODE)
    tap.equal(ram.cipher_keys(ram.search(vm, needles), ram.EVERY_CLASS), {}, "not found once, before")
    must(vm, "echo deep >/sys/power/mem_sleep; echo secret | runuser -u alice -- keybagctl wrap --class ak >/run/ak")
    running = sleep()
    try:
        places = ram.search(vm, needles)
    finally:
        wake(running)
    ram.assert_absent(places, ram.WHEN_UNLOCKED)
    tap.equal(ram.cipher_keys(places, ram.AFTER_FIRST_UNLOCK + ram.ALWAYS), {}, "not found once, asleep")


def test_awake():
    """awake: locked, for that reason, until the passcode opens it"""
    tap.equal(ram.state(vm), "locked suspend", "state and reason")
    must(vm, "runuser -u alice -- keybagctl unwrap </run/ak", status=3)
    keybagctl(vm, "unlock", PASSCODE)
    tap.equal(must(vm, "runuser -u alice -- keybagctl unwrap </run/ak"), "secret\n", "secret")


def test_delay_runs_on():
    """a delay for wrong passcodes runs on while the machine sleeps, and does not end before its time"""
    for number in range(3):
        keybagctl(vm, "unlock", f"wrong {number}", status=4)
    # A minute; where falling asleep and waking up take that long, the next delay is five.
    after = 0
    while after < 10:
        must(vm, f"sleep {after}")
        number += 1
        keybagctl(vm, "unlock", f"wrong {number}", status=4)
        before = wait_of()
        running = sleep()
        time.sleep(DELAY_ASLEEP)
        wake(running)
        after = wait_of()
    tap.ok(0 < after < before - DELAY_ASLEEP + 2, f"{before:.1f} s before, {after:.1f} s after {DELAY_ASLEEP} s of sleep: that")
    keybagctl(vm, "unlock", PASSCODE, status=5)
    # By the clock that the delay goes by.
    must(vm, f"sleep {after}")
    keybagctl(vm, "unlock", PASSCODE)


def test_asleep_in_a_storm():
    """somebody unlocks without end while the machine falls asleep: asleep there is no key either"""
    must(vm, "for i in 1 2 3; do "
             f"(while [ ! -e /run/calm ]; do {ram.feed(PASSCODE)} keybagctl unlock --user alice; echo status $?; done >>/run/storm 2>&1 &); "
             "done; sleep 2")
    running = sleep()
    try:
        places = ram.search(vm, needles)
    finally:
        wake(running)
    must(vm, "touch /run/calm; while pgrep -x keybagctl; do sleep 0.1; done")
    # Whoever is frozen with the passcode in hand keeps it. Of what the key goes into, the piece at 16 is the key alone.
    ram.assert_absent(places, ram.WHEN_UNLOCKED, allowed=("passcode/text", "passcode/key", "passcode/material+16"))
    tap.diagnose("answers to those who unlocked: " + must(vm, "sort /run/storm | uniq -c").strip())


with tempfile.TemporaryDirectory(prefix="keybag-suspend-") as folder:
    disk = pathlib.Path(folder) / "disk"
    needles = ram.needles_of(*ram.make_keybag(disk))
    vm = VM(disk=disk, memory=512, ram_file=True, pvh=False).boot()
    tap.main(teardown=vm.close)

#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Hibernation, for real: an image is written to a disk, the machine powered off, the disk
searched, and another machine goes on from it."""

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

SWAP = "/dev/vdd"
SWAP_MIB = 700
OFF_SECONDS = 600
MARK = "/dev/shm/mark"


def wait_for_power_off():
    """The machine ends by itself."""
    end = time.monotonic() + OFF_SECONDS
    while vm.process.poll() is None:
        if time.monotonic() > end:
            raise AssertionError(f"no power-off within {OFF_SECONDS} s:\n{vm.console.excerpt()}")
        time.sleep(0.1)


def test_unlocked():
    """before: all cipher keys are in memory, each once"""
    must(vm, f"mkswap {SWAP} && swapon {SWAP}")
    keybagctl(vm, "unlock", PASSCODE)
    must(vm, "echo secret | runuser -u alice -- keybagctl wrap --class ak >/run/ak")
    tap.equal(ram.cipher_keys(ram.search(vm, needles), ram.EVERY_CLASS), {}, "not found once")


def guesses():
    """(wrong ones that count, seconds to wait) of ben's keybag."""
    failures, wait = must(vm, "keybagctl status --user ben --json | jq -r '\"\\(.failures) \\(.retry_after_ns)\"'").split()
    return int(failures), int(wait) / 1e9


def test_wrong_guesses():
    """before: somebody has guessed, and has to wait five minutes"""
    must(vm, "useradd --create-home ben")
    must(vm, "echo right of ben | runuser -u ben -- keybagctl create --kdf-memory 64 --kdf-passes 1")
    guess = "echo wrong $(cat /proc/sys/kernel/random/uuid) | runuser -u ben -- keybagctl unlock"
    must(vm, f"keybagctl lock --user ben; for i in 1 2 3 4; do {guess}; done; sleep 61; {guess}; true")
    failures, wait = guesses()
    tap.ok(failures == 5 and 200 < wait <= 300, f"{failures} failures, {wait} s to wait")


def test_image():
    """image on the disk: what else was in memory, but no class key, device key, K_bag, passcode"""
    global mark
    mark = must(vm, f"head -c 32 /dev/urandom >{MARK} && od -An -v -tx1 {MARK}")
    # By the interface that writes all of memory as it is, and in the background: the command has to return.
    must(vm, "echo shutdown >/sys/power/disk; (sleep 15; echo disk >/sys/power/state) >/run/hibernation 2>&1 &")
    wait_for_power_off()
    places = ram.search_file(swap, needles + [("mark", bytes.fromhex(mark.replace("\n", "")))])
    tap.ok(places.pop("mark", []), "the image is whole: it has a page of ours")
    ram.assert_absent(places, ram.EVERY_CLASS, also=("device/",))


def test_resume():
    """after resume: the same machine, keybagd supplies the device key and loads the keybag again"""
    vm.stopping = True
    vm.close(check=False)
    # Whoever has the machine sets its clock.
    tomorrow = time.gmtime(time.time() + 86400)
    vm.extra += ["-rtc", time.strftime("base=%Y-%m-%dT%H:%M:%S", tomorrow)]
    vm.boot(resumes=True)
    tap.equal(must(vm, f"cat /run/hibernation; od -An -v -tx1 {MARK}"), mark, "memory of before")
    must(vm, "for i in $(seq 3000); do keybagctl status --user alice --json | grep -qE '\"loaded\": ?false' || exit 0; sleep 0.1; done; exit 1")
    tap.equal(ram.state(vm), "before first unlock load", "state and reason")
    tap.contains(must(vm, "cat /run/keybagd.log"), 'state="gone" reason=hibernate', "journal")
    ram.assert_absent(ram.search(vm, needles), ram.WHEN_UNLOCKED + ram.AFTER_FIRST_UNLOCK)


def test_guess_again():
    """after resume: the clock says that a day is over, and the delay has begun again"""
    must(vm, "for i in $(seq 3000); do keybagctl status --user ben --json | grep -qE '\"loaded\": ?false' || exit 0; sleep 0.1; done; exit 1")
    tap.ok(abs(int(must(vm, "date +%s")) - time.time() - 86400) < 3600, "the machine believes its clock")
    failures, wait = guesses()
    tap.ok(failures == 5 and 30 < wait <= 300, f"{failures} failures, {wait} s to wait")
    must(vm, "echo right of ben | runuser -u ben -- keybagctl unlock", status=5)


def test_unlock_again():
    """after resume: the passcode opens it, and what was wrapped before"""
    must(vm, "runuser -u alice -- keybagctl unwrap </run/ak", status=3)
    keybagctl(vm, "unlock", PASSCODE)
    tap.equal(must(vm, "runuser -u alice -- keybagctl unwrap </run/ak"), "secret\n", "secret")


with tempfile.TemporaryDirectory(prefix="keybag-hibernate-") as folder:
    disk, swap = pathlib.Path(folder) / "disk", pathlib.Path(folder) / "swap"
    needles = ram.needles_of(*ram.make_keybag(disk))
    with open(swap, "wb") as file:
        file.truncate(SWAP_MIB << 20)
    vm = VM(disk=disk, memory=512, ram_file=True, shared=False, resume=SWAP, append="hibernate=nocompress",
            qemu=["-drive", f"file={swap},format=raw,if=none,id=swap,cache=unsafe",
                  "-device", "virtio-blk-pci,drive=swap,addr=0x10"]).boot()
    mark = None
    tap.main(teardown=vm.close)

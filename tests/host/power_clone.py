#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Copies of a running machine, unlocked: from one image of it several go on, each told by the VM
generation identifier that it is a copy, or not told."""

import itertools
import pathlib
import shutil
import sys
import tempfile
import time

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))

from lib import ram, tap  # noqa: E402
from lib.machine import must  # noqa: E402
from lib.ram import PASSCODE, keybagctl  # noqa: E402
from vm import VM  # noqa: E402

ORIGINAL = "00000000-0000-0000-0000-000000000001"
MESSAGES = 20
NONCE = slice(24, 36)


def machine(disk, generation, *arguments):
    return VM(disk=disk, memory=512, ram_file=True, shared=False,
              qemu=["-device", f"vmgenid,guid={generation}", *arguments])


def wrap_many(vm, text):
    """Nonces of blobs of different secrets, all begun from the same state of the machine."""
    lines = must(vm, f"for i in $(seq {MESSAGES}); do echo {text} $i | runuser -u alice -- keybagctl wrap --class ck "
                     "| od -An -v -tx1 | tr -d ' \\n'; echo; done").split()
    tap.equal(len(lines), MESSAGES, "blobs")
    return [bytes.fromhex(line)[NONCE] for line in lines]


def copy(name, generation):
    """A machine that goes on from the image."""
    shutil.copyfile(image_disk, folder / name)
    vm = machine(folder / name, generation, "-incoming", f"exec:cat {image}")
    return vm.boot(resumes=True)


def test_original():
    """the original, unlocked; an image of all of it is taken while it runs"""
    vm = machine(disk, ORIGINAL).boot()
    try:
        keybagctl(vm, "unlock", PASSCODE)
        must(vm, "echo secret | runuser -u alice -- keybagctl wrap --class ak >/run/ak")
        nonces["original"] = wrap_many(vm, "original")
        must(vm, "sync")
        vm.qmp("migrate", uri=f"exec:cat >{image}")
        while vm.qmp("query-migrate")["status"] in ("setup", "active", "device"):
            time.sleep(0.1)
        tap.equal(vm.qmp("query-migrate")["status"], "completed", "image")
        shutil.copyfile(disk, image_disk)
    finally:
        vm.kill()


def told(name, generation):
    vm = copy(name, generation)
    try:
        must(vm, "for i in $(seq 3000); do keybagctl status --user alice --json | grep -qE '\"state\": ?\"unlocked\"' || exit 0; "
                 "sleep 0.1; done; exit 1")
        tap.equal(ram.state(vm), "locked vm-fork", "state and reason")
        must(vm, "runuser -u alice -- keybagctl unwrap </run/ak", status=3)
        ram.assert_absent(ram.search(vm, needles), ram.WHEN_UNLOCKED)
        nonces[name] = wrap_many(vm, name)
        keybagctl(vm, "unlock", PASSCODE)
        tap.equal(must(vm, "runuser -u alice -- keybagctl unwrap </run/ak"), "secret\n", "secret")
    finally:
        vm.kill()


def test_first_copy():
    """a copy that is told locks; its when-unlocked keys are gone from memory; the passcode opens it"""
    told("first", "00000000-0000-0000-0000-000000000002")


def test_second_copy():
    """so does another one"""
    told("second", "00000000-0000-0000-0000-000000000003")


def test_untold():
    """copies that nobody tells stay as they are"""
    for name in ("third", "fourth"):
        vm = copy(name, ORIGINAL)
        try:
            nonces[name] = wrap_many(vm, name)
            tap.equal(ram.state(vm), "unlocked request", "state and reason")
        finally:
            vm.kill()


def test_nonces():
    """no nonce occurs twice, in the original and its copies, told or not"""
    tap.equal(sorted(nonces), ["first", "fourth", "original", "second", "third"], "machines")
    every = list(itertools.chain(*nonces.values()))
    tap.equal(len(set(every)), len(nonces) * MESSAGES, "different nonces")


with tempfile.TemporaryDirectory(prefix="keybag-clone-") as name:
    folder = pathlib.Path(name)
    disk, image, image_disk = folder / "disk", folder / "image", folder / "image-disk"
    nonces = {}
    needles = ram.needles_of(*ram.make_keybag(disk))
    tap.main()

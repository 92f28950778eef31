#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Another kernel takes over without the memory being cleared: by kexec, and after a panic. All
memory is searched while that kernel stands, having found no root file system to mount."""

import contextlib
import pathlib
import shutil
import sys
import tempfile

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))

from lib import ram, tap  # noqa: E402
from lib.machine import must  # noqa: E402
from lib.ram import PASSCODE, feed, keybagctl  # noqa: E402
from vm import VM  # noqa: E402
from vm.kernel import Kernel  # noqa: E402

PARAMETER = "/sys/module/kernel/parameters/crash_kexec_post_notifiers"
# Dozens of pages, of which the next kernel leaves some alone.
MARK = "/dev/shm/mark"
MODULE = "keybag_panic.ko"
OTHER_KERNEL = "console=ttyS0 panic=0 loglevel=5 maxcpus=1 reset_devices"
TAKEN_OVER = "Unable to mount root"


@contextlib.contextmanager
def machine(append=""):
    """Unlocked, all cipher keys in memory."""
    vm = VM(disk=disk, memory=704, ram_file=True, share=share, append=append, allow=(".*",), allow_exit=True)
    try:
        vm.boot()
        keybagctl(vm, "unlock", PASSCODE)
        tap.equal(ram.cipher_keys(ram.search(vm, needles), ram.EVERY_CLASS), {}, "not found once, before")
        yield vm
    finally:
        vm.kill()


def load(vm, option):
    must(vm, f"kexec {option} /mnt/share/vmlinuz --append='{OTHER_KERNEL}'")


def take_over(vm, command):
    """Needles that are in memory once the other kernel has come up."""
    mark = must(vm, f"head -c 16 /dev/urandom >{MARK}; od -An -v -tx1 {MARK}; "
                    f"for i in $(seq 14); do cat {MARK} {MARK} >{MARK}.new; mv {MARK}.new {MARK}; done")
    start = len(vm.console.text())
    vm.command(f"sleep 1; {command}").end_input()
    tap.ok(vm.console.wait_for(TAKEN_OVER, start=start), "the other kernel came up")
    places = ram.search(vm, needles + [("mark", bytes.fromhex(mark.replace("\n", "")))])
    tap.ok(len(places.pop("mark", [])) > 64, "memory of before is still there")
    return places


def test_kexec():
    """kexec -e: no class key, device key or anything made of them"""
    with machine() as vm:
        load(vm, "-l")
        ram.assert_absent(take_over(vm, "kexec -e"), ram.EVERY_CLASS, also=("device/",))


def test_panic_with_notifiers():
    """panic, crash_kexec_post_notifiers=Y: no class key, device key or anything made of them"""
    with machine("crashkernel=192M") as vm:
        must(vm, f"echo Y >{PARAMETER}")
        load(vm, "-p")
        tap.contains(must(vm, "keybagctl doctor 2>&1 || true"), "keys are wiped before a crash kernel is started", "doctor")
        ram.assert_absent(take_over(vm, "echo c >/proc/sysrq-trigger"), ram.EVERY_CLASS, also=("device/",))


def test_panic_in_unlock():
    """panic in the middle of an unlock: no K_bag, no class key, opened or made ready, either"""
    with machine("crashkernel=192M") as vm:
        must(vm, f"echo Y >{PARAMETER}")
        load(vm, "-p")
        must(vm, "keybagctl lock --full --user alice")
        # K_bag is open, and two of its class keys wait to be put in place.
        must(vm, f"insmod /mnt/share/{MODULE} function=keybag_class_key_init calls=3")
        places = take_over(vm, f"{feed(PASSCODE)} runuser -u alice -- keybagctl unlock")
        # The program that unlocks still has the passcode.
        ram.assert_absent(places, ram.EVERY_CLASS, also=("device/",), allowed=("passcode/",))


def test_panic_in_load():
    """panic in the middle of a load: no class key that needs no passcode, made ready, either"""
    with machine("crashkernel=192M") as vm:
        must(vm, f"echo Y >{PARAMETER}")
        load(vm, "-p")
        must(vm, "keybagctl unload --user alice")
        # dk, dku and D wait for the keybag to be listed.
        must(vm, f"insmod /mnt/share/{MODULE} function=keybag_registry_add")
        places = take_over(vm, "keybagctl load --user alice")
        ram.assert_absent(places, ram.EVERY_CLASS, also=("device/",))


def test_panic_without_notifiers():
    """panic, crash_kexec_post_notifiers=N: the crash kernel finds the keys, and doctor said so"""
    with machine("crashkernel=192M") as vm:
        must(vm, f"echo N >{PARAMETER}")
        load(vm, "-p")
        tap.contains(must(vm, "keybagctl doctor 2>&1 || true"), "a dump that it makes would have the keys", "doctor")
        places = take_over(vm, "echo c >/proc/sysrq-trigger")
        tap.equal(ram.cipher_keys(places, ram.EVERY_CLASS), {}, "not found once")
        ram.assert_absent(places)


with tempfile.TemporaryDirectory(prefix="keybag-kexec-") as folder:
    disk, share = pathlib.Path(folder) / "disk", pathlib.Path(folder) / "share"
    share.mkdir()
    kernel = Kernel(None)
    shutil.copy(kernel.packed(), share / "vmlinuz")
    shutil.copy(TESTS.parent / "build/tests/modules" / kernel.version / MODULE, share)
    needles = ram.needles_of(*ram.make_keybag(disk))
    tap.main()

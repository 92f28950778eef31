#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A machine whose QEMU stops on an assertion of its own while the guest boots is switched on again; one that goes on
doing so is reported."""

import os
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from lib import tap  # noqa: E402
from vm import VM  # noqa: E402
from vm.machine import BOOTS, QemuAborted  # noqa: E402
from vm.qemu import qemu  # noqa: E402

# A QEMU that aborts as often as FOLDER/times says.
UNSTEADY = """#!/bin/sh
[ "$*" != --version ] || exec {real} --version
left=$(cat {folder}/times)
[ $left != 0 ] || exec {real} "$@"
echo $((left - 1)) >{folder}/times
echo 'iotlb_to_section: Assertion failed' >&2
kill -ABRT $$
"""


def unsteady(folder, times):
    """From now on machines run on it."""
    program = pathlib.Path(folder) / "qemu"
    program.write_text(UNSTEADY.format(real=" ".join(REAL), folder=folder))
    program.chmod(0o755)
    (program.parent / "times").write_text(str(times))
    os.environ["QEMU"] = str(program)
    qemu.cache_clear()


def test_once():
    """QEMU aborts once: the machine boots, and runs commands"""
    with tempfile.TemporaryDirectory() as folder:
        unsteady(folder, 1)
        with VM(start=False, memory=512) as vm:
            tap.equal(vm.run("echo here").output, "here\n", "output")


def test_always():
    """QEMU aborts each time: that is told, with what it said"""
    with tempfile.TemporaryDirectory() as folder:
        unsteady(folder, 10)
        try:
            VM(start=False, memory=512).boot()
        except QemuAborted as error:
            tap.contains(str(error), "iotlb_to_section", "error")
            tap.equal((pathlib.Path(folder) / "times").read_text(), f"{10 - BOOTS}\n", "aborts left")
        else:
            tap.ok(False, "that boot() raises")


REAL = qemu().command
tap.main()

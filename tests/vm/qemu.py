# SPDX-License-Identifier: GPL-2.0-or-later
"""The QEMU that machines run on: the one tests/lib/fetch-qemu has brought, else the installed one."""

import functools
import os
import re
import subprocess

from .architecture import X86_64
from .paths import BUILD, VMError

FETCHED = BUILD / "qemu/root"
# TCG's "max" differs between releases. QEMU 10 adds these, which change the kernel's choice of drivers
# and copies; without them figures of both releases can be compared.
NEW_IN_10 = ("sha-ni", "fsrm")


class Qemu:
    """A program, where its firmware is, and its version."""

    def __init__(self, program, firmware):
        self.command = [str(program)]
        for folder in firmware:
            self.command += ["-L", str(folder)]
        try:
            said = subprocess.run([str(program), "--version"], stdout=subprocess.PIPE, check=True).stdout.decode()
        except (OSError, subprocess.CalledProcessError) as error:
            raise VMError(f"no QEMU to run a machine with ({error}): run tests/setup") from None
        self.version = re.search(r"version (\S+)", said).group(1)
        self.major = int(self.version.split(".")[0])

    def plain_max(self):
        """CPU model "max" as every release that we use has it."""
        return ",".join(["max"] + [f"-{flag}" for flag in NEW_IN_10 if self.major >= 10])


@functools.lru_cache(maxsize=None)
def qemu(architecture=X86_64):
    """Environment QEMU=installed, or a program, overrules."""
    wanted = os.environ.get("QEMU", "")
    for folder in (FETCHED, BUILD / "qemu-arm64/root"):
        program = folder / "usr/bin" / architecture.qemu
        if not wanted and program.exists():
            return Qemu(program, [folder / "usr/share/qemu", folder / "usr/share/seabios"])
    return Qemu(architecture.qemu if wanted in ("", "installed") else wanted, [])

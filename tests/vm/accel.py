# SPDX-License-Identifier: GPL-2.0-or-later
"""Is KVM usable here? Asked once, the answer remembered."""

import os
import pathlib
import subprocess
import sys
import tempfile

from .initramfs import agent
from .cpio import Archive
from .paths import CACHE, digest, locked, replace
from .qemu import qemu

SECONDS = 30


def _answers(kernel):
    """Boots to the agent, which finds no settings and says so. A broken /dev/kvm may hang
    QEMU or make it abort."""
    archive = Archive()
    archive.file("init", agent().read_bytes(), 0o755)
    with tempfile.NamedTemporaryFile(dir=CACHE) as initrd:
        initrd.write(archive.bytes())
        initrd.flush()
        command = [*qemu().command, "-accel", "kvm", "-cpu", "host", "-m", "512", "-nodefaults",
                   "-display", "none", "-serial", "stdio", "-no-reboot", "-kernel", str(kernel.image()),
                   "-initrd", initrd.name, "-append", "console=ttyS0 panic=-1"]
        try:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL, timeout=SECONDS, check=False)
        except subprocess.TimeoutExpired:
            return False
    return b"agent: /vm/modules.config" in done.stdout


def have_kvm(kernel):
    """Environment KVM=0 or KVM=1 overrules."""
    if not kernel.architecture.kvm:
        return False
    if os.environ.get("KVM") in ("0", "1"):
        return os.environ["KVM"] == "1"
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return False
    model = [line for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
             if line.startswith("model name")][:1]
    remembered = CACHE / f"kvm-{digest(os.uname().release, str(model), qemu().version)}"
    if not remembered.exists():
        with locked("kvm"):
            if not remembered.exists():
                answer = _answers(kernel)
                if not answer:
                    print("vm: /dev/kvm does not work here, going on without", file=sys.stderr)
                replace(remembered, b"yes\n" if answer else b"no\n")
    return remembered.read_text().strip() == "yes"

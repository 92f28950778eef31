#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A kernel that loads signed modules only, as with Secure Boot: the module without a signature, and with one by a
key that the kernel does not know, is refused, and everybody says why and what to do."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from lib import tap  # noqa: E402
from vm import VM  # noqa: E402
from vm.kernel import Kernel  # noqa: E402
from vm.paths import stage  # noqa: E402

kernel = Kernel(os.environ.get("KERNEL", "6.1"))
folder = pathlib.Path(tempfile.mkdtemp(prefix="keybag-signed-"))
REQUIRED = "this kernel loads signed modules only (Secure Boot)"
vm = None


def clean_up():
    if vm:
        vm.close(check=False)
    shutil.rmtree(folder, ignore_errors=True)


def sign():
    """The module, signed by a new key."""
    tool = next((kernel.folder / "root").glob("usr/lib/linux-kbuild-*/scripts/sign-file"), None)
    if not tool:
        tap.skip("the kernel's headers have no sign-file")
    key, certificate = folder / "key.pem", folder / "key.der"
    subprocess.run(["openssl", "req", "-new", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=nobody knows me/",
                    "-keyout", str(key), "-outform", "DER", "-out", str(certificate)], check=True, stderr=subprocess.DEVNULL)
    signed = folder / "keybag.ko"
    built = next((stage(kernel.version) / "lib/modules" / kernel.version / "updates").rglob("keybag.ko"))
    subprocess.run([str(tool), "sha256", str(key), str(certificate), str(built), str(signed)], check=True)


def output(command, status):
    result = vm.run(command)
    tap.equal((result.status, result.output if result.status != status else ""), (status, ""), command)
    return result.output


def test_unsigned():
    """without a signature: modprobe, keybagctl, keybagd and doctor"""
    global vm
    sign()
    vm = VM(kernel=kernel, append="module.sig_enforce=1", share=folder, start=False).boot()
    tap.contains(output("modprobe keybag 2>&1", 1), "Key was rejected by service")
    tap.contains(output("echo x | keybagctl wrap --class ak 2>&1", 10), REQUIRED)
    output("mkdir -p /run/keybag; setsid keybagd </dev/null >/run/keybagd.log 2>&1 & "
           "until grep -q ' 00010000 .*keybagd.sock$' /proc/net/unix; do sleep 0.1; done", 0)
    tap.contains(output("keybagctl create --no-passcode 2>&1", 10), REQUIRED)
    tap.contains(output("cat /run/keybagd.log", 0), REQUIRED)
    findings = output("keybagctl doctor", 1)
    tap.contains(findings, f"error    signature    the kernel module is not loaded: {REQUIRED}, and ")
    tap.contains(findings, "updates/keybag.ko is not signed")
    tap.contains(findings, "mokutil --import")


def test_unknown_key():
    """signed by a key that the kernel does not know"""
    output("cp /mnt/share/keybag.ko /usr/lib/modules/$(uname -r)/updates/keybag.ko", 0)
    tap.contains(output("modprobe keybag 2>&1", 1), "Key was rejected by service")
    tap.contains(output("keybagctl doctor", 1), "may not know the key of 'nobody knows me'")


tap.main(teardown=clean_up)

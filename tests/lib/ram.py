# SPDX-License-Identifier: GPL-2.0-or-later
"""Searches in the machine's memory, and in images of it, for the secrets of a keybag.

A first boot makes a keybag and hands its sealed form and device key to the host, which
derives every secret from them and the passcode. Later boots of that disk are searched, in
pieces of 16 bytes, with the key schedules and hash keys that ciphers make of them. Passcodes
reach our programs through tests/forensics/feed only, so that a copy found is one of ours."""

import base64
import pathlib
import re
import secrets
import subprocess

from vm import VM

from . import tap
from .keybag_secrets import Secrets, every_secret
from .machine import must

TOOLS = pathlib.Path(__file__).resolve().parents[2] / "build/tests/forensics"
WHEN_UNLOCKED = ("A", "B", "ak", "aku", "akpu")
AFTER_FIRST_UNLOCK = ("C", "ck", "cku")
ALWAYS = ("D", "dk", "dku")
EVERY_CLASS = WHEN_UNLOCKED + AFTER_FIRST_UNLOCK + ALWAYS
PASSCODE = secrets.token_hex(16)
WRONG = secrets.token_hex(16)

# Never in memory once a command has returned, whatever the state.
NEVER = ("passcode/", "wrong/", "bag/", "akpu/", "device/key", "device/material", "device/prk")
# The key of class B is in memory while it can open, and with it most of the material.
NEVER_OF_A_CLASS = re.compile(r"class/((?!B/)\w+/(key|material)|\w+/(prk|\w+/H\^))")


def install_feed(vm):
    """For machines that share no folder."""
    must(vm, "base64 -d >/usr/local/bin/feed && chmod +x /usr/local/bin/feed",
         input=base64.encodebytes((TOOLS / "feed").read_bytes()).decode())


def feed(*passcodes):
    """The words that give passcodes to a program in the machine."""
    words = []
    for passcode in passcodes:
        mask = secrets.token_bytes(len(passcode))
        words += [bytes(a ^ b for a, b in zip(passcode.encode(), mask)).hex(), mask.hex()]
    return "/usr/local/bin/feed " + " ".join(words) + " -- "


def keybagctl(vm, words, *passcodes, status=0):
    """As alice."""
    program = f"runuser -u alice -- keybagctl {words}"
    return must(vm, (feed(*passcodes) if passcodes else "") + program, status)


def state(vm):
    return must(vm, "keybagctl status --user alice --json | jq -r '.state + \" \" + .reason'").strip()


def make_keybag(disk, **options):
    """A user with a keybag on DISK, and the tools; returns the sealed form and the device key."""
    with VM(disk=disk, memory=512, **options) as vm:
        install_feed(vm)
        must(vm, "useradd --create-home alice")
        keybagctl(vm, "create --kdf-memory 64 --kdf-passes 1", PASSCODE)
        form = bytes.fromhex(must(vm, "od -An -v -tx1 /var/lib/keybag/bags/*.keybag").replace("\n", ""))
        device_key = bytes.fromhex(must(vm, "od -An -v -tx1 /etc/keybag/device.key").replace("\n", ""))
    return form, device_key


def needles_of(form, device_key):
    known = every_secret(form, device_key, secret=PASSCODE.encode())
    wrong = Secrets()
    wrong["wrong/text"] = WRONG.encode()
    # Values that the kernel keeps of the device key are part of some inputs of HKDF, and are no trace of them.
    kept = [value for name, value in known.items() if re.fullmatch(r"device/(counter|dk|dku|kek|mac|tdo)", name)]
    return [(name, piece) for name, piece in list(known.needles()) + list(wrong.needles())
            if name.startswith("device/") or not any(piece in value for value in kept)]


def needles_of_pair_blob(needles, blob):
    """Keys of a blob of class B, with private half of the class and K_auth from NEEDLES; never to be found."""
    pieces, found = dict(needles), Secrets()
    private_half, authentic = (pieces[f"class/{name}+0"] + pieces[f"class/{name}+16"] for name in ("B/key", "D/authentic"))
    found.pair_blob("bag/unless open", private_half, authentic, blob)
    return list(found.needles())


def search_file(path, needles):
    """Name of each needle to the list of its places in the file."""
    lines = "".join(f"{name.replace(' ', '_')} {piece.hex()}\n" for name, piece in needles)
    found = subprocess.run([TOOLS / "search", path], input=lines, text=True, check=True,
                           stdout=subprocess.PIPE).stdout
    places = {}
    for line in found.splitlines():
        places.setdefault(line.split()[0], []).append(line.split()[1])
    return places


def search(vm, needles):
    """The same in the memory of a machine and its registers."""
    running = vm.qmp("query-status")["running"]
    if running:
        vm.qmp("stop")
    places = search_file(vm.memory.path, needles)
    registers = re.sub(r"[^0-9a-f]", "", vm.registers().lower())
    if running:
        vm.qmp("cont")
    for name, piece in needles:
        if piece.hex() in registers or piece[::-1].hex() in registers:
            places.setdefault(name.replace(" ", "_"), []).append("register")
    return places


def unavailable(classes):
    return re.compile(rf"class/({'|'.join(classes)})/")


def forbidden(places, gone=(), also=()):
    """Places that must not be there, with the classes GONE wiped, and names that begin with
    one of ALSO."""
    pattern = unavailable(gone) if gone else None
    return {name: where for name, where in places.items()
            if name.startswith(NEVER) or NEVER_OF_A_CLASS.match(name) or name.startswith(tuple(also))
            or (pattern and pattern.match(name))}


def assert_absent(places, gone=(), also=(), allowed=()):
    """Nothing that must not be there; returns what was found."""
    bad = {name: where for name, where in forbidden(places, gone, also).items()
           if not name.startswith(tuple(allowed))}
    tap.ok(not bad, "absence of " + ", ".join(f"{name} ({len(where)}: {' '.join(where[:4])})"
                                              for name, where in sorted(bad.items())))
    return places


def cipher_keys(places, classes):
    """Those of the ciphers' keys of CLASSES, the private half of B and K_auth of D, that were not found in exactly one
    place."""
    uses = {"B": ("key",), "D": ("encrypt", "child", "nonce", "authentic")}
    found = {f"class/{name}/{use}": len(places.get(f"class/{name}/{use}+16", []))
             for name in classes for use in uses.get(name, ("encrypt", "child", "nonce"))}
    return {name: number for name, number in found.items() if number != 1}

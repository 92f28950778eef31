#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Credentials of system units at boot: units that the machine starts by itself, many at once, have theirs, and one that was
granted nothing does not run."""

import json
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from lib import tap  # noqa: E402
from lib.machine import must  # noqa: E402
from vm import VM  # noqa: E402

UNITS = 20
UNIT = """[Unit]
[Service]
Type=oneshot
RemainAfterExit=yes
LoadCredential=db:/run/keychain/credentials.sock
ExecStart=/bin/sh -c 'cat "$CREDENTIALS_DIRECTORY/db" >/run/booted.%n'
[Install]
WantedBy=multi-user.target
"""
# As from a login: the agent of the machine is a system unit.
SESSION = "systemd-run --quiet --scope --slice=user.slice --collect"


def prepare(disk):
    with VM(disk=disk, systemd=True) as vm:
        must(vm, "keybagctl create --system")
        for name, of in (("boot@.service", "of all"), ("boot@7.service", "of one")):
            must(vm, f"{SESSION} keychainctl system add --for {name} db", input=of)
        for name in ("boot@", "nothing"):
            must(vm, f"cat >/etc/systemd/system/{name}.service", input=UNIT)
        must(vm, "systemctl enable keybagd.socket keychaind.socket keychain-credentials.socket nothing.service "
             f"$(seq -f boot@%.0f.service {UNITS})")


def test_boot():
    """nobody has logged in or asked for anything before"""
    with tempfile.TemporaryDirectory() as folder:
        disk = pathlib.Path(folder) / "disk"
        prepare(disk)
        with VM(disk=disk, systemd=True, start=False) as vm:
            must(vm, "systemctl is-system-running --wait || true")
            texts = json.loads(must(vm, "for unit in /run/booted.*; do printf '%s\\t%s\\n' ${unit##*/} \"$(cat $unit)\"; done | jq -R 'split(\"\\t\")' | jq -s ."))
            tap.equal(dict(texts), {f"booted.boot@{number}.service": "of one" if number == 7 else "of all" for number in range(1, UNITS + 1)})
            tap.equal(must(vm, "systemctl show -P ExecMainStatus nothing.service").strip(), "243", "exit status of the unit with nothing")
            tap.contains(must(vm, "journalctl -q -u nothing.service -o cat"), "keychainctl system add --for nothing.service db")


tap.main()

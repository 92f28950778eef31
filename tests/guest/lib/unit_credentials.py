# SPDX-License-Identifier: GPL-2.0-or-later
"""Credentials of system units, for the tests of LoadCredential= with the keychain: units that load them, processes that pretend to be
the service manager's, and the system keychain locked and opened."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

from lib import tap

SOCKET = "/run/keychain/credentials.sock"
SERVICE = "keychain-credentials.service"
UNITS, OUT = pathlib.Path("/run/systemd/system"), pathlib.Path("/run/test-credentials")
DEVICE_KEY = pathlib.Path("/etc/keybag/device.key")
SECRET = "s3cret of the backup"
LIMIT = 1 << 20
# Its exit status where credentials could not be loaded.
CREDENTIALS = "243"
UID = 1451
# Connects under an address, and prints how many bytes come, and whether a secret is among them.
CLIENT = pathlib.Path("/run/test-client.py")
CLIENT_TEXT = f'''
import os, socket, sys, time
def connect(name):
    end = socket.socket(socket.AF_UNIX)
    if name:
        end.bind(b"\\0" + name.encode())
    end.connect("{SOCKET}")
    end.shutdown(socket.SHUT_WR)
    return end
def read(end):
    data = b""
    while part := end.recv(1 << 16):
        data += part
    return data
def show(end):
    data = read(end)
    print(len(data), b"s3cret" in data, flush=True)
'''


def run(*command, text=None, check=True):
    done = subprocess.run(command, input=text, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if check and done.returncode:
        raise AssertionError(f"{' '.join(command)}: {done.returncode}\n{done.stdout}")
    return done.stdout.strip()


def session(*command, text=None, check=True):
    """As root from a login: this test is in a system unit itself."""
    return run("systemd-run", "--quiet", "--scope", "--slice=user.slice", "--collect", *command, text=text, check=check)


def system(*words, text=None, status=0):
    done = subprocess.run(("systemd-run", "--quiet", "--scope", "--slice=user.slice", "--collect", "keychainctl", "system", *words),
                          input=text, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    tap.equal(done.returncode, status, f"keychainctl system {' '.join(words)}: {done.stdout}")
    return done.stdout.strip()


def granted():
    return sorted((entry["unit"], entry["credential"], entry["accessible"]) for entry in json.loads(system("list", "--json"))["credentials"])


def soon(condition, what):
    end = time.monotonic() + 120
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"{what} did not come")
        time.sleep(0.1)


def journal(*words):
    run("journalctl", "--sync")
    return run("journalctl", "-q", "-b", "-o", "cat", "--no-pager", *words, check=False)


def write_unit(unit, *credentials, more=""):
    """A unit that keeps what it gets in OUT/UNIT.NAME."""
    loads = "".join(f"LoadCredential={name}:{SOCKET}\n" for name in credentials)
    path = unit if "@" not in unit else unit[:unit.index("@") + 1] + ".service"
    (UNITS / path).write_text(f"[Service]\nType=oneshot\nTimeoutStartSec=60\n{loads}{more}"
                              f"ExecStart=/bin/sh -c 'cd $CREDENTIALS_DIRECTORY && for f in *; do cat \"$$f\" >\"{OUT}/$$0.$$f\"; done' %n\n")
    run("systemctl", "daemon-reload")


def start(unit, *options):
    """Starts it; returns its exit status, "0" where it has run."""
    run("systemctl", "reset-failed", unit, check=False)
    run("systemctl", "start", *options, unit, check=False)
    return run("systemctl", "show", "-P", "ExecMainStatus", unit)


def got(unit, name="db"):
    path = OUT / f"{unit}.{name}"
    return path.read_text() if path.exists() else None


def refused(unit, *reasons):
    """It does not start, its command never ran, and its journal says why."""
    mark = time.time()
    tap.equal(start(unit), CREDENTIALS, f"exit status of {unit}")
    tap.equal([path.name for path in OUT.glob(f"{unit}.*")], [], "what its command has seen")
    said = journal("-u", unit, f"--since=@{mark:.3f}")
    for reason in (unit, "is refused", *reasons):
        tap.contains(said, reason, f"journal of {unit}")


def clear():
    for path in OUT.iterdir():
        path.unlink()


def client(code, *options, unit="stranger.service", wrap=()):
    """Runs a client in the control group of a unit, and returns the text that it prints."""
    CLIENT.write_text(CLIENT_TEXT + code)
    return run("systemd-run", "--quiet", "--pipe", "--wait", "--collect", "--unit", unit, *options, *wrap, sys.executable, str(CLIENT))


def address(unit="backup.service", name="db", random="1234abcd"):
    return f"{random}/unit/{unit}/{name}"


def is_refusal(printed, what):
    count, has_secret = printed.split()
    tap.ok(int(count) > LIMIT and has_secret == "False", f"{what}: {printed}; more than a credential may have, and no secret")


def begin():
    OUT.mkdir(mode=0o777)
    OUT.chmod(0o777)
    run("useradd", "-m", "-u", str(UID), "anna")
    run("keybagctl", "create", "--system", "--if-missing")
    run("systemctl", "start", "keychain-credentials.socket")
    write_unit("backup.service", "db")


def end():
    for unit in UNITS.glob("*.service"):
        unit.unlink()
    run("systemctl", "daemon-reload")
    run("systemctl", "reset-failed", check=False)
    for path in (pathlib.Path("/run/test-device.key"),):
        if path.exists():
            shutil.move(path, DEVICE_KEY)
    run("systemctl", "stop", "keychain-credentials.socket", SERVICE, check=False)
    run("keybagctl", "destroy", "--system", "--yes", check=False)
    run("keybagctl", "destroy", "--user", "anna", "--yes", check=False)
    run("userdel", "-rf", "anna", check=False)
    for path in (*pathlib.Path("/var/lib/keychain/system").glob("login.db*"), *pathlib.Path(f"/var/lib/keychain/{UID}").glob("*"),
                 pathlib.Path("/etc/keychain/entitlements.d/cron-anna.conf"), CLIENT):
        path.unlink(missing_ok=True)
    shutil.rmtree(OUT, ignore_errors=True)


def lock():
    shutil.move(DEVICE_KEY, "/run/test-device.key")
    run("keybagctl", "evict")


def unlock():
    if os.path.exists("/run/test-device.key"):
        shutil.move("/run/test-device.key", DEVICE_KEY)
        run("keybagctl", "load", "--system")


def begin_waiting(unit="backup.service"):
    """Starts the unit, until it is told that it waits."""
    mark = time.time()
    run("systemctl", "reset-failed", unit, check=False)
    run("systemctl", "start", "--no-block", unit)
    soon(lambda: "is waited for" in journal("-u", unit, f"--since=@{mark:.3f}"), "the wait")


def ended(unit="backup.service"):
    soon(lambda: run("systemctl", "show", "-P", "ActiveState", unit) in ("inactive", "failed"), "the end")
    return run("systemctl", "show", "-P", "Result", unit), got(unit)

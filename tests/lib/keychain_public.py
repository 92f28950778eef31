# SPDX-License-Identifier: GPL-2.0-or-later
"""The tables of keychain.py on keychains of keychaind, through the public interface.

Steps are asked by `keychainctl call`, which is keychain_call() of libkeychain. Without a CALLER it is the user's own; with
one it is a copy of keychainctl(1) that root made an identity: at a path of its own, with a group that nobody is in, and
an entitlement file that grants what the CALLER says. So what the engine's tests state of a caller is here what
keychaind finds out about a process.
"""

import json
import os
import pathlib
import shutil
import signal
import subprocess

from lib import keychain, keychaind, tap
from lib.keychain import UID, USER

FOLDER = pathlib.Path("/usr/libexec/keychain-callers")
FIRST_GROUP = 64100
OWN_GROUP = f"unconfined.{UID}"
AS_USER = ["setpriv", "--reuid", USER, "--regid", USER, "--init-groups"]

programs = {}           # a caller as JSON: the path of its program
running = {}            # a program and which one of it: the process, which stays for what is asked next


def grants(caller):
    """The [Grant] of a caller. "test" is what the engine's tests call the group of a program without a file."""
    groups = [OWN_GROUP if group == "test" else group for group in caller.get("groups", [])]
    groups += ["com.apple.token"] * caller.get("tokens", False) + ["*"] * caller.get("all_groups", False)
    text = f"KeychainAccessGroups = {', '.join(groups)}\n"
    if "application" in caller:
        text += f"ApplicationIdentifier = {caller['application']}\n"
    if caller.get("system"):
        text += "SystemKeychain = yes\n"
    return text


def program_of(caller):
    """The program that is this caller, made if it is not there."""
    key = json.dumps(caller, sort_keys=True)
    if key not in programs:
        number = len(programs)
        FOLDER.mkdir(exist_ok=True)
        path = FOLDER / f"caller{number:02}"
        shutil.copyfile("/usr/bin/keychainctl", path)
        os.chown(path, 0, FIRST_GROUP + number)
        path.chmod(0o2755)
        keychaind.entitlement(f"caller{number:02}", f"[Match]\nExecutable = {path}\n[Grant]\n{grants(caller)}")
        programs[key] = path
    return programs[key]


def remove_programs():
    for path in keychaind.ENTITLEMENTS.glob("caller*.conf"):
        path.unlink()
    shutil.rmtree(FOLDER, ignore_errors=True)


def ask(program, request, which=0):
    """The answer that a program of the user's gets."""
    process = running.get((program, which))
    if not process:
        process = running[program, which] = subprocess.Popen([*AS_USER, program, "call", "--lines"], stdin=subprocess.PIPE,
                                                             stdout=subprocess.PIPE, encoding="utf-8")
    process.stdin.write(json.dumps(keychain.encode(request)) + "\n")
    process.stdin.flush()
    line = process.stdout.readline()
    if not line:
        del running[program, which]
        raise AssertionError(f"{program} ended, status {process.wait()}, of {str(request)[:200]}")
    return keychain.decode(json.loads(line))


def end_programs(of=None):
    """All of them, or those that are which."""
    for program, process in list(running.items()):
        if of is not None and program[1] != of:
            continue
        process.stdin.close()
        tap.equal(process.wait(), 0, f"exit status of {program}")
        process.stdout.close()
        del running[program]


def can_be(step):
    """Whether a step can be carried out: no entitlement file makes a keychain read-only."""
    return callable(step) or not (step["caller"] or {}).get("read_only")


def restart_service():
    keychaind.stop_service(signal.SIGTERM)
    keychaind.start_service()


class PublicKeychain(keychain.Keychain):
    """A keychain of the user's own, made for a case and removed after it; with a folder: the same one once more."""

    NAME = "case"

    def __init__(self, folder=None):
        super().__init__(folder or str(keychaind.STATE / str(UID)))
        self.path = f"{self.folder}/{self.NAME}.db"
        self.made = not folder
        self.which = id(self) if folder else 0
        if self.made:
            self.manage("keychain-create")

    def manage(self, operation):
        answer = ask("keychainctl", {"op": operation, "name": self.NAME})
        tap.equal(answer["status"], 0, f"{operation}: {answer['message']}")

    def stop(self):
        """Ends its programs; for the one that made the keychain the service starts again, so that its files are closed."""
        if self.made:
            restart_service()
        else:
            end_programs(self.which)

    def ask(self, request):
        request = {"keychain": self.NAME, **request}
        caller = request.pop("caller", None)
        return ask(program_of(caller) if caller else "keychainctl", request, self.which)

    def remove(self):
        if self.made:
            self.manage("keychain-delete")
            for kind in ("damaged", "keybag"):
                for path in pathlib.Path(self.folder).glob(f"{self.NAME}.db.{kind}-*"):
                    path.unlink()


class DefaultKeychain(PublicKeychain):
    """The user's default one, emptied after each case."""

    NAME = "login"

    def manage(self, operation):
        if operation == "keychain-create":
            return
        for item_class in ("genp", "inet", "cert", "keys"):
            answer = ask("keychainctl", {"op": "delete", "query": {"class": item_class, "sync": "syna"}})
            tap.ok(answer["status"] in (0, -25300), str(answer))

    def ask(self, request):
        return ask("keychainctl", request)

#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: long kernel=6.1 timeout=1800 paths=helper/keychain/,tests/guest/keychain_,tests/lib/keychain
"""The keychain's cases, by number, through the public interface: libkeychain, keychaind and entitlement files.

The tables are those of the engine's tests. A step that names a CALLER is asked by a program of its own, which an
entitlement file gives the caller's groups (keychain_public.py). The last test sees to it that no number is left out.
At landing guest/keychain_cases.py and its neighbours ask the engine the same, and guest/keychain_commands.py keychaind.
"""

import importlib.util
import os
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from lib import keychain, keychaind, tap  # noqa: E402
from lib.keychain import UID, add, carry_out, copy, delete  # noqa: E402
from lib.keychain_public import (DefaultKeychain, PublicKeychain, ask, can_be, end_programs, program_of, remove_programs,  # noqa: E402
                                 restart_service)

HERE = pathlib.Path(__file__).resolve().parent
OTHER_USER, OTHER_UID = "dave", 1304

# Numbers of the list that are not the keychain's, or come later.
ASIDE = {35: "backup", 72: "constraints", 73: "constraints", 74: "constraints", **{n: "keybags" for n in range(78, 87)},
         **{n: "backup and restore" for n in range(87, 95)}}
# Numbers whose test is a program of its own, for what it does to the machine or the service.
ELSEWHERE = {41: "host/keychain_power.py", 42: "guest/keychaind.py", 44: "host/keychain_ram.py", 54: "guest/keychain_access.py",
             65: "guest/keychaind.py"}


def module(name):
    spec = importlib.util.spec_from_file_location(name, HERE / f"{name}.py")
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def case(number, title, steps):
    # Those that name callers are on a keychain that is made for them, the others on the default one.
    kind = DefaultKeychain if all(callable(step) or not step["caller"] for step in steps) else PublicKeychain

    def test():
        keychain.run_case(steps, kind)
    test.__doc__ = f"case {number}: {title}"
    return test


for entry in module("keychain_cases").CASES + module("keychain_identity").CASES:
    globals()[f"test_{entry[0]}"] = case(entry[0], entry[1], [step for step in entry[2] if can_be(step)])

# Cases about the database use the one of a keychain of keychaind. ENGINES are the engine's own: what has no number, a
# keybag that goes away, a disk of its own, pages that the client follows by itself (keychain_pages.py).
ENGINES = ("test_columns", "test_statements", "test_indexes", "test_many_groups", "test_no_keybag", "test_full_disk",
           "test_pages_of_one_file", "test_pages_of_an_older_file")
for loaded_ in (module("keychain_damage"), module("keychain_files")):
    loaded_.Keychain = PublicKeychain
    loaded_.run_case = lambda steps: keychain.run_case(steps, PublicKeychain)
    loaded_.check_newer = lambda chain: (chain.stop(), carry_out(chain, [copy(STATUS=-25291)]))
    for name_, function in list(vars(loaded_).items()):
        if name_.startswith("test_") and name_ not in ENGINES:
            globals()[f"{name_}_of_the_database"] = function


def test_full_disk():
    """case 60: a full disk: -25291, nothing lost, nothing moved aside"""
    folder = keychaind.STATE / str(UID)
    restart_service()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m,mode=700,uid=_keychain,gid=_keychain", "tmpfs", folder], check=True)
    chain = PublicKeychain()
    try:
        carry_out(chain, [add(acct="a", svce="s", v_Data=b"x")])
        subprocess.run(["dd", "if=/dev/zero", f"of={folder}/filler", "bs=4k"], stderr=subprocess.DEVNULL, check=False)
        # The first may still find room in what the database has.
        chain.ask({"op": "add", "query": {"class": "genp", "acct": "0", "svce": "s", "v_Data": bytes(30000)}})
        found = copy(acct="a", svce="s", r_Data=True, RESULT=b"x")
        carry_out(chain, [
            *(add(acct=str(number), svce="s", v_Data=bytes(30000), STATUS=-25291) for number in range(1, 5)), found,
            lambda *_: os.unlink(f"{folder}/filler"), found, add(acct="b", svce="s"), delete(acct="a"),
            copy(acct="a", STATUS=-25300)])
        tap.equal(list(folder.glob("*damaged*")), [], "moved aside")
    finally:
        chain.stop()
        subprocess.run(["umount", folder], check=True)


def test_96():
    """case 96: two users have the same item each, and neither sees the other's"""
    keychaind.make_user(OTHER_USER, OTHER_UID)
    query = {"class": "genp", "acct": "both", "svce": "s"}
    try:
        for uid, secret in ((UID, b"one"), (OTHER_UID, b"two")):
            answer = keychaind.as_user(uid, {"op": "add", "query": {**query, "v_Data": secret}})
            tap.equal(answer["status"], 0, f"add of {uid}")
        for uid, secret in ((UID, "one"), (OTHER_UID, "two")):
            answer = keychaind.as_user(uid, {"op": "copy", "query": {"class": "genp", "r_Data": True,
                                                                     "m_Limit": "m_LimitAll"}})
            tap.equal((answer["status"], answer["result"]), (0, [secret]), f"what {uid} finds")
        tap.equal(keychaind.as_user(UID, {"op": "delete", "query": query})["status"], 0, "delete")
        tap.equal(keychaind.as_user(OTHER_UID, {"op": "copy", "query": query})["status"], 0, "the other's afterwards")
    finally:
        keychaind.remove_user(OTHER_USER, OTHER_UID)


def test_97():
    """case 97: the system keychain takes an entitlement, and synchronizes nothing"""
    entitled = program_of({"groups": ["machine"], "system": True})
    item = {"class": "genp", "acct": "m", "svce": "s"}

    def system(program, **query):
        operation = query.pop("op", "add")
        return ask(program, {"op": operation, "query": {**item, "u_SystemKeychain": True, **query}})["status"]

    tap.equal(system("keychainctl"), -34018, "without a file")
    tap.equal(system(program_of({"groups": ["machine"]})), -34018, "with a file that does not grant it")
    tap.equal(system(entitled, sync=True), -50, "synchronizable")
    keychain.keybagctl_system("create")
    try:
        tap.equal((system(entitled), system(entitled, op="copy")), (0, 0), "add and copy")
        tap.equal(ask(entitled, {"op": "copy", "query": item})["status"], -25300, "in the user's own")
        tap.equal(system("keychainctl", op="copy"), -34018, "another program")
        tap.equal(system(entitled, op="delete"), 0, "delete")
    finally:
        keychain.keybagctl_system("destroy", "--yes")
        for path in (keychaind.STATE / "system").glob("login.db*"):
            path.unlink()


def test_every_number():
    """every number of the list that concerns the keychain has its test"""
    titles = [function.__doc__ or "" for name, function in globals().items() if name.startswith("test_")]
    here = {int(number) for title in titles for numbers in re.findall(r"case ([\d, .]+):", title)
            for number in re.findall(r"\d+", numbers)}
    for number, path in ELSEWHERE.items():
        tap.ok(re.search(rf'"""case [\d, ]*\b{number}\b', (HERE.parent / path).read_text()), f"case {number} in {path}")
    missing = [number for number in range(1, 98) if number not in here | set(ELSEWHERE) | set(ASIDE)]
    tap.equal(missing, [], "numbers without a test")


def end():
    end_programs()
    remove_programs()
    keychaind.remove_user(keychain.USER, UID)
    keychain.end()


if __name__ == "__main__":
    keychain.begin()
    tap.main(teardown=end)

#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: kernel=6.1
"""keychainctl add --seal-while-locked: a background service stores an item while the screen is locked, or before anybody logs in."""

import os
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from lib import keychaind, tap  # noqa: E402
from lib.keychaind import STATE, as_user, genp  # noqa: E402

USER, UID, OTHER, OTHER_UID = "anna", 1391, "ben", 1392
PASSCODE = b"passcode"
SECRET = b"a secret that arrives while it is locked"
SEAL = "--seal-while-locked"


def keybagctl(*arguments, user=USER):
    done = subprocess.run(["keybagctl", arguments[0], "--user", user, *arguments[1:]], input=PASSCODE, capture_output=True, check=False)
    tap.equal(done.returncode, 0, f"keybagctl {arguments}: {done.stderr}")


def keychain(*arguments, user=USER, **options):
    return keychaind.as_command(user, *arguments, **options)


def secret(account, user=USER):
    return keychain("find", "--account", account, user=user)[0]


def pending(user=USER):
    return as_user(UID if user == USER else OTHER_UID, {"op": "pending"})["result"]


def sealed(account, *words, data=SECRET, user=USER):
    said = keychain("add", "--account", account, "--service", "s", SEAL, *words, data=data, user=user)[1]
    tap.contains(said, "waits, sealed, for the keybag to be unlocked", f"{account}")


def content():
    return b"".join(path.read_bytes() for path in (STATE / str(UID)).iterdir() if path.is_file())


def clear():
    keybagctl("unlock")
    subprocess.run(["setpriv", "--reuid", USER, "--regid", USER, "--init-groups", "keychainctl", "delete", "--all", "--yes"], check=False,
                   capture_output=True)


def test_each_state():
    """before first unlock, and locked: the first that asks after the unlock finds it; unlocked nothing is special"""
    for lock in (["lock", "--full"], ["lock"]):
        keybagctl(*lock)
        keychain("add", "--account", "a", data=SECRET, status=3)
        sealed("a")
        keychain("find", "--account", "a", status=9)
        tap.equal([entry["state"] for entry in pending()], ["waits"], "what waits")
        tap.contains(keychain("pending")[0].decode(), "state: waits", "as people see it")
        tap.contains(keychain("keychains")[1], "1 item of 'login' waits to be added", "the keychains")
        tap.ok(SECRET not in content() and b"unconfined" in content(), "nothing of it is in the files")
        keybagctl("unlock")
        tap.equal(secret("a"), SECRET, "at once")
        tap.equal(pending(), [], "what waits after that")
        tap.ok(SECRET not in content(), "nothing of it is in the files")
        tap.equal(keychain("add", "--account", "u", SEAL, data=b"u")[1], "", "unlocked")
        keybagctl("lock")
        keychain("find", "--account", "a", status=3)
        clear()


def test_killed():
    """keychaind is killed, and the keybag unloaded, between the two"""
    keybagctl("lock")
    sealed("k")
    keychaind.stop_service(signal.SIGKILL)
    keychaind.start_service()
    tap.equal(len(pending()), 1, "what waits")
    keybagctl("lock", "--full")
    keychaind.stop_service(signal.SIGKILL)
    keychaind.start_service()
    keybagctl("unlock")
    keychaind.stop_service(signal.SIGKILL)
    keychaind.start_service()
    tap.equal((secret("k"), pending()), (SECRET, []), "after the unlock")
    clear()


def test_collides():
    """an addition that collides is kept, until it replaces the item, gets another name or is deleted"""
    keychain("add", "--account", "c", "--service", "s", data=b"first")
    keybagctl("lock")
    for data in (b"second", b"third", b"fourth"):
        sealed("c", data=data)
    keybagctl("unlock")
    tap.equal(secret("c"), b"first", "the item")
    references = [entry["v_PersistentRef"] for entry in pending()]
    tap.equal([entry["state"] for entry in pending()], ["collides"] * 3, "states")
    shown = keychain("pending")[0].decode()
    tap.contains(shown, "state: collides", "the list")
    tap.contains(shown, "account: c", "the list, unlocked")
    second, third, fourth = (reference.encode("latin-1").hex() for reference in references)
    keychain("pending", "--reference", second, "--set", "account=c2")
    tap.equal(secret("c2"), b"second", "with another name")
    keychain("pending", "--reference", third, "--replace")
    tap.equal(secret("c"), b"third", "in the place of the item")
    keychain("delete", "--reference", fourth)
    tap.equal(pending(), [], "what is left")
    keychain("pending", "--reference", fourth, "--replace", status=9)
    keychain("pending", "--reference", fourth, status=2)
    keychain("pending", "--replace", status=2)
    clear()


def test_replace():
    """--replace changes the item after the unlock"""
    keychain("add", "--account", "r", "--service", "s", "--label", "l", data=b"old")
    keybagctl("lock")
    sealed("r", "--replace", data=b"new")
    keybagctl("unlock")
    tap.equal(secret("r"), b"new", "the secret")
    tap.contains(keychain("find", "--account", "r", "--attributes")[0].decode(), "label: l", "the rest")
    clear()


def test_users():
    """each user's items wait for that user's unlock, and nobody sees another's"""
    keybagctl("lock")
    keybagctl("lock", user=OTHER)
    sealed("mine")
    sealed("theirs", user=OTHER)
    tap.equal((len(pending()), len(pending(OTHER))), (1, 1), "what waits")
    keybagctl("unlock", user=OTHER)
    tap.equal((secret("theirs", OTHER), len(pending())), (SECRET, 1), "after the other's unlock")
    keychain("find", "--account", "theirs", status=9)
    reference = pending()[0]["v_PersistentRef"].encode("latin-1")
    answer = as_user(OTHER_UID, {"op": "delete", "query": {"v_PersistentRef": reference}})
    tap.equal((answer["status"], len(pending())), (-25300, 1), f"{answer}")
    clear()
    tap.equal(pending(), [], "after one's own")


def test_watched():
    """a watcher is told of the item after the unlock, though nobody asks for anything"""
    watch = subprocess.Popen(["setpriv", "--reuid", USER, "--regid", USER, "--init-groups", "keychainctl", "watch", "--json"],
                             stdout=subprocess.PIPE)
    try:
        for _ in range(3):
            watch.stdout.readline()
        keybagctl("lock")
        watch.stdout.readline()
        sealed("w")
        keybagctl("unlock")
        told = [watch.stdout.readline().decode() for _ in range(2)]
        tap.ok(any("available" in line for line in told) and any('"added"' in line.replace(" ", "") or "added" in line for line in told), f"{told}")
    finally:
        watch.kill()
        watch.wait()
    clear()


def test_refused():
    """items that cannot wait: akpu, an identity, a program without a group; an option that is not known"""
    keybagctl("lock")
    tap.contains(keychain("add", "--account", "p", "--accessible", "akpu", SEAL, data=b"x", status=3)[1], "passcode", "akpu")
    answer = as_user(UID, {**genp("add", "o", b"x"), "options": {"seal_while_locked": "yes"}})
    tap.equal(answer["status"], -50, f"{answer}")
    answer = as_user(UID, {**genp("add", "o", b"x", agrp="foreign"), "options": {"seal_while_locked": True}})
    tap.equal(answer["status"], -34018, f"{answer}")
    answer = as_user(65534, {**genp("add", "o", b"x"), "options": {"seal_while_locked": True}})
    tap.equal(answer["status"], -25291, f"one without a keybag: {answer}")
    tap.equal(pending(), [], "what waits")
    clear()


for name, uid in ((USER, UID), (OTHER, OTHER_UID)):
    subprocess.run(["useradd", "-m", "-u", str(uid), name], check=True)
    keybagctl("create", *keychaind.CHEAP, user=name)
    keybagctl("unlock", user=name)


def teardown():
    keychaind.remove_user(USER, UID)
    keychaind.remove_user(OTHER, OTHER_UID)


tap.main(teardown=teardown)

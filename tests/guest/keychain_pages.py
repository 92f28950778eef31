#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: kernel=6.1
"""Long results come in pages, and all pages are of one keychain."""

import ctypes
import os
import shutil
import sqlite3
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from lib import keychaind, tap  # noqa: E402
from lib.keychaind import as_user, in_child  # noqa: E402

USER, UID = "anna", 1371
PASSCODE = b"passcode"
COUNT = 90      # more than two pages
RETURN_ATTRIBUTES, GENERIC_PASSWORD = 1, 1


def keybagctl(*arguments):
    done = subprocess.run(["keybagctl", arguments[0], "--user", USER, *arguments[1:]], input=PASSCODE, capture_output=True,
                          check=False)
    tap.equal(done.returncode, 0, f"keybagctl {arguments}: {done.stderr}")


def setup():
    subprocess.run(["useradd", "-m", "-u", str(UID), USER], check=True)
    keybagctl("create", *keychaind.CHEAP)
    keybagctl("unlock")
    ask({"op": "keychain-create", "name": "work"})
    for name in ("login", "work"):
        ask({"op": "add-all", "keychain": name, "items": [
            {"class": "genp", "acct": f"{name}{number}", "labl": "l" * 1500} for number in range(COUNT)]})


def teardown():
    keychaind.remove_user(USER, UID)


def ask(request):
    answer = as_user(UID, request)
    tap.equal(answer["status"], 0, f"{request}: {answer}")
    return answer


def default(name):
    ask({"op": "keychain-default", "name": name})


def page(cursor=None):
    return as_user(UID, {"op": "copy", "query": {"class": "genp", "m_Limit": "m_LimitAll", "r_Attributes": True},
                         "options": {"cursor": cursor} if cursor else {}})


def test_default():
    """another keychain becomes the default one between two pages: none of its items come"""
    default("work")
    first = page()
    tap.ok(first["result"][0]["acct"].startswith("work") and "cursor" in first, "a page")
    default("login")
    answer = page(first["cursor"].encode("latin-1"))
    tap.equal((answer["status"], answer.get("reason")), (-25291, "other-keychain"), str(answer.get("message")))
    default("work")
    tap.equal(page(first["cursor"].encode("latin-1"))["status"], 0, "the same page, once it is the default again")
    default("login")


def test_restored():
    """an older copy takes the place of the keychain between two pages: its rows have the numbers of others"""
    path = f"{keychaind.STATE}/{UID}/login.db"
    with sqlite3.connect(path) as database, sqlite3.connect(f"{path}.copy") as copy:
        database.backup(copy)
    database.close()
    copy.close()
    shutil.copystat(path, f"{path}.copy")
    shutil.chown(f"{path}.copy", "_keychain", "_keychain")
    first = page()
    tap.ok("cursor" in first, "a page")
    os.rename(f"{path}.copy", path)
    answer = page(first["cursor"].encode("latin-1"))
    tap.equal((answer["status"], answer.get("reason")), (-25291, "other-keychain"), str(answer.get("message")))


def test_iterator():
    """the keychains that are chosen for other requests meanwhile are not those of an iterator"""
    def iterate():
        library = ctypes.CDLL("libkeychain.so.1")
        for name in ("keychain_query_new", "keychain_items_count"):
            getattr(library, name).restype = ctypes.c_size_t
        client, iterator, items = (ctypes.c_void_p() for _ in range(3))
        assert library.keychain_client_new(ctypes.byref(client)) == 0
        query = ctypes.c_void_p(library.keychain_query_new(GENERIC_PASSWORD))
        library.keychain_client_choose(client, b"work")
        assert library.keychain_iterate(client, query, RETURN_ATTRIBUTES, ctypes.byref(iterator)) == 0
        statuses, count = [], 0
        for name in (b"login", None, b"gone", b"login", None, b"login"):
            library.keychain_client_choose(client, name)
            statuses.append(library.keychain_iterator_next(iterator, ctypes.byref(items)))
            count += library.keychain_items_count(items) if items else 0
        return statuses, count
    tap.equal(in_child(iterate, UID), [[0] * 6, COUNT], "statuses and items")


def test_default_in_library():
    """the same of the default one, and a keychain that is deleted and made again"""
    def iterate():
        library = ctypes.CDLL("libkeychain.so.1")
        library.keychain_query_new.restype = ctypes.c_size_t
        client, other, iterator, items = (ctypes.c_void_p() for _ in range(4))
        for one in (client, other):
            assert library.keychain_client_new(ctypes.byref(one)) == 0
        query = ctypes.c_void_p(library.keychain_query_new(GENERIC_PASSWORD))
        assert library.keychain_set_default(other, b"work") == 0
        assert library.keychain_iterate(client, query, RETURN_ATTRIBUTES, ctypes.byref(iterator)) == 0
        statuses = [library.keychain_iterator_next(iterator, ctypes.byref(items))]
        # It is not the one that is asked for, whatever the client does besides.
        library.keychain_client_choose(client, b"login")
        statuses.append(library.keychain_iterator_next(iterator, ctypes.byref(items)))
        assert library.keychain_remove(other, b"work") == 0
        statuses.append(library.keychain_iterator_next(iterator, ctypes.byref(items)))
        assert library.keychain_create(other, b"work") == 0 and library.keychain_set_default(other, b"work") == 0
        statuses.append(library.keychain_iterator_next(iterator, ctypes.byref(items)))
        return statuses
    tap.equal(in_child(iterate, UID), [0, 0, -25291, -25291], "statuses")


if __name__ == "__main__":
    setup()
    tap.main(teardown=teardown)

#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: kernel=6.1
"""Programs that keep lists of items and collections, as Seahorse and whatever uses libsecret's proxies: they are told them anew."""

import os
import sys
import time

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), folder) for folder in ("lib", "..")]
from lib import tap  # noqa: E402

try:
    from jeepney import HeaderFields  # noqa: E402
    from behalf_service import CGROUPS  # noqa: E402
    from secret_bus import LOGIN, ROOT, SECRET, KeybagBus  # noqa: E402
except ImportError as missing:
    print(f"1..0 # SKIP {missing}")
    sys.exit(4)

USER, UID, PASSCODE = "lisa", 1391, "a passcode"
CHANGED = "PropertiesChanged"
MANY = 60

bus = KeybagBus(USER, UID, PASSCODE)


def told(connection, path, name, seconds=60):
    """The next value of that property that is told of the object; None: none comes in that time."""
    end = time.monotonic() + seconds
    while True:
        try:
            signal = connection.bus.recv_until_filtered(connection.heard, timeout=max(end - time.monotonic(), 0.01))
        except TimeoutError:
            return None
        if signal.header.fields[HeaderFields.path] == path and name in signal.body[1]:
            return signal.body[1][name][1]


def listening(function, all_of=LOGIN):
    """The result of function(connection), which has read all properties of a collection and hears what is told of them."""
    def attempt(connection):
        before = connection.get_all(all_of, "Collection")["Items"] if all_of else None
        with connection.collected(CHANGED) as connection.heard:
            return function(connection, before)
    return bus.inside(attempt)


def while_another(act, cgroup=None):
    """By how many items the list that is told is longer, when another program has acted; None: none is told."""
    def attempt(connection, say, hear):
        before = connection.get_all(LOGIN, "Collection")["Items"]
        with connection.collected(CHANGED) as connection.heard:
            say("ready")
            hear()
            after = told(connection, LOGIN, "Items", 3 if cgroup else 60)
            say([len(before), after and len(after) - len(before)])
    with bus.talk(attempt, cgroup) as (say, hear):
        tap.equal(hear(), "ready", "before")
        act()
        say("done")
        before, more = hear()
        tap.equal(before > 0, cgroup is None, "that there are items")
        return more


def test_item_made_and_deleted():
    """a program that has read all of a collection is told its items when any program makes one or deletes one"""
    def attempt(connection, before):
        item = connection.store(connection.plain(), {"a": "1"}, b"x")
        made = told(connection, LOGIN, "Items")
        connection.call(item, "Item", "Delete")
        return [sorted(made) == sorted([*before, item]), told(connection, LOGIN, "Items") == before]
    tap.equal(listening(attempt), [True, True], "lists")
    bus.run("secret-tool", "store", "--label=one", "one", "1", text="x")

    tap.equal(while_another(lambda: bus.run("secret-tool", "store", "--label=another", "b", "2", text="x")), 1, "one more by another program")
    tap.equal(while_another(lambda: bus.run("secret-tool", "clear", "b", "2")), -1, "and one less")


def test_others():
    """a program that has read but one property is told no list, and a sandbox none of what it does not see"""
    def attempt(connection, _):
        connection.get(LOGIN, "Collection", "Items")
        connection.store(connection.plain(), {"a": "1"}, b"x")
        return told(connection, LOGIN, "Items", 3)
    tap.equal(listening(attempt, None), None, "list")
    if (CGROUPS / "cgroup.procs").exists():
        fox = f"user.slice/user-{UID}.slice/user@{UID}.service/app.slice/app-flatpak-org.example.Fox-12.scope"
        act = lambda: bus.run("secret-tool", "store", "--label=outside", "c", "3", text="x")  # noqa: E731
        tap.equal(while_another(act, fox), None, "in a sandbox")


def test_many():
    """many changes at once are told in few lists, of which the last one is whole"""
    def attempt(connection, before):
        session = connection.plain()
        made = {connection.store(session, {"many": str(number)}, b"x") for number in range(MANY)}
        lists, last = 0, None
        while last is None or not made <= set(last):
            last = told(connection, LOGIN, "Items")
            if last is None:
                return f"after {lists} lists no further one"
            lists += 1
        return [lists < MANY // 2, sorted(last) == sorted([*before, *made])]
    tap.equal(listening(attempt), [True, True], "fewer lists than changes, and the last one")


def test_locked():
    """while locked lists stay, labels come when it is opened; before first unlock a list is empty, and told after it"""
    def attempt(connection, say, hear):
        before = connection.get_all(LOGIN, "Collection")["Items"]
        with connection.collected(CHANGED) as connection.heard:
            say("ready")
            hear()
            say(connection.get_all(LOGIN, "Collection")["Items"] == before)
            hear()
            labels = [connection.get_all(item, "Item")["Label"] for item in before]
            say([labels.count(""), len(before) > MANY])
            hear()
            say(connection.get_all(LOGIN, "Collection")["Items"])
            hear()
            say(sorted(told(connection, LOGIN, "Items")) == sorted(before))
    with bus.talk(attempt) as (say, hear):
        tap.equal(hear(), "ready", "before")
        bus.lock()
        say("locked")
        tap.equal(hear(), True, "list while locked")
        bus.unlock()
        say("open")
        tap.equal(hear(), [0, True], "labels, of all")
        bus.lock("--full")
        say("before first unlock")
        tap.equal(hear(), [], "list before first unlock")
        bus.unlock()
        say("open")
        tap.equal(hear(), True, "list after it")


def test_collections():
    """a collection that is made or deleted is told as a property of the service as well"""
    def attempt(connection):
        before = connection.get_all(ROOT, "Service")["Collections"]
        with connection.collected(CHANGED) as connection.heard:
            made = connection.service("CreateCollection", "a{sv}s", {SECRET + "Collection.Label": ("s", "Work")}, "")[0]
            after = told(connection, ROOT, "Collections")
            connection.call(made, "Collection", "Delete")
            return [sorted(after) == sorted([*before, made]), told(connection, ROOT, "Collections") == before]
    tap.equal(bus.inside(attempt), [True, True], "lists")


def test_modified():
    """an item that is changed tells its date, its label and its attributes"""
    def attempt(connection, _):
        item = connection.store(connection.plain(), {"date": "1"}, b"x")
        before = connection.get_all(item, "Item")
        with connection.collected(CHANGED) as connection.heard:
            time.sleep(1.1)
            connection.set(item, "Item", "Label", "s", "another label")
            label = told(connection, item, "Label")
        return [label, connection.get(item, "Item", "Modified") > before["Modified"]]
    tap.equal(listening(attempt), ["another label", True], "label, and a later date")


tap.main(teardown=bus.end)

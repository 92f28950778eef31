#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The Secret Service: real programs on a real bus, in each state of the keybag."""

import base64
import ctypes
import json
import os
import pathlib
import subprocess
import sys

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), folder) for folder in ("lib", "..")]
from lib import tap  # noqa: E402

try:
    import secretstorage  # noqa: E402
    from jeepney import HeaderFields  # noqa: E402
    from behalf_service import CGROUPS  # noqa: E402
    from secret_bus import DEFAULT, LOGIN, ROOT, SECRET, SESSION, KeybagBus, error_of, wait_until  # noqa: E402
except ImportError as missing:
    print(f"1..0 # SKIP {missing}")
    sys.exit(4)

USER, UID, PASSCODE = "anna", 1381, "a passcode"
NONE = f"{LOGIN}/{'0' * 32}"

bus = KeybagBus(USER, UID, PASSCODE)
lock, unlock, lookup, store = bus.lock, bus.unlock, bus.lookup, bus.store


def test_secret_tool():
    """secret-tool: stored, found, listed, replaced and deleted, by a service that the bus starts"""
    store("Mail of anna", "letmein", "server", "mail.example.org", "user", "anna")
    tap.equal(lookup("server", "mail.example.org"), "letmein", "lookup")
    tap.equal(lookup("server", "mail.example.org", "user", "ben", status=1), "", "lookup of another")
    shown = bus.run("secret-tool", "search", "--all", "user", "anna")
    for part in ("label = Mail of anna", "secret = letmein"):
        tap.contains(shown, part)
    store("Mail of anna", "changed", "server", "mail.example.org", "user", "anna")
    tap.equal(lookup("server", "mail.example.org"), "changed", "after it was replaced")
    tap.equal(bus.run("secret-tool", "search", "--all", "user", "anna").count("secret ="), 1, "items")
    bus.run("secret-tool", "clear", "server", "mail.example.org")
    tap.equal(lookup("server", "mail.example.org", status=1), "", "after it was deleted")


def test_odd_secrets():
    """secrets of no byte, of any byte, and of 1 MiB come back as they were"""
    def attempt(connection):
        session = connection.plain()
        for number, secret in enumerate((b"", bytes(range(256)), b"a\nb\n\0", os.urandom(1 << 20))):
            item = connection.store(session, {"number": str(number)}, secret)
            if connection.secret(session, item) != secret:
                return f"secret {number}"
            connection.call(item, "Item", "Delete")
        too_long = error_of(lambda: connection.store(session, {"long": "x"}, bytes((1 << 20) + 1)))
        return too_long
    tap.equal(bus.inside(attempt), "LimitsExceeded", "what is not as it was, or one that is too long")


def test_secretstorage():
    """python3-secretstorage, by the Diffie-Hellman session: store, search, change, delete"""
    def attempt(_):
        connection = secretstorage.dbus_init()
        collection = secretstorage.get_default_collection(connection)
        assert not collection.is_locked() and collection.get_label() == "Login", collection.get_label()
        attributes = {"application": "test", "name": "ä ö"}
        item = collection.create_item("A label", attributes, b"\x00secret\xff", content_type="application/octet-stream")
        found = list(collection.search_items({"application": "test"}))
        assert [one.item_path for one in found] == [item.item_path], found
        assert item.session.encrypted if hasattr(item, "session") and item.session else True
        assert found[0].get_secret() == b"\x00secret\xff"
        assert found[0].get_attributes() == attributes, found[0].get_attributes()
        assert found[0].get_secret_content_type() == "application/octet-stream"
        item.set_secret(b"", "text/x")
        item.set_label("Another")
        item.set_attributes({"application": "test", "second": "2"})
        again = next(secretstorage.search_items(connection, {"second": "2"}))
        assert (again.get_secret(), again.get_label(), again.get_secret_content_type()) == (b"", "Another", "text/x")
        assert again.get_created() <= again.get_modified() and again.get_created() > 1600000000
        again.delete()
        assert not list(secretstorage.search_items(connection, {"application": "test"}))
        return "done"
    tap.equal(bus.inside(attempt), "done", "secretstorage")


def test_replace():
    """an item is replaced by one that has just its attributes; newest changes come first"""
    def attempt(connection):
        session = connection.plain()
        both = connection.store(session, {"a": "b", "c": "d"}, b"both")
        one = connection.store(session, {"a": "b"}, b"one", replace=True)
        assert one != both and connection.secret(session, both) == b"both"
        again = connection.store(session, {"a": "b"}, b"two", replace=True)
        assert again == one and connection.secret(session, one) == b"two"
        twice = connection.store(session, {"a": "b"}, b"three")
        assert twice != one
        found, locked = connection.search({"a": "b"})
        assert (found, locked) == ([twice, one, both], []), found
        connection.set(both, "Item", "Label", "s", "newer")
        assert connection.search({"a": "b"})[0][0] == both
        assert connection.service("GetSecrets", "aoo", [one, both, NONE], session)[0].keys() == {one, both}
        for item in (both, one, twice):
            connection.call(item, "Item", "Delete")
        return connection.search({"a": "b"})
    tap.equal(bus.inside(attempt), [[], []], "at the end")


def test_told_of_changes():
    """a program that keeps what an item has is told what is changed, by itself or another; one that keeps nothing is not"""
    def keep(connection, say, hear):
        session = connection.plain()
        item = connection.store(session, {"kept": "yes"}, b"", label="before")
        assert connection.get_all(item, "Item")["Label"] == "before"
        for change in (("Label", "s", "own"), ("Attributes", "a{ss}", {"kept": "no"})):
            with connection.collected("PropertiesChanged") as told:
                connection.set(item, "Item", *change)
            ((name, values, gone),) = [signal.body for signal in told]
            assert (name, values[change[0]], gone) == (SECRET + "Item", (change[1], change[2]), []), values
        with connection.collected("PropertiesChanged") as told:
            connection.call(item, "Item", "SetSecret", "(oayays)", (session, b"", b"x", "text/plain"))
            say([item, len(told)])
        hear()
        with connection.collected("PropertiesChanged") as told:
            say("listens")
            hear()
            connection.get(item, "Item", "Label")
            say([(signal.header.fields[HeaderFields.path], signal.body[1]["Label"][1]) for signal in told])

    def other(connection, item):
        connection.set(item, "Item", "Label", "s", "of another")
        connection.store(connection.plain(), {"kept": "no"}, b"", label="replaced", replace=True)

    def keep_nothing(connection, item):
        with connection.collected("PropertiesChanged") as told:
            connection.set(item, "Item", "Label", "s", "last")
            connection.call(item, "Item", "Delete")
            return len(told)
    with bus.talk(keep) as (say, hear):
        item, told = hear()
        tap.equal(told, 0, "signals of a secret")
        say("go")
        tap.equal(hear(), "listens", "who keeps it")
        bus.inside(other, item)
        say("go")
        tap.equal(hear(), [[item, "of another"], [item, "replaced"]], "changes by another")
    tap.equal(bus.inside(keep_nothing, item), 0, "signals to one that keeps nothing")


def test_paths():
    """everything works by the alias as well; what is not there is NoSuchObject"""
    def attempt(connection):
        session = connection.plain()
        item = connection.store(session, {"by": "alias"}, b"secret")
        by_alias = item.replace(LOGIN, DEFAULT)
        assert item.startswith(LOGIN + "/") and connection.secret(session, by_alias) == b"secret"
        assert connection.get(by_alias, "Item", "Attributes") == {"by": "alias"}
        connection.set(by_alias, "Item", "Label", "s", "by alias")
        properties = connection.get_all(item, "Item")
        assert (properties["Label"], properties["Locked"], properties["Type"]) == ("by alias", False, ""), properties
        assert connection.service("ReadAlias", "s", "default") == (LOGIN,)
        assert connection.service("ReadAlias", "s", "nothing") == ("/",)
        assert LOGIN in connection.get(ROOT, "Service", "Collections")
        assert item in connection.get(DEFAULT, "Collection", "Items")
        assert connection.call(DEFAULT, "Collection", "SearchItems", "a{ss}", {"by": "alias"}) == ([item],)
        connection.call(by_alias, "Item", "Delete")
        errors = [error_of(connection.secret, session, item), error_of(connection.get, item, "Item", "Label"),
                  error_of(connection.get, ROOT + "/collection/none", "Collection", "Label"),
                  error_of(connection.secret, session + "9", by_alias), error_of(connection.secret, "/", by_alias),
                  error_of(connection.service, "OpenSession", "sv", "rot13", ("s", "")),
                  error_of(connection.service, "OpenSession", "sv", "plain", ("ay", b"")),
                  error_of(connection.service, "ChangeLock", "o", LOGIN),
                  error_of(connection.set, LOGIN, "Collection", "Locked", "b", True)]
        return errors
    tap.equal(bus.inside(attempt), ["NoSuchObject"] * 3 + ["NoSession"] * 2 + ["NotSupported", "InvalidArgs", "NotSupported",
                                                                              "PropertyReadOnly"], "errors")


def test_degenerate_keys():
    """public keys that would tell the shared secret are refused"""
    prime = int("FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD"
                "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
                "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE65381FFFFFFFFFFFFFFFF", 16)

    def attempt(connection):
        return [error_of(connection.service, "OpenSession", "sv", "dh-ietf1024-sha256-aes128-cbc-pkcs7",
                         ("ay", number.to_bytes(size, "big")))
                for number, size in ((0, 0), (0, 128), (1, 1), (1, 128), (prime - 1, 128), (prime, 128), (prime + 1, 128),
                                     (1 << 1024, 129), (2, 1), (2, 200), (prime - 2, 128))]
    tap.equal(bus.inside(attempt), ["InvalidArgs"] * 8 + [None] * 3, "errors")


def test_locked():
    """locked: items are found and cannot be read; prompts wait, and are completed when the keybag opens"""
    store("A label", "while locked", "locked", "yes")

    def attempt(connection, say, _hear):
        session = connection.plain()
        (item,), _ = connection.search({"locked": "yes"})
        collection = connection.get_all(LOGIN, "Collection")
        assert collection["Locked"] is False and item in collection["Items"], collection
        say("ready")
        changed = connection.signals("PropertiesChanged", LOGIN).body
        assert changed[1]["Locked"][1] is True, changed
        assert connection.search({"locked": "yes"}) == ([], [item]), connection.search({"locked": "yes"})
        assert connection.search({"locked": "no"}) == ([], [])
        properties = connection.get_all(item, "Item")
        assert (properties["Label"], properties["Attributes"], properties["Locked"], properties["Type"]) == ("", {}, True, "")
        assert properties["Modified"] >= properties["Created"] > 1600000000
        assert connection.get(LOGIN, "Collection", "Locked") is True and item in connection.get(LOGIN, "Collection", "Items")
        assert error_of(connection.secret, session, item) == "IsLocked"
        assert error_of(connection.store, session, {"new": "one"}, b"x") == "IsLocked"
        assert error_of(connection.set, item, "Item", "Label", "s", "x") == "IsLocked"
        assert connection.service("GetSecrets", "aoo", [item], session) == ({},)
        by_alias = item.replace(LOGIN, DEFAULT)
        opened, prompt = connection.service("Unlock", "ao", [by_alias, NONE, ROOT + "/collection/none"])
        assert opened == [] and prompt != "/"
        dismissed = connection.service("Unlock", "ao", [LOGIN])[1]
        connection.call(prompt, "Prompt", "Prompt", "s", "")
        assert error_of(connection.call, prompt, "Prompt", "Prompt", "s", "") == "AlreadyExists"
        connection.call(dismissed, "Prompt", "Prompt", "s", "")
        connection.call(dismissed, "Prompt", "Dismiss")
        assert connection.signals("Completed", dismissed).body == (True, ("ao", []))
        say("waits")
        changed = connection.signals("PropertiesChanged", LOGIN).body
        assert changed[1]["Locked"][1] is False, changed
        opened = connection.signals("PropertiesChanged", item).body
        assert opened[1].pop("Modified")[0] == "t"
        assert opened == (SECRET + "Item", {"Locked": ("b", False), "Label": ("s", "A label"),
                                            "Attributes": ("a{ss}", {"locked": "yes"})}, []), opened
        completed = connection.signals("Completed", prompt).body
        assert completed == (False, ("ao", [by_alias])), completed
        assert connection.secret(session, item) == b"while locked"
        assert error_of(connection.call, prompt, "Prompt", "Prompt", "s", "") == "NoSuchObject"
        assert connection.service("Unlock", "ao", [DEFAULT, item]) == ([DEFAULT, item], "/")
        assert connection.service("Unlock", "ao", []) == ([], "/")
        say("done")
    with bus.talk(attempt) as (_, hear):
        tap.equal(hear(), "ready", "before")
        lock()
        tap.equal(hear(), "waits", "while locked")
        program = bus.start("secret-tool", "lookup", "locked", "yes")
        storing = bus.start("sh", "-c", "echo -n late | secret-tool store --label=late late yes")
        wait_until(lambda: program.poll() is None, "the program")
        unlock()
        tap.equal(hear(), "done", "after")
    tap.equal((program.wait(600), program.stdout.read()), (0, "while locked"), "secret-tool lookup that began while locked")
    tap.equal((storing.wait(600), storing.stdout.read()), (0, ""), "secret-tool store that began while locked")
    tap.equal(lookup("late", "yes"), "late", "what it stored")
    bus.run("secret-tool", "clear", "late", "yes")


def test_told_of_items():
    """a program that keeps what it has read of an item is told when that is locked and open again, by the keybag or by Lock(); others are not"""
    def attempt(connection, say, hear):
        session = connection.plain()
        short = connection.store(session, {"told": "short"}, b"")
        always = connection.store(session, {"told": "always", "keybag:accessible": "after-first-unlock"}, b"")
        unseen = connection.store(session, {"told": "unseen"}, b"")
        for item in (short, always):
            assert connection.get_all(item, "Item")["Locked"] is False
        with connection.collected("PropertiesChanged") as queue:
            def told():
                """Changes that it was told of before the last answer."""
                connection.service("ReadAlias", "s", "default")
                found = [[signal.header.fields[HeaderFields.path], signal.body[1]["Locked"][1]] for signal in queue if signal.body[0] == SECRET + "Item"]
                queue.clear()
                return [[("short", "always", "unseen")[(short, always, unseen).index(path)], value] for path, value in found]
            for _ in range(4):
                say(sorted(told()))
                hear()
            connection.service("Lock", "ao", [LOGIN])
            say(sorted(told()))
            hear()
            say(sorted(told()))
        for item in (short, always, unseen):
            connection.call(item, "Item", "Delete")

    def other(connection, say, hear):
        assert connection.get_all(LOGIN, "Collection")["Locked"] is False
        with connection.collected("PropertiesChanged") as queue:
            say("ready")
            hear()
            connection.service("ReadAlias", "s", "default")
            say([signal.body[0] for signal in queue if signal.body[0] == SECRET + "Item"])
    with bus.talk(attempt) as (say, hear), bus.talk(other) as (say_other, hear_other):
        tap.equal([hear(), hear_other()], [[], "ready"], "before")
        for change, wanted in ((lock, [["short", True]]), (lambda: lock("--full"), [["always", True]]),
                               (unlock, [["always", False], ["short", False]])):
            change()
            say("go")
            tap.equal(hear(), wanted, "after it was locked, before first unlock, and opened")
        say("go")
        tap.equal(hear(), [["always", True], ["short", True]], "after Lock()")
        lock()
        unlock()
        say("go")
        tap.equal(hear(), [["always", False], ["short", False]], "after the passcode was given")
        say_other("go")
        tap.equal(hear_other(), [], "of another program")


def test_deleted_while_locked():
    """a locked item can be deleted"""
    store("One", "1", "delete", "it")

    def attempt(connection):
        (item,) = connection.search({"delete": "it"})[1]
        connection.call(item, "Item", "Delete")
        return connection.search({"delete": "it"})
    lock()
    tap.equal(bus.inside(attempt), [[], []], "afterwards")
    unlock()


def test_items_of_others():
    """an item that keychainctl has made is not there, locked or open, and is not deleted"""
    def keychainctl(*command, text=None):
        return bus.run("keychainctl", *command, text=text)
    keychainctl("add", "--service", "elsewhere", "--account", USER, text="not yours")
    (found,) = json.loads(keychainctl("call", text=json.dumps({"op": "copy", "query": {
        "class": "genp", "svce": "elsewhere", "r_PersistentRef": True, "m_Limit": "m_LimitAll"}})))["result"]
    reference = base64.b64decode(found["data"])
    path = f"{LOGIN}/{reference[4:].hex()}"

    def attempt(connection):
        return [error_of(connection.get_all, path, "Item"), error_of(connection.call, path, "Item", "Delete"),
                error_of(connection.secret, connection.plain(), path), connection.service("Unlock", "ao", [path]),
                path in connection.get(LOGIN, "Collection", "Items")]
    wanted = ["NoSuchObject"] * 3 + [[[], "/"], False]
    tap.equal(bus.inside(attempt), wanted, "while open")
    lock()
    try:
        tap.equal(bus.inside(attempt), wanted, "while locked")
    finally:
        unlock()
    kept = json.loads(keychainctl("call", text=json.dumps({"op": "copy", "query": {"class": "genp", "svce": "elsewhere", "r_Data": True}})))
    tap.equal(base64.b64decode(kept["result"]["data"]), b"not yours", "afterwards")


def test_after_first_unlock():
    """an item that asks to be readable after first unlock is, and can be made, while the rest is locked"""
    def attempt(connection):
        session = connection.plain()
        attributes = {"kind": "background", "keybag:accessible": "after-first-unlock"}
        item = connection.store(session, attributes, b"always")
        found = connection.search({"kind": "background"})
        opened = connection.service("Unlock", "ao", [item])
        secret = connection.secret(session, item)
        values = connection.get(item, "Item", "Attributes")
        connection.call(item, "Item", "Delete")
        return [found == ([item], []), opened == ([item], "/"), secret == b"always", values == attributes]
    lock()
    tap.equal(bus.inside(attempt), [True] * 4, "what holds")
    unlock()


def test_class_rules():
    """root's rules say which items are readable after first unlock, before what the program asks for; a package brings some"""
    rules = pathlib.Path("/etc/keychain/secret-service.conf")
    rules.write_text("schema org.example.Kept ak\nschema org.example.* ck\n")

    def attempt(connection):
        session = connection.plain()
        asked = {"keybag:accessible": "after-first-unlock"}
        errors = [error_of(connection.store, session, {"xdg:schema": schema, **asked}, b"x")
                  for schema in ("org.example.Network", "org.example.Kept", "org.freedesktop.NetworkManager.Connection", "org.other")]
        for item in connection.search({"keybag:accessible": "after-first-unlock"})[0]:
            connection.call(item, "Item", "Delete")
        return [*errors, error_of(connection.store, session, {"xdg:schema": "org.other"}, b"x")]
    lock()
    try:
        tap.equal(bus.inside(attempt), [None, "IsLocked", None, None, "IsLocked"], "while locked")
    finally:
        rules.unlink()
        unlock()


def test_before_first_unlock():
    """before first unlock a search is an error, not an empty answer; the prompt is completed by the first unlock"""
    items = bus.inside(lambda connection: connection.search({"locked": "yes"})[0])
    lock("--full")

    def attempt(connection, say, _hear):
        session = connection.plain()
        item_errors = [error_of(connection.search, {"locked": "yes"}), error_of(connection.search, {"other": "x"}),
                       error_of(connection.call, LOGIN, "Collection", "SearchItems", "a{ss}", {"locked": "yes"}),
                       error_of(connection.get, LOGIN, "Collection", "Items"),
                       error_of(connection.store, session, {"locked": "yes"}, b"second", DEFAULT, "x", True)]
        assert item_errors == ["IsLocked"] * 5, item_errors
        collection = connection.get_all(LOGIN, "Collection")
        assert (collection["Items"], collection["Modified"], collection["Locked"], collection["Label"]) == ([], 0, True, "Login"), collection
        (item,) = items
        properties = connection.get_all(item, "Item")
        assert (properties["Label"], properties["Attributes"], properties["Locked"]) == ("", {}, True), properties
        assert error_of(connection.call, item, "Item", "Delete") == "IsLocked"
        assert connection.get(LOGIN, "Collection", "Locked") is True and connection.get(LOGIN, "Collection", "Label") == "Login"
        assert connection.get_all(ROOT, "Service")["Collections"] == [LOGIN, SESSION]
        prompt = connection.service("Unlock", "ao", [LOGIN])[1]
        connection.call(prompt, "Prompt", "Prompt", "s", "")
        say("waits")
        assert connection.signals("Completed", prompt).body == (False, ("ao", [LOGIN]))
        say(len(connection.search({"locked": "yes"})[0]))
    with bus.talk(attempt) as (_, hear):
        tap.equal(hear(), "waits", "before")
        lookup("locked", "yes", status=1)
        unlock()
        tap.equal(hear(), 1, "items after it")


def test_soft_lock():
    """Lock() by a program: refused until the passcode was given again; LockService locks the keybag"""
    def attempt(connection, say, hear):
        session = connection.plain()
        (item,), _ = connection.search({"locked": "yes"})
        assert connection.service("Lock", "ao", [DEFAULT]) == ([DEFAULT], "/")
        assert connection.search({"locked": "yes"}) == ([], [item])
        assert error_of(connection.secret, session, item) == "IsLocked"
        assert connection.get(item, "Item", "Label") == "" and connection.get(LOGIN, "Collection", "Locked") is True
        say("soft")
        hear()
        assert connection.secret(session, item) == b"while locked"
        connection.service("LockService")
        assert error_of(connection.secret, session, item) == "IsLocked"
        say("locked")
    with bus.talk(attempt) as (say, hear):
        tap.equal(hear(), "soft", "first")
        lock()
        unlock()
        say("unlocked")
        tap.equal(hear(), "locked", "at last")
    tap.contains(subprocess.run(["keybagctl", "status", "--user", USER], capture_output=True, text=True, check=True).stdout, "locked")
    unlock()


def test_sandboxes():
    """a program in a Flatpak sees what it has stored itself, and is told of nothing else; other containers are not served"""
    if not (CGROUPS / "cgroup.procs").exists():
        tap.skip("no control groups")
    session = f"user.slice/user-{UID}.slice"
    apps = f"{session}/user@{UID}.service/app.slice"
    fox, other = f"{apps}/app-flatpak-org.example.Fox-12.scope", f"{apps}/app-flatpak-org.example.Other-13.scope"

    def store_one(connection, secret):
        return connection.store(connection.plain(), {"scope": "one"}, secret.encode(), replace=True)

    def look(connection, *items):
        session = connection.plain()
        collection = error_of(connection.service, "CreateCollection", "a{sv}s", {}, "")
        return [connection.search({"scope": "one"})[0], connection.search({})[0], connection.get(LOGIN, "Collection", "Items"),
                [error_of(connection.secret, session, item) for item in items],
                [error_of(connection.get, item, "Item", "Label") for item in items],
                [error_of(connection.call, item, "Item", "Delete") for item in items],
                list(connection.service("GetSecrets", "aoo", list(items), session)[0]),
                connection.service("Unlock", "ao", list(items))[0],
                collection, error_of(connection.service, "Lock", "ao", [LOGIN]), error_of(connection.service, "LockService"),
                error_of(connection.service, "SetAlias", "so", "x", LOGIN), error_of(connection.set, LOGIN, "Collection", "Label", "s", "x")]

    def listen(connection, say, hear):
        with connection.collected("ItemCreated") as created, connection.collected("ItemDeleted") as deleted:
            connection.search({"scope": "one"})
            say("ready")
            hear()
            item = store_one(connection, "own")
            say([[signal.body[0] for signal in created] == [item], len(deleted)])
    outside = bus.inside(store_one, "outside", cgroup=f"{session}/session-1.scope")
    in_fox = bus.inside(store_one, "fox", cgroup=fox)
    tap.ok(outside != in_fox, "items of each")
    with bus.talk(listen, cgroup=other) as (say, hear):
        tap.equal(hear(), "ready", "who listens")
        bus.inside(lambda connection: connection.store(connection.plain(), {"scope": "two"}, b""), cgroup=fox)
        bus.inside(lambda connection: connection.call(connection.search({"scope": "two"})[0][0], "Item", "Delete"), cgroup=fox)
        say("go")
        tap.equal(hear(), [True, 0], "signals: of its own item alone")
    nothing = ["NoSuchObject"] * 2
    denied = ["AccessDenied"] * 5
    own = bus.inside(lambda connection: connection.search({"scope": "one"})[0], cgroup=other)
    tap.equal(bus.inside(look, outside, in_fox, cgroup=other), [own, own, own, nothing, nothing, nothing, [], [], *denied], "of another")
    tap.equal(bus.inside(lambda connection: connection.secret(connection.plain(), in_fox), cgroup=fox), "fox", "its own")
    tap.equal(bus.inside(lambda connection: connection.search({"scope": "one"}), cgroup=f"{session}/session-1.scope"),
              [[outside], []], "outside")
    tap.equal(bus.inside(lambda connection: error_of(connection.search, {}), cgroup="system.slice/x.service"), "AccessDenied", "a unit")

    def as_proxy(connection):
        ctypes.CDLL(None).prctl(15, b"xdg-dbus-proxy")   # PR_SET_NAME
        return error_of(connection.search, {})
    tap.equal(bus.inside(as_proxy, cgroup=f"{session}/session-1.scope"), "AccessDenied", "a proxy outside of its sandbox")
    for cgroup in (fox, other, None):
        bus.inside(lambda connection: connection.call(connection.search({"scope": "one"})[0][0], "Item", "Delete"), cgroup=cgroup)


def test_collections():
    """a collection is a keychain: made, named, used, aliased, deleted; keychainctl has it as well"""
    def attempt(connection):
        session = connection.plain()
        label = {"org.freedesktop.Secret.Collection.Label": ("s", "My Work")}
        path, prompt = connection.service("CreateCollection", "a{sv}s", label, "")
        assert (path, prompt) == (ROOT + "/collection/MyWork", "/"), path
        second = connection.service("CreateCollection", "a{sv}s", label, "work")[0]
        assert second == ROOT + "/collection/MyWork_2d2", second
        assert connection.service("CreateCollection", "a{sv}s", {}, "work")[0] == second
        assert connection.service("ReadAlias", "s", "work") == (second,)
        misnamed = {"org.freedesktop.Secret.Item.Label": ("s", "Rust"), "org.freedesktop.Secret.Collection.Other": ("as", ["x"])}
        third = connection.service("CreateCollection", "a{sv}s", misnamed, "")[0]
        assert (third, connection.get(third, "Collection", "Label")) == (ROOT + "/collection/Rust", "Rust"), third
        assert connection.call(third, "Collection", "Delete") == ("/",)
        connection.service("SetAlias", "so", "work", path)
        assert connection.get(ROOT + "/aliases/work", "Collection", "Label") == "My Work"
        connection.set(path, "Collection", "Label", "s", "Wörk")
        item = connection.store(session, {"in": "work"}, b"secret", ROOT + "/aliases/work")
        assert item.startswith(path + "/") and connection.search({"in": "work"}) == ([item], [])
        assert connection.call(LOGIN, "Collection", "SearchItems", "a{ss}", {"in": "work"}) == ([],)
        assert connection.get(path, "Collection", "Items") == [item] and connection.get(path, "Collection", "Label") == "Wörk"
        names = subprocess.run(["keychainctl", "keychains"], capture_output=True, text=True, check=True).stdout
        assert "MyWork-2" in names, names
        assert {path, second, LOGIN} <= set(connection.get(ROOT, "Service", "Collections"))
        connection.set(LOGIN, "Collection", "Label", "s", "Mine")
        connection.service("SetAlias", "so", "collection", path)
        assert connection.service("ReadAlias", "s", "collection") == (path,) and connection.get(LOGIN, "Collection", "Label") == "Mine"
        connection.service("SetAlias", "so", "collection", "/")
        connection.set(LOGIN, "Collection", "Label", "s", "Login")
        present = connection.get(ROOT, "Service", "Collections")
        assert error_of(connection.service, "CreateCollection", "a{sv}s", label, "x" * 65) == "InvalidArgs"
        too_long = {"org.freedesktop.Secret.Collection.Label": ("s", "x" * (1 << 21))}
        assert error_of(connection.service, "CreateCollection", "a{sv}s", too_long, "long") is not None
        assert connection.get(ROOT, "Service", "Collections") == present and connection.service("ReadAlias", "s", "long") == ("/",)
        assert connection.service("ReadAlias", "s", "x" * 2000) == ("/",)
        errors = [error_of(connection.call, LOGIN, "Collection", "Delete")]
        subprocess.run(["keybagctl", "lock"], check=True)
        (prompt,) = connection.call(second, "Collection", "Delete")
        connection.call(prompt, "Prompt", "Prompt", "s", "")
        subprocess.run(["keybagctl", "unlock"], input=f"{PASSCODE}\n", text=True, check=True, capture_output=True)
        assert connection.signals("Completed", prompt).body == (False, ("s", ""))
        assert connection.call(path, "Collection", "Delete") == ("/",)
        connection.service("SetAlias", "so", "work", "/")
        return errors + [error_of(connection.get, path, "Collection", "Label"), connection.service("ReadAlias", "s", "work")[0],
                         connection.get(ROOT, "Service", "Collections")]
    tap.equal(bus.inside(attempt), ["NotSupported", "NoSuchObject", "/", [LOGIN, SESSION]], "at the end")


def test_session():
    """the collection session: used as any other, by its path and its alias, which stay what they are; a keychain of that name is another"""
    def keychains():
        return {line.split("\t")[0] for line in bus.run("keychainctl", "keychains").splitlines()}

    def attempt(connection):
        session = connection.plain()
        alias = f"{ROOT}/aliases/session"
        assert connection.service("ReadAlias", "s", "session") == (SESSION,)
        properties = connection.get_all(alias, "Collection")
        assert (properties["Items"], properties["Label"], properties["Locked"]) == ([], "Session", False), properties
        assert connection.call(SESSION, "Collection", "SearchItems", "a{ss}", {}) == ([],)
        assert connection.service("CreateCollection", "a{sv}s", {}, "session")[0] == SESSION
        assert error_of(connection.secret, session, f"{SESSION}/{'0' * 32}") == "NoSuchObject"
        named = {"org.freedesktop.Secret.Collection.Label": ("s", "session")}
        made = connection.service("CreateCollection", "a{sv}s", named, "")[0]
        assert made == f"{ROOT}/collection/session_2d2", made
        connection.call(made, "Collection", "Delete")
        item = connection.store(session, {"until": "logout"}, b"short", alias)
        again = connection.store(session, {"until": "logout"}, b"shorter", SESSION, replace=True)
        assert again == item and item.startswith(SESSION + "/"), [item, again]
        kept = connection.store(session, {"until": "logout"}, b"long", f"{ROOT}/collection/keychain_2esession")
        found = connection.search({"until": "logout"})
        assert found == ([kept, item], []), found
        assert connection.get(SESSION, "Collection", "Items") == [item]
        return [connection.secret(session, item) == b"shorter",
                error_of(connection.call, alias, "Collection", "Delete"), error_of(connection.set, SESSION, "Collection", "Label", "s", "x"),
                error_of(connection.service, "SetAlias", "so", "session", LOGIN), error_of(connection.service, "SetAlias", "so", "session", "/"),
                error_of(connection.service, "SetAlias", "so", "default", SESSION), error_of(connection.service, "SetAlias", "so", "session", SESSION)]

    def look(connection):
        locked = connection.search({"until": "logout"})
        return [[path.rsplit("/", 1)[0] for path in paths] for paths in locked]
    bus.run("keychainctl", "keychains", "create", "session")
    tap.equal(bus.inside(attempt), [True] + ["NotSupported"] * 5 + [None], "what holds")
    tap.equal(keychains(), {"login", "session", "secretservice-session"}, "keychains")
    lock()
    tap.equal(bus.inside(look), [[], [f"{ROOT}/collection/keychain_2esession", SESSION]], "while locked")
    unlock()
    # The service is killed in the same login, and in the next one, in which its mark is gone, as after a loss of power.
    mark = pathlib.Path(bus.environment["XDG_RUNTIME_DIR"], "keybag-secret-service.session")
    for wanted, end in (([f"{ROOT}/collection/keychain_2esession", SESSION], lambda: None), ([f"{ROOT}/collection/keychain_2esession"], mark.unlink)):
        end()
        os.kill(bus.provider(), 9)
        wait_until(lambda: bus.provider() is None, "its end")
        tap.equal(bus.inside(look), [wanted, []], "after it was killed")
    tap.equal(keychains(), {"login", "session"}, "keychains in the next login")
    tap.equal((mark.stat().st_uid, mark.stat().st_gid, mark.stat().st_mode & 0o777), (UID, UID, 0o600), "the mark")
    for command in ("create", "default"):
        bus.run("keychainctl", "keychains", command, "secretservice-session", status=None)
    tap.equal((keychains(), bus.run("keychainctl", "keychains", "default").strip()), ({"login", "session"}, "login"),
              "keychains and the default after another program wanted that name")
    bus.run("keychainctl", "keychains", "delete", "session", "--yes")


tap.main(teardown=bus.end)

#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The Secret Service in trouble: limits, others in its way or there before it, what is restarted, missing or silent beside it."""

import contextlib
import grp
import os
import pathlib
import signal
import sqlite3
import subprocess
import sys
import time

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), folder) for folder in ("lib", "..")]
from lib import keychaind, tap  # noqa: E402

try:
    import secret_bus  # noqa: E402
    from jeepney import DBusAddress, HeaderFields, MatchRule, message_bus, new_method_call  # noqa: E402
    from behalf_service import CGROUPS  # noqa: E402
    from secret_bus import DEFAULT, LOGIN, SECRET, SESSION, Bus, Failed, KeybagBus, error_of, wait_until  # noqa: E402
except ImportError as missing:
    print(f"1..0 # SKIP {missing}")
    sys.exit(4)

USER, UID, PASSCODE = "dora", 1384, "a passcode"
NONE = f"{LOGIN}/{'0' * 32}"

bus = KeybagBus(USER, UID, PASSCODE)
lock, unlock, lookup = bus.lock, bus.unlock, bus.lookup
bus.store("A label", "while locked", "locked", "yes")


def keychaind_pid():
    return int(subprocess.run(["pgrep", "-o", "-x", "keychaind"], capture_output=True, text=True, check=True).stdout)


def test_locked_between_looks():
    """a keybag that was locked and opened while the service did not look has been opened by its passcode: Lock() is over"""
    def attempt(connection, say, hear):
        connection.service("Lock", "ao", [LOGIN])
        say(connection.get(LOGIN, "Collection", "Locked"))
        hear()
        say(connection.get(LOGIN, "Collection", "Locked"))
    provider = bus.provider()
    with bus.talk(attempt) as (say, hear):
        tap.equal(hear(), True, "after Lock()")
        os.kill(provider, signal.SIGSTOP)
        lock()
        unlock()
        os.kill(provider, signal.SIGCONT)
        say("go")
        tap.equal(hear(), False, "after the keybag was opened")


def test_deleted_not_told():
    """a program that keeps an item is told no more of it once it is deleted, alone or with its collection"""
    def attempt(connection, say, hear):
        session = connection.plain()
        collection = connection.service("CreateCollection", "a{sv}s", {}, "")[0]
        items = [connection.store(session, {"gone": "yes"}, b"", collection=path) for path in (LOGIN, collection)]
        for item in items:
            assert connection.get_all(item, "Item")["Locked"] is False
        connection.call(items[0], "Item", "Delete")
        connection.call(collection, "Collection", "Delete")
        with connection.collected("PropertiesChanged") as told:
            say("deleted")
            hear()
            connection.service("ReadAlias", "s", "default")
            paths = [signal.header.fields[HeaderFields.path] for signal in told]
            say([LOGIN in paths, [path for path in paths if path in items]])
    with bus.talk(attempt) as (say, hear):
        tap.equal(hear(), "deleted", "before")
        lock()
        say("go")
        tap.equal(hear(), [True, []], "told of the collection login, and of what was deleted")
    unlock()


def test_alias_of_deleted():
    """an alias goes with its collection, whoever has deleted it, and does not stand for the next one of that name; other notes stay"""
    def attempt(connection):
        label, seen = {f"{SECRET}Collection.Label": ("s", "portal")}, []
        for delete in (lambda path: connection.call(path, "Collection", "Delete"),
                       lambda _: subprocess.run(["keychainctl", "keychains", "delete", "portal", "--yes"], check=True, capture_output=True)):
            path = connection.service("CreateCollection", "a{sv}s", label, "mail")[0]
            connection.service("SetAlias", "so", "post", path)
            connection.service("SetAlias", "so", "other", LOGIN)
            connection.set(LOGIN, "Collection", "Label", "s", "portal")
            seen.append([connection.service("ReadAlias", "s", name)[0] for name in ("mail", "post")] == [path] * 2)
            delete(path)
            seen.append(connection.service("CreateCollection", "a{sv}s", label, "")[0] == path)
            seen.append([connection.service("ReadAlias", "s", name)[0] for name in ("mail", "post", "other")])
            seen.append(connection.get(LOGIN, "Collection", "Label"))
            connection.call(path, "Collection", "Delete")
        connection.service("SetAlias", "so", "other", "/")
        connection.set(LOGIN, "Collection", "Label", "s", "Login")
        return seen
    tap.equal(bus.inside(attempt), [True, True, ["/", "/", LOGIN], "portal"] * 2, "aliases, and a label that is like the name")


def test_file_put_aside():
    """while a damaged file of a keychain is aside, what is not found may be in it: an error, not an empty answer, and no new item"""
    def attempt(connection):
        session, asked = connection.plain(), {"not": "there"}
        work = connection.service("CreateCollection", "a{sv}s", {f"{SECRET}Collection.Label": ("s", "aside")}, "")[0]
        (there,), _ = connection.search({"locked": "yes"})
        errors = [error_of(connection.search, asked)] + [error_of(connection.call, path, "Collection", "SearchItems", "a{ss}", asked)
                                                         for path in (LOGIN, DEFAULT, work)]
        errors += [error_of(connection.store, session, asked, b"", LOGIN, "x", replace) for replace in (True, False)]
        errors.append(error_of(connection.store, session, {"locked": "yes"}, b"while locked", LOGIN, "A label", True))
        errors.append(error_of(lambda: connection.call(connection.store(session, asked, b"", work), "Item", "Delete")))
        errors.append(error_of(lambda: connection.call(connection.store(session, asked, b"", SESSION), "Item", "Delete")))
        seen = [connection.search({"locked": "yes"}) == ([there], []), connection.get(work, "Collection", "Items"),
                connection.call(SESSION, "Collection", "SearchItems", "a{ss}", asked)]
        connection.call(work, "Collection", "Delete")
        return errors + seen

    def looks(keychain, reason):
        aside = keychaind.STATE / str(UID) / f"{keychain}.db.{reason}"
        aside.touch()
        try:
            # The service looks once a second.
            time.sleep(2)
            return bus.inside(attempt)
        finally:
            aside.unlink()
            time.sleep(2)
    well, found = [None] * 9, [True, [], [[]]]
    tap.equal(looks("login", "damaged-20260101T000000Z"), ["Failed"] * 3 + [None] + ["Failed"] * 2 + [None] * 3 + found, "of login")
    tap.equal(looks("aside", "damaged-20260101T000000Z"), ["Failed", None, None, "Failed"] + [None] * 3 + ["Failed", None] + found, "of another")
    for keychain, reason in (("secretservice-session", "damaged-20260101T000000Z"), ("deleted", "damaged-20260101T000000Z"),
                             ("login", f"keybag-{'0' * 8}-0000-4000-8000-{'0' * 12}")):
        tap.equal(looks(keychain, reason), well + found, f"{keychain} {reason}: nothing that could come back")


def test_schema_of_none():
    """the schema that stands for none makes no other item, named or not: gnome-keyring shows it, programs do not name it"""
    def attempt(connection):
        session, none = connection.plain(), {"xdg:schema": "org.freedesktop.Secret.Generic"}
        for first, second in (({}, none), (none, {})):
            item = connection.store(session, {"e": "f", **first}, b"one")
            other = connection.store(session, {"e": "f", "xdg:schema": "org.example"}, b"other")
            assert connection.get_all(item, "Item")["Attributes"] == {"e": "f", **first}
            # Without a label, and told to who keeps it all the same.
            properties = {SECRET + "Item.Attributes": ("a{ss}", {"e": "f", **second})}
            with connection.collected("PropertiesChanged") as told:
                assert connection.call(DEFAULT, "Collection", "CreateItem", "a{sv}(oayays)b", properties,
                                       (session, b"", b"two", "text/plain"), True)[0] == item
            assert [signal.body[1]["Attributes"][1] for signal in told] == [{"e": "f", **second}], list(told)
            assert connection.secret(session, item) == b"two" and connection.secret(session, other) == b"other"
            assert connection.get(item, "Item", "Attributes") == {"e": "f", **second}
            for one in (item, other):
                connection.call(one, "Item", "Delete")
        return connection.search({"e": "f"})
    tap.equal(bus.inside(attempt), [[], []], "at the end")


def test_device_anew():
    """the keybag's device is another file, as after the module was loaded again; and none is held open"""
    node = os.stat("/dev/keybag")
    os.rename("/dev/keybag", "/dev/keybag.before")
    try:
        os.mknod("/dev/keybag", node.st_mode, node.st_rdev)
        os.chmod("/dev/keybag", node.st_mode & 0o7777)
        tap.equal(bus.inside(lambda connection: connection.get(LOGIN, "Collection", "Locked")), False, "locked")
    finally:
        os.rename("/dev/keybag.before", "/dev/keybag")
    folder = f"/proc/{bus.provider()}/fd"
    links = [os.readlink(f"{folder}/{name}") for name in os.listdir(folder)]
    tap.equal([link for link in links if "keybag" in link and not link.startswith(bus.environment["XDG_RUNTIME_DIR"])], [], "descriptors of it")


def test_limits():
    """a connection has so many sessions and prompts; they end with it, and are nobody else's"""
    def attempt(connection, say, hear):
        session = connection.plain()
        sessions = [connection.plain() for _ in range(255)]
        errors = [error_of(connection.plain)]
        connection.call(sessions[0], "Session", "Close")
        errors += [error_of(connection.plain), error_of(connection.plain), error_of(connection.secret, sessions[0], NONE),
                   error_of(connection.call, sessions[0], "Session", "Close")]
        subprocess.run(["keybagctl", "lock"], check=True)
        # The first one makes room: nobody has shown it.
        prompts = [connection.service("Unlock", "ao", [LOGIN])[1] for _ in range(33)]
        errors += [error_of(connection.call, prompts[0], "Prompt", "Dismiss"),
                   error_of(connection.search, {str(number): "" for number in range(129)}),
                   error_of(connection.search, {"x": "y" * 61440}),
                   error_of(connection.service, "Unlock", "ao", ["/a"] * 2049)]
        say([errors, session, prompts[1]])
        hear()

    def other(connection, session, prompt):
        return [error_of(connection.call, session, "Session", "Close"), error_of(connection.call, prompt, "Prompt", "Prompt", "s", ""),
                error_of(connection.secret, session, NONE)]

    def after(connection, session):
        return error_of(connection.call, session, "Session", "Close")
    with bus.talk(attempt) as (say, hear):
        errors, session, prompt = hear()
        tap.equal(errors, ["LimitsExceeded", None, "LimitsExceeded", "NoSession"] + ["NoSuchObject"] * 2 + ["LimitsExceeded"] * 3, "errors")
        tap.equal(bus.inside(other, session, prompt), ["AccessDenied", "NoSuchObject", "NoSession"], "of another connection")
        say("end")
    unlock()
    wait_until(lambda: bus.inside(after, session) == "NoSuchObject", "the end of the session")


def test_false_signals():
    """somebody on the bus tells that a program is gone: it is believed of the bus alone"""
    def attempt(connection, say, hear):
        session = connection.plain()
        say(connection.bus.unique_name)
        hear()
        say(error_of(connection.call, session, "Session", "Close"))
    with bus.talk(attempt) as (say, hear):
        name = hear()
        bus.run("busctl", "--user", "emit", f"--destination={secret_bus.NAME}", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                "NameOwnerChanged", "sss", name, name, "")
        say("go")
        tap.equal(hear(), None, "the error of its session")


def test_first_signal():
    """a program that takes any signal for the end of its prompt gets no other while it waits"""
    def attempt(connection, say, hear):
        session = connection.plain()
        connection.store(session, {"first": "signal"}, b"x")
        subprocess.run(["keybagctl", "lock"], check=True)
        prompt = connection.service("Unlock", "ao", [LOGIN])[1]
        with connection.bus.filter(MatchRule(type="signal")) as queue:
            connection.call(prompt, "Prompt", "Prompt", "s", "")
            queue.clear()
            say("waits")
            signal = connection.bus.recv_until_filtered(queue, timeout=600)
            say(signal.header.fields[HeaderFields.member])
    with bus.talk(attempt) as (_, hear):
        tap.equal(hear(), "waits", "the program")
        unlock()
        tap.equal(hear(), "Completed", "the first signal")


def test_large_answers():
    """a path that is asked for many times is answered once; more secrets than go into an answer are an error, not the end"""
    provider = bus.provider()

    def attempt(connection):
        session = connection.plain()
        items = [connection.store(session, {"large": str(number)}, bytes(1 << 20)) for number in range(9)]
        sizes = [len(secret[2]) for secret in connection.service("GetSecrets", "aoo", items[:1] * 2048, session)[0].values()]
        by_alias = [item.replace(LOGIN, DEFAULT) for item in items]
        # On a busy machine the time is over first: that is an error as well, and no answer with less.
        error = error_of(connection.service, "GetSecrets", "aoo", items + by_alias, session) in ("LimitsExceeded", "Failed")
        opened = connection.service("Unlock", "ao", [DEFAULT, LOGIN, DEFAULT])
        for item in items:
            connection.call(item, "Item", "Delete")
        return [sizes, error, opened]
    tap.equal(bus.inside(attempt), [[1 << 20], True, [[DEFAULT, LOGIN], "/"]], "answers")
    tap.equal(bus.provider(), provider, "the service's pid")


def test_restart():
    """killed and started again: the same names and paths; sessions are new"""
    def attempt(connection):
        return [connection.search({"locked": "yes"})[0], connection.plain()]
    before = bus.inside(attempt)
    os.kill(bus.provider(), 9)
    wait_until(lambda: bus.provider() is None, "its end")
    tap.equal(bus.inside(attempt)[0], before[0], "items")
    tap.equal(lookup("locked", "yes"), "while locked", "lookup")


def test_lock_kept():
    """a collection that a program has locked stays so when the service is killed, but for a passcode that was given meanwhile"""
    def attempt(connection):
        session = connection.plain()
        opened, locked = connection.search({"locked": "yes"})
        return [connection.get(LOGIN, "Collection", "Locked"), [error_of(connection.secret, session, item) for item in opened + locked]]

    def kill():
        os.kill(bus.provider(), 9)
        wait_until(lambda: bus.provider() is None, "its end")
    for between, wanted in ((lambda: None, [True, ["IsLocked"]]), (lambda: (lock(), unlock()), [False, [None]])):
        bus.inside(lambda connection: connection.service("Lock", "ao", [LOGIN]))
        kill()
        between()
        tap.equal(bus.inside(attempt), wanted, "after it was killed")
    kill()
    tap.equal(bus.inside(attempt), [False, [None]], "after it was killed once more")


def test_plain_refused():
    """root refuses plain sessions: an error by which programs know that there are others, which go on"""
    settings = pathlib.Path("/etc/keychain/secret-service-settings.conf")
    settings.write_text("plain=refuse\n")
    try:
        tap.equal(bus.inside(lambda connection: error_of(connection.plain)), "NotSupported", "a plain session")
        tap.equal(lookup("locked", "yes"), "while locked", "lookup by another one")
    finally:
        settings.unlink()
    tap.equal(bus.inside(lambda connection: error_of(connection.plain)), None, "afterwards")


def test_shares():
    """a sandbox has a share of connections, sessions and objects that wait, and keeps nobody else out"""
    if not (CGROUPS / "cgroup.procs").exists():
        tap.skip("no control groups")
    fox = f"user.slice/user-{UID}.slice/user@{UID}.service/app.slice/app-flatpak-org.example.Fox-12.scope"

    def attempt(connection, say, hear):
        with contextlib.ExitStack() as stack:
            others = [stack.enter_context(secret_bus.Connection(bus.address)) for _ in range(64)]
            session = connection.plain()
            items = [connection.store(session, {"number": str(number)}, b"") for number in range(65)]
            errors = [error_of(other.service, "ReadAlias", "s", "default") for other in others]
            sessions = [error_of(other.plain) for other in others[:8] for _ in range(8)]
            subprocess.run(["keybagctl", "lock"], check=True)
            waiting = [error_of(connection.service, "Unlock", "ao", items), error_of(connection.service, "Unlock", "ao", items[:32] * 9),
                       error_of(others[0].service, "Unlock", "ao", items[32:64]), error_of(others[1].service, "Unlock", "ao", items[:1])]
            say([errors, sessions, waiting])
            hear()
            for item in items:
                connection.call(item, "Item", "Delete")
            say("end")
    with bus.talk(attempt, cgroup=fox) as (say, hear):
        errors, sessions, waiting = hear()
        tap.equal(errors, [None] * 63 + ["LimitsExceeded"], "connections")
        tap.equal(sessions, [None] * 63 + ["LimitsExceeded"], "sessions")
        tap.equal(waiting, ["LimitsExceeded", None, None, "LimitsExceeded"], "prompts")
        tap.equal(bus.inside(lambda connection: [connection.plain() != "", error_of(connection.service, "Unlock", "ao", [LOGIN])]),
                  [True, None], "outside")
        unlock()
        say("go")
        tap.equal(hear(), "end", "the sandbox")


def test_many_at_once():
    """a program that sends many calls at once, and a keychain that is slow with them, do not end the service"""
    def attempt(connection, say, _hear):
        search = new_method_call(DBusAddress(secret_bus.ROOT, secret_bus.NAME, secret_bus.SECRET + "Service"), "SearchItems", "a{ss}", ({},))
        for _ in range(60):
            connection.bus.send(search)
        for number in range(60):
            connection.bus.receive(timeout=600)
            if not number:
                say("first")
        say(error_of(connection.plain))
    before, daemon = bus.provider(), keychaind_pid()
    with bus.talk(attempt) as (_, hear):
        tap.equal(hear(), "first", "the first answer")
        os.kill(daemon, signal.SIGSTOP)
        # Longer than the service waits for an answer of the bus, shorter than for one of the keychain.
        time.sleep(7)
        os.kill(daemon, signal.SIGCONT)
        tap.equal(hear(), None, "a call after all")
    tap.equal(bus.provider(), before, "the service's pid")


def test_keychaind_away():
    """keychaind does not answer: an error within seconds, not a refusal; a prompt waits, and is completed when it answers again"""
    def attempt(connection, say, hear):
        item = connection.search({"locked": "yes"})[1][0]
        prompt = connection.service("Unlock", "ao", [item])[1]
        connection.call(prompt, "Prompt", "Prompt", "s", "")
        say("waits")
        hear()
        begin = time.monotonic()
        errors = [error_of(connection.search, {"a": "b"}), error_of(connection.service, "Unlock", "ao", [item])]
        say([errors, time.monotonic() - begin])
        say(connection.signals("Completed", prompt).body == (False, ("ao", [item])))
    daemon = keychaind_pid()
    lock()
    with bus.talk(attempt) as (say, hear):
        tap.equal(hear(), "waits", "before")
        os.kill(daemon, signal.SIGSTOP)
        try:
            unlock()
            say("go")
            errors, seconds = hear()
            tap.equal(errors, ["Failed", "Failed"], "errors")
            tap.ok(seconds < 60, f"it takes {seconds:.0f} s")
            tap.equal(bus.inside(lambda connection: error_of(connection.plain)), "Failed", "a new connection")
        finally:
            os.kill(daemon, signal.SIGCONT)
        tap.equal(hear(), True, "the prompt")


def test_installed():
    """it is set-group-ID, granted by a file, and neither dumped nor traced; what it keeps for itself programs do not see"""
    pid = bus.provider()
    status = dict(line.split(":\t", 1) for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines())
    tap.equal(status["Gid"].split()[1], str(grp.getgrnam("_secretservice").gr_gid), "its group")
    tap.equal(status["CoreDumping"], "0", "dumped")
    tap.equal(status["Seccomp"], "2", "its system calls are filtered")
    tap.ok(int(status["VmLck"].split()[0]) >= 1024, f"locked: {status['VmLck']}")
    traced = bus.run("strace", "-p", str(pid), "-o", "/dev/null", status=None)
    tap.equal(pathlib.Path(f"/proc/{pid}/status").read_text().split("TracerPid:\t")[1].split()[0], "0", f"traced {traced}")


def test_replaced():
    """other files are in the place of the program and of what grants it its group, as after an installation from source: the one that runs
    ends, once the keychain has denied it something, and the next one serves"""
    tap.equal(lookup("locked", "yes"), "while locked", "lookup")
    provider = bus.provider()
    for path in ("/usr/libexec/keybag-secret-service", "/usr/share/keychain/entitlements.d/keybag-secret-service.conf"):
        subprocess.run(["cp", "-p", path, f"{path}.new"], check=True)
        os.rename(f"{path}.new", path)
    bus.run("secret-tool", "lookup", "locked", "yes", status=None)
    wait_until(lambda: bus.provider() != provider, "its end")
    tap.equal(lookup("locked", "yes"), "while locked", "lookup by the next one")


def test_name_taken():
    """another Secret Service has the name: this one says so and waits, and has it when that one ends; who waits is named"""
    def hold(connection, say, hear):
        say(connection.send(message_bus.RequestName(secret_bus.NAME, 0))[0])
        hear()
        connection.bus.close()
        say("gone")
        hear()
    os.kill(bus.provider(), 9)
    wait_until(lambda: bus.provider() is None, "its end")
    with bus.talk(hold) as (say, hear):
        tap.equal(hear(), 1, "the owner")
        waiting = bus.start(secret_bus.PROGRAM)
        tap.contains(waiting.stdout.readline(), "another Secret Service has the name")
        with bus.talk(hold) as (_, hear_second):
            tap.equal(hear_second(), 2, "who waits behind it")
            say("go")
            tap.equal(hear(), "gone", "the owner")
            tap.contains(waiting.stdout.readline(), "this one has the name")
            tap.contains(waiting.stdout.readline(), "waits for the name")
    tap.equal(lookup("locked", "yes"), "while locked", "lookup")
    tap.equal(bus.provider(), waiting.pid, "the service's pid")
    waiting.kill()
    waiting.communicate()


def test_not_granted():
    """without its group it serves nobody, and says why; for tests it asks in its own name"""
    def attempt(option):
        return subprocess.run([*bus.who(), "setpriv", "--no-new-privs", "timeout", "5", secret_bus.PROGRAM, "--name=org.example.Other", *option],
                              env=bus.environment, capture_output=True, text=True, check=False, cwd="/")
    refused = attempt([])
    tap.equal(refused.returncode, 3, f"status: {refused.stderr}")
    tap.contains(refused.stderr, "no entitlement file")
    told = attempt(["--in-own-name"])
    tap.contains(told.stderr, "in the name of this program")


def test_secret_kept_back():
    """an item that stays open while locked is not told as one that is not stored where keychaind is away; a damaged one is as absent"""
    def store(connection):
        session = connection.plain()
        return [connection.store(session, {"kept": name}, name.encode()) for name in ("well", "damaged")]

    def secrets(connection, paths):
        error = error_of(connection.service, "GetSecrets", "aoo", paths, connection.plain())
        return error or sorted(secret[2].decode() for secret in connection.service("GetSecrets", "aoo", paths, connection.plain())[0].values())

    def away(connection, say, hear):
        session = connection.plain()
        say("ready")
        hear()
        say(error_of(connection.service, "GetSecrets", "aoo", [well], session))
    well, damaged = bus.inside(store)
    bus.run("keychainctl", "class", "ck", "--attribute", "kept=well")
    with contextlib.closing(sqlite3.connect(keychaind.STATE / str(UID) / "login.db", timeout=600)) as database, database:
        uuid = bytes.fromhex(damaged.rsplit("/", 1)[1])
        (secret,) = database.execute("SELECT secret FROM genp WHERE uuid=?", (uuid,)).fetchone()
        database.execute("UPDATE genp SET secret=? WHERE uuid=?", (secret[:-1] + bytes([secret[-1] ^ 1]), uuid))
    tap.equal([bus.inside(secrets, paths) for paths in ([damaged], [damaged, well], [well, damaged], [NONE])],
              [[], ["well"], ["well"], []], "answers")
    lock()
    daemon = keychaind_pid()
    try:
        tap.equal(bus.inside(secrets, [well]), ["well"], "while locked")
        with bus.talk(away) as (say, hear):
            tap.equal(hear(), "ready", "before")
            os.kill(daemon, signal.SIGSTOP)
            say("go")
            tap.equal(hear(), "Failed", "while locked and without an answer of keychaind")
    finally:
        os.kill(daemon, signal.SIGCONT)
        unlock()
    bus.run("secret-tool", "clear", "kept", "well")


def test_class_changed():
    """an item that the user has made readable after first unlock can be replaced while locked, and goes on to be so; a new one is locked"""
    attributes = {"kind": "token"}
    bus.inside(lambda connection: connection.store(connection.plain(), attributes, b"first"))
    bus.run("keychainctl", "class", "ck", "--attribute", "kind=token")

    def attempt(connection):
        session = connection.plain()
        errors = [error_of(connection.store, session, attributes, b"second", DEFAULT, "x", replace)
                  for replace in (True, False)] + [error_of(connection.store, session, {"kind": "other"}, b"x", DEFAULT, "x", True)]
        (item,), locked = connection.search(attributes)
        return [*errors, locked, connection.secret(session, item).decode()]
    lock()
    try:
        tap.equal(bus.inside(attempt), [None, "IsLocked", "IsLocked", [], "second"], "while locked")
        bus.inside(lambda connection: connection.service("Lock", "ao", [LOGIN]))
        tap.equal(bus.inside(lambda connection: error_of(connection.store, connection.plain(), attributes, b"third", DEFAULT, "x", True)), "IsLocked",
                  "where a program has locked the collection")
    finally:
        unlock()
    bus.run("secret-tool", "clear", "kind", "token")


def test_no_passcode():
    """where there is no passcode to ask for, what a program has locked is opened and deleted without a prompt, and nothing else is"""
    def attempt(connection):
        path, other = (connection.service("CreateCollection", "a{sv}s", {}, "")[0] for _ in range(2))
        results = [connection.service("Lock", "ao", [path, other, LOGIN])[0] == [path, other, LOGIN], connection.get(path, "Collection", "Locked"),
                   connection.call(path, "Collection", "Delete"), connection.get(LOGIN, "Collection", "Locked")]
        return [*results, connection.service("Unlock", "ao", [LOGIN]), connection.get(other, "Collection", "Locked")]
    subprocess.run(["useradd", "-m", "-u", "1383", "carl"], check=True)
    subprocess.run(["keybagctl", "create", "--user", "carl", "--no-passcode"], check=True, capture_output=True)
    other = Bus("carl", 1383)
    try:
        tap.equal(other.inside(attempt), [True, True, ["/"], True, [[LOGIN], "/"], True], "answers")
    finally:
        other.close()
        keychaind.remove_user("carl", 1383)


def test_without_keybag():
    """without a keybag: an error that says what to do"""
    def attempt(connection):
        assert connection.get_all(LOGIN, "Collection")["Items"] == []
        try:
            connection.search({"a": "b"})
        except Failed as error:
            return error.args
        return None
    subprocess.run(["useradd", "-m", "-u", "1382", "ben"], check=True)
    other = Bus("ben", 1382)
    try:
        name, text = other.inside(attempt)
        tap.equal(name, "org.freedesktop.DBus.Error.Failed", "error")
        tap.contains(text, "keybag", "text")
    finally:
        other.close()
        subprocess.run(["userdel", "-rf", "ben"], check=False, capture_output=True)


tap.main(teardown=bus.end)

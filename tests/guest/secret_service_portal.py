#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: kernel=6.1
"""The portal's secrets of applications: made once, in each state of the keybag; given to xdg-desktop-portal, for which this
test stands, and to nobody else. guest/secret-service-flatpak.sh has the real one."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), folder) for folder in ("lib", "..")]
from lib import keychaind, tap  # noqa: E402

try:
    import secret_portal  # noqa: E402
    from behalf_service import CGROUPS  # noqa: E402
    from jeepney import message_bus  # noqa: E402
    from secret_bus import LOGIN, PROGRAM, Bus, KeybagBus, wait_until  # noqa: E402
    from secret_portal import Call, retrieve  # noqa: E402
except ImportError as missing:
    print(f"1..0 # SKIP {missing}")
    sys.exit(4)

USER, UID, PASSCODE = "erna", 1386, "a passcode"
APP, OTHER = "org.example.App", "org.example.Other"

bus = KeybagBus(USER, UID, PASSCODE)
lock, unlock = bus.lock, bus.unlock


def as_portal(function, cgroup=None):
    """The result of function(connection), which runs in a process that has the portal's name."""
    def attempt(connection):
        secret_portal.become(connection)
        return function(connection)
    return bus.inside(attempt, cgroup=cgroup)


def secret_of(application=APP):
    response, secret = as_portal(lambda connection: retrieve(connection, application))
    tap.equal((response, len(secret)), (0, 128), f"response to {application!r}, and length")
    return secret


def kill_service():
    os.kill(bus.provider(), signal.SIGKILL)
    wait_until(lambda: bus.provider() is None, "its end")


def test_secrets():
    """64 bytes, each time the same ones, also of a service that was killed; other ones for each application, whatever its name"""
    names = [APP, OTHER, "", f"{APP} ", "ä/\\'\"%s", "x" * 255]

    def attempt(connection):
        # Two of each before the first is answered.
        calls = [Call(connection, name) for name in names for _ in range(2)]
        return [call.answer() for call in calls]
    answers = as_portal(attempt)
    tap.equal([(response, len(secret)) for response, secret in answers], [(0, 128)] * 12, "responses and lengths")
    tap.equal(answers[::2], answers[1::2], "two calls at once")
    tap.equal(len({secret for _, secret in answers}), 6, "different secrets")
    kill_service()
    tap.equal(as_portal(attempt), answers, "of another process")
    tap.equal(as_portal(lambda connection: [retrieve(connection, name) for name in ("x" * 256, "a\nb")]), [["InvalidArgs", ""]] * 2,
              "names that none has")


def test_forged():
    """nobody else gets one: not beside the portal, not without it, and not from a sandbox that has taken its name"""
    def beside(connection, say, hear):
        hear()
        say(retrieve(connection, APP))
    with bus.talk(beside) as (say, hear):
        def attempt(connection):
            say("go")
            told = hear()
            call = Call(connection, APP)
            return [told, call.answer()[0]]
        tap.equal(as_portal(attempt), [["AccessDenied", ""], 0], "beside it")
    tap.equal(bus.inside(lambda connection: retrieve(connection, APP)), ["AccessDenied", ""], "without it")

    def had(connection):
        secret_portal.become(connection)
        connection.send(message_bus.ReleaseName(secret_portal.DESKTOP))
        return retrieve(connection, APP)
    tap.equal(bus.inside(had), ["AccessDenied", ""], "whoever had the name before")
    if (CGROUPS / "cgroup.procs").exists():
        fox = f"user.slice/user-{UID}.slice/user@{UID}.service/app.slice/app-flatpak-org.example.Fox-12.scope"
        tap.equal(as_portal(lambda connection: retrieve(connection, APP), cgroup=fox), ["AccessDenied", ""], "in a sandbox")


def test_hidden():
    """programs do not find them, neither by the Secret Service nor in the keychain"""
    tap.equal(bus.inside(lambda connection: connection.search({})), [[], []], "items")
    found = json.loads(bus.run("keychainctl", "call", text=json.dumps({"op": "copy", "query": {
        "class": "genp", "svce": "org.freedesktop.impl.portal.Secret", "m_Limit": "m_LimitAll", "r_Attributes": True}})))
    tap.equal(found["status"], -25300, "status")
    with sqlite3.connect(keychaind.STATE / str(UID) / "login.db", timeout=600) as database:
        rows = database.execute("SELECT pdmn, count(*) FROM genp WHERE agrp='keybag-secret-service' GROUP BY pdmn").fetchall()
    tap.equal(rows, [("ak", 6), ("dk", 6)], "rows of the service's group")


def waiting(prepare, release):
    """Calls of an application that has a secret and of one that has none, in a state that a function brings about until another
    one ends it."""
    before = secret_of()

    def attempt(connection, say, hear):
        secret_portal.become(connection)
        retrieve(connection, APP)
        say("ready")
        hear()
        calls = [Call(connection, name) for name in (APP, "org.example.New", "org.example.New", APP)]
        # Messages are taken in turn: when that call has its answer, the others have arrived.
        closed = calls.pop()
        say([closed.close(), closed.answer(), closed.close(), [call.answered() for call in calls]])
        say([call.answer() for call in calls])
    with bus.talk(attempt) as (say, hear):
        tap.equal(hear(), "ready", "before")
        prepare()
        say("go")
        tap.equal(hear(), [None, [2, ""], "UnknownObject", [False] * 3], "closed, closed again, and others")
        release()
        answers = hear()
    tap.equal(answers[0], [0, before], "the one that there was")
    tap.equal((answers[1], answers[1][0]), (answers[2], 0), "a new one, for both that wait for it")
    tap.ok(len({before, answers[1][1], ""}) == 3, "they differ")
    bus.run(PROGRAM, "--forget-application=org.example.New")


def test_locked():
    """while locked calls wait, can be closed, and are answered when the keybag opens: nothing is made anew"""
    waiting(lock, unlock)


def test_before_first_unlock():
    """the same before first unlock, when nothing can be found"""
    waiting(lambda: lock("--full"), unlock)


def test_locked_by_program():
    """a program that locks the collection locks these as well"""
    def open_again():
        lock()
        unlock()
    waiting(lambda: bus.inside(lambda connection: connection.service("Lock", "ao", [LOGIN])), open_again)


def test_limits():
    """so many calls of an application wait, and others are served; they end with the portal"""
    def attempt(connection, say, hear):
        secret_portal.become(connection)
        subprocess.run(["keybagctl", "lock"], check=True)
        calls = [Call(connection, APP) for _ in range(9)]
        last = calls.pop()
        twice = Call(connection, OTHER, handle=calls[0].handle)
        others = [Call(connection, f"org.example.A{number}") for number in range(57)]
        over = others.pop()
        say([last.answer(), over.answer(), calls[0].answered(), others[-1].answered(), twice.answer()])
        hear()
    with bus.talk(attempt) as (say, hear):
        tap.equal(hear(), [[2, ""], [2, ""], False, False, ["InvalidArgs", ""]], "over the limits, within, and an object that is there")
        say("end")
    unlock()
    secret_of()


def test_killed_while_waiting():
    """the service is killed while a call waits: that one ends with an error, and the secret is the same afterwards"""
    before = secret_of()

    def attempt(connection, say, _hear):
        secret_portal.become(connection)
        subprocess.run(["keybagctl", "lock"], check=True)
        call = Call(connection, APP)
        other = Call(connection, OTHER)
        other.close()
        say("waits")
        say(call.answer())
        say(retrieve(connection, APP))
    with bus.talk(attempt) as (_, hear):
        tap.equal(hear(), "waits", "before")
        # The next call starts it at once.
        os.kill(bus.provider(), signal.SIGKILL)
        tap.equal(hear(), ["NoReply", ""], "the call")
        unlock()
        tap.equal(hear(), [0, before], "the next one")


def test_descriptors():
    """a pipe that is full or that nobody reads, and other files, are an error at once, and nothing is written there"""
    def attempt(connection):
        responses = []
        # Full, and blocking, with a reader that does not read.
        reading, full = os.pipe()
        os.set_blocking(full, False)
        try:
            while True:
                os.write(full, bytes(65536))
        except BlockingIOError:
            os.set_blocking(full, True)
        responses.append(retrieve(connection, APP, descriptor=full)[0])
        nobody, gone = os.pipe()
        os.close(nobody)
        responses.append(retrieve(connection, APP, descriptor=gone)[0])
        with tempfile.TemporaryFile() as file:
            responses += [retrieve(connection, APP, descriptor=file.fileno())[0], file.read().decode()]
        one, other = socket.socketpair()
        responses += [retrieve(connection, APP, descriptor=one.fileno())[0], other.recv(128).hex()]
        os.close(reading)
        return responses
    secret = secret_of()
    before = bus.provider()
    tap.equal(as_portal(attempt), [2, 2, 2, "", 0, secret], "full, nobody reads, a file, what is in it, a socket, what it gets")
    tap.equal(bus.provider(), before, "the service's pid")


PORTAL_SCHEMA, NO_SCHEMA = {"xdg:schema": "org.freedesktop.portal.Secret"}, {"xdg:schema": "org.freedesktop.Secret.Generic"}


def bring(application, *secrets):
    """Items as an import brings them, one after another: attributes beside the application's, and secrets."""
    def attempt(connection):
        session = connection.plain()
        for attributes, secret in secrets:
            connection.store(session, {"app_id": application, **attributes}, secret)
    bus.inside(attempt)


def brought(name):
    """Response to an application of that name, and its secret."""
    return as_portal(lambda connection: retrieve(connection, f"org.example.{name}"))


def test_imported():
    """a secret that another service has made, in each of its forms and of any length, is what the application goes on to get"""
    first, second = bytes(range(64)), b"x" * 512
    bring("org.example.Gnome", ({}, b"older"), (PORTAL_SCHEMA, first), ({"xdg:schema": "org.example.Notes"}, b"of another program"),
          ({"user": "me"}, b"of yet another one"))
    bring("org.example.Oo7", (NO_SCHEMA, second))
    bring("org.example.Plain", ({}, b"1"))
    bring("org.example.Notes", ({"user": "me"}, b"of another program"))
    tap.equal([brought("Gnome"), brought("Oo7"), brought("Plain")], [[0, first.hex()], [0, second.hex()], [0, "31"]], "secrets")
    tap.equal([brought("Notes")[0], len(brought("Notes")[1])], [0, 128], "a new one, where there is none of the portal's")
    bus.run("secret-tool", "clear", "app_id", "org.example.Gnome")
    kill_service()
    tap.equal(brought("Gnome"), [0, first.hex()], "after the item is gone")
    bring("org.example.Gnome", (PORTAL_SCHEMA, second))
    tap.equal(brought("Gnome"), [0, first.hex()], "and beside a newer one")


def test_imported_locked():
    """a program has locked the collection that it is in: it waits for the passcode, and where there is none for nothing"""
    def closed(connection):
        path = connection.service("CreateCollection", "a{sv}s", {}, "")[0]
        connection.store(connection.plain(), {"app_id": "org.example.Closed", **PORTAL_SCHEMA}, b"z" * 64, collection=path)
        connection.service("Lock", "ao", [path])
        secret_portal.become(connection)
        return path, Call(connection, "org.example.Closed")

    def attempt(connection, say, hear):
        _, call = closed(connection)
        say([retrieve(connection, APP)[0], call.answered()])
        hear()
        say(call.answer())
    with bus.talk(attempt) as (say, hear):
        tap.equal(hear(), [0, False], "another application, and this one")
        lock()
        unlock()
        say("go")
        tap.equal(hear(), [0, (b"z" * 64).hex()], "after the passcode was given")

    def attempt_without_passcode(connection):
        path, call = closed(connection)
        first = call.answer()
        connection.service("Lock", "ao", [LOGIN])
        return [first, retrieve(connection, "org.example.Closed"), retrieve(connection, APP)[0], connection.get(path, "Collection", "Locked")]
    subprocess.run(["useradd", "-m", "-u", "1387", "otto"], check=True)
    subprocess.run(["keybagctl", "create", "--user", "otto", "--no-passcode"], check=True, capture_output=True)
    other = Bus("otto", 1387)
    try:
        secret = [0, (b"z" * 64).hex()]
        tap.equal(other.inside(attempt_without_passcode), [secret, secret, 0, True], "without a passcode")
    finally:
        other.close()
        keychaind.remove_user("otto", 1387)


def test_imported_forgotten():
    """after it was forgotten the application gets a new one, although the item is there"""
    bring("org.example.Gone", (PORTAL_SCHEMA, b"y" * 64))
    tap.equal(brought("Gone"), [0, (b"y" * 64).hex()], "before")
    bus.run(PROGRAM, "--forget-application=org.example.Gone")
    response, new = brought("Gone")
    tap.equal((response, len(new), new == (b"y" * 64).hex()), (0, 128, False), "a new one")
    tap.equal(brought("Gone"), [0, new], "again")


def test_imported_unreadable():
    """one that is empty or too long is an error, and no new one is made, until that item is removed"""
    bring("org.example.Empty", (PORTAL_SCHEMA, b""))
    bring("org.example.Long", (PORTAL_SCHEMA, b"x" * 513))
    tap.equal([brought("Empty"), brought("Long"), brought("Long")], [[2, ""]] * 3, "empty, and too long")
    bus.run("secret-tool", "clear", "app_id", "org.example.Long")
    tap.equal(brought("Long")[0], 0, "after it was removed")


def test_killed_before_its_note():
    """a secret whose note was never written is handed out, and has its note from then on"""
    before = [secret_of(), secret_of(OTHER)]
    with sqlite3.connect(keychaind.STATE / str(UID) / "login.db", timeout=600) as database:
        notes = "FROM genp WHERE agrp='keybag-secret-service' AND pdmn='dk'"
        database.execute(f"DELETE {notes}")
    tap.equal([secret_of(), secret_of(OTHER)], before, "secrets")
    with sqlite3.connect(keychaind.STATE / str(UID) / "login.db", timeout=600) as database:
        tap.equal(database.execute(f"SELECT count(*) {notes}").fetchone(), (2,), "notes")


def test_file_put_aside():
    """while a damaged file of the keychain is aside, which may have it, no secret is made, but for whom the user wants one"""
    before = secret_of()
    aside = keychaind.STATE / str(UID) / "login.db.damaged-20260101T000000Z"
    aside.touch()
    tap.equal([brought("Lost"), brought("Lost")], [[2, ""]] * 2, "responses")
    tap.equal(secret_of(), before, "one that is there")
    bus.run(PROGRAM, "--forget-application=org.example.Lost")
    response, new = brought("Lost")
    tap.equal((response, len(new)), (0, 128), "after it was forgotten")
    aside.unlink()
    other = aside.with_name("work.db.damaged-20260101T000000Z")
    other.touch()
    tap.equal(brought("Gone before")[0], 0, "another application, where the keychain of that file was deleted")
    bus.run("keychainctl", "keychains", "create", "work")
    tap.equal(brought("Imported"), [2, ""], "one that an import may have put into another keychain")
    bus.run("keychainctl", "keychains", "delete", "work", "--yes")
    other.unlink()
    tap.equal(brought("Lost"), [0, new], "again")
    tap.equal(brought("Later")[0], 0, "another application, without that file")


def damage(where):
    with sqlite3.connect(keychaind.STATE / str(UID) / "login.db", timeout=600) as database:
        rows = database.execute(f"SELECT row, secret FROM genp WHERE agrp='keybag-secret-service' AND {where}").fetchall()
        database.executemany("UPDATE genp SET secret=? WHERE row=?",
                             [(bytes([secret[0] ^ 1]) + secret[1:], row) for row, secret in rows])
    return len(rows)


def test_damaged():
    """a secret that is damaged is an error, as often as it is asked for, and never another one; until the user has it forgotten"""
    before = secret_of()
    tap.ok(damage("pdmn='ak'") >= 6, "rows")
    tap.equal(as_portal(lambda connection: [retrieve(connection, APP) for _ in range(2)]), [[2, ""]] * 2, "responses")
    tap.equal(bus.run(PROGRAM, f"--forget-application={APP}"), "", "what is said of it")
    new = secret_of()
    tap.ok(new != before, "another one")
    tap.equal(secret_of(), new, "again")
    tap.equal(as_portal(lambda connection: retrieve(connection, OTHER)), [2, ""], "another application's")
    bus.run(PROGRAM, "--forget-application=org.example.Never", status=1)
    lock("--full")
    bus.run(PROGRAM, f"--forget-application={APP}", status=1)
    unlock()
    tap.equal(secret_of(), new, "afterwards")


tap.main(teardown=bus.end)

#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: kernel=6.1
"""Events of the keychain: what a watcher is told, what it is not told, and that nobody waits for one."""

import base64
import ctypes
import json
import os
import select
import shutil
import signal
import sqlite3
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from lib import keychaind, tap  # noqa: E402
from lib.keychaind import STATE, as_user, connect, entitlement, genp, in_child, run  # noqa: E402

USER, UID, OTHER, OTHER_UID = "anna", 1361, "ben", 1362
PASSCODE = b"passcode"
GROUP = f"unconfined.{UID}"
OF_USER, OF_APPLICATION, KEPT = 64, 16, 256
IDLE_SECONDS = 45
A = "/usr/local/libexec/watch-a"
ALREADY = [("available", "dk"), ("available", "ck"), ("available", "ak")]


def keybagctl(*arguments, user=USER):
    done = subprocess.run(["keybagctl", arguments[0], "--user", user, *arguments[1:]], input=PASSCODE, capture_output=True, check=False)
    tap.equal(done.returncode, 0, f"keybagctl {arguments}: {done.stderr}")


def setup():
    for name, uid in ((USER, UID), (OTHER, OTHER_UID)):
        subprocess.run(["useradd", "-m", "-u", str(uid), name], check=True)
        keybagctl("create", *keychaind.CHEAP, user=name)
        keybagctl("unlock", user=name)
    subprocess.run(["groupadd", "-g", "2361", "watch-a"], check=True)
    os.makedirs(os.path.dirname(A), exist_ok=True)
    shutil.copy(shutil.which("keychainctl"), A)
    os.chown(A, 0, 2361)
    os.chmod(A, 0o2755)
    grant("shared")


def teardown():
    for path in keychaind.ENTITLEMENTS.glob("watch*"):
        path.unlink()
    os.unlink(A)
    subprocess.run(["groupdel", "watch-a"], check=False)
    keychaind.remove_user(USER, UID)
    keychaind.remove_user(OTHER, OTHER_UID)


def grant(groups):
    entitlement("watch", f"[Match]\nExecutable={A}\n[Grant]\nKeychainAccessGroups = {groups}\n")


class Watch:
    """keychainctl watch --json of a user."""

    def __init__(self, *arguments, program="keychainctl", user=USER):
        self.process = subprocess.Popen(["setpriv", "--reuid", user, "--regid", user, "--init-groups", program, "watch", "--json",
                                         *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.text = b""
        if not arguments:
            tap.equal([self.next() for _ in ALREADY], ALREADY, "the classes that are available")

    def raw(self):
        while b"\n" not in self.text:
            tap.ok(select.select([self.process.stdout], [], [], 300)[0], f"an event, after {self.text}")
            part = os.read(self.process.stdout.fileno(), 65536)
            tap.ok(part, part or f"it goes on: {self.process.stderr.read()}")
            self.text += part
        line, self.text = self.text.split(b"\n", 1)
        return json.loads(line)

    def next(self):
        event = self.raw()
        return event["event"], event.get("accessible") or event.get("access-group")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()


def change(op, account="a", status=0, **query):
    update = query.pop("UPDATE", None)
    request = genp(op, account, **query)
    if update:
        request["update"] = update
    answer = as_user(UID, request)
    tap.equal(answer["status"], status, f"{request}: {answer}")


def test_items():
    """an item that is added, changed, moved to another class and deleted; in a dry run, or in vain, there is no event"""
    with Watch() as watch:
        change("add", data=b"x")
        event = watch.raw()
        found = as_user(UID, genp("copy", "a", r_PersistentRef=True))["result"].encode("latin-1")
        tap.equal(event, {"format": 1, "event": "added", "class": "password", "access-group": GROUP,
                          "reference": {"data": base64.b64encode(found).decode()}}, "the whole event")
        change("add", data=b"x", status=-25299)
        tap.equal(as_user(UID, {**genp("delete", "a"), "options": {"dry_run": True}})["status"], 0, "a dry run")
        change("update", UPDATE={"labl": "label"})
        tap.equal(watch.next(), ("changed", GROUP), "changed")
        tap.equal(as_user(UID, {"op": "change-class", "query": {"class": "genp", "acct": "a"}, "update": {"pdmn": "ck"}})["status"], 0)
        tap.equal(watch.next(), ("changed", GROUP), "its class")
        change("delete")
        tap.equal(watch.next(), ("removed", GROUP), "removed")
        change("upsert", data=b"x")
        tap.equal(watch.next(), ("added", GROUP), "an upsert that adds")
        change("upsert", data=b"y")
        tap.equal(watch.next(), ("changed", GROUP), "one that changes")
        change("delete")
        tap.equal(watch.next(), ("removed", GROUP), "removed again")


def test_classes():
    """lock and unlock"""
    with Watch() as watch:
        keybagctl("lock")
        tap.equal(watch.next(), ("unavailable", "ak"), "locked")
        change("add", "d", data=b"x", pdmn="dk")
        tap.equal(watch.next(), ("added", GROUP), "an item while locked")
        keybagctl("unlock")
        tap.equal(watch.next(), ("available", "ak"), "unlocked")
        keybagctl("lock", "--full")
        tap.equal(sorted(watch.next() for _ in range(2)), [("unavailable", "ak"), ("unavailable", "ck")], "all")
        keybagctl("unlock")
        tap.equal(sorted(watch.next() for _ in range(2)), [("available", "ak"), ("available", "ck")], "again")
    change("delete", "d")


def watched(requests):
    """Events that a watcher, polled by hand, gets for what these requests of the same user change."""
    def poll(client, now=True):
        return client.call({"op": "watch", "options": {"now": now}})["result"]

    def tell():
        with connect() as client:
            assert poll(client) == []
            with connect() as other:
                for request in requests:
                    answer = other.call(request)
                    assert answer["status"] == 0, (request, answer)
            return [(event["event"], event.get("agrp")) for event in poll(client)]
    return in_child(tell, UID)


def test_slow_reader():
    """many changes of an item are one event, too many are one that says so, and no fact is lost"""
    labels = [{**genp("update", "a"), "update": {"labl": str(number)}} for number in range(5)]
    add, delete = genp("add", "a", data=b"x"), genp("delete", "a")
    tap.equal(watched([add, *labels]), [["added", GROUP]], "added and changed")
    tap.equal(watched([*labels]), [["changed", GROUP]], "changed")
    tap.equal(watched([*labels, delete]), [["removed", GROUP]], "changed and removed")
    tap.equal(watched([add, delete]), [["removed", GROUP]], "added and removed: who looked in between knows it")
    many = [genp("add", f"many{number}", data=b"x") for number in range(KEPT)]
    tap.equal(watched(many), [["added", GROUP]] * KEPT, "as many as are kept")
    tap.equal(watched([{"op": "delete", "query": {"class": "genp", "svce": "service"}}, add]), [["anything", None]], "one more")
    tap.equal(watched([delete]), [["removed", GROUP]], "and afterwards as before")


def test_groups():
    """a watcher is told of its own groups alone, as they are when something happens"""
    def add(account, group):
        tap.equal(run(A, {"op": "add", "query": {"class": "genp", "acct": account, "agrp": group}}, USER)["status"], 0, "add")
    def remove(account, group):
        tap.equal(run(A, {"op": "delete", "query": {"class": "genp", "acct": account, "agrp": group}}, USER)["status"], 0, "delete")

    def told(watch, make, undo):
        """The event for MAKE, once entitlements that have changed are behind it: such an event covers what came with it."""
        make()
        while (event := watch.next()) == ("anything", None):
            if select.select([watch.process.stdout], [], [], 2)[0]:
                continue
            undo()
            # A file that is read while it is written is read twice.
            watch.next()
            while select.select([watch.process.stdout], [], [], 2)[0]:
                watch.next()
            make()
        return event
    with Watch() as mine, Watch(program=A) as shared, Watch(user=OTHER) as others:
        add("one", "shared")
        tap.equal(shared.next(), ("added", "shared"), "the program's own")
        change("add", data=b"x")
        tap.equal(mine.next(), ("added", GROUP), "the next one that the session is told of is its own")
        grant("shared private")
        add("two", "private")
        tap.equal(shared.next(), ("anything", None), "other entitlements")
        tap.equal(told(shared, lambda: add("three", "private"), lambda: remove("three", "private")), ("added", "private"),
                  "of the new group")
        answer = run(A, {"op": "move", "query": {"agrp": "private"}, "update": {"agrp": "shared"}}, USER)
        tap.equal(answer["status"], 0, "a move")
        # The first of the new group may be told of beside "anything".
        events = []
        while len(events) < 4:
            event = shared.next()
            events += [event] if event != ("added", "private") else []
        tap.equal(sorted(events), [("added", "shared")] * 2 + [("removed", "private")] * 2, "told for both groups")
        grant("shared")
        add("four", "shared")
        tap.equal(shared.next(), ("anything", None), "fewer entitlements")
        tap.equal(told(mine, lambda: change("delete"), lambda: change("add", data=b"x")), ("removed", GROUP),
                  "of all that the session was told of its own alone")

        def other(*arguments):
            keychaind.as_command(OTHER, *arguments, "--account", "b", data=b"x")
        tap.equal(told(others, lambda: other("add"), lambda: other("delete", "--all")), ("added", f"unconfined.{OTHER_UID}"),
                  "another user of its own, and of nothing before")
    tap.equal(run(A, {"op": "delete", "query": {"class": "genp", "agrp": "shared"}}, USER)["status"], 0, "cleared up")


def test_held():
    """a request that waits holds up no other; who has too many watchers is told"""
    def wait():
        with connect() as client:
            client.call({"op": "watch", "options": {"now": True}})
            client.post(keychaind.encode({"op": "watch"}))
            with connect() as other:
                begin = time.monotonic()
                statuses = [other.call(genp(op, "held", **words))["status"] for op, words in
                            (("copy", {}), ("add", {"data": b"x"}), ("delete", {}))]
            told = client.answer()["result"]
            # Events that came while that answer was not read.
            told += client.call({"op": "watch", "options": {"now": True}})["result"]
            return statuses, told[-1]["event"], time.monotonic() - begin < 300
    tap.equal(in_child(wait, UID), [[-25300, 0, 0], "removed", True], "others, and what it is told in the end")

    def crowd():
        clients = [connect() for _ in range(OF_USER + 1)]
        answers = [client.call({"op": "watch", "options": {"now": True}}) for client in clients]
        clients[0].close()
        # It is noticed when it is noticed.
        for _ in range(600):
            again = clients[-1].call({"op": "watch", "options": {"now": True}})["status"]
            if not again:
                break
            time.sleep(0.1)
        return [answer["status"] for answer in answers], answers[-1]["message"], again
    statuses, text, again = in_child(crowd, UID)
    tap.equal(statuses, [0] * OF_USER + [-25291], "one too many")
    tap.contains(text, "too many watch at a time", "what it is told")
    tap.equal(again, 0, "when another one has ended")
    for request in ({"op": "watch", "query": {}}, {"op": "watch", "options": {"now": 1}}, {"op": "watch", "options": {"limit": 1}}):
        tap.equal(as_user(UID, request)["status"], -50, f"{request}")
    tap.equal(as_user(UID, {"op": "watch", "keychain": "system-roots"})["status"], -4, "the CA certificates")
    tap.equal(as_user(UID, {"op": "watch", "keychain": "none"})["status"], -25291, "a keychain that is not there")
    tap.equal(as_user(UID, {"op": "watch", "user": OTHER_UID})["status"], -34018, "another user's")


def test_service_restarted():
    """a watcher outlives the service, and is told that it may have missed something"""
    with Watch() as watch:
        for number in (signal.SIGTERM, signal.SIGKILL):
            keychaind.stop_service(number)
            keychaind.start_service()
            tap.equal(watch.next(), ("anything", None), f"after signal {number}")
            change("add", data=b"x")
            tap.equal(watch.next(), ("added", GROUP), "and goes on")
            change("delete")
            tap.equal(watch.next(), ("removed", GROUP), "as before")


def test_files():
    """another default keychain, one that is deleted, and a file that another program writes to"""
    with Watch() as watch, Watch("-k", "other", "--timeout", "1") as absent:
        tap.equal(absent.process.wait(timeout=300), 10, "a keychain that is not there")
        tap.contains(absent.process.stderr.read().decode(), "there is no keychain 'other'", "which says so")
        change("add", data=b"x")
        tap.equal(watch.next(), ("added", GROUP), "an item")
        with sqlite3.connect(STATE / str(UID) / "login.db", timeout=600) as database:
            database.execute("UPDATE genp SET mdat = mdat")
        database.close()
        change("copy")
        tap.equal(watch.next(), ("anything", None), "written to by another program")
        for verb in ("keychain-create", "keychain-default"):
            tap.equal(as_user(UID, {"op": verb, "name": "other"})["status"], 0, verb)
        tap.equal(watch.next(), ("anything", None), "another default")
        change("add", "b", data=b"x")
        event = watch.next()
        # Two changes were made: that there is another one, and which is the default.
        while event == ("anything", None):
            event = watch.next()
        tap.equal(event, ("added", GROUP), "in that one")
        tap.equal(as_user(UID, {"op": "keychain-delete", "name": "other"})["status"], 0, "it is deleted")
        tap.equal(watch.next(), ("anything", None), "the first one is the default again")
    change("delete")


def write_as_other(name):
    with sqlite3.connect(STATE / str(UID) / f"{name}.db", timeout=600) as database:
        database.execute("UPDATE genp SET mdat = mdat")
    database.close()


def copy_from(name, status=0):
    answer = as_user(UID, {**genp("copy", "a"), "keychain": name})
    tap.equal(answer["status"], status, f"a request to {name}: {answer}")


def test_others():
    """other programs write to files, replace and remove them: open before the watch began, or unused for long"""
    names = ("before", "idle", "replaced", "removed")
    for name in names:
        tap.equal(as_user(UID, {"op": "keychain-create", "name": name})["status"], 0, f"making {name}")
        tap.equal(as_user(UID, {**genp("add", "a", data=b"x"), "keychain": name})["status"], 0, "an item")
    watches = {name: Watch("-k", name) for name in names}
    try:
        for watch in watches.values():
            tap.equal([watch.next() for _ in ALREADY], ALREADY, "the classes that are available")
        write_as_other("before")
        copy_from("before")
        tap.equal(watches["before"].next(), ("anything", None), "written to since the watch began")
        copy_from("before")
        # Longer than what nobody asks for stays open.
        time.sleep(IDLE_SECONDS)
        write_as_other("idle")
        folder = STATE / str(UID)
        shutil.copy2(folder / "idle.db", folder / "new.db")
        os.chown(folder / "new.db", (folder / "idle.db").stat().st_uid, (folder / "idle.db").stat().st_gid)
        os.rename(folder / "new.db", folder / "replaced.db")
        os.unlink(folder / "removed.db")
        for name in names[1:]:
            copy_from(name, -25291 if name == "removed" else 0)
            tap.equal(watches[name].next(), ("anything", None), name)
        tap.equal(select.select([watches["before"].process.stdout], [], [], 0)[0], [], "nothing of the one that nobody wrote to")
    finally:
        for name, watch in watches.items():
            watch.__exit__()
            as_user(UID, {"op": "keychain-delete", "name": name})


def test_no_folder():
    """without a folder of entitlements there are the same events, and no others; when it is there, it counts"""
    hidden = keychaind.ENTITLEMENTS.with_name("hidden")
    with Watch(program=A) as shared:
        shutil.move(keychaind.ENTITLEMENTS, hidden)
        try:
            with Watch() as mine:
                change("add", data=b"x")
                tap.equal(mine.next(), ("added", GROUP), "an event")
                tap.equal(select.select([mine.process.stdout], [], [], 25)[0], [], "and no more of them")
                change("delete")
                tap.equal(mine.next(), ("removed", GROUP), "the next one")
        finally:
            shutil.move(hidden, keychaind.ENTITLEMENTS)
        tap.equal(shared.next(), ("anything", None), "whose entitlements went, or came again")


class Event(ctypes.Structure):
    _fields_ = [("kind", ctypes.c_int), ("item_class", ctypes.c_int), ("reference", ctypes.c_uint8 * 20),
                ("access_group", ctypes.c_char * 256), ("accessible", ctypes.c_int)]


def test_library():
    """the descriptor is readable when there is an event, and not otherwise"""
    def watch():
        library = ctypes.CDLL("libkeychain.so.1")
        client, handle, event = ctypes.c_void_p(), ctypes.c_void_p(), Event()
        library.keychain_watch_next.argtypes = [ctypes.c_void_p, ctypes.c_uint64, ctypes.c_void_p]
        for function in (library.keychain_watch_fd, library.keychain_watch_free):
            function.argtypes = [ctypes.c_void_p]
        assert library.keychain_client_new(ctypes.byref(client)) == 0
        assert library.keychain_watch_new(client, ctypes.byref(handle)) == 0
        descriptor = library.keychain_watch_fd(handle)

        def events():
            found = []
            while True:
                assert library.keychain_watch_next(handle, 0, ctypes.byref(event)) == 0
                if not event.kind:
                    return found
                found.append((event.kind, event.item_class, event.access_group.decode(), event.accessible))
        told = [events(), bool(select.select([descriptor], [], [], 1)[0])]
        with connect() as other:
            assert other.call(genp("add", "library", data=b"x"))["status"] == 0
            told += [bool(select.select([descriptor], [], [], 300)[0]), events(), bool(select.select([descriptor], [], [], 1)[0])]
            assert other.call(genp("delete", "library"))["status"] == 0
        told += [bool(select.select([descriptor], [], [], 300)[0]), events()]
        library.keychain_watch_free(handle)
        # When a keychain goes, each call says so; when it is there again, the watch goes on.
        assert library.keychain_client_choose(client, b"passing") == 0
        with connect() as other:
            assert other.call({"op": "keychain-create", "name": "passing"})["status"] == 0
            assert library.keychain_watch_new(client, ctypes.byref(handle)) == 0
            events()
            assert other.call({"op": "keychain-delete", "name": "passing"})["status"] == 0
            status = 0
            while not status:
                status = library.keychain_watch_next(handle, 300 * 10**9, ctypes.byref(event))
            # Its subscription is asked for anew without waiting; the answer wakes it.
            descriptor, again = library.keychain_watch_fd(handle), 0
            while not again:
                again = library.keychain_watch_next(handle, 0, ctypes.byref(event))
                assert again or select.select([descriptor], [], [], 300)[0]
            told += [status, again]
            assert other.call({"op": "keychain-create", "name": "passing"})["status"] == 0
            found = events()
            while not found:
                assert select.select([descriptor], [], [], 300)[0]
                found = events()
            told.append([kind for kind, *_ in found])
            assert other.call({"op": "keychain-delete", "name": "passing"})["status"] == 0
        library.keychain_watch_free(handle)
        return told
    tap.equal(in_child(watch, UID), [[[5, 0, "", 3], [5, 0, "", 2], [5, 0, "", 1]], False, True, [[1, 1, GROUP, 0]], False, True,
                                     [[3, 1, GROUP, 0]], -25291, -25291, [4]], "what poll and the events say")


class LibraryWatch:
    """A watch of libkeychain's, in this process."""

    def __init__(self):
        self.library = ctypes.CDLL("libkeychain.so.1")
        self.handle, client = ctypes.c_void_p(), ctypes.c_void_p()
        self.library.keychain_watch_next.argtypes = [ctypes.c_void_p, ctypes.c_uint64, ctypes.c_void_p]
        self.library.keychain_watch_fd.argtypes = [ctypes.c_void_p]
        assert self.library.keychain_client_new(ctypes.byref(client)) == 0
        assert self.library.keychain_watch_new(client, ctypes.byref(self.handle)) == 0

    def next(self, limit=0):
        """Status, and kind of the event."""
        event = Event()
        return self.library.keychain_watch_next(self.handle, limit, ctypes.byref(event)), event.kind

    def quiet(self):
        """Whether its descriptor is not readable once all is told."""
        for _ in range(100):
            while self.next()[1]:
                pass
            if not select.select([self.library.keychain_watch_fd(self.handle)], [], [], 3)[0]:
                return True
        return False


def test_forked():
    """a program forks: the child has no part in the watch, and its copies of the sockets do not keep the parent awake"""
    told, tell = os.pipe()
    asked, go_on = os.pipe()
    watching = os.fork()
    if not watching:
        keychaind.become(UID)
        watch = LibraryWatch()
        assert watch.quiet()
        holder = os.fork()
        if not holder:
            signal.pause()
        asking = os.fork()
        if not asking:
            os._exit(0 if watch.next() == (-25291, 0) and watch.next() == (-25291, 0) else 1)
        os.write(tell, json.dumps([os.waitpid(asking, 0)[1], watch.quiet()]).encode() + b"\n")
        os.read(asked, 1)
        found = []
        while 4 not in found:
            found.append(watch.next(300 * 10**9)[1])
        result = watch.quiet()
        with connect() as other:
            assert other.call(genp("add", "forked", data=b"x"))["status"] == 0
            found = watch.next(300 * 10**9)
            assert other.call(genp("delete", "forked"))["status"] == 0
        os.kill(holder, signal.SIGKILL)
        os.write(tell, json.dumps([result, found]).encode() + b"\n")
        os._exit(0)
    os.close(tell)
    with os.fdopen(told) as lines:
        tap.equal(json.loads(lines.readline()), [0, True], "the child is refused, and the parent sleeps")
        keychaind.stop_service(signal.SIGTERM)
        keychaind.start_service()
        os.write(go_on, b"x")
        tap.equal(json.loads(lines.readline()), [True, [0, 1]], "after a restart the parent sleeps again, and is told of what comes")
    os.waitpid(watching, 0)


def test_dead_watcher():
    """a watcher whose process has ended is one no more, even where a child has kept its connection"""
    told, tell = os.pipe()
    watching = os.fork()
    if not watching:
        keychaind.become(UID)
        clients = [connect() for _ in range(OF_USER)]
        for client in clients:
            assert client.call({"op": "watch", "options": {"now": True}})["status"] == 0
            client.post(keychaind.encode({"op": "watch"}))
        holder = os.fork()
        if not holder:
            signal.pause()
        os.write(tell, str(holder).encode())
        os._exit(0)
    os.waitpid(watching, 0)
    holder = int(os.read(told, 16))
    try:
        for _ in range(120):
            status = as_user(UID, {"op": "watch", "options": {"now": True}})["status"]
            if not status:
                break
            time.sleep(0.5)
        tap.equal(status, 0, "there is room again")
    finally:
        os.kill(holder, signal.SIGKILL)


def test_command():
    """lines for people, an end by time, and options that mean nothing"""
    text = keychaind.as_command(USER, "watch", "--timeout", "1")[0]
    tap.equal(text, b"available\tdk\navailable\tck\navailable\tak\n", "lines")
    keychaind.as_command(USER, "watch", "word", status=2)
    unread = subprocess.Popen(["setpriv", "--reuid", USER, "--regid", USER, "--init-groups", "keychainctl", "watch"],
                              stdout=subprocess.PIPE)
    for _ in range(3):
        unread.stdout.readline()
    unread.stdout.close()
    tap.equal(unread.wait(timeout=600), 0, "status of one whose reader has gone, without another event")
    shown = subprocess.run(["setpriv", "--reuid", USER, "--regid", USER, "--init-groups", "sh", "-c",
                            "keychainctl watch --timeout 1 >/dev/full"], capture_output=True, check=False)
    tap.equal(shown.returncode, 1, "a full device")


setup()
tap.main(teardown=teardown)

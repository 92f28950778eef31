#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: kernel=6.1
"""Shares of keychaind that one user, one application, and a process with many uids may take."""

import ctypes
import errno
import os
import pathlib
import select
import socket
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from lib import keychaind, tap  # noqa: E402
from lib.keychaind import as_user, encode, genp, in_child  # noqa: E402

USER, UID = "anna", 1313


def setup():
    subprocess.run(["useradd", "-m", "-u", str(UID), USER], check=True)
    for command in ["create", *keychaind.CHEAP], ["unlock"]:
        subprocess.run(["keybagctl", command[0], "--user", USER, *command[1:]], input=b"passcode", check=True,
                       capture_output=True)


def teardown():
    keychaind.remove_user(USER, UID)


def alive():
    tap.equal(as_user(UID, {"op": "keychains"})["status"], 0, "a request afterwards")


def test_kept_files():
    """mailboxes and answers that a client keeps take no memory of the service once it has hung up"""
    tap.equal(as_user(UID, genp("upsert", "kept", bytes(range(1, 101)) * 1000))["status"], 0, "add")

    def keep():
        kept = []
        for _ in range(20):
            with keychaind.connect() as client:
                kept.append(os.dup(client.mailbox_file))
                client.send(encode(genp("copy", "kept", r_Data=True)))
                message, descriptors = client.receive()
                assert "length" not in message, message
                kept += descriptors
                # One is taken back with the next request, one as the connection ends.
                client.send(encode(genp("copy", "kept", r_Data=True)))
                kept += client.receive()[1]
        for descriptor in kept:
            keychaind.wait_released(descriptor)
        return len(kept)
    tap.equal(in_child(keep, UID), 60, "files that were kept, and have no pages")
    alive()


def test_quota():
    """one user's connections have a limit, which is no other's"""
    def crowd():
        kept = []
        begin = time.monotonic()
        try:
            for _ in range(300):
                kept.append(keychaind.Client())
        except keychaind.Refused as refused:
            return len(kept), refused.args[0], time.monotonic() - begin
        return len(kept), 0, time.monotonic() - begin
    for _ in range(5):
        count, error, took = in_child(crowd, UID)
        # On a machine so busy that the first ones were silent for too long, nothing was tested.
        if took < 25:
            break
    tap.equal((count, error), (256, 122), "connections and error")
    # The service has to notice that they are gone.
    end = time.monotonic() + 300
    while True:
        try:
            alive()
            break
        except AssertionError as refused:
            if "Refused" not in str(refused) or time.monotonic() > end:
                raise
            time.sleep(0.1)


def test_subordinate_uids():
    """a process that has many uids in a user namespace takes no place from anybody: none of them gets in"""
    libc = ctypes.CDLL(None, use_errno=True)

    def crowd(ready, mapped):
        os.close(ready[0])
        os.close(mapped[1])
        assert libc.unshare(0x10000000) == 0, "no user namespace"
        os.write(ready[1], b"x")
        os.read(mapped[0], 1)
        refused = 0
        for uid in range(1, 41):
            os.setresuid(uid, uid, 0)
            try:
                keychaind.Client()
            except keychaind.Refused as error:
                refused += error.args[0] == errno.EPERM
            os.setresuid(0, 0, 0)
        os._exit(refused)
    ready, mapped = os.pipe(), os.pipe()
    pid = os.fork()
    if not pid:
        crowd(ready, mapped)
    os.close(ready[1])
    os.close(mapped[0])
    if os.read(ready[0], 1):
        pathlib.Path(f"/proc/{pid}/uid_map").write_text("0 100000 1000\n", encoding="ascii")
    os.write(mapped[1], b"x")
    os.close(ready[0])
    os.close(mapped[1])
    tap.equal(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 40, "connections that were refused, of 40")
    alive()


def test_application_at_its_limit():
    """an application in a sandbox does not take its user's connections, whatever it is granted"""
    groups = pathlib.Path("/sys/fs/cgroup")
    if not (groups / "cgroup.procs").exists():
        tap.skip("no control groups")
    folder = groups / f"user.slice/user-{UID}.slice/app-flatpak-org.example.Greedy-1.scope"
    folder.mkdir(parents=True, exist_ok=True)

    def crowd():
        (folder / "cgroup.procs").write_text(str(os.getpid()))
        keychaind.become(UID)
        kept = []
        try:
            for _ in range(300):
                kept.append(keychaind.Client())
        except keychaind.Refused as error:
            return len(kept), error.args[0], in_parents()
        return len(kept), 0, False

    def in_parents():
        asked.send(b"x")
        return asked.recv(1) == b"y"
    other, asked = socket.socketpair()
    results = []
    thread = threading.Thread(target=lambda: results.append(in_child(crowd)))
    thread.start()
    other.recv(1)
    alive()
    other.send(b"y")
    thread.join()
    tap.equal([tuple(result) for result in results], [(64, 122, True)], "connections, error, and others of its user's")
    folder.rmdir()


def test_descriptors_that_never_close():
    """descriptors that never close: after some hundred the service takes no more, and others are answered"""
    daemon = subprocess.run(["pidof", "keychaind"], check=True, capture_output=True, text=True).stdout.strip()
    folder = "/run/test-stuck"
    server = subprocess.Popen([sys.executable, os.path.join(os.path.dirname(__file__), "lib/stuck_files.py"), folder, str(UID)],
                              stdout=subprocess.PIPE)
    server.stdout.readline()

    def used():
        return [len(os.listdir(f"/proc/{daemon}/{what}")) for what in ("task", "fd")]

    def attack():
        fd = os.open(folder + "/file", os.O_RDWR)
        asked = 0
        with keychaind.Client() as client:
            try:
                while asked < 2000:
                    client.send(b"", descriptors=[fd])
                    client.answer()
                    asked += 1
            except keychaind.Closed:
                pass
        for _ in range(40):
            try:
                with keychaind.Client() as client:
                    client.send(b"", descriptors=[fd] * 253)
                    client.answer()
            except (keychaind.Closed, keychaind.Refused):
                pass
        try:
            keychaind.Client()
        except keychaind.Refused as refused:
            return asked, refused.args[0]
        return asked, 0
    try:
        before = used()
        asked, error = in_child(attack, UID)
        now = used()
        tap.diagnose(f"{asked} requests, threads and descriptors {before} to {now}")
        tap.ok(200 < asked < 300, "256 requests are answered; that")
        tap.equal(error, 122, "error of the next connection")
        tap.ok(now[0] <= before[0] + 3, "they take a thread; that")
        tap.ok(now[1] <= before[1] + 256 + 253 + 32, "and no more descriptors than there may be; that")
        tap.equal(as_user(0, {"op": "keychains"})["status"] in (0, -25291), True, "root is answered")
    finally:
        subprocess.run(["umount", "-l", folder], check=False)
        server.kill()
        server.wait()
        os.rmdir(folder)
    end = time.monotonic() + 300
    while len(os.listdir(f"/proc/{daemon}/fd")) > before[1] + 32 and time.monotonic() < end:
        time.sleep(0.1)
    alive()


def test_silent_and_unread():
    """connections that say nothing, and answers that nobody reads, are given up"""
    tap.equal(as_user(UID, genp("upsert", "large", bytes(1 << 20)))["status"], 0, "add")

    def crowd():
        silent = keychaind.Client()
        begin = time.monotonic()
        clients = []
        for _ in range(20):
            clients.append(keychaind.Client())
            clients[-1].send(encode(genp("copy", "large", r_Data=True)))
            # It is there before the next one asks.
            select.select([clients[-1].socket], [], [])
        taken = 0
        for client in clients:
            # The file of an answer that was given up is zeroed: no dictionary.
            answer = client.answer()
            taken += isinstance(answer, dict) and answer["status"] == 0
        try:
            silent.receive()
        except keychaind.Closed:
            return taken, time.monotonic() - begin
        return taken, 0
    taken, after = in_child(crowd, UID)
    tap.equal(taken, 15, "answers of 1 MiB and some that were kept, of 20")
    tap.ok(after > 25, f"a connection that said nothing was closed after {after:.0f} s, 30 it has")
    tap.equal(as_user(UID, genp("delete", "large"))["status"], 0, "delete")


setup()
tap.main(teardown=teardown)

#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: long kernel=6.1 paths=helper/sshagent/,helper/userservice/
"""The SSH agent under misuse: messages that are none, peers that do not read, strangers, locks in the middle of signatures."""

import grp
import os
import random
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), folder) for folder in ("lib", "..")]
from lib import keychaind, tap  # noqa: E402
from ssh_agents import FAILURE, IDENTITIES, PROGRAM, SUCCESS, Agent, call, receive, string, wait_until  # noqa: E402

LIST = b"\x0b"
agent = Agent("anna", 1482)
agent.start()
key = agent.make_key("ed25519", "key")
agent.add(key)
key.unlink()


def serves():
    tap.equal(agent.listed(), ["key of anna"], "keys")


def closes(peer):
    """Whether the other end closes, without an answer."""
    try:
        return not peer.recv(1)
    except ConnectionResetError:
        return True


def test_garbage():
    """a message of no length, or of too many bytes, ends the connection; one that is not understood is a failure"""
    def attempt(connect):
        said = []
        for head in (0, (256 << 10) + 1, 1 << 31, (1 << 32) - 1):
            with connect() as peer:
                peer.sendall(struct.pack(">I", head) + b"x")
                said.append(closes(peer))
        wrong = []
        with connect() as peer:
            for kind in range(256):
                # These need nothing behind them.
                bare = {9: SUCCESS, 11: IDENTITIES}
                for body in (b"", b"\0", string("x"), string(bytes(100)), b"\xff" * 8, bytes(8), string("ssh-ed25519") * 3):
                    if kind == 19:
                        continue
                    answer = call(peer, bytes([kind]) + body)[:1]
                    if answer != (bare.get(kind, FAILURE) if not body else FAILURE) and not (kind == 22 and answer == SUCCESS):
                        wrong.append([kind, body, answer])
                    if answer == SUCCESS and kind == 22:
                        call(peer, b"\x17" + body)
            noise = random.Random(1)
            for _ in range(300):
                answer = call(peer, bytes([noise.choice((11, 13, 17, 18, 25, 27))]) + noise.randbytes(noise.randrange(1, 200)))
                if answer != FAILURE:
                    wrong.append(answer)
            peer.sendall(string(b"\x0d" + bytes((256 << 10) - 1)))
            wrong += [] if receive(peer) == FAILURE else ["long"]
        return said, wrong
    tap.equal(agent.inside(attempt), [[True] * 4, []], "connections that ended, and answers that are none")
    serves()


def test_slow():
    """a message that does not come, and an answer that is not read, end the connection after ten seconds; others are served meanwhile"""
    def attempt(connect):
        begun = time.monotonic()
        slow, deaf = connect(), connect()
        slow.sendall(b"\0\0")
        deaf.settimeout(0.2)
        try:
            while True:
                deaf.send(string(LIST) * 1000)
        except (TimeoutError, socket.timeout):
            pass
        with connect() as peer:
            good = call(peer, LIST)[:1] == IDENTITIES
        closed = closes(slow)
        took = time.monotonic() - begun
        # Without a look at what was sent: whoever reads is served on.
        end = select.poll()
        end.register(deaf, 0)
        return good, closed, 8 < took < 60, len(end.poll(300_000)) == 1
    tap.equal(agent.inside(attempt), [True, True, True, True], "service meanwhile, the end of the slow one, and when, the end of the deaf one")
    serves()


def test_many():
    """beyond 128 connections more are closed, until some have ended"""
    def attempt(connect):
        peers = [connect() for _ in range(160)]
        answered = 0
        for peer in peers:
            try:
                answered += call(peer, LIST)[:1] == IDENTITIES
            except (ConnectionResetError, BrokenPipeError):
                pass
        for peer in peers:
            peer.close()
        return answered
    tap.equal(agent.inside(attempt), 128, "connections that were served")
    serves()


def test_strangers():
    """root and another user are not served, whatever the mode of the socket"""
    agent.path.chmod(0o666)
    agent.runtime.chmod(0o755)

    def attempt():
        with socket.socket(socket.AF_UNIX) as peer:
            peer.settimeout(60)
            peer.connect(str(agent.path))
            try:
                peer.sendall(string(LIST))
            except BrokenPipeError:
                return True
            return closes(peer)
    for uid in (0, 65534):
        tap.equal(keychaind.in_child(attempt, uid), True, f"whether uid {uid} is refused")
    agent.path.chmod(0o600)
    agent.runtime.chmod(0o700)
    serves()


def status_of(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)


def test_walls():
    """its user cannot look into it or load into it; it may not start programs; what it has started has not its group"""
    pid = agent.process.pid
    status = status_of(pid)
    group = str(grp.getgrnam("_sshagent").gr_gid)
    tap.equal((status["NoNewPrivs"], status["Seccomp"]), ("1", "2"), "new privileges and the filter")
    tap.ok(group in status["Gid"].split(), "its group")
    agent.run("cat", f"/proc/{pid}/maps", status=1)
    helper = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=True).stdout.split()
    tap.equal(len(helper), 1, "programs that it has started")
    tap.ok(group not in status_of(helper[0])["Gid"].split() and group not in status_of(helper[0])["Groups"].split(), "groups of that")
    agent.run("cat", f"/proc/{helper[0]}/environ", status=1)


def test_not_granted():
    """a copy of the program is granted nothing, and says so"""
    copy = agent.runtime / "copy"
    shutil.copy(PROGRAM, copy)
    copy.chmod(0o755)
    said = agent.run(copy, status=3)
    tap.contains(said, "set-group-ID")
    tap.contains(agent.run(PROGRAM, "--wait=3601", status=2), "0 to 3600")
    tap.contains(agent.run("/usr/libexec/keybag-ssh-agent-helper", status=2), "is started by keybag-ssh-agent")


def test_locked_meanwhile():
    """locks in the middle of signatures: each is good or none, and the agent goes on"""
    ended = threading.Event()
    counts = {True: 0, False: 0}

    def sign():
        while not ended.is_set():
            counts[agent.signs(key)] += 1
    thread = threading.Thread(target=sign)
    thread.start()
    try:
        for _ in range(5):
            agent.lock()
            time.sleep(random.random())
            agent.unlock()
            time.sleep(random.random())
    finally:
        ended.set()
        thread.join()
    tap.diagnose(f"{counts[True]} signatures, {counts[False]} refusals")
    tap.ok(agent.signs(key), "it signs at the end")


def test_keychaind_away():
    """while keychaind is away a request fails within seconds, and works when it is back"""
    keychaind.stop_service(signal.SIGKILL)
    try:
        begun = time.monotonic()
        tap.ok(not agent.signs(key), "it does not sign")
        agent.run("ssh-add", "-l", status=1)
        tap.ok(time.monotonic() - begun < 60, f"seconds: {time.monotonic() - begun}")
    finally:
        keychaind.start_service()
    wait_until(lambda: agent.signs(key), "a signature")
    serves()


def test_helper_killed():
    """without what asks, keys that need it do not sign, and others do"""
    helper = subprocess.run(["pgrep", "-P", str(agent.process.pid)], capture_output=True, text=True, check=True).stdout.strip()
    asked = agent.make_key("ed25519", "asked")
    agent.add(asked, "-c")
    asked.unlink()
    os.kill(int(helper), 9)
    wait_until(lambda: "has ended" in agent.said(), "its end")
    tap.ok(not agent.signs(asked) and agent.signs(key), "which sign")
    agent.restart()
    serves()


tap.main(teardown=agent.end)

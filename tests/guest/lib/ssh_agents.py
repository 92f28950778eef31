# SPDX-License-Identifier: GPL-2.0-or-later
"""A user with a keybag and an agent of SSH keys, started with a socket as the service manager starts it; and the messages of its protocol."""

import os
import pathlib
import shutil
import socket
import struct
import subprocess
import time

from lib import keychaind, tap

PROGRAM = "/usr/libexec/keybag-ssh-agent"
FAILURE, SUCCESS, IDENTITIES, SIGNATURE, EXTENSION_FAILURE = b"\x05", b"\x06", b"\x0c", b"\x0e", b"\x1c"


def string(*parts):
    data = b"".join(part.encode() if isinstance(part, str) else part for part in parts)
    return struct.pack(">I", len(data)) + data


def wait_until(condition, what, seconds=300):
    end = time.monotonic() + seconds
    while not condition():
        tap.ok(time.monotonic() < end, f"{what} comes")
        time.sleep(0.05)


class Agent:
    """The agent of a new user, whose keybag is open."""

    def __init__(self, user, uid, passcode="a passcode"):
        self.user, self.uid, self.passcode = user, uid, passcode
        self.home, self.runtime = pathlib.Path(f"/home/{user}"), pathlib.Path(f"/run/test-ssh-{user}")
        subprocess.run(["useradd", "-m", "-s", "/bin/sh", "-u", str(uid), user], check=True)
        subprocess.run(["keybagctl", "create", "--user", user, *keychaind.CHEAP], input=f"{passcode}\n", text=True, check=True,
                       capture_output=True)
        self.runtime.mkdir()
        os.chown(self.runtime, uid, uid)
        self.runtime.chmod(0o700)
        self.path = self.runtime / "ssh"
        self.environment = {"HOME": str(self.home), "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "USER": user,
                            "XDG_RUNTIME_DIR": str(self.runtime), "SSH_AUTH_SOCK": str(self.path)}
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(self.path))
        os.chown(self.path, uid, uid)
        self.path.chmod(0o600)
        self.listener.listen(128)
        self.log = self.runtime / "log"
        self.process = None
        self.unlock()

    # ---- the process ----

    def start(self, *options, **variables):
        def become():
            os.dup2(self.listener.fileno(), 3)
        environment = {**self.environment, "LISTEN_FDS": "1", **variables}
        launcher = 'export LISTEN_PID=$$; exec "$@"'
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([*self.who(), "sh", "-c", launcher, "sh", PROGRAM, *options], env=environment, cwd="/",
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=(3,), preexec_fn=become)

    def stop(self, signal="TERM"):
        if self.process:
            subprocess.run(["kill", f"-{signal}", str(self.process.pid)], check=False)
            self.process.wait()
        self.process = None

    def restart(self, signal="TERM", *options, **variables):
        self.stop(signal)
        self.start(*options, **variables)

    def end(self):
        self.stop()
        self.listener.close()
        shutil.rmtree(self.runtime)
        keychaind.remove_user(self.user, self.uid)

    # ---- the keybag ----

    def lock(self, *options):
        subprocess.run(["keybagctl", "lock", "--user", self.user, *options], check=True, capture_output=True)

    def unlock(self):
        subprocess.run(["keybagctl", "unlock", "--user", self.user], input=f"{self.passcode}\n", text=True, check=True, capture_output=True)

    def said(self):
        return self.log.read_text()

    # ---- programs of the user ----

    def who(self):
        return ["setpriv", "--reuid", self.user, "--regid", self.user, "--init-groups"]

    def run(self, *command, text=None, status=0, **variables):
        """Output of the command, standard error behind it; STATUS None: whatever it is."""
        tap.equal(self.process.poll() if self.process else None, None, f"end of the agent, which said {self.said()}")
        done = subprocess.run([*self.who(), *map(str, command)], env={**self.environment, **variables}, input=text, capture_output=True, text=True,
                              timeout=120, check=False, cwd=self.home)
        if status is not None:
            tap.equal(done.returncode, status, f"status of {command}, which said {done.stdout}{done.stderr}")
        return done.stdout + done.stderr

    def make_key(self, kind, name, *options):
        self.run("ssh-keygen", "-q", "-t", kind, "-N", "", "-C", f"{name} of {self.user}", "-f", self.home / name, *options)
        return self.home / name

    def add(self, key, *options, status=0):
        return self.run("ssh-add", "-q", *options, key, status=status)

    def listed(self):
        """The comments of the keys that there are."""
        said = self.run("ssh-add", "-L", status=None)
        return [] if "no identities" in said else [line.split(" ", 2)[2] for line in said.splitlines()]

    def signs(self, key, **variables):
        """Whether the agent signs with the key of that public half, and the signature is good."""
        public = f"{key}.pub"
        done = subprocess.run([*self.who(), "ssh-keygen", "-Y", "sign", "-q", "-n", "file", "-f", public], input=b"data",
                              env={**self.environment, **variables}, capture_output=True, check=False, timeout=120, cwd=self.home)
        if done.returncode:
            return False
        signature = self.runtime / "signature"
        signature.write_bytes(done.stdout)
        signature.chmod(0o644)
        check = subprocess.run(["ssh-keygen", "-Y", "check-novalidate", "-q", "-n", "file", "-s", signature], input=b"data",
                               capture_output=True, check=False)
        tap.equal(check.returncode, 0, f"that the signature is good: {check.stderr}")
        return True

    # ---- messages ----

    def inside(self, function):
        """The result of function(connect), which runs as the user; bytes come as text."""
        def attempt():
            def connect():
                peer = socket.socket(socket.AF_UNIX)
                peer.settimeout(600)
                peer.connect(str(self.path))
                return peer
            return function(connect)
        return keychaind.in_child(attempt, self.uid)


def call(peer, body):
    """The answer to one message."""
    peer.sendall(string(body))
    return receive(peer)


def receive(peer):
    data = b""
    while len(data) < 4 or len(data) < 4 + int.from_bytes(data[:4], "big"):
        part = peer.recv(65536)
        if not part:
            raise ConnectionResetError
        data += part
    return data[4:]

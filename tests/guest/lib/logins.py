# SPDX-License-Identifier: GPL-2.0-or-later
"""For tests of sessions, in a machine that systemd has booted: users with keybags, sessions, and what
keybagd says happens to the keybags."""

import datetime
import functools
import json
import os
import pathlib
import shutil
import subprocess
import time

import pam_session
from lib import tap

HERE = pathlib.Path(__file__).resolve().parent
CONF = pathlib.Path("/etc/keybag/keybagd.conf")
PAM = pathlib.Path("/etc/pam.d")
BEFORE = pathlib.Path("/run/test-before")
SERVICE = "keybag-test"	# of sessions that are opened without a password


def run(*command, text=None, check=True):
    done = subprocess.run(command, input=text, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if check and done.returncode:
        raise AssertionError(f"{' '.join(command)}: {done.returncode}\n{done.stdout}")
    return done.stdout.strip()


def keybagctl(*arguments, text=None, check=True):
    return run("keybagctl", *arguments, text=text, check=check)


def again_if_slower(seconds):
    """A test of what has to fit into so much time: one that failed after more of it, on a busy machine, has not said
    anything, and is done again."""
    def decorator(test):
        @functools.wraps(test)
        def patient():
            for tries in range(5):
                begin = time.monotonic()
                try:
                    return test()
                except AssertionError as error:
                    took = time.monotonic() - begin
                    if took < seconds or tries == 4:
                        raise
                    tap.diagnose(f"it took {took:.0f} s, and is done again: {error}")
        return patient
    return decorator


def with_number(event):
    """An event with its time, which has nine places, in nanoseconds since 1970 as well."""
    seconds, _, places = event["time"].removesuffix("Z").partition(".")
    seconds = int(datetime.datetime.fromisoformat(f"{seconds}+00:00").timestamp())
    return {**event, "time_ns": seconds * 1000000000 + int(places)}


class Watch:
    """Events that "keybagctl watch" tells of all keybags."""

    def __init__(self):
        self.process = subprocess.Popen(["keybagctl", "watch", "--json"], stdout=subprocess.PIPE)
        os.set_blocking(self.process.stdout.fileno(), False)
        self.rest, self.events = b"", []

    def read(self):
        self.rest += self.process.stdout.read() or b""
        *lines, self.rest = self.rest.split(b"\n")
        self.events += [with_number(json.loads(line)) for line in lines if line]

    def close(self):
        self.process.kill()
        self.process.wait()


class User:
    """An account with a keybag whose passcode is NAME-password."""

    def __init__(self, name, uid, watch, passcode=True, linger=True):
        self.name, self.uid, self.watch = name, uid, watch
        self.password = f"{name}-password"
        run("useradd", "-m", "-u", str(uid), "-s", "/bin/bash", name)
        run("usermod", "-p", run("openssl", "passwd", "-1", self.password), name)
        # Their service managers run all the time: that holds no keybag open, and saves starting them.
        if linger:
            run("loginctl", "enable-linger", name)
        if passcode:
            keybagctl("create", "--user", name, text=self.password + "\n")
        else:
            keybagctl("create", "--user", name, "--no-passcode")

    def remove(self):
        keybagctl("destroy", "--user", self.name, "--yes", check=False)
        run("loginctl", "disable-linger", self.name, check=False)
        run("loginctl", "terminate-user", self.name, check=False)
        run("userdel", "-rf", self.name, check=False)

    def status(self):
        return json.loads(keybagctl("status", "--user", self.name, "--json"))

    def unlock(self):
        keybagctl("unlock", "--user", self.name, text=self.password + "\n")

    def lock(self, *options):
        keybagctl("lock", "--user", self.name, *options)

    def expect(self, state, reason=None, seconds=300, since=None):
        """Waits until the last event is this one, not the event SINCE, and the status agrees."""
        end = time.monotonic() + seconds
        while True:
            self.watch.read()
            events = [e for e in self.watch.events if e["owner"] == self.uid]
            last = events[-1] if events else {"state": "none", "reason": "none"}
            if last != since and last["state"] == state and reason in (None, last["reason"]) and self.status()["state"] == state:
                return last
            if time.monotonic() > end:
                raise AssertionError(f"keybag of {self.name} is {last['state']}, reason {last['reason']}; "
                                     f"expected {state}, {reason}\n" + run("loginctl", "--no-pager", check=False))
            time.sleep(0.05)

    def unlocked_until_idle(self, since):
        """Opened again after the lock SINCE: how many seconds until it is locked for idleness."""
        self.unlock()
        locked = self.expect("locked", "idle", since=since)
        unlocked = [event for event in self.watch.events if event["owner"] == self.uid][-2]
        if unlocked["state"] != "unlocked":
            raise AssertionError(f"before it was locked the keybag of {self.name} was {unlocked['state']}")
        return (locked["time_ns"] - unlocked["time_ns"]) / 1e9

    def stays(self, state, seconds=0.5):
        """Nothing happens for so long."""
        time.sleep(seconds)
        if self.status()["state"] != state:
            raise AssertionError(f"keybag of {self.name} is {self.status()}; it should stay {state}")


class Session:
    """A session that is held open."""
    all = []

    def __init__(self, user, *settings, service=SERVICE):
        # logind refuses one while it ends what was left of the user's last session, ten seconds after that.
        for _ in range(5):
            word, rest = self._open(user, settings, service)
            if word == "open":
                self.id = rest
                return
            self.end()
            if not rest.startswith("[Errno 14]"):
                break
            time.sleep(1)
        raise AssertionError(f"no session of {user.name}: {word} {rest}")

    def _open(self, user, settings, service):
        commands, self.commands = os.pipe()
        self.replies, replies = os.pipe()
        # A process of its own, without the start of another interpreter.
        self.process = os.fork()
        if self.process == 0:
            os.close(self.commands)
            os.close(self.replies)
            for other in Session.all:
                os.close(other.commands)
            with open(commands, encoding="utf-8") as lines, open(replies, "w", encoding="utf-8") as out:
                try:
                    pam_session.host(service, user.name, dict(word.split("=", 1) for word in settings), lines, out)
                except OSError as error:
                    print("failed", error, file=out, flush=True)
                os._exit(0)
        os.close(commands)
        os.close(replies)
        Session.all.append(self)
        self.replies = open(self.replies, encoding="utf-8")
        self.told = []
        while True:
            word, _, rest = self.replies.readline().strip().partition(" ")
            if word != "told":
                break
            self.told.append(rest)
        return word, rest

    def ask(self, line):
        os.write(self.commands, f"{line}\n".encode())
        return self.replies.readline().split()

    def path(self):
        """The name that logind gives it on the bus."""
        return f"/org/freedesktop/login1/session/{'_3' if self.id[0].isdigit() else ''}{self.id}"

    def lock_signal(self):
        run("loginctl", "lock-session", self.id)

    def unlock_signal(self):
        run("loginctl", "unlock-session", self.id)

    def tell(self, method, value):
        """SetLockedHint, SetIdleHint: what a desktop tells logind."""
        path = json.loads(run("busctl", "--json=short", "call", "org.freedesktop.login1", "/org/freedesktop/login1",
                              "org.freedesktop.login1.Manager", "GetSession", "s", self.id))["data"][0]
        run("busctl", "call", "org.freedesktop.login1", path, "org.freedesktop.login1.Session", method, "b",
            "true" if value else "false")

    def end(self):
        if self in Session.all:
            Session.all.remove(self)
            os.close(self.commands)
            os.waitpid(self.process, 0)
            self.replies.close()

    @staticmethod
    def end_all():
        while Session.all:
            Session.all[-1].end()


def on_bus(process):
    """The unique name of a process on the system bus."""
    for line in run("busctl", "list", "--no-legend", "--no-pager").splitlines():
        name, _, program = line.split()[:3]
        if name.startswith(":") and program == process:
            return name
    raise AssertionError(f"{process} is not on the bus")


def forge(program, *words):
    """A signal to PROGRAM alone, by a stranger. It goes through: the bus has nothing against it."""
    run("setpriv", "--reuid", "nobody", "--clear-groups", "busctl", "emit", f"--destination={on_bus(program)}", *words)


def seat(user, terminal, name="seat0", kind="wayland", **more):
    """A graphical session at a seat."""
    settings = [f"XDG_SEAT={name}", f"XDG_SESSION_TYPE={kind}", "XDG_SESSION_CLASS=user"]
    if terminal:
        settings.append(f"XDG_VTNR={terminal}")
    return Session(user, *settings, **more)


def ssh(user, **more):
    """A session from elsewhere."""
    return Session(user, "TTY=ssh", "RHOST=192.0.2.1", **more)


def restart_keybagd(*lines):
    CONF.parent.mkdir(exist_ok=True)
    CONF.write_text("\n".join(["kdf-memory-kib = 64", "kdf-passes = 1", *lines, ""]))
    run("systemctl", "restart", "keybagd.service")


def bus_restarted():
    """The logind of systemd 257 does not come back to a bus that has restarted, until it is restarted itself."""
    version = int(run("systemctl", "--version").split()[1])
    if version >= 257:
        run("systemctl", "restart", "systemd-logind.service")


def begin():
    BEFORE.mkdir(exist_ok=True)
    shutil.copytree(PAM, BEFORE / "pam.d", dirs_exist_ok=True)
    if CONF.exists():
        shutil.copy(CONF, BEFORE / "conf")
    run("pam-auth-update", "--enable", "keybag")
    (PAM / SERVICE).write_text("session required pam_systemd.so\nsession required pam_permit.so\n")
    restart_keybagd()
    # The first session waits for it, and there is nothing to start.
    run("systemctl", "start", "systemd-logind.service")


def end():
    shutil.rmtree(PAM)
    shutil.copytree(BEFORE / "pam.d", PAM)
    if (BEFORE / "conf").exists():
        shutil.copy(BEFORE / "conf", CONF)
    else:
        CONF.unlink(missing_ok=True)
    shutil.rmtree(BEFORE)
    run("systemctl", "restart", "keybagd.service", check=False)

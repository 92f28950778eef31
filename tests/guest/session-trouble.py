#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# vm: systemd kernel=6.1
"""Logins and sessions where something is out of the ordinary: root set the login password, the bus or keybagd starts
again in between, a terminal is idle."""

import os
import pathlib
import shutil
import subprocess
import sys
import time

sys.path[:0] = [os.path.dirname(os.path.abspath(__file__)), os.path.join(os.path.dirname(__file__), "..")]
import logins  # noqa: E402
from lib import tap  # noqa: E402
from logins import Session, User, run, seat  # noqa: E402

if not os.path.isdir("/run/systemd/system"):
    print("1..0 # SKIP not booted by systemd")
    sys.exit(4)

FAKE = pathlib.Path("/run/test-pinentry")
TERMINAL = str(logins.HERE / "terminal.py")
DIFFERS = "Your keybag stays closed: its passcode is not your login password"

logins.begin()
run("sed", "-i", "s/yescrypt/md5/", "/etc/pam.d/common-password")
watch = logins.Watch()
anna = User("anna", 1201, watch)


def fresh():
    Session.end_all()
    anna.lock("--full")


def console(password):
    """A login at a terminal, from its prompt to its end."""
    return run("python3", TERMINAL, "login", "anna", "--", "assword: ", password, "\\$ ", "exit")


def pinentry(*answers):
    """The questions that keybag-agent --once asks, answered."""
    (FAKE / "told").unlink(missing_ok=True)
    (FAKE / "answers").write_text("\n".join(answers))
    os.chown(FAKE / "answers", anna.uid, anna.uid)
    return subprocess.Popen(["setpriv", "--reuid", "anna", "--regid", "anna", "--init-groups", "env", f"FAKE={FAKE}",
                             f"XDG_RUNTIME_DIR={FAKE}", "keybag-agent", f"--pinentry={FAKE}/pinentry"],
                            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def asked():
    told = FAKE / "told"
    return told.read_text().count("GETPIN") if told.exists() else 0


def wait_for(condition, what, seconds=300):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"{what} does not happen")
        time.sleep(0.1)


def test_password_set_by_root():
    """passwd by root: the next login says that the passcode is another one, and the agent asks for it, once"""
    fresh()
    FAKE.mkdir(exist_ok=True)
    shutil.copy(logins.HERE.parent / "lib/fake_pinentry.py", FAKE / "pinentry")
    os.chmod(FAKE / "pinentry", 0o755)
    os.chown(FAKE, anna.uid, anna.uid)
    told = run("python3", TERMINAL, "passwd", "anna", "--", "ew password: ", "By-root-1", "etype new password: ",
               "By-root-1")
    tap.contains(told, "The keybag of anna keeps its own passcode")
    tap.contains(console("By-root-1"), DIFFERS, "what the login says")
    tap.equal(anna.status()["failures"], 1, "wrong passcodes after the first login")
    # Nobody asks on a screen without the old passcode at hand for ever.
    screen = seat(anna, 7)
    agent = pinentry("pin " + anna.password, "wait")
    try:
        anna.expect("unlocked", "request")
        time.sleep(3)
        tap.equal(asked(), 1, "questions")
    finally:
        agent.terminate()
        agent.wait(300)
        screen.end()
    tap.equal(anna.status()["failures"], 0, "wrong passcodes after the old one")


def test_other_passcode_stays():
    """logins with a password that is not the passcode do not use up the guesses, and say so each time"""
    fresh()
    for count in range(4):
        tap.contains(console("By-root-1"), DIFFERS, f"what login {count} says")
        tap.equal(anna.status()["failures"], 1, f"wrong passcodes after login {count}")
    logins.restart_keybagd()
    tap.contains(console("By-root-1"), DIFFERS, "what the login after a restart says")
    tap.equal(anna.status()["failures"], 1, "wrong passcodes after a restart")
    (logins.PAM / "swaylock").write_text("@include common-auth\n")
    run("setpriv", "--reuid", "anna", "--regid", "anna", "--init-groups", "pamtester", "swaylock", "anna", "authenticate",
        text="By-root-1\n")
    tap.equal(anna.status()["failures"], 1, "wrong passcodes after a screen locker")
    tap.equal(logins.keybagctl("unlock", "--user", "anna", text="bad\n", check=False).count("wrong passcode"), 1)
    tap.equal(anna.status()["failures"], 2, "wrong passcodes after one that was typed")
    # The passcode becomes the login password: the next login opens it.
    logins.keybagctl("passwd", "--user", "anna", text=anna.password + "\nBy-root-1\n")
    anna.password = "By-root-1"
    anna.lock("--full")
    told = console("By-root-1")
    tap.equal(DIFFERS in told, False, "told that they differ")
    anna.expect("locked", "logout")
    tap.equal(anna.status()["failures"], 0, "wrong passcodes at last")


def follows(screen):
    """keybagd hears of this screen's lock, at the latest when it has found the bus again."""
    def locked():
        run("loginctl", "lock-session", screen.id, check=False)
        return anna.status()["state"] == "locked"
    wait_for(locked, "the lock of the screen")
    anna.expect("locked", "screen")
    anna.unlock()
    screen.tell("SetLockedHint", True)
    anna.expect("locked", "screen")
    screen.tell("SetLockedHint", False)
    anna.unlock()


def inhibits():
    return "keybagd" in run("systemd-inhibit", "--list", "--no-pager", check=False)


def test_bus_restarts():
    """the system bus restarts or dies: nothing is locked by it, and screens are followed again"""
    fresh()
    screen = seat(anna, 7)
    anna.unlock()
    run("systemctl", "restart", "dbus.service", check=False)
    anna.stays("unlocked", 1)
    follows(screen)
    wait_for(inhibits, "the inhibitor")
    run("systemctl", "kill", "--signal=KILL", "dbus.service")
    anna.stays("unlocked", 1)
    follows(screen)
    wait_for(inhibits, "the inhibitor")
    # Logout is seen without a bus.
    run("systemctl", "stop", "dbus.socket", "dbus.service", check=False)
    anna.stays("unlocked", 0.5)
    run("systemctl", "start", "dbus.socket")
    screen.end()
    anna.expect("locked", "logout")


def test_logind_dies():
    """logind is killed: it is followed again"""
    fresh()
    screen = seat(anna, 7)
    anna.unlock()
    run("systemctl", "kill", "--signal=KILL", "systemd-logind.service")
    anna.stays("unlocked", 1)
    follows(screen)
    screen.end()
    anna.expect("locked", "logout")


@logins.again_if_slower(20)
def test_keybagd_restarts_in_a_login():
    """keybagd restarts between the password and the session: the keybag stays open for it, not for ever"""
    fresh()
    run("pamtester", "sshd", "anna", "authenticate", "acct_mgmt", "setcred", text=anna.password + "\n")
    anna.expect("unlocked", "login")
    logins.restart_keybagd()
    anna.stays("unlocked", 3)
    session = logins.ssh(anna)
    anna.stays("unlocked", 0.5)
    session.end()
    anna.expect("locked", "logout")
    run("pamtester", "sshd", "anna", "authenticate", "acct_mgmt", "setcred", text=anna.password + "\n")
    anna.expect("unlocked", "login")
    logins.restart_keybagd()
    anna.expect("locked", "logout")


def test_keybagd_restarts_without_a_session():
    """keybagd restarts: a keybag whose owner has no session is locked, whoever opened it (decision 0010)"""
    fresh()
    anna.unlock()
    anna.stays("unlocked", 0.5)
    logins.restart_keybagd()
    anna.expect("locked", "logout")


def typed(terminal):
    """Somebody types on it for a while; false if he could not do so all the time, on a machine that is busy."""
    os.utime(terminal)
    anna.unlock()
    last, longest, end = time.monotonic(), 0, time.monotonic() + 9
    while time.monotonic() < end:
        time.sleep(0.2)
        os.utime(terminal)
        now = time.monotonic()
        last, longest = now, max(longest, now - last)
    if longest > 4:
        return False
    anna.stays("unlocked", 0)
    return time.monotonic() - last < 4


def test_idle_terminal():
    """lock-after-idle on a terminal: its keyboard counts, for logind tells no more of it"""
    fresh()
    logins.restart_keybagd("lock-after-idle = 6")
    terminal = pathlib.Path("/dev/tty5")
    Session(anna, "TTY=tty5")
    while not typed(terminal):
        anna.lock()
    locked = anna.expect("locked", "idle")
    tap.ok(locked["time_ns"] - terminal.stat().st_mtime_ns > 5.9e9, "6 s between the last key and the lock")
    # Typed again: opened, it has its time.
    os.utime(terminal)
    tap.ok(anna.unlocked_until_idle(since=locked) > 5.9, "6 s between the unlock and the lock")
    logins.restart_keybagd()


def teardown():
    fresh()
    watch.close()
    anna.remove()
    shutil.rmtree(FAKE, ignore_errors=True)
    logins.end()


tap.main(teardown=teardown)

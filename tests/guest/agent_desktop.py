#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# vm: systemd packages=guest-programs memory=2048 cpus=2 kernel=6.1 long paths=helper/agent/
"""keybag-agent at a desktop, on a display, with a real pinentry: who logs in with a password that is not the passcode is asked for the
passcode in a window. At landing: guest/agent.py, with a pinentry of the test's."""

import os
import pathlib
import shutil
import subprocess
import sys

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), folder) for folder in ("lib", "..")]
import desktop  # noqa: E402
import logins  # noqa: E402
from lib import tap  # noqa: E402

if not os.path.isdir("/run/systemd/system") or not shutil.which("Xvfb"):
    print("1..0 # SKIP not booted by systemd, or without a display")
    sys.exit(4)

UNIT = "keybag-agent.service"
SESSION = "test-session.service"

logins.begin()
watch = logins.Watch()
anna = desktop.Desktop("anna", 1433, watch)


def manager(*words, status=0):
    return anna.run("systemctl", "--user", *words, status=status)


def asks():
    """Whether a window of a pinentry is there."""
    return anna.run("xdotool", "search", "--onlyvisible", "--class", "pinentry|gcr-prompter", status=None).split()


def wait_for(condition, what):
    end_of_unit = lambda: anna.run("systemctl", "--user", "status", UNIT, status=None)  # noqa: E731
    try:
        anna.wait_for(condition, what, 120)
    except AssertionError:
        tap.diagnose(end_of_unit())
        raise


def answer(text):
    """Typed into the window that is there; returns when that one is gone."""
    wait_for(asks, "a window that asks")
    window = asks()
    anna.run("xdotool", "type", "--delay", "80", text)
    anna.run("xdotool", "key", "Return")
    wait_for(lambda: not set(window) & set(asks()), "the end of the window")


def begin_session():
    """As a desktop does: a session at the seat, a display, and the target of graphical sessions, which starts the agent."""
    anna.screen = logins.seat(anna, 7)
    anna.show()
    anna.run("dbus-update-activation-environment", "--systemd", "DISPLAY")
    units = anna.home / ".config/systemd/user"
    if not units.exists():
        anna.run("mkdir", "-p", str(units))
        anna.run("tee", str(units / SESSION), text="[Unit]\nBindsTo=graphical-session.target\nBefore=graphical-session.target\n"
                 "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\n")
        manager("daemon-reload")
    manager("start", SESSION)


def end_session():
    manager("stop", SESSION)
    while anna.started:
        desktop.end(anna.started.pop())
    logins.Session.end_all()


def test_asked_at_login():
    """right after the login a window asks, again after a wrong passcode, and the right one opens the keybag"""
    anna.lock("--full")
    begin_session()
    answer("not the passcode")
    tap.equal(anna.status()["state"], "before first unlock", "state after a wrong one")
    answer(anna.password)
    anna.expect("unlocked", "request")
    wait_for(lambda: not asks(), "the end of all windows")


def test_not_over_a_locked_screen():
    """nothing is drawn over a locked screen; once that is open and the keybag still closed, the window comes"""
    anna.lock_screen()
    subprocess.run(["sleep", "4"], check=True)
    tap.equal(asks(), [], "windows over the locked screen")
    anna.screen.tell("SetLockedHint", False)
    answer(anna.password)
    anna.expect("unlocked", "request")


def test_escape():
    """a user who declines is not asked again, until the next login"""
    anna.lock()
    wait_for(asks, "a window that asks")
    anna.run("xdotool", "key", "Escape")
    wait_for(lambda: not asks(), "the end of the window")
    subprocess.run(["sleep", "4"], check=True)
    tap.equal(asks(), [], "windows after it was declined")
    tap.equal(anna.status()["state"], "locked", "state")
    end_session()
    begin_session()
    answer(anna.password)
    anna.expect("unlocked", "request")


def teardown():
    watch.close()
    anna.remove()
    logins.end()


subprocess.run(["systemctl", "--global", "enable", UNIT], check=True, capture_output=True)
logins.Session.end_all()
tap.main(teardown=teardown)

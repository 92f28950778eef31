#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# vm: systemd kernel=6.1
"""keybag-agent: when it asks, what it says, what becomes of the answers."""

import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), folder) for folder in ("lib", "..")]
import logins  # noqa: E402
from lib import tap  # noqa: E402
from logins import User, forge, run, seat  # noqa: E402

if not os.path.isdir("/run/systemd/system"):
    print("1..0 # SKIP not booted by systemd")
    sys.exit(4)

FAKE = pathlib.Path("/run/test-pinentry")
TERMINAL = str(logins.HERE / "terminal.py")

logins.begin()
watch = logins.Watch()
anna = User("anna", 1201, watch)
FAKE.mkdir()
shutil.copy(logins.HERE.parents[1] / "lib/fake_pinentry.py", FAKE / "pinentry")
os.chmod(FAKE / "pinentry", 0o755)
os.chown(FAKE, anna.uid, anna.uid)


def answers(*lines):
    (FAKE / "told").unlink(missing_ok=True)
    (FAKE / "answers").write_text("\n".join(lines))
    os.chown(FAKE / "answers", anna.uid, anna.uid)


def told():
    file = FAKE / "told"
    return file.read_text() if file.exists() else ""


def asks():
    """Whether a pinentry runs."""
    return run("pgrep", "-f", f"^[^ ]*python3 {FAKE}/pinentry$", check=False)


def agent(*arguments):
    return subprocess.Popen(["setpriv", "--reuid", "anna", "--regid", "anna", "--init-groups", "env", f"FAKE={FAKE}",
                             f"XDG_RUNTIME_DIR={FAKE}", "keybag-agent", f"--pinentry={FAKE}/pinentry", *arguments],
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def wait_for(condition, what, seconds=300):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"{what} does not happen; told:\n{told()}")
        time.sleep(0.05)


def once(*lines):
    """Exit status of one that asks now."""
    answers(*lines)
    process = agent("--once")
    output = process.communicate(timeout=600)[0]
    return process.returncode, output


def test_wrong_then_right():
    """a wrong passcode: it says so and asks again; the right one opens"""
    anna.lock("--full")
    tap.equal(once("pin wrong 100%", "pin " + anna.password)[0], 0, "status")
    anna.expect("unlocked", "request")
    first, second = told().split("--\n")[:2]
    tap.contains(first, "SETDESC Your keybag is closed.")
    tap.equal("SETERROR" in first, False, "an error before the first try")
    tap.contains(second, "SETERROR Wrong passcode (1 so far).")
    tap.equal(once("cancel")[0], 0, "status for one that is open")
    tap.equal(told(), "", "what is asked for one that is open")


def test_cancelled():
    """the user says no: nothing is tried"""
    anna.lock()
    tap.equal(once("cancel")[0], 1, "status")
    tap.equal(anna.status()["failures"], 0, "failures")
    anna.stays("locked", 0.1)


def test_checks_beside_each_other():
    """two checks at once: the second waits for the first, and asks for itself whatever was said to that"""
    anna.unlock()
    answers("late " + anna.password, "pin " + anna.password)
    first = agent("--check")
    wait_for(lambda: "GETPIN" in told(), "the first question")
    second = agent("--check")
    for process in first, second:
        process.communicate(timeout=300)
        tap.equal(process.returncode, 0, "status")
    tap.equal(told().count("GETPIN"), 2, "questions")
    # To one that the user cancels, too.
    answers("late wrong", "cancel", "pin " + anna.password)
    first = agent("--check")
    wait_for(lambda: "GETPIN" in told(), "the first question")
    second = agent("--check")
    for process, status in (first, 1), (second, 0):
        process.communicate(timeout=300)
        tap.equal(process.returncode, status, "status")
    tap.equal(anna.status()["failures"], 0, "failures")


def test_gone():
    """the keybag is unloaded while it asks: it ends, and does not say that it is open"""
    anna.lock()
    answers("wait")
    process = agent("--once")
    wait_for(asks, "the question")
    logins.keybagctl("unload", "--user", "anna")
    output = process.communicate(timeout=300)[0]
    tap.equal(process.returncode, 1, "status")
    tap.contains(output, "the keybag of anna was unloaded before it was opened", "what it says")
    logins.keybagctl("load", "--user", "anna")
    tap.equal(run("keybag-agent", "--version"), run("keybagctl", "--version").replace("keybagctl", "keybag-agent"), "version")


def test_interrupted():
    """interrupted while it asks: the keybag is closed, and so says the status"""
    anna.lock()
    for number in (signal.SIGINT, signal.SIGTERM):
        answers("wait")
        process = agent("--once")
        wait_for(asks, "the question")
        process.send_signal(number)
        process.communicate(timeout=300)
        tap.equal(process.returncode, 1, f"status after {number}")


def test_no_prompter():
    """no prompter: a message names the remedy"""
    process = subprocess.run(["keybag-agent", "--once", "--user=anna", "--pinentry=no-such-program"], text=True, check=False,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    tap.equal(process.returncode, 1, "status")
    tap.contains(process.stdout, "no program no-such-program: install one")
    tap.equal(subprocess.run(["keybag-agent", "--no-such"], stderr=subprocess.DEVNULL, check=False).returncode, 2, "usage")


def test_terminal():
    """a real pinentry on a terminal opens the keybag"""
    if not shutil.which("pinentry-curses"):
        tap.skip("no pinentry-curses")
    anna.lock()
    run("python3", TERMINAL, "env", "TERM=linux", "keybag-agent", "--once", "--user=anna",
        "--pinentry=pinentry-curses", "--", "Passcode", anna.password + "\r")
    anna.expect("unlocked", "request")


def test_stopped():
    """stopped from the keyboard and continued: the terminal as it was, and it asks again"""
    if not shutil.which("pinentry-curses"):
        tap.skip("no pinentry-curses")
    anna.lock()
    shown = subprocess.run(["python3", TERMINAL, "env", "TERM=linux", "bash", "-mc",
                            "keybag-agent --once --user=anna --pinentry=pinentry-curses; stty -a; fg", "--",
                            "Passcode", "\x1a", "Passcode", anna.password + "\r"],
                           stdout=subprocess.PIPE, text=True, errors="replace", check=True).stdout
    tap.contains(shown, " echo ")
    anna.expect("unlocked", "request")


def test_ask_password():
    """systemd's ask-password: any of its agents opens the keybag"""
    anna.lock("--full")
    run("systemctl", "start", "--no-block", "keybag-ask@anna.service")
    wait_for(lambda: list(pathlib.Path("/run/systemd/ask-password").glob("ask.*")), "the question")
    run("python3", TERMINAL, "systemd-tty-ask-password-agent", "--query", "--", "keybag of anna", anna.password)
    anna.expect("unlocked", "request")
    wait_for(lambda: run("systemctl", "is-active", "keybag-ask@anna.service", check=False) == "inactive", "its end")


def test_nothing_typed():
    """Enter alone, at systemd's ask-password: nothing is tried, and nobody is told of mistakes; too much: it asks again"""
    anna.lock("--full")
    since = time.strftime("%Y-%m-%d %H:%M:%S")
    run("systemctl", "start", "--no-block", "keybag-ask@anna.service")
    wait_for(lambda: list(pathlib.Path("/run/systemd/ask-password").glob("ask.*")), "the question")
    run("python3", TERMINAL, "systemd-tty-ask-password-agent", "--query", "--", "keybag of anna", "")
    wait_for(lambda: run("systemctl", "is-active", "keybag-ask@anna.service", check=False) in ("inactive", "failed"), "its end")
    run("systemctl", "reset-failed", "keybag-ask@anna.service", check=False)
    run("journalctl", "--sync")
    log = run("journalctl", "-q", "--no-pager", "-u", "keybag-ask@anna.service", f"--since={since}", check=False)
    tap.equal("cannot be opened" in log, False, "a complaint")
    tap.equal((anna.status()["state"], anna.status()["failures"]), ("before first unlock", 0), "state and failures")
    tap.equal(once("pin " + "x" * 1025, "pin " + anna.password)[0], 0, "status after a passcode that is too long")
    tap.contains(told(), "SETERROR A passcode has at most 1024 bytes.")
    tap.equal(anna.status()["failures"], 0, "failures")


def test_follows():
    """in a session: asks when the screen is open and the keybag is not, once; never on a locked screen"""
    anna.lock("--full")
    answers("wait")
    screen = seat(anna, 7)
    process = agent()
    try:
        wait_for(lambda: "GETPIN" in told(), "the question at the start of the session")
        second = agent()
        tap.equal(second.wait(300), 0, "status of a second agent")
        # Opened in another way: the question goes away.
        anna.unlock()
        wait_for(lambda: not asks(), "the question's end")
        # Nothing is asked while the screen is locked.
        answers("cancel")
        screen.tell("SetLockedHint", True)
        anna.expect("locked", "screen")
        time.sleep(3)
        tap.equal(told(), "", "asked on a locked screen")
        # Nor because a stranger says that the screen is open, or that the bus is gone.
        forge("keybag-agent", screen.path(), "org.freedesktop.DBus.Properties", "PropertiesChanged", "sa{sv}as",
              "org.freedesktop.login1.Session", "1", "LockedHint", "b", "false", "0")
        forge("keybag-agent", "/org/freedesktop/DBus/Local", "org.freedesktop.DBus.Local", "Disconnected")
        time.sleep(1)
        tap.equal(told(), "", "asked for a stranger")
        # It is opened by a fingerprint, say.
        screen.tell("SetLockedHint", False)
        wait_for(lambda: "GETPIN" in told(), "the question after the screen")
        # The user has said no: that was it.
        answers("pin " + anna.password)
        time.sleep(3)
        tap.equal(told(), "", "asked again")
        # Until the screen was locked once more.
        screen.tell("SetLockedHint", True)
        screen.tell("SetLockedHint", False)
        anna.expect("unlocked", "request")
        # The screen is locked while it asks.
        answers("wait")
        screen.lock_signal()
        anna.expect("locked", "screen")
        wait_for(lambda: "GETPIN" in told(), "the question")
        screen.tell("SetLockedHint", True)
        wait_for(lambda: not asks(), "the question's end")
        # keybagd starts again: it is followed on.
        anna.unlock()
        answers("pin " + anna.password)
        logins.restart_keybagd()
        screen.tell("SetLockedHint", False)
        anna.lock()
        anna.expect("unlocked", "request")
    finally:
        process.terminate()
        tap.equal(process.wait(300), 0, "status when it is told to end")
        screen.end()


def test_no_display_yet():
    """a prompter that cannot ask, as one that starts before the display is there: it is asked again, and said once"""
    anna.lock("--full")
    answers("fail", "fail", "pin " + anna.password)
    process = agent()
    anna.expect("unlocked", "request")
    process.terminate()
    tap.equal(process.communicate(timeout=300)[0].count("could not ask: is there a display"), 1, "times that it was said")
    tap.equal(told().count("GETPIN"), 3, "questions")
    anna.lock("--full")
    tap.equal(once("fail")[0], 1, "status of one that asks once")


def test_stays():
    """a prompter that does not want to end holds nothing up; after a restart of the bus screens are followed"""
    anna.lock()
    answers("stay", "wait")
    screen = seat(anna, 7)
    process = agent()
    try:
        wait_for(lambda: "GETPIN" in told(), "the question")
        anna.unlock()
        wait_for(lambda: not asks(), "the question's end")
        anna.lock()
        wait_for(lambda: told().count("GETPIN") == 2, "the next question")
        run("systemctl", "restart", "dbus.service", check=False)
        logins.bus_restarted()
        time.sleep(2)

        def ended():
            try:
                screen.tell("SetLockedHint", True)
            except AssertionError as error:
                tap.diagnose(error)    # logind is not on the bus again yet
            return not asks()
        wait_for(ended, "the end of the question on a locked screen")
    finally:
        process.terminate()
        tap.equal(process.wait(300), 0, "status when it is told to end")
        screen.end()


def test_throttled():
    """too many wrong ones: it says when the next try is possible, and that it will ask then"""
    anna.lock()
    for number in range(20):
        if "again in" in logins.keybagctl("unlock", "--user", "anna", text=f"wrong-{number}\n", check=False):
            break
    answers("pin wrong", "wait")
    process = agent("--once")
    wait_for(lambda: "MESSAGE" in told(), "the message")
    tap.contains(told(), "Too many wrong passcodes: the keybag of anna can be tried again in ")
    process.terminate()
    process.wait(300)


def teardown():
    logins.Session.end_all()
    watch.close()
    anna.remove()
    shutil.rmtree(FAKE)
    logins.end()


tap.main(teardown=teardown)

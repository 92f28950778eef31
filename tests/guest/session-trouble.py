#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# vm: systemd kernel=6.1
"""Logins and sessions where something is out of the ordinary: root set the login password, the bus or keybagd starts
again in between, a stranger speaks in logind's name, a terminal is idle, a screen is let in from elsewhere."""

import ctypes
import errno
import os
import pathlib
import shutil
import subprocess
import sys
import time

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), folder) for folder in ("lib", "..")]
import logins  # noqa: E402
from lib import tap  # noqa: E402
from logins import Session, User, forge, on_bus, run, seat, ssh  # noqa: E402

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
    shutil.copy(logins.HERE.parents[1] / "lib/fake_pinentry.py", FAKE / "pinentry")
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
    # As on Fedora: keybagd has to read the hash's setting all the same.
    run("chmod", "0", "/etc/shadow")
    for count in range(4):
        tap.contains(console("By-root-1"), DIFFERS, f"what login {count} says")
        tap.equal(anna.status()["failures"], 1, f"wrong passcodes after login {count}")
    logins.restart_keybagd()
    tap.contains(console("By-root-1"), DIFFERS, "what the login after a restart says")
    tap.equal(anna.status()["failures"], 1, "wrong passcodes after a restart")
    # Debian's pam_unix looks for a locker's user by its group alone.
    run("chmod", "640", "/etc/shadow")
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
    logins.bus_restarted()
    anna.stays("unlocked", 1)
    follows(screen)
    wait_for(inhibits, "the inhibitor")
    run("systemctl", "kill", "--signal=KILL", "dbus.service")
    logins.bus_restarted()
    anna.stays("unlocked", 1)
    follows(screen)
    wait_for(inhibits, "the inhibitor")
    # Logout is seen without a bus.
    run("systemctl", "stop", "dbus.socket", "dbus.service", check=False)
    anna.stays("unlocked", 0.5)
    run("systemctl", "start", "dbus.socket")
    logins.bus_restarted()
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


LOGIND = ("/org/freedesktop/login1", "org.freedesktop.login1.Manager")
BUS = ("/org/freedesktop/DBus", "org.freedesktop.DBus")


def forge_with_own_name(path):
    """A stranger says that logind's name is his now, and that the session is to be locked."""
    destination = on_bus("keybagd").encode()
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    os.setuid(65534)
    bus, own, message = ctypes.c_void_p(), ctypes.c_char_p(), ctypes.c_void_p()
    library = ctypes.CDLL("libsystemd.so.0")
    failed = library.sd_bus_open_system(ctypes.byref(bus)) < 0 or library.sd_bus_get_unique_name(bus, ctypes.byref(own)) < 0
    for where, interface, member, values in (
            (BUS[0], BUS[1], "NameOwnerChanged", (b"org.freedesktop.login1", b":1.1", own.value)),
            (path, "org.freedesktop.login1.Session", "Lock", ())):
        library.sd_bus_message_new_signal(bus, ctypes.byref(message), where.encode(), interface.encode(), member.encode())
        for value in values:
            library.sd_bus_message_append(message, b"s", value)
        failed |= library.sd_bus_send_to(bus, message, destination, None) < 0
    failed |= library.sd_bus_flush(bus) < 0
    os._exit(failed)


def lingers(program):
    """A stranger's descriptor that lingers, sent to a program by the bus: the errno, and the stranger."""
    stranger = subprocess.Popen(["setpriv", "--reuid", "nobody", "--clear-groups", "python3", str(logins.HERE / "keybagd-abuse.py"),
                                 "lingers_on_bus", on_bus(program)], stdout=subprocess.PIPE, text=True)
    return stranger.stdout.readline().strip(), stranger


def test_descriptors_of_strangers():
    """descriptors that take their time to close, sent by the bus: the bus refuses them, and keybagd still delays sleep"""
    fresh()
    restart = time.monotonic()
    logins.restart_keybagd()
    wait_for(inhibits, "the inhibitor")
    print(f"# it was taken after {time.monotonic() - restart:.1f} s")
    error, stranger = lingers("keybagd")
    begin = time.monotonic()
    tap.contains(run("timeout", "30", "keybagctl", "status", "--user", "anna"), "anna", "status meanwhile")
    print(f"# status after {time.monotonic() - begin:.1f} s")
    stranger.kill()
    stranger.wait()
    tap.equal(error, str(errno.EOPNOTSUPP), "what the stranger is told")
    tap.ok(inhibits(), "keybagd still delays sleep")
    agent = pinentry()
    wait_for(lambda: "keybag-agent" in run("busctl", "list", "--no-legend", "--no-pager"), "the agent on the bus")
    error, stranger = lingers("keybag-agent")
    stranger.kill()
    stranger.wait()
    agent.kill()
    agent.wait()
    tap.equal(error, str(errno.EOPNOTSUPP), "what the stranger is told of the agent")


def test_signals_of_strangers():
    """signals to keybagd alone in the name of logind or of the bus: another user's lock nothing and open nothing"""
    fresh()
    screen = seat(anna, 7)
    anna.unlock()
    wait_for(inhibits, "the inhibitor")
    path = screen.path()
    tap.contains(run("busctl", "tree", "--list", "org.freedesktop.login1"), path + "\n", "what the session is called")
    session = "org.freedesktop.login1.Session"
    properties = (path, "org.freedesktop.DBus.Properties", "PropertiesChanged", "sa{sv}as", session, "1", "LockedHint", "b")
    forge("keybagd", path, session, "Lock")
    forge("keybagd", *properties, "true", "0")
    forge("keybagd", *LOGIND, "PrepareForSleep", "b", "true")
    tap.equal(forge_with_own_name(path), 0, "the stranger's signals")
    forge("keybagd", *BUS, "NameOwnerChanged", "sss", "org.freedesktop.login1", on_bus("systemd-logind"), "")
    forge("keybagd", "/org/freedesktop/DBus/Local", "org.freedesktop.DBus.Local", "Disconnected")
    anna.stays("unlocked", 1)
    tap.ok(inhibits(), "keybagd still delays sleep")
    # And logind's own are heard, after all that.
    screen.tell("SetLockedHint", True)
    anna.expect("locked", "screen")
    # Its screen counts as locked, whatever a stranger says: a password from elsewhere opens no further.
    forge("keybagd", *properties, "false", "0")
    anna.lock("--full")
    remote = Session(anna, "TTY=ssh", "RHOST=192.0.2.1", f"PASSWORD={anna.password}", service="sshd")
    anna.expect("locked", "login")
    remote.end()
    screen.end()


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


def test_ticket_is_void():
    """a ticket that is void: a user whose keybag is open all the same is told nothing, another one that it is closed"""
    fresh()
    screen = seat(anna, 7)
    between = pathlib.Path("/run/test-between")
    service = logins.PAM / "lxdm"
    service.write_text(f"@include common-auth\nauth optional pam_exec.so seteuid /bin/sh {between}\n"
                       "account required pam_permit.so\n@include common-session\n")
    try:
        between.write_text(f"keybagctl lock --all; echo {anna.password} | keybagctl unlock --user anna\n")
        slow = Session(anna, "TTY=tty5", f"PASSWORD={anna.password}", service=service.name)
        anna.expect("unlocked", "request")
        tap.equal([line for line in slow.told if "stays closed" in line], [], "what the user is told")
        slow.end()
        anna.unlock()
        between.write_text("keybagctl lock --all\n")
        slow = Session(anna, "TTY=tty5", f"PASSWORD={anna.password}", service=service.name)
        anna.stays("locked", 0)
        tap.contains(" ".join(slow.told), "Your keybag stays closed: this ticket is used up, too old", "what the user is told")
        tap.equal(anna.status()["failures"], 0, "wrong passcodes")
    finally:
        Session.end_all()
        service.unlink()
        between.unlink()


def test_keybagd_restarts_without_a_session():
    """keybagd restarts: what was opened without a session stays open, what a session held that is gone does not"""
    fresh()
    anna.unlock()
    anna.stays("unlocked", 0.5)
    logins.restart_keybagd()
    anna.stays("unlocked", 3)
    # One whose end is not seen.
    session = logins.ssh(anna)
    anna.unlock()
    run("systemctl", "kill", "--signal=STOP", "keybagd.service")
    session.end()
    run("systemctl", "kill", "--signal=KILL", "keybagd.service")
    anna.expect("locked", "logout")


def set_clock(hours):
    """From now on the clock is so many hours ahead of what it was."""
    time.clock_settime(time.CLOCK_REALTIME, time.time() + hours * 3600)


def typed(terminal, meanwhile=None):
    """Somebody types on it for a while; false if he could not do so all the time, on a machine that is busy."""
    os.utime(terminal)
    anna.unlock()
    last, longest, end = time.monotonic(), 0, time.monotonic() + 9
    while time.monotonic() < end:
        time.sleep(0.2)
        if meanwhile and end - time.monotonic() < 5:
            meanwhile()
            meanwhile = None
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


def test_clock_is_set():
    """lock-after-idle while the clock is set: whoever has left is locked, whoever types is not"""
    fresh()
    logins.restart_keybagd("lock-after-idle = 6")
    terminal = pathlib.Path("/dev/tty5")
    session = Session(anna, "TTY=tty5")
    os.utime(terminal)
    anna.unlock()
    time.sleep(1)
    set_clock(-24)
    try:
        last = anna.expect("locked", "idle", seconds=120)
        session.end()
        # A desktop that has said so.
        screen = seat(anna, 7)
        screen.tell("SetIdleHint", True)
        anna.unlock()
        set_clock(-24)
        anna.expect("locked", "idle", seconds=120, since=last)
        screen.end()
    finally:
        set_clock(48)
    Session(anna, "TTY=tty5")
    steps = []
    try:
        while not typed(terminal, lambda: set_clock(24) or steps.append(24)):
            anna.lock()
    finally:
        set_clock(-sum(steps))
    anna.expect("locked", "idle", seconds=120)
    logins.restart_keybagd()


def test_opened_from_elsewhere():
    """a screen that was let in counts as open: by a greeter, which says Unlock; and where the keybag was open already"""
    fresh()
    (logins.PAM / "swaylock").write_text("@include common-auth\n")
    screen = seat(anna, 7)
    anna.unlock()
    screen.lock_signal()
    anna.expect("locked", "screen")
    anna.unlock()
    screen.unlock_signal()
    ssh(anna).end()
    anna.stays("unlocked", 2)
    screen.lock_signal()
    anna.expect("locked", "screen")
    anna.unlock()
    tap.equal(screen.ask(f"run echo {anna.password} | pamtester swaylock anna authenticate >/dev/null 2>&1"), ["ran", "0"])
    ssh(anna).end()
    anna.stays("unlocked", 2)
    screen.lock_signal()
    anna.expect("locked", "screen")
    anna.unlock()
    ssh(anna).end()
    anna.expect("locked", "logout")


def let_in(screen):
    """The answer of that screen's locker to the right password."""
    said = screen.ask(f"run echo {anna.password} | pamtester swaylock anna authenticate >/dev/null 2>&1")
    anna.expect("unlocked", "screen")
    return said


def test_locker_refuses_later():
    """a locker that refuses after it has opened the keybag leaves the screen locked: so is the keybag, soon"""
    fresh()
    locker = logins.PAM / "swaylock"
    screen = seat(anna, 7)
    anna.unlock()
    screen.tell("SetLockedHint", True)
    anna.expect("locked", "screen")
    locker.write_text("@include common-auth\nauth required pam_deny.so\n")
    tap.equal(let_in(screen), ["ran", "1"], "what the locker says")
    # Meanwhile the screen counts as locked: what ends elsewhere locks.
    ssh(anna).end()
    anna.expect("locked", "logout")
    tap.equal(let_in(screen), ["ran", "1"], "what the locker says again")
    anna.expect("locked", "screen")
    locker.write_text("@include common-auth\n")
    tap.equal(let_in(screen), ["ran", "0"], "what one says that lets in")
    time.sleep(2)
    screen.tell("SetLockedHint", False)
    anna.stays("unlocked", 12)
    ssh(anna).end()
    anna.stays("unlocked", 1)
    screen.end()
    anna.expect("locked", "logout")


def test_locker_left_behind():
    """a locker in a tmux whose session has ended, attached to by ssh: the screen stays locked, and the end of ssh locks"""
    fresh()
    (logins.PAM / "swaylock").write_text("@include common-auth\n")
    screen, remote = seat(anna, 7), ssh(anna)
    anna.unlock()
    remote.ask(f"run (until [ -e /run/locker.go ]; do sleep 0.1; done; echo {anna.password} | "
               "pamtester swaylock anna authenticate) </dev/null >/dev/null 2>&1 &")
    remote.end()
    remote = ssh(anna)
    screen.lock_signal()
    anna.expect("locked", "screen")
    pathlib.Path("/run/locker.go").touch()
    try:
        anna.expect("unlocked", "screen")
    finally:
        pathlib.Path("/run/locker.go").unlink()
    remote.end()
    anna.expect("locked", "logout")


def test_first_passcode_beside_a_locked_seat():
    """a keybag that gets its first passcode while all screens are locked is locked then"""
    fresh()
    carl = User("carl", 1203, watch, passcode=False, linger=False)
    try:
        screen = seat(carl, 7)
        screen.lock_signal()
        screen.tell("SetLockedHint", True)
        carl.expect("unlocked")
        logins.keybagctl("passwd", "--set", "--user", "carl", text="carl-passcode\n")
        carl.expect("locked", "request")
    finally:
        Session.end_all()
        carl.remove()


def teardown():
    run("chmod", "640", "/etc/shadow")
    fresh()
    watch.close()
    anna.remove()
    shutil.rmtree(FAKE, ignore_errors=True)
    logins.end()


tap.main(teardown=teardown)

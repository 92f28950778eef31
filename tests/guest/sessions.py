#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# vm: systemd kernel=6.1
"""keybagd follows logind: screens that are locked, sessions that end, seats, sleep, restarts."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), folder) for folder in ("lib", "..")]
import logins  # noqa: E402
from lib import tap  # noqa: E402
from logins import Session, User, keybagctl, run, seat, ssh  # noqa: E402

if not os.path.isdir("/run/systemd/system"):
    print("1..0 # SKIP not booted by systemd")
    sys.exit(4)

SEAT_RULE = pathlib.Path("/run/udev/rules.d/90-test-seat.rules")

logins.begin()
watch = logins.Watch()
anna = User("anna", 1201, watch)
ben = User("ben", 1202, watch)
nobody = User("carl", 1203, watch, passcode=False)


# A login that never opens its session; what becomes of it is seen further down.
dora = User("dora", 1204, watch, linger=False)
run("pamtester", "sshd", "dora", "authenticate", "acct_mgmt", "setcred", text=dora.password + "\n")


def fresh():
    """No session, keybags closed; each test begins so."""
    logins.Session.end_all()
    for user in (anna, ben):
        user.lock("--full")


def test_lock_signal():
    """the Lock signal of a screen locks, with its reason; the Unlock signal never unlocks"""
    fresh()
    screen = seat(anna, 7)
    anna.unlock()
    anna.expect("unlocked", "request")
    screen.lock_signal()
    event = anna.expect("locked", "screen")
    tap.equal(event["requester"]["uid"], 0, "who asked")
    screen.unlock_signal()
    anna.stays("locked")
    anna.unlock()
    screen.lock_signal()
    anna.expect("locked", "screen")
    run("journalctl", "--sync")
    log = run("journalctl", "-b", "--no-pager", "-q", "-u", "keybagd.service")
    tap.contains(log, f"session {screen.id} is locked", "the journal")
    tap.contains(log, 'event: state="locked" reason=screen', "the journal")


def test_locked_hint():
    """LockedHint without a signal: its edge locks; its level does not, for lockers clear it after PAM"""
    fresh()
    screen = seat(anna, 7, kind="x11")
    anna.unlock()
    screen.tell("SetLockedHint", True)
    anna.expect("locked", "screen")
    anna.unlock()
    anna.stays("unlocked")
    screen.tell("SetLockedHint", False)
    anna.stays("unlocked")
    screen.tell("SetLockedHint", True)
    anna.expect("locked", "screen")
    screen.tell("SetLockedHint", False)
    anna.stays("locked")


def locked_memory():
    """Locked memory of keybagd, KiB."""
    status = pathlib.Path(f"/proc/{run('systemctl', 'show', '-P', 'MainPID', 'keybagd.service')}/status").read_text()
    return int(re.search(r"^VmLck:\s*(\d+)", status, re.M)[1])


def passcode_costs(memory, passes):
    keybagctl("passwd", "--user", "anna", "--kdf-memory", str(memory), "--kdf-passes", str(passes),
              text=f"{anna.password}\n{anna.password}\n")


def lock_during_an_unlock(screen):
    closed = anna.status()
    before = locked_memory()
    unlock = subprocess.Popen(["keybagctl", "unlock", "--user", "anna"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)
    unlock.stdin.write(anna.password + "\n")
    unlock.stdin.flush()
    while locked_memory() < before + 16384:
        tap.equal(unlock.poll(), None, "status of the unlock before its key is derived")
        time.sleep(0.02)
    screen.lock_signal()
    told = unlock.communicate()[0]
    tap.ok(unlock.returncode, "the unlock fails; that")
    tap.contains(told, "a lock came in between", "what it says")
    anna.stays(closed["state"])
    tap.equal(anna.status()["state_seq"], closed["state_seq"], "number of the last event")
    tap.equal(anna.status()["failures"], 0, "wrong passcodes")


def test_lock_during_an_unlock():
    """a screen lock while the key of an unlock is derived: that unlock comes to nothing, and nothing is told of it"""
    fresh()
    screen = seat(anna, 7)
    passcode_costs(16384, 60)
    try:
        for full in (), ("--full",):
            anna.lock(*full)
            lock_during_an_unlock(screen)
    finally:
        passcode_costs(64, 1)
    anna.unlock()


def test_locker_in_session():
    """a locker that runs as the user unlocks by PAM, reason screen, and the next lock locks again"""
    fresh()
    (logins.PAM / "swaylock").write_text("@include common-auth\n")
    screen = seat(anna, 7)
    anna.unlock()
    screen.lock_signal()
    anna.expect("locked", "screen")
    tap.equal(screen.ask(f"run echo {anna.password} | pamtester swaylock anna authenticate >/dev/null 2>&1"), ["ran", "0"])
    anna.expect("unlocked", "screen")
    screen.lock_signal()
    anna.expect("locked", "screen")


def test_lock_during_a_first_passcode():
    """a screen lock while a keybag gets its first passcode: it is locked as soon as it can be"""
    fresh()
    screen = seat(nobody, 7)
    before = locked_memory()
    change = subprocess.Popen(["keybagctl", "passwd", "--set", "--user", "carl", "--kdf-memory", "16384", "--kdf-passes",
                               "60"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        change.stdin.write("carl-passcode\n")
        change.stdin.flush()
        wait_for(lambda: locked_memory() >= before + 16384, "the derivation of the key")
        screen.lock_signal()
        told = change.communicate()[0]
        tap.equal(change.returncode, 0, "status of passwd")
        tap.contains(told, "passcode set", "what it says")
        nobody.expect("locked", "request")
    finally:
        keybagctl("passwd", "--remove", "--yes", "--user", "carl", text="carl-passcode\n")
    nobody.expect("unlocked")


def test_beside_a_locked_seat():
    """ssh and what runs in it do not hold a keybag open beside a locked seat"""
    fresh()
    screen, remote = seat(anna, 7), ssh(anna)
    anna.unlock()
    remote.ask("leave")
    screen.tell("SetLockedHint", True)
    anna.expect("locked", "screen")
    # A password from elsewhere: the first unlock, no more.
    anna.lock("--full")
    remote = Session(anna, "TTY=ssh", "RHOST=192.0.2.1", f"PASSWORD={anna.password}", service="sshd")
    anna.expect("locked", "login")
    tap.contains(" ".join(remote.told), "stays locked while your screen is", "what the user is told")
    # With the seat in use there is nothing to keep shut.
    screen.tell("SetLockedHint", False)
    Session(anna, "TTY=ssh", "RHOST=192.0.2.1", f"PASSWORD={anna.password}", service="sshd")
    anna.expect("unlocked", "login")


def states(user):
    """Those that his keybags have had."""
    return [event["state"] for event in watch.events if event["owner"] == user.uid]


def test_created_beside_a_locked_seat():
    """a login from elsewhere that gets its keybag by create = login opens it no further than any other one"""
    fresh()
    emil = User("emil", 1205, watch)
    keybagctl("destroy", "--user", "emil", "--yes")
    logins.restart_keybagd("create = login")
    try:
        screen = seat(emil, 7)
        screen.tell("SetLockedHint", True)
        wait_for(lambda: watch.read() or "gone" in states(emil), "that it is gone")
        remote = Session(emil, "TTY=ssh", "RHOST=192.0.2.1", f"PASSWORD={emil.password}", service="sshd")
        emil.expect("locked", "login")
        tap.equal(states(emil)[states(emil).index("gone"):].count("unlocked"), 0, "times it was open")
        tap.contains(" ".join(remote.told), "A keybag was created for you", "what the user is told")
        tap.contains(" ".join(remote.told), "stays locked while your screen is", "what the user is told")
        # With the seat in use, as any other.
        screen.tell("SetLockedHint", False)
        remote.end()
        keybagctl("destroy", "--user", "emil", "--yes")
        Session(emil, "TTY=ssh", "RHOST=192.0.2.1", f"PASSWORD={emil.password}", service="sshd")
        emil.expect("unlocked", "login")
    finally:
        Session.end_all()
        emil.remove()
        logins.restart_keybagd()


def test_seat_ends_beside_ssh():
    """logout at the seat locks, whatever runs elsewhere"""
    fresh()
    screen = seat(anna, 7)
    ssh(anna)
    anna.unlock()
    screen.end()
    anna.expect("locked", "logout")


def test_last_session():
    """without a seat the last session decides; linger and cron do not hold"""
    fresh()
    first, second = ssh(anna), ssh(anna)
    background = Session(anna, "TTY=cron")
    tap.equal(run("loginctl", "show-session", "-P", "Class", background.id), "background", "class of cron's")
    anna.unlock()
    first.end()
    anna.stays("unlocked")
    second.end()
    anna.expect("locked", "logout")
    tap.equal(run("systemctl", "is-active", f"user@{anna.uid}.service"), "active", "the service manager")


def test_left_behind():
    """processes that stay behind (tmux) keep the session closing, not the keybag open"""
    fresh()
    screen = seat(anna, 7)
    anna.unlock()
    screen.ask("leave")
    screen.end()
    anna.expect("locked", "logout")
    tap.equal(run("loginctl", "show-session", "-P", "State", screen.id), "closing", "state of the session")
    run("loginctl", "kill-session", "--signal=KILL", screen.id)


def test_console():
    """a terminal at the seat: logout locks; beside a locked screen it does not hold"""
    fresh()
    console = Session(anna, "TTY=tty5")
    anna.unlock()
    console.end()
    anna.expect("locked", "logout")
    console = Session(anna, "TTY=tty5")
    screen = seat(anna, 7)
    anna.unlock()
    screen.lock_signal()
    anna.expect("locked", "screen")
    anna.unlock()		# typed at the console
    console.end()
    anna.expect("locked", "logout")
    screen.end()


def test_user_switching():
    """another user at the same seat: each has his own state"""
    fresh()
    hers, his = seat(anna, 7), seat(ben, 8)
    anna.unlock()
    ben.unlock()
    run("loginctl", "activate", his.id, check=False)
    anna.stays("unlocked")
    his.tell("SetLockedHint", True)
    ben.expect("locked", "screen")
    anna.stays("unlocked", 0.2)
    hers.tell("SetLockedHint", True)
    anna.expect("locked", "screen")


def test_several_seats():
    """several seats: locked when all of them are"""
    fresh()
    SEAT_RULE.parent.mkdir(parents=True, exist_ok=True)
    SEAT_RULE.write_text('SUBSYSTEM=="mem", KERNEL=="zero", TAG+="seat", TAG+="master-of-seat", ENV{ID_SEAT}="seat-test"\n')
    run("udevadm", "control", "--reload")
    run("udevadm", "trigger", "--action=add", "--settle", "/sys/class/mem/zero")
    for _ in range(3000):
        if "seat-test" in run("loginctl", "list-seats", "--no-legend"):
            break
        time.sleep(0.1)
    first, second = seat(anna, 7), seat(anna, None, "seat-test")
    anna.unlock()
    first.tell("SetLockedHint", True)
    anna.stays("unlocked")
    second.tell("SetLockedHint", True)
    anna.expect("locked", "screen")
    # One comes back; the other one ends: what is left is in use.
    anna.unlock()
    first.tell("SetLockedHint", False)
    second.end()
    anna.stays("unlocked")
    # The one that is in use ends; what is left is locked.
    second = seat(anna, None, "seat-test")
    second.tell("SetLockedHint", True)
    anna.stays("unlocked", 0.2)
    first.end()
    anna.expect("locked", "logout")
    SEAT_RULE.unlink()


def test_others_sessions():
    """a greeter's session is nobody's; somebody else's lock is his"""
    fresh()
    greeter = Session(anna, "XDG_SEAT=seat0", "XDG_VTNR=9", "XDG_SESSION_TYPE=wayland", "XDG_SESSION_CLASS=greeter")
    screen = seat(anna, 7)
    anna.unlock()
    # systemd 257 refuses to say this to a greeter.
    run("loginctl", "lock-session", greeter.id, check=False)
    anna.stays("unlocked")
    screen.end()
    anna.expect("locked", "logout")


def test_without_passcode():
    """a keybag without a passcode stays as it is"""
    fresh()
    screen = seat(nobody, 7)
    screen.lock_signal()
    screen.end()
    nobody.stays("unlocked")


@logins.again_if_slower(20)
def test_old_session_and_new_login():
    """the end of an old session does not lock what a new login has just unlocked"""
    fresh()
    old = ssh(anna)
    anna.unlock()
    anna.lock()
    run("pamtester", "sshd", "anna", "authenticate", "acct_mgmt", "setcred", text=anna.password + "\n")
    anna.expect("unlocked", "login")
    old.end()
    anna.stays("unlocked", 1)
    new = ssh(anna)
    anna.stays("unlocked", 0.3)
    new.end()
    anna.expect("locked", "logout")


@logins.again_if_slower(20)
def test_seat_ends_during_a_login():
    """logout at the seat while a login from elsewhere is on its way: locked when its session has come, or none has"""
    fresh()
    for comes in True, False:
        screen, _ = seat(anna, 7), ssh(anna)
        anna.unlock()
        anna.lock()
        run("pamtester", "sshd", "anna", "authenticate", "acct_mgmt", "setcred", text=anna.password + "\n")
        unlocked = anna.expect("unlocked", "login")
        screen.end()
        anna.stays("unlocked", 0.3)
        if comes:
            ssh(anna)
        locked = anna.expect("locked", "logout", seconds=60)
        after = (locked["time_ns"] - unlocked["time_ns"]) / 1e9
        tap.ok(after < 19 if comes else after >= 19, f"it was locked after {after:.1f} s")


def test_login_without_session():
    """a login that never opens its session: locked after 20 s"""
    last = dora.expect("locked", "logout")
    first = [event for event in watch.events if event["owner"] == dora.uid and event["reason"] == "login"][-1]
    tap.equal(first["state"], "unlocked", "state after the login")
    after = (last["time_ns"] - first["time_ns"]) / 1e9
    tap.ok(19 <= after <= 60, f"{after:.1f} s: 20, and what a busy machine adds; that")


def test_logind_restarts():
    """logind restarts: nothing is locked by it, and it is followed on"""
    fresh()
    screen = seat(anna, 7)
    anna.unlock()
    run("systemctl", "restart", "systemd-logind.service")
    anna.stays("unlocked", 1)
    screen.lock_signal()
    anna.expect("locked", "screen")
    anna.unlock()
    screen.tell("SetLockedHint", True)
    anna.expect("locked", "screen")
    tap.contains(run("systemd-inhibit", "--list", "--no-pager"), "keybagd", "inhibitors")


def made_good(reason, since):
    """Locked by keybagd for what it has missed, away since then; by the kernel only where that was 30 s, on a machine
    that is busy."""
    away = time.monotonic() - since
    last = anna.expect("locked")
    allowed = (reason, "follower") if away >= 25 else (reason,)
    tap.ok(last["reason"] in allowed, f"locked for {last['reason']}, not {reason}, after {away:.0f} s: that")


@logins.again_if_slower(25)
def test_keybagd_restarts():
    """keybagd restarts: what happened meanwhile is made good, what did not is left alone"""
    fresh()
    screen = seat(anna, 7)
    anna.unlock()
    logins.restart_keybagd()
    anna.stays("unlocked", 1)
    screen.end()
    anna.expect("locked", "logout")


def test_keybagd_is_away():
    """keybagd is away for a moment, as in a restart: what it misses is made good; stopped, it locks first"""
    fresh()
    away = pathlib.Path("/run/systemd/system/keybagd.service.d/away.conf")
    away.parent.mkdir(parents=True)
    # Sessions are remembered, too, as over a restart.
    away.write_text("[Service]\nKillSignal=SIGUSR1\nRuntimeDirectoryPreserve=yes\n")
    run("systemctl", "daemon-reload")
    try:
        screen = seat(anna, 7)
        anna.unlock()
        since = time.monotonic()
        run("systemctl", "stop", "keybagd.service", "keybagd.socket")
        screen.tell("SetLockedHint", True)
        run("systemctl", "start", "keybagd.socket", "keybagd.service")
        made_good("screen", since)
        screen.tell("SetLockedHint", False)
        anna.unlock()
        since = time.monotonic()
        run("systemctl", "stop", "keybagd.service", "keybagd.socket")
        screen.end()
        run("systemctl", "start", "keybagd.socket", "keybagd.service")
        made_good("logout", since)
    finally:
        shutil.rmtree(away.parent)
        run("systemctl", "daemon-reload")
    screen = seat(anna, 7)
    anna.unlock()
    run("systemctl", "stop", "keybagd.service", "keybagd.socket")
    run("systemctl", "start", "keybagd.socket", "keybagd.service")
    anna.expect("locked", "follower")
    screen.end()


def test_idle():
    """lock-after-idle: for lockers that tell nobody; a desktop in use is left alone"""
    fresh()
    logins.restart_keybagd("lock-after-idle = 5")
    screen = seat(anna, 7)
    ssh(anna)
    anna.unlock()
    anna.stays("unlocked", 6.5)
    begin = time.time_ns()
    screen.tell("SetIdleHint", True)
    locked = anna.expect("locked", "idle")
    tap.ok(locked["time_ns"] - begin > 4.9e9, "5 s between the hint and the lock")
    # Opened again by name, from elsewhere: it has its time.
    tap.ok(anna.unlocked_until_idle(since=locked) > 4.9, "5 s between the unlock and the lock")
    logins.restart_keybagd()


def test_idle_of_ones_own():
    """keybagctl timeout: within lock-after-idle users have a time of their own, over a restart too"""
    fresh()
    logins.restart_keybagd("lock-after-idle = 600")
    tap.contains(keybagctl("timeout", "--user", anna.name, "601", check=False), "may be shorter, not longer", "root's limit")
    tap.contains(keybagctl("timeout", "--user", anna.name, "5"), "locked after 5 s", "what holds")
    logins.restart_keybagd("lock-after-idle = 600")
    tap.contains(keybagctl("timeout", "--user", anna.name), "locked after 5 s", "what holds after a restart")
    tap.contains(keybagctl("timeout", "--user", ben.name), "locked after 600 s", "others keep root's")
    screen = seat(anna, 7)
    anna.unlock()
    anna.stays("unlocked", 6)
    screen.tell("SetIdleHint", True)
    anna.expect("locked", "idle")
    tap.contains(keybagctl("timeout", "--user", anna.name, "default"), "locked after 600 s", "taken back")
    logins.restart_keybagd()
    screen.end()


def test_sleep():
    """sleep: keybagd holds it up until keybags are locked"""
    fresh()
    tap.contains(run("systemd-inhibit", "--list", "--no-pager"), "keybagd", "inhibitors")
    if not os.path.exists("/sys/power/pm_test"):
        tap.skip("no pm_test")
    screen = seat(anna, 7)
    anna.unlock()
    pathlib.Path("/sys/power/pm_test").write_text("freezer")
    main = run("systemctl", "show", "-P", "MainPID", "keybagd.service")
    run("systemctl", "suspend")
    event = anna.expect("locked", "suspend")
    tap.equal(str(event["requester"]["pid"]), main, "who locked")
    for _ in range(3000):
        if run("systemctl", "is-active", "systemd-suspend.service", check=False) not in ("activating", "active"):
            break
        time.sleep(0.1)
    pathlib.Path("/sys/power/pm_test").write_text("none")
    for _ in range(3000):
        if "keybagd" in run("systemd-inhibit", "--list", "--no-pager"):
            break
        time.sleep(0.1)
    else:
        raise AssertionError("the inhibitor is not taken again")
    anna.unlock()
    screen.lock_signal()
    anna.expect("locked", "screen")


def wait_for(condition, what):
    for _ in range(3000):
        if condition():
            return
        time.sleep(0.1)
    raise AssertionError(f"{what} does not happen")


def inhibits(who="keybagd"):
    return who in run("systemd-inhibit", "--list", "--no-pager", check=False)


def refused_before_sleep():
    """Sleep is on its way, keybagd has let it go on, and another one still holds it up."""
    run("systemctl", "suspend")
    wait_for(lambda: not inhibits(), "that keybagd lets the machine sleep")
    told = keybagctl("unlock", "--user", "anna", text=anna.password + "\n", check=False)
    tap.contains(told, "going to sleep", "what an unlock says")
    told = run("python3", str(logins.HERE / "service_request.py"), "new", str(anna.uid), anna.password, check=False)
    tap.contains(told, "AssertionError: 16", "what a login gets")
    tap.equal(anna.status()["state"], "before first unlock", "state")


def test_no_passcode_before_sleep():
    """once keybagd has let the machine sleep it takes no passcode, until the machine is awake or logind is another"""
    fresh()
    if not os.path.exists("/sys/power/pm_test"):
        tap.skip("no pm_test")
    settings = pathlib.Path("/run/systemd/logind.conf.d/test.conf")
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text("[Login]\nInhibitDelayMaxSec=600\n")
    run("systemctl", "restart", "systemd-logind.service")
    pathlib.Path("/sys/power/pm_test").write_text("freezer")
    wait_for(inhibits, "the inhibitor")
    # A request without a secret holds nothing up.
    busy = subprocess.Popen(["python3", str(logins.HERE / "service_request.py"), "busy", str(anna.uid), str(ben.uid)])
    other = subprocess.Popen(["systemd-inhibit", "--what=sleep", "--mode=delay", "--who=other-one", "sleep", "3000"])
    try:
        wait_for(lambda: inhibits("other-one"), "the other inhibitor")
        refused_before_sleep()
        run("systemctl", "kill", "--signal=KILL", "systemd-logind.service")
        wait_for(inhibits, "the inhibitor with the new logind")
        anna.unlock()
        anna.lock("--full")
        other.terminate()
        other.wait()
        other = subprocess.Popen(["systemd-inhibit", "--what=sleep", "--mode=delay", "--who=other-one", "sleep", "3000"])
        wait_for(lambda: inhibits("other-one"), "the other inhibitor")
        refused_before_sleep()
        other.terminate()
        other.wait()
        wait_for(inhibits, "that the machine is awake")
        anna.unlock()
    finally:
        # A sleep that is still on its way goes with its logind; one that has begun is a try as long as pm_test says so.
        settings.unlink()
        run("systemctl", "restart", "systemd-logind.service")
        wait_for(inhibits, "the inhibitor")
        other.kill()
        busy.kill()
        other.wait()
        busy.wait()
        wait_for(lambda: run("systemctl", "is-active", "systemd-suspend.service", check=False) not in ("activating", "active"),
                 "the end of sleep")
        pathlib.Path("/sys/power/pm_test").write_text("none")


def teardown():
    fresh()
    watch.close()
    for user in (anna, ben, nobody, dora):
        user.remove()
    SEAT_RULE.unlink(missing_ok=True)
    run("udevadm", "control", "--reload", check=False)
    logins.end()


tap.main(teardown=teardown)

#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# vm: systemd kernel=6.1
"""The SSH agent of users that log in: who gets it, that it is there after a crash and a restart of the manager, two sessions at once,
and what the end of the login ends."""

import grp
import os
import pathlib
import shutil
import subprocess
import sys
import time

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), folder) for folder in ("lib", "..")]
import logins  # noqa: E402
from lib import tap  # noqa: E402
from logins import Session, User, run, seat  # noqa: E402

if not os.path.isdir("/run/systemd/system"):
    print("1..0 # SKIP not booted by systemd")
    sys.exit(4)

UNIT, UID = "keybag-ssh-agent.service", 1411
SOCKET = f"/run/user/{UID}/keychain/ssh"
KEY = "/home/anna/key"
PROGRAM = "/usr/libexec/keybag-ssh-agent"
POSTINST = "/mnt/build/secretservice/debian/keybag-ssh-agent.postinst"

logins.begin()
watch = logins.Watch()
anna = User("anna", UID, watch)
subprocess.run(["useradd", "-m", "-u", "1412", "ben"], check=True)
run("loginctl", "enable-linger", "ben")


def as_user(name, uid, *command, check=True):
    """In a control group as of a session: the keychain serves no system unit, as this test is in one."""
    group = f"/sys/fs/cgroup/user.slice/user-{uid}.slice/session-test.scope"
    return run("sh", "-c", f'mkdir -p {group} && echo $$ >{group}/cgroup.procs && exec "$@"', "sh", "setpriv", "--reuid", name, "--regid", name,
               "--init-groups", "env", f"HOME=/home/{name}", f"XDG_RUNTIME_DIR=/run/user/{uid}", f"SSH_AUTH_SOCK={SOCKET}", *command, check=check)


def of_anna(*command, **more):
    return as_user("anna", UID, *command, **more)


def of_manager(*command, **more):
    return of_anna("systemctl", "--user", *command, **more)


def wait_for(condition, what, seconds=300):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"{what} does not come: " + of_manager("status", UNIT, check=False) +
                                 run("journalctl", "-q", "-n", "60", "--no-pager", f"_UID={UID}", check=False))
        time.sleep(0.5)


def start_anew(name, uid):
    run("systemctl", "restart", f"user@{uid}.service")
    wait_for(lambda: as_user(name, uid, "systemctl", "--user", "is-active", "default.target", check=False) == "active", "the manager")


def listed():
    said = of_anna("ssh-add", "-L", check=False)
    return [] if "no identities" in said else [line.split(" ", 2)[2] for line in said.splitlines()]


def signs():
    return "BEGIN SSH SIGNATURE" in of_anna("sh", "-c", f"echo data | ssh-keygen -Y sign -q -n file -f {KEY}.pub", check=False)


def pid():
    return int(of_manager("show", "-P", "MainPID", UNIT))


def test_who_gets_it():
    """a user who has a keybag: the socket and the variable; others nothing"""
    start_anew("anna", UID)
    start_anew("ben", 1412)
    tap.ok(os.path.exists(SOCKET), "the socket")
    tap.contains(of_manager("show-environment"), f"SSH_AUTH_SOCK={SOCKET}")
    tap.ok(not os.path.exists("/run/user/1412/keychain/ssh"), "no socket of who has no keybag")
    tap.ok("keychain/ssh" not in as_user("ben", 1412, "systemctl", "--user", "show-environment"), "no variable of who has no keybag")
    for script in ("/etc/profile.d/keybag-ssh-agent.sh", "/etc/X11/Xsession.d/89keybag-ssh-agent"):
        said = [run("sh", "-c", f'unset SSH_AUTH_SOCK; {more} XDG_RUNTIME_DIR=/run/user/{uid}; . {script}; printf %s "$SSH_AUTH_SOCK"')
                for uid, more in ((UID, ""), (1412, ""), (UID, "SSH_AUTH_SOCK=forwarded;"))]
        tap.equal(said, [SOCKET, "", "forwarded"], f"the variable by {script}")


def test_use():
    """ssh-add starts it by its socket; the unit leaves it the group that the keychain looks at, and it confines itself"""
    anna.unlock()
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "kept", "-f", KEY)
    run("chown", "anna:", KEY, f"{KEY}.pub")
    of_anna("ssh-add", "-q", KEY)
    os.unlink(KEY)
    tap.ok(listed() == ["kept"] and signs(), f"it is listed and signs: {listed()}")
    status = dict(line.split(":\t", 1) for line in pathlib.Path(f"/proc/{pid()}/status").read_text().splitlines())
    tap.equal(status["Gid"].split()[1], str(grp.getgrnam("_sshagent").gr_gid), "its effective group")
    tap.equal((status["NoNewPrivs"], status["Seccomp"]), ("1", "2"), "new privileges, the filter")


def test_again():
    """after a crash, and after the manager has been started again as at a new login, the key is there"""
    before = pid()
    os.kill(before, 9)
    wait_for(lambda: pid() not in (0, before), "another process")
    tap.ok(listed() == ["kept"] and signs(), "it is listed and signs")
    start_anew("anna", UID)
    tap.ok(os.path.exists(SOCKET), "the socket")


def test_logins():
    """keys with constraints live until the last of two sessions has ended, hidden ones until then as well; the lock at logout ends signatures"""
    first, second = Session(anna), seat(anna, 7)
    anna.unlock()
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "held", "-f", "/home/anna/held")
    run("chown", "anna:", "/home/anna/held", "/home/anna/held.pub")
    of_anna("ssh-add", "-q", "-D")
    of_manager("restart", UNIT)
    tap.equal(listed(), [], "keys of another process, of which the former has hidden all")
    of_anna("ssh-add", "-q", "-t", "1h", "/home/anna/held")
    tap.equal(listed(), ["held"], "keys")
    first.end()
    time.sleep(1)
    tap.equal(listed(), ["held"], "keys after the end of one session")
    second.end()
    anna.expect("locked", "logout")
    wait_for(lambda: listed() == ["kept"], "the end of the login")
    tap.ok(not signs(), "it does not sign")
    anna.unlock()
    tap.ok(signs(), "it signs again")


def test_upgraded():
    """the program has no group for a while, as while its package is upgraded: many ask for it, and afterwards it is there, in the
    same login"""
    anna.unlock()
    mode = os.stat(PROGRAM).st_mode & 0o7777
    group = os.stat(PROGRAM).st_gid
    of_manager("stop", UNIT)
    os.chown(PROGRAM, 0, 0)
    os.chmod(PROGRAM, 0o755)
    begun = time.monotonic()
    times = 0
    while times < 30 or time.monotonic() - begun < 12:
        tap.ok("kept" not in of_anna("ssh-add", "-L", check=False), "nothing is listed")
        times += 1
    tap.equal(of_manager("is-active", "keybag-ssh-agent.socket", check=False), "active", f"the socket, after {times} times")
    os.chown(PROGRAM, 0, group)
    os.chmod(PROGRAM, mode)
    wait_for(lambda: "kept" in listed(), "the key")
    tap.ok(signs(), "it signs")
    tap.contains(of_manager("show-environment"), "SSH_AUTH_SOCK", "the variable")


def replace():
    """The program is another file from then on, and the daemon another process, as after an upgrade."""
    run("cp", "-p", PROGRAM, f"{PROGRAM}.new")
    os.rename(f"{PROGRAM}.new", PROGRAM)
    run("systemctl", "restart", "keychaind.service")


def test_replaced():
    """the program is another file while the agent runs, as after an upgrade: it gives way where it holds no keys in memory; else when a
    kept key is asked for, which the keychain does not give to it"""
    anna.unlock()
    tap.ok(signs(), "it signs")
    before = pid()
    replace()
    run("sh", POSTINST, "configure", "1.0")
    wait_for(lambda: pid() != before, "the end of the former program")
    tap.ok(signs(), "the present one signs at once")
    of_anna("ssh-add", "-q", "-t", "1h", "/home/anna/held")
    before = pid()
    replace()
    run("sh", POSTINST, "configure", "1.0")
    of_anna("sh", "-c", "echo data | ssh-keygen -Y sign -q -n file -f /home/anna/held.pub")
    tap.equal((sorted(listed()), pid()), (["held", "kept"], before), "keys, the process")
    tap.ok(not signs(), "the kept one does not sign")
    wait_for(lambda: pid() != before, "the end of the former program")
    tap.ok(signs(), "the present one signs")
    tap.equal(listed(), ["kept"], "keys")


def test_given_up():
    """a manager has given the socket up, as by an older unit: the end of the upgrade starts it again, and none that was stopped"""
    limits = pathlib.Path(f"/run/user/{UID}/systemd/user/{UNIT}.d")
    limits.mkdir(parents=True)
    (limits / "limit.conf").write_text("[Unit]\nStartLimitIntervalSec=1h\nStartLimitBurst=1\n[Service]\nExecStart=\nExecStart=/bin/false\n"
                                       "Restart=no\n")
    of_manager("daemon-reload")
    of_manager("stop", UNIT)

    def given_up():
        of_anna("timeout", "10", "ssh-add", "-l", check=False)
        return of_manager("is-failed", "keybag-ssh-agent.socket", check=False) == "failed"
    wait_for(given_up, "the end of the socket")
    shutil.rmtree(limits)
    run("sh", POSTINST, "configure", "1.0")
    tap.equal(of_manager("is-active", "keybag-ssh-agent.socket", check=False), "active", "the socket")
    tap.ok(signs(), "it signs")
    of_manager("stop", "keybag-ssh-agent.socket", UNIT)
    run("sh", POSTINST, "configure", "1.0")
    tap.equal(of_manager("is-active", "keybag-ssh-agent.socket", check=False), "inactive", "a socket that was stopped")
    of_manager("start", "keybag-ssh-agent.socket")


def test_removed():
    """the package is removed, and installed again: the agent of a user who is logged in ends with its socket and the variable that
    names it, which is another agent's again, whose keys stay; they are there again"""
    units = pathlib.Path(f"/run/user/{UID}/systemd/user")
    units.mkdir(parents=True, exist_ok=True)
    (units / "gcr-ssh-agent.socket").write_text(
        "[Socket]\nListenStream=%t/gcr/ssh\nExecStartPost=-/usr/bin/systemctl --user set-environment SSH_AUTH_SOCK=%t/gcr/ssh\n")
    (units / "gcr-ssh-agent.service").write_text("[Unit]\nRequires=gcr-ssh-agent.socket\n[Service]\nExecStart=/bin/sleep infinity\n")
    of_manager("daemon-reload")
    of_manager("start", "gcr-ssh-agent.service")
    of_manager("restart", "keybag-ssh-agent.socket")
    tap.contains(of_manager("show-environment"), f"SSH_AUTH_SOCK={SOCKET}")
    other = of_manager("show", "-P", "MainPID", "gcr-ssh-agent.service")
    of_anna("ssh-add", "-l", check=False)
    tap.ok(pid(), "it runs")
    run("sh", "/mnt/build/secretservice/debian/keybag-ssh-agent.prerm.in", "remove")
    tap.equal((of_manager("is-active", UNIT, "keybag-ssh-agent.socket", check=False).split(), os.path.exists(SOCKET)),
              (["inactive", "inactive"], False), "service, socket and its file")
    tap.contains(of_manager("show-environment"), f"SSH_AUTH_SOCK=/run/user/{UID}/gcr/ssh")
    tap.equal(of_manager("show", "-P", "MainPID", "gcr-ssh-agent.service"), other, "the process of the other agent")
    run("sh", POSTINST, "configure", "1.0")
    tap.equal((of_manager("is-active", "keybag-ssh-agent.socket", check=False), os.path.exists(SOCKET)), ("active", True), "the socket")
    tap.contains(of_manager("show-environment"), f"SSH_AUTH_SOCK={SOCKET}", "the variable")
    tap.ok(signs(), "it signs")
    of_manager("stop", "gcr-ssh-agent.socket", "gcr-ssh-agent.service")


def teardown():
    Session.end_all()
    watch.close()
    anna.remove()
    run("loginctl", "disable-linger", "ben", check=False)
    run("loginctl", "terminate-user", "ben", check=False)
    run("userdel", "-rf", "ben", check=False)
    logins.end()


tap.main(teardown=teardown)

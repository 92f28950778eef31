#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# vm: long systemd kernel=6.1 paths=helper/keychain/systemd/,helper/keychain/command/system,helper/keychain/base/unit_credential
"""Credentials of system units: what is not granted, names, sizes, cron, and what happens when services end, hang or are damaged, and when many load."""

import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), where) for where in ("..", "lib")]
from lib import tap  # noqa: E402
from unit_credentials import (CLIENT, CLIENT_TEXT, CREDENTIALS, DEVICE_KEY, LIMIT, OUT, SECRET, SERVICE, SOCKET, UID, address,  # noqa: E402
                              begin, begin_waiting, clear, end, ended, got, granted, is_refusal, journal, lock, refused, run,
                              session, soon, start, system, unlock, write_unit)  # noqa: E402

if not os.path.isdir("/run/systemd/system"):
    print("1..0 # SKIP not booted by systemd")
    sys.exit(4)


def test_not_granted():
    """nothing granted: the unit does not start, and its journal has the reason and the remedy, and no secret"""
    clear()
    system("add", "--for", "backup.service", "db", text="other", status=12)
    system("add", "--for", "backup.service", "db", "--replace", text=SECRET)
    write_unit("other.service", "db")
    refused("other.service", "credential 'db'", "keychainctl system add --for other.service db")
    write_unit("other.service", "no-such")
    refused("other.service", "credential 'no-such'", "keychainctl system add --for other.service no-such")
    tap.ok(SECRET not in journal(), "that no secret is in the journal")
    write_unit("backup.service", "db", "more")
    refused("backup.service", "credential 'more'")
    write_unit("backup.service", "db")
    system("delete", "--for", "backup.service", "db")
    refused("backup.service", "credential 'db'")
    system("delete", "--for", "backup.service", "db", status=9)
    system("add", "--for", "backup.service", "db", text=SECRET)


def test_names():
    """templates, escapes, a unit that is renamed, and the longest names that systemd can ask for"""
    clear()
    escaped = run("systemd-escape", "--template=sync@.service", "/srv/a b-c")
    write_unit("sync@.service", "db")
    system("add", "--for", "sync@.service", "db", text="of all")
    system("add", "--for", escaped, "db", text="of one")
    tap.equal((start("sync@x.service"), got("sync@x.service")), ("0", "of all"), "an instance")
    tap.equal((start(escaped), got(escaped)), ("0", "of one"), f"an instance with its own: {escaped}")
    write_unit("cpu.service", "key,of=theirs")
    system("add", "--for", "cpu.service", "key,of=theirs", text="odd")
    tap.equal((start("cpu.service"), got("cpu.service", "key,of=theirs")), ("0", "odd"), "a name that the kernel has, too")
    write_unit("renamed.service", "key,of=theirs")
    refused("renamed.service", "--for renamed.service")
    tap.contains(system("rename", "cpu.service", "renamed.service"), "1 item")
    tap.equal((start("renamed.service"), got("renamed.service", "key,of=theirs")), ("0", "odd"), "renamed")
    long, name = "l" * 50 + ".service", "n" * 25
    tap.equal(len(long + name), 83)
    tap.contains(system("add", "--for", long, name + "n", text="x", status=2), "together they may have 83 bytes")
    system("add", "--for", long, name, text="long")
    write_unit(long, name)
    tap.equal((start(long), got(long, name)), ("0", "long"), "the longest names")
    for words in (("backup", "db"), ("backup.target", "db"), ("a b.service", "db"), ("backup.service", "d:b"), ("backup.service", "d/b")):
        tap.contains(system("add", "--for", *words, text="x", status=2), "is no name of a")
    tap.contains(system("add", "--for", "backup.service", "a key", text="x", status=2), "start no unit")
    tap.contains(system("add", "--for", "backup.service", "new", "--accessible", "ak", text="x", status=2), "ck, dk, cku or dku")
    tap.contains(system("add", "--for", "backup.service", "new", text="", status=2), "at least one byte")
    run("systemctl", "stop", "sync@x.service", check=False)


def test_sizes():
    """the largest credential is served whole, and one byte more is refused when it is granted"""
    clear()
    write_unit("large.service", "db")
    text = "0123456789abcdef" * (LIMIT // 16)
    tap.contains(system("add", "--for", "large.service", "db", text=text, status=2), f"may have {LIMIT - 2}")
    system("add", "--for", "large.service", "db", text=text[2:])
    tap.equal(start("large.service"), "0")
    tap.ok(got("large.service") == text[2:], "that all of it is there")
    system("delete", "--for", "large.service", "--all", "--yes")


def test_handed_on():
    """a connection whose maker has ended is not another process's"""
    CLIENT.write_text(CLIENT_TEXT + f"""
left, right = socket.socketpair()
if not (child := os.fork()):
    made = connect({address()!r})
    socket.send_fds(left, [b"x"], [made.fileno()])
    os._exit(0)
os.waitpid(child, 0)
end = socket.socket(fileno=socket.recv_fds(right, 1, 1)[1][0])
print("connected", flush=True)
show(end)
""")
    pid = int(run("systemctl", "show", "-P", "MainPID", SERVICE))
    os.kill(pid, signal.SIGSTOP)
    try:
        process = subprocess.Popen(["systemd-run", "--quiet", "--pipe", "--wait", "--collect", "--unit", "handed.service", sys.executable,
                                    str(CLIENT)], stdout=subprocess.PIPE, text=True)
        tap.equal(process.stdout.readline(), "connected\n")
    finally:
        os.kill(pid, signal.SIGCONT)
    is_refusal(process.stdout.readline(), "a connection that was handed on")
    process.wait()


def test_managers_of_users():
    """units of users' managers get nothing, root's own among them"""
    clear()
    for uid, name in ((UID, "anna"), (0, "root")):
        run("systemctl", "start", f"user@{uid}.service")
        folder = pathlib.Path(f"/run/user/{uid}/systemd/user")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "backup.service").write_text(f"[Service]\nType=oneshot\nLoadCredential=db:{SOCKET}\n"
                                               f"ExecStart=/bin/sh -c 'cat $CREDENTIALS_DIRECTORY/db >{OUT}/user.{uid}'\n")
        run("chown", "-R", name, str(folder.parent))
        command = ("setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups", "env", f"XDG_RUNTIME_DIR=/run/user/{uid}", "systemctl", "--user")
        run(*command, "daemon-reload")
        run(*command, "start", "backup.service", check=False)
        tap.equal(run(*command, "show", "-P", "ExecMainStatus", "backup.service"), CREDENTIALS, f"exit status of a unit of {name}'s manager")
        tap.ok(not (OUT / f"user.{uid}").exists(), "that its command has not run")
        run("systemctl", "stop", f"user@{uid}.service")


def test_service_ends():
    """a load that waits is neither lost nor empty when the service is restarted, killed or stopped"""
    clear()
    lock()
    try:
        begin_waiting()
        for action in (("restart", SERVICE), ("kill", "-s", "KILL", SERVICE)):
            before = run("systemctl", "show", "-P", "MainPID", SERVICE)
            run("systemctl", *action)
            soon(lambda: run("systemctl", "show", "-P", "MainPID", SERVICE) not in ("0", before), f"another process after {action}")
            tap.equal((run("systemctl", "show", "-P", "ActiveState", "backup.service"), got("backup.service")), ("activating", None))
    finally:
        unlock()
    tap.equal(ended(), ("success", SECRET), "after two other processes")
    clear()
    lock()
    try:
        begin_waiting()
        # The last that came is the first in the list.
        CLIENT.write_text(CLIENT_TEXT + f"end = connect({address()!r})\nprint('there', flush=True)\nsys.stdin.readline()\n")
        silent = subprocess.Popen(["systemd-run", "--quiet", "--pipe", "--wait", "--collect", "--unit", "silent.service", sys.executable,
                                   str(CLIENT)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        tap.equal(silent.stdout.readline(), "there\n")
        soon(lambda: "is refused" in journal("-u", "silent.service"), "the refusal of one that does not read")
        run("systemctl", "stop", SERVICE)
        tap.equal(ended(), ("exit-code", None), "stopped, with one that does not read")
        tap.contains(journal("-u", "backup.service"), "keychain-credentials.service was stopped")
        silent.communicate("\n")
    finally:
        unlock()
    tap.equal((start("backup.service"), got("backup.service")), ("0", SECRET), "started again by its socket")
    kept = run("systemctl", "show", "-P", "NFileDescriptorStore", SERVICE)
    soon(lambda: run("systemctl", "show", "-P", "NFileDescriptorStore", SERVICE) == "0", f"that none of {kept} connections is kept")


def test_keychaind_away():
    """a keychaind that is restarted is waited for; one that stays away is the reason of a refusal"""
    clear()
    run("systemctl", "stop", "keychaind.socket", "keychaind.service")
    try:
        begin_waiting()
    finally:
        run("systemctl", "start", "keychaind.socket")
    tap.equal(ended(), ("success", SECRET), "when it is there again")
    run("systemctl", "kill", "-s", "KILL", "keychaind.service")
    clear()
    tap.equal((start("backup.service"), got("backup.service")), ("0", SECRET), "after its death")
    clear()
    run("systemctl", "stop", "keychaind.socket", "keychaind.service")
    try:
        refused("backup.service", "keychaind.socket")
    finally:
        run("systemctl", "start", "keychaind.socket")


def test_away_late():
    """a load that has waited for its class for longer than for a keychaind that is away is not refused at once when it is"""
    clear()
    write_unit("backup.service", "db", more="TimeoutStartSec=180\n")
    lock()
    try:
        begin_waiting()
        time.sleep(32)
        run("systemctl", "stop", "keychaind.socket", "keychaind.service")
        time.sleep(4)
        run("systemctl", "start", "keychaind.socket")
        tap.equal((run("systemctl", "show", "-P", "ActiveState", "backup.service"), got("backup.service")), ("activating", None))
    finally:
        run("systemctl", "start", "keychaind.socket")
        unlock()
    tap.equal(ended(), ("success", SECRET), "after it has opened")
    write_unit("backup.service", "db")


def test_other_device_key():
    """a keybag that cannot be loaded is the reason of a refusal, and not waited for without a limit"""
    clear()
    key = DEVICE_KEY.read_bytes()
    try:
        DEVICE_KEY.write_bytes(os.urandom(len(key)))
        run("keybagctl", "evict")
        refused("backup.service", "the keybag is not at hand")
    finally:
        DEVICE_KEY.write_bytes(key)
        run("keybagctl", "evict")
        run("keybagctl", "load", "--system")
    tap.equal((start("backup.service"), got("backup.service")), ("0", SECRET), "with its own again")


def test_crowd():
    """clients that never read hold nobody up, and many units start at once"""
    clear()
    hold = f"ends = [connect(f'{{i:x}}' + {address(random='')!r}) for i in range(40)]\nprint('there', flush=True)\n" \
           "sys.stdin.readline()\nsizes = [len(read(end)) for end in ends]\nprint(min(sizes[:8]), min(sizes[8:]), flush=True)\n"
    CLIENT.write_text(CLIENT_TEXT + hold)
    silent = subprocess.Popen(["systemd-run", "--quiet", "--pipe", "--wait", "--collect", "--unit", "silent.service", sys.executable, str(CLIENT)],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    tap.equal(silent.stdout.readline(), "there\n")
    soon(lambda: "as many are loaded at the same time" in journal("-u", "silent.service"), "the limit of a unit")
    write_unit("sync@.service", "db", "key")
    system("add", "--for", "sync@.service", "key", text="k")
    units = [f"sync@{number}.service" for number in range(20)]
    run("systemctl", "start", *units)
    tap.equal([(got(unit), got(unit, "key")) for unit in units], [("of all", "k")] * len(units), "what they got")
    oldest, others = (int(word) for word in silent.communicate("\n")[0].split())
    tap.ok(oldest > 0 and others > LIMIT, f"{oldest}, {others}: twice the limit of a unit is refused, and none beyond is an empty credential")


def test_others_of_the_keychain():
    """root's command needs no entitlement file, and others get neither by it nor by the service's"""
    tap.contains(run("keychainctl", "system", "list", check=False), "for root, in a session", "in a system unit")
    anna = ("setpriv", f"--reuid={UID}", f"--regid={UID}", "--clear-groups")
    for words in (("list",), ("add", "--for", "backup.service", "mine"), ("delete", "--for", "backup.service", "db")):
        tap.contains(session(*anna, "keychainctl", "system", *words, text="x", check=False), "-34018", f"anna: {words}")
    tap.contains(session("keychainctl", "list", "--system", check=False), "-34018", "root, of all of the system's keychain")
    tap.equal((start("backup.service"), got("backup.service")), ("0", SECRET), "all is as it was")


def test_damaged():
    """a keychain that is damaged is a reason, and no empty credential"""
    clear()
    run("systemctl", "stop", "keychaind.service")
    database = pathlib.Path("/var/lib/keychain/system/login.db")
    whole = database.read_bytes()
    database.write_bytes(b"\xff" * len(whole))
    refused("backup.service")
    run("systemctl", "stop", "keychaind.service")
    for path in database.parent.glob("login.db*"):
        path.unlink()
    database.write_bytes(whole)
    shutil.chown(database, "_keychain", "_keychain")
    database.chmod(0o600)
    tap.equal((start("backup.service"), got("backup.service")), ("0", SECRET), "restored")


def test_damaged_row():
    """a damaged credential is told of, and keeps no other one of its unit from another name"""
    database = "/var/lib/keychain/system/login.db"
    for name in ("whole", "hurt"):
        system("add", "--for", "torn.service", name, text="x")
    run("sqlite3", database, "UPDATE genp SET attributes=zeroblob(100) WHERE row=(SELECT max(row) FROM genp)")
    tap.contains(system("rename", "torn.service", "mended.service"), "1 item is damaged")
    run("sqlite3", database, "DELETE FROM genp WHERE row=(SELECT max(row) FROM genp)")
    tap.equal([entry for entry in granted() if entry[0] in ("torn.service", "mended.service")], [("mended.service", "whole", "ck")])


def test_cron():
    """a job of a user's crontab reads that user's ck items while the screen is locked, by the file that the manual shows"""
    clear()
    run("keybagctl", "create", "--user", "anna", "--kdf-memory", "64", "--kdf-passes", "1", text="anna-passcode\n")
    run("keybagctl", "unlock", "--user", "anna", text="anna-passcode\n")
    anna = ("setpriv", f"--reuid={UID}", f"--regid={UID}", "--clear-groups", "env", "HOME=/home/anna")
    session(*anna, "keychainctl", "add", "--service", "job", "--accessible", "ck", text="of the job")
    session(*anna, "keychainctl", "add", "--service", "screen", text="of the screen")
    run("keybagctl", "lock", "--user", "anna")
    crontab = "".join(f"@reboot keychainctl find --service {name} >{OUT}/cron.{name} 2>&1; echo $? >>{OUT}/cron.{name}\n" for name in ("job", "screen"))
    run("crontab", "-u", "anna", "-", text=crontab)

    def jobs():
        """Has them run, and returns their output: cron runs them when the machine starts, which it knows by a file."""
        for path in OUT.glob("cron.*"):
            path.unlink()
        pathlib.Path("/run/crond.reboot").unlink(missing_ok=True)
        run("systemctl", "restart", "cron.service")
        soon(lambda: all((OUT / f"cron.{name}").exists() and (OUT / f"cron.{name}").read_text()[-2:-1].isdigit() for name in ("job", "screen")), "the jobs")
        return [(OUT / f"cron.{name}").read_text() for name in ("job", "screen")]

    try:
        job, screen = jobs()
        tap.contains(job, "-34018", "without the file")
        pathlib.Path("/etc/keychain/entitlements.d/cron-anna.conf").write_text(
            f"[Match]\nUnit=cron.service\nUser={UID}\n[Grant]\nKeychainAccessGroups=unconfined.{UID}\n")
        job, screen = jobs()
        tap.contains(job, "of the job", "the ck item")
        tap.contains(screen, "-25308", "the ak item")
    finally:
        run("crontab", "-u", "anna", "-r")


begin()
system("add", "--for", "backup.service", "db", text=SECRET)
tap.main(teardown=end)

#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# vm: systemd kernel=6.1
"""Credentials of system units: what LoadCredential= gets from the keychain, who gets nothing, and that nothing is an empty
credential. With real units, and with processes that pretend to be the service manager's."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from lib import tap  # noqa: E402

if not os.path.isdir("/run/systemd/system"):
    print("1..0 # SKIP not booted by systemd")
    sys.exit(4)

SOCKET = "/run/keychain/credentials.sock"
SERVICE = "keychain-credentials.service"
UNITS, OUT = pathlib.Path("/run/systemd/system"), pathlib.Path("/run/test-credentials")
DEVICE_KEY = pathlib.Path("/etc/keybag/device.key")
SECRET = "s3cret of the backup"
LIMIT = 1 << 20
# Its exit status where credentials could not be loaded.
CREDENTIALS = "243"
UID = 1451
# Connects under an address, and prints how many bytes come, and whether a secret is among them.
CLIENT = pathlib.Path("/run/test-client.py")
CLIENT_TEXT = f'''
import os, socket, sys, time
def connect(name):
    end = socket.socket(socket.AF_UNIX)
    if name:
        end.bind(b"\\0" + name.encode())
    end.connect("{SOCKET}")
    end.shutdown(socket.SHUT_WR)
    return end
def read(end):
    data = b""
    while part := end.recv(1 << 16):
        data += part
    return data
def show(end):
    data = read(end)
    print(len(data), b"s3cret" in data, flush=True)
'''


def run(*command, text=None, check=True):
    done = subprocess.run(command, input=text, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if check and done.returncode:
        raise AssertionError(f"{' '.join(command)}: {done.returncode}\n{done.stdout}")
    return done.stdout.strip()


def session(*command, text=None, check=True):
    """As root from a login: this test is in a system unit itself."""
    return run("systemd-run", "--quiet", "--scope", "--slice=user.slice", "--collect", *command, text=text, check=check)


def system(*words, text=None, status=0):
    done = subprocess.run(("systemd-run", "--quiet", "--scope", "--slice=user.slice", "--collect", "keychainctl", "system", *words),
                          input=text, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    tap.equal(done.returncode, status, f"keychainctl system {' '.join(words)}: {done.stdout}")
    return done.stdout.strip()


def granted():
    return sorted((entry["unit"], entry["credential"], entry["accessible"]) for entry in json.loads(system("list", "--json"))["credentials"])


def soon(condition, what):
    end = time.monotonic() + 120
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"{what} did not come")
        time.sleep(0.1)


def journal(*words):
    run("journalctl", "--sync")
    return run("journalctl", "-q", "-b", "-o", "cat", "--no-pager", *words, check=False)


def write_unit(unit, *credentials, more=""):
    """A unit that keeps what it gets in OUT/UNIT.NAME."""
    loads = "".join(f"LoadCredential={name}:{SOCKET}\n" for name in credentials)
    path = unit if "@" not in unit else unit[:unit.index("@") + 1] + ".service"
    (UNITS / path).write_text(f"[Service]\nType=oneshot\nTimeoutStartSec=60\n{loads}{more}"
                              f"ExecStart=/bin/sh -c 'cd $CREDENTIALS_DIRECTORY && for f in *; do cat \"$$f\" >\"{OUT}/$$0.$$f\"; done' %n\n")
    run("systemctl", "daemon-reload")


def start(unit, *options):
    """Starts it; returns its exit status, "0" where it has run."""
    run("systemctl", "reset-failed", unit, check=False)
    run("systemctl", "start", *options, unit, check=False)
    return run("systemctl", "show", "-P", "ExecMainStatus", unit)


def got(unit, name="db"):
    path = OUT / f"{unit}.{name}"
    return path.read_text() if path.exists() else None


def refused(unit, *reasons):
    """It does not start, its command never ran, and its journal says why."""
    mark = time.time()
    tap.equal(start(unit), CREDENTIALS, f"exit status of {unit}")
    tap.equal([path.name for path in OUT.glob(f"{unit}.*")], [], "what its command has seen")
    said = journal("-u", unit, f"--since=@{mark:.3f}")
    for reason in (unit, "is refused", *reasons):
        tap.contains(said, reason, f"journal of {unit}")


def clear():
    for path in OUT.iterdir():
        path.unlink()


def client(code, *options, unit="stranger.service", wrap=()):
    """Runs a client in the control group of a unit, and returns the text that it prints."""
    CLIENT.write_text(CLIENT_TEXT + code)
    return run("systemd-run", "--quiet", "--pipe", "--wait", "--collect", "--unit", unit, *options, *wrap, sys.executable, str(CLIENT))


def address(unit="backup.service", name="db", random="1234abcd"):
    return f"{random}/unit/{unit}/{name}"


def is_refusal(printed, what):
    count, has_secret = printed.split()
    tap.ok(int(count) > LIMIT and has_secret == "False", f"{what}: {printed}; more than a credential may have, and no secret")


def begin():
    OUT.mkdir(mode=0o777)
    OUT.chmod(0o777)
    run("useradd", "-m", "-u", str(UID), "anna")
    run("keybagctl", "create", "--system", "--if-missing")
    run("systemctl", "start", "keychain-credentials.socket")
    write_unit("backup.service", "db")


def end():
    for unit in UNITS.glob("*.service"):
        unit.unlink()
    run("systemctl", "daemon-reload")
    run("systemctl", "reset-failed", check=False)
    for path in (pathlib.Path("/run/test-device.key"),):
        if path.exists():
            shutil.move(path, DEVICE_KEY)
    run("systemctl", "stop", "keychain-credentials.socket", SERVICE, check=False)
    run("keybagctl", "destroy", "--system", "--yes", check=False)
    run("keybagctl", "destroy", "--user", "anna", "--yes", check=False)
    run("userdel", "-rf", "anna", check=False)
    for path in (*pathlib.Path("/var/lib/keychain/system").glob("login.db*"), *pathlib.Path(f"/var/lib/keychain/{UID}").glob("*"),
                 pathlib.Path("/etc/keychain/entitlements.d/cron-anna.conf"), CLIENT):
        path.unlink(missing_ok=True)
    shutil.rmtree(OUT, ignore_errors=True)


def test_granted():
    """a unit gets what one command has granted to it, as whatever user it runs, and no more is needed"""
    said = system("add", "--for", "backup.service", "db", text=SECRET)
    tap.contains(said, f"LoadCredential=db:{SOCKET}")
    tap.equal((start("backup.service"), got("backup.service")), ("0", SECRET))
    write_unit("nobody.service", "db", more="User=nobody\nProtectSystem=strict\nReadWritePaths=/run/test-credentials\nPrivateNetwork=yes\n")
    system("add", "--for", "nobody.service", "db", "--accessible", "dk", text="of nobody")
    tap.equal((start("nobody.service"), got("nobody.service")), ("0", "of nobody"))
    tap.equal(granted(), [("backup.service", "db", "ck"), ("nobody.service", "db", "dk")])
    tap.equal(system("list", "--for", "backup.service"), "backup.service\tdb\tck")
    system("add", "--for", "nobody.service", "db", "--replace", text="of nobody now")
    tap.equal((start("nobody.service"), got("nobody.service")), ("0", "of nobody now"))
    tap.equal(granted(), [("backup.service", "db", "ck"), ("nobody.service", "db", "dk")], "replaced in its class")
    system("add", "--for", "nobody.service", "db", "--replace", "--accessible", "dku", text="of nobody")
    system("add", "--for", "third.service", "db", "--replace", text="new")
    tap.equal(granted(), [("backup.service", "db", "ck"), ("nobody.service", "db", "dku"), ("third.service", "db", "ck")], "replaced and new")
    system("delete", "--for", "third.service", "db")
    status = pathlib.Path(f"/proc/{run('systemctl', 'show', '-P', 'MainPID', SERVICE)}/status").read_text()
    told = int(os.uname().release.split(".")[0]) > 6 or int(os.uname().release.split(".")[1]) >= 5
    tap.contains(status, f"CapEff:\t{0 if told else 1 << 19:016x}", "capabilities of the service")
    tap.contains(status, "Seccomp:\t2")


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
    write_unit("cpu.service", "a key, of theirs")
    system("add", "--for", "cpu.service", "a key, of theirs", text="spaced")
    tap.equal((start("cpu.service"), got("cpu.service", "a key, of theirs")), ("0", "spaced"), "a name that the kernel has, too")
    write_unit("renamed.service", "a key, of theirs")
    refused("renamed.service", "--for renamed.service")
    tap.contains(system("rename", "cpu.service", "renamed.service"), "1 item")
    tap.equal((start("renamed.service"), got("renamed.service", "a key, of theirs")), ("0", "spaced"), "renamed")
    long, name = "l" * 50 + ".service", "n" * 25
    tap.equal(len(long + name), 83)
    tap.contains(system("add", "--for", long, name + "n", text="x", status=2), "together they may have 83 bytes")
    system("add", "--for", long, name, text="long")
    write_unit(long, name)
    tap.equal((start(long), got(long, name)), ("0", "long"), "the longest names")
    for words in (("backup", "db"), ("backup.target", "db"), ("a b.service", "db"), ("backup.service", "d:b"), ("backup.service", "d/b")):
        tap.contains(system("add", "--for", *words, text="x", status=2), "is no name of a")
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


def test_pretenders():
    """an address alone gets nothing: of another control group, another user, another namespace"""
    system("add", "--for", "own.service", "db", text=SECRET)
    show, own = f"show(connect({address()!r}))\n", f"show(connect({address('own.service')!r}))\n"
    is_refusal(client(show), "root in another unit")
    tap.contains(journal("-u", "stranger.service"), "not in the control group of that unit, but in that of stranger.service")
    is_refusal(client(show, "--slice=backup.service.slice"), "in a slice with the name of the unit")
    is_refusal(client(own, unit="own.service", wrap=("unshare", "--pid", "--fork", "--kill-child")), "in a PID namespace")
    is_refusal(client(own, unit="own.service", wrap=("unshare", "--user", "--map-root-user")), "in a user namespace")
    CLIENT.write_text(CLIENT_TEXT + show)
    is_refusal(session(sys.executable, str(CLIENT)), "root in a session")
    for name in (None, "1/unit/own.service", "1/unit/own.service/", "1/unit/own.service/db/x", "x/unit/own.service/db",
                 "1/unit/own\0.service/db", "1/user/own.service/db", "1/unit/own.service/d:b"):
        is_refusal(client(f"show(connect({name!r}))\n", unit="own.service"), f"address {name!r}")
    denied = f"try:\n    connect({address('own.service')!r})\nexcept PermissionError:\n    print('denied')\n"
    tap.equal(client(denied, "--uid=anna", unit="own.service"), "denied", "a user's process in the unit")
    # Whoever is root in the unit itself may ask for its credentials.
    tap.equal(client(own, unit="own.service"), f"{len(SECRET)} True", "root in that very unit")


def test_moved():
    """a service of root's without capabilities moves itself to another control group, and gets nothing there either"""
    shut_in = ("--property=CapabilityBoundingSet=", "--property=ProtectSystem=strict")
    move = "import subprocess\nwith open('/sys/fs/cgroup/{0}/cgroup.procs', 'w') as procs:\n    procs.write(str(os.getpid()))\n"
    groups = [pathlib.Path("/sys/fs/cgroup") / name for name in ("system.slice/backup.service", "user.slice/moved")]
    for group in groups:
        group.mkdir(parents=True, exist_ok=True)
    try:
        show = f"show(connect({address()!r}))\n"
        is_refusal(client(move.format("system.slice/backup.service") + show, *shut_in), "in the control group of another unit")
        tap.contains(journal("-u", "backup.service"), "has no CAP_SYS_ADMIN")
        for words in (["list"], ["rename", "backup.service", "stranger.service"], ["delete", "--for", "backup.service", "db", "--yes"]):
            ask = f"done = subprocess.run(['keychainctl', 'system', *{words}], text=True, capture_output=True)\nprint(done.stdout, done.stderr)\n"
            tap.contains(client(move.format("user.slice/moved") + ask, *shut_in), "with CAP_SYS_ADMIN", f"{words}, as if in a session")
    finally:
        for group in groups:
            run("rmdir", str(group), check=False)
    read = session("keychainctl", "find", "--system", "--access-group", "systemd-credentials", "--service", "backup.service", check=False)
    tap.contains(read, "-34018", "the secret, to root in a session without a file")
    tap.ok(SECRET not in read, "that it is not read")


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


def lock():
    shutil.move(DEVICE_KEY, "/run/test-device.key")
    run("keybagctl", "evict")


def unlock():
    if os.path.exists("/run/test-device.key"):
        shutil.move("/run/test-device.key", DEVICE_KEY)
        run("keybagctl", "load", "--system")


def begin_waiting(unit="backup.service"):
    """Starts the unit, until it is told that it waits."""
    mark = time.time()
    run("systemctl", "reset-failed", unit, check=False)
    run("systemctl", "start", "--no-block", unit)
    soon(lambda: "is waited for" in journal("-u", unit, f"--since=@{mark:.3f}"), "the wait")


def ended(unit="backup.service"):
    soon(lambda: run("systemctl", "show", "-P", "ActiveState", unit) in ("inactive", "failed"), "the end")
    return run("systemctl", "show", "-P", "Result", unit), got(unit)


def test_locked():
    """a locked keychain is waited for: it is served when it opens, and until then nothing is; a start that times out fails"""
    clear()
    lock()
    try:
        begin_waiting()
        tap.contains(system("list", status=10), "the keybag is not at hand")
        write_unit("short.service", "db", more="TimeoutStartSec=2\n")
        run("systemctl", "start", "short.service", check=False)
        tap.equal(ended("short.service"), ("timeout", None), "a unit that waits no longer")
        tap.equal((run("systemctl", "show", "-P", "ActiveState", "backup.service"), got("backup.service")), ("activating", None))
    finally:
        unlock()
    tap.equal(ended(), ("success", SECRET), "after it has opened")


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
           "sys.stdin.readline()\nprint(min(len(read(end)) for end in ends[:32]), flush=True)\n"
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
    tap.ok(int(silent.communicate("\n")[0]) > LIMIT, "that twice the limit of a unit is refused, and not closed")


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
tap.main(teardown=end)

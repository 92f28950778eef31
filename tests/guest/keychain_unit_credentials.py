#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# vm: systemd every-kernel
"""Credentials of system units: what LoadCredential= gets from the keychain, who gets nothing, and that nothing is an empty
credential. With real units, and with processes that pretend to be the service manager's."""

import os
import pathlib
import sys

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), where) for where in ("..", "lib")]
from lib import tap  # noqa: E402
from unit_credentials import (CLIENT, CLIENT_TEXT, SECRET, SERVICE, SOCKET, UID, address, begin, begin_waiting, clear, client,  # noqa: E402
                              end, ended, got, granted, is_refusal, journal, lock, run, session, start, system, unlock,
                              write_unit)  # noqa: E402

if not os.path.isdir("/run/systemd/system"):
    print("1..0 # SKIP not booted by systemd")
    sys.exit(4)


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
    tap.contains(status, f"CapEff:\t{1 << 19:016x}", "capabilities of the service")
    tap.contains(status, "Seccomp:\t2")


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

    def ask(*words):
        return f"done = subprocess.run(['keychainctl', *{words}], text=True, capture_output=True)\nprint(done.stdout, done.stderr)\n"

    groups = [pathlib.Path("/sys/fs/cgroup") / name for name in ("system.slice/backup.service", "user.slice/moved")]
    read = ("find", "--system", "--access-group", "systemd-credentials", "--service", "backup.service")
    for group in groups:
        group.mkdir(parents=True, exist_ok=True)
    try:
        show = f"show(connect({address()!r}))\n"
        is_refusal(client(move.format("system.slice/backup.service") + show, *shut_in), "in the control group of another unit")
        tap.contains(journal("-u", "backup.service"), "has no CAP_SYS_ADMIN")
        for words in (["list"], ["rename", "backup.service", "stranger.service"], ["delete", "--for", "backup.service", "db", "--yes"]):
            tap.contains(client(move.format("user.slice/moved") + ask("system", *words), *shut_in), "with CAP_SYS_ADMIN",
                         f"{words}, as if in a session")
        # Its group is there while it runs.
        start("backup.service")
        said = client(move.format(f"system.slice/{SERVICE}") + ask(*read), *shut_in)
        tap.contains(said, "-34018", "as if it were the service that hands credentials out")
        tap.ok(SECRET not in said, "that it does not read the secret")
        # In a user namespace of its own all capabilities are its own.
        said = client(move.format(f"system.slice/{SERVICE}") + ask(*read), *shut_in, wrap=("unshare", "--user"))
        tap.contains(said, "user namespace", "with capabilities of its own making")
    finally:
        for group in groups:
            run("rmdir", str(group), check=False)
    said = session("keychainctl", *read, check=False)
    tap.contains(said, "-34018", "the secret, to root in a session without a file")
    tap.ok(SECRET not in said, "that it is not read")


def test_given_up():
    """root that gives its capabilities up is shut in from then on, also on a connection that it had before"""
    CLIENT.write_text(f"""
import ctypes, sys
sys.path.insert(0, {os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")!r})
from lib import keychaind
listing = {{"op": "copy", "system": True, "query": {{"class": "genp", "agrp": "systemd-credentials", "r_Attributes": True, "m_Limit": "m_LimitAll"}}}}
making = {{"op": "keychain-create", "name": "../x", "user": {UID}}}
with keychaind.connect() as client:
    for _ in range(2):
        answers = [client.call(request) for request in (listing, making)]
        print([answer["status"] for answer in answers])
        assert not ctypes.CDLL(None).capset((ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)())
""")
    tap.equal(session(sys.executable, str(CLIENT)).splitlines(), ["[0, -50]", "[-34018, -34018]"], "statuses before and after")


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


begin()
tap.main(teardown=end)

#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: kernel=6.1 append=security=selinux
"""Label= in entitlement files, with SELinux's contexts: what a process runs as where the policy is enforced."""

import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from lib import keychaind, tap  # noqa: E402
from lib.keychaind import Client, entitlement, groups, in_child, run  # noqa: E402

USER, UID = "anna", 1313
SELINUX = pathlib.Path("/sys/fs/selinux")
UNCONFINED = [f"unconfined.{UID}"]
ACCESS = {"op": "access"}
# The policy allows what it does not know. Programs and all else are of type file_t, processes plain_t at first.
POLICY = """
(handleunknown allow)
(mls true)
(class process (transition dyntransition))
(class file (entrypoint))
(classorder (process file))
(sid kernel) (sid security) (sid unlabeled)
(sidorder (kernel security unlabeled))
(sensitivity s0) (sensitivityorder (s0))
(category c0) (categoryorder (c0)) (sensitivitycategory s0 (c0))
(level low (s0)) (levelrange low_low (low low))
(user test_u) (role test_r) (role object_r) (userrole test_u test_r) (userrole test_u object_r)
(userlevel test_u low) (userrange test_u low_low)
(type plain_t) (type mail_t) (type other_t) (type file_t)
(roletype test_r plain_t) (roletype test_r mail_t) (roletype test_r other_t) (roletype object_r file_t)
(sidcontext kernel (test_u test_r plain_t low_low))
(sidcontext security (test_u object_r file_t low_low))
(sidcontext unlabeled (test_u object_r file_t low_low))
(allow plain_t mail_t (process (transition dyntransition)))
(allow plain_t other_t (process (transition dyntransition)))
(allow mail_t other_t (process (transition dyntransition)))
(allow mail_t file_t (file (entrypoint)))
(allow other_t file_t (file (entrypoint)))
"""


def context(kind):
    return f"test_u:test_r:{kind}_t:s0"


def enforce(yes):
    (SELINUX / "enforce").write_text("1" if yes else "0")


def setup():
    if not SELINUX.exists() or not shutil.which("secilc"):
        print("1..0 # SKIP no SELinux")
        sys.exit(4)
    if not (SELINUX / "enforce").exists():
        subprocess.run(["mount", "-t", "selinuxfs", "selinuxfs", str(SELINUX)], check=True)
    with tempfile.TemporaryDirectory() as folder:
        binary, source = pathlib.Path(folder, "policy"), pathlib.Path(folder, "policy.cil")
        source.write_text(POLICY)
        version = (SELINUX / "policyvers").read_text()
        subprocess.run(["secilc", "-c", version, "-o", str(binary), "-f", "/dev/null", str(source)], check=True)
        (SELINUX / "load").write_bytes(binary.read_bytes())
    enforce(True)
    keychaind.make_user(USER, UID)
    # It started before there was a policy, and may read the mode only from now on.
    keychaind.stop_service(signal.SIGTERM)
    keychaind.start_service()
    entitlement("context", f"[Match]\nLabel={context('mail')}\n[Grant]\nKeychainAccessGroups=mail\n")


def teardown():
    enforce(False)
    for path in keychaind.ENTITLEMENTS.glob("*.conf"):
        path.unlink()
    keychaind.remove_user(USER, UID)


def become(kind):
    """Changes the context as setcon(3) does."""
    pathlib.Path("/proc/thread-self/attr/current").write_text(context(kind))


def genp(op, account, **query):
    return {"op": op, "query": {"class": "genp", "acct": account, "svce": "context", **query}}


def under(kind, request=ACCESS):
    """As runcon(1) starts it."""
    start = ["sh", "-c", 'printf %s "$0" >/proc/self/attr/exec && exec "$@"', context(kind)]
    return run("keychainctl", request, USER, prefix=start)


def test_context():
    """a program of the context has its group"""
    answer = under("mail")
    tap.equal((answer["result"]["label"], groups(answer)), (context("mail"), ["mail"]), "identity")
    tap.equal(under("mail", genp("add", "a"))["status"], 0, "add")
    tap.equal(under("mail", genp("copy", "a"))["status"], 0, "copy")


def test_others():
    """one of another context, or of that of all, has not"""
    for answer, kind in ((run("keychainctl", ACCESS, USER), "plain"), (under("other"), "other")):
        tap.equal((answer["result"]["label"], groups(answer)), (context(kind), UNCONFINED), kind)
        tap.equal(under(kind, genp("copy", "a", agrp="mail"))["status"] if kind == "other" else
                  run("keychainctl", genp("copy", "a", agrp="mail"), USER)["status"], -34018, f"copy as {kind}")


def test_gained_later():
    """a connection made in another context does not gain by the new one"""
    def attempt():
        with Client() as fresh, Client() as used:
            before = groups(used.call(ACCESS))
            become("mail")
            return before, groups(fresh.call(ACCESS)), groups(used.call(ACCESS)), groups(keychaind.call(ACCESS))
    tap.equal(in_child(attempt, UID), [UNCONFINED, UNCONFINED, UNCONFINED, ["mail"]], "groups")


def test_left():
    """a connection made in the context is of no use to a process that has left it"""
    def attempt():
        become("mail")
        with Client() as fresh, Client() as used:
            before = groups(used.call(ACCESS))
            become("other")
            return before, groups(fresh.call(ACCESS)), used.call(genp("copy", "a"))["status"]
    tap.equal(in_child(attempt, UID), [["mail"], UNCONFINED, -34018], "groups")


def test_confined():
    """a process that the policy confines cannot take on the context"""
    def attempt():
        become("other")
        try:
            become("mail")
            return "changed"
        except OSError:
            return groups(keychaind.call(ACCESS))
    tap.equal(in_child(attempt, UID), UNCONFINED, "groups")


def test_permissive():
    """where the policy is not enforced no context counts, on a connection made before either"""
    def attempt():
        with (SELINUX / "enforce").open("w") as mode:
            keychaind.become(UID)
            become("mail")
            with Client() as used:
                before = groups(used.call(ACCESS))
                mode.write("0")
                mode.flush()
                return before, used.call(genp("copy", "a"))["status"], groups(keychaind.call(ACCESS))
    try:
        tap.equal(in_child(attempt), [["mail"], -34018, UNCONFINED], "groups")
    finally:
        enforce(True)


setup()
tap.main(teardown=teardown)

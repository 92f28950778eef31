#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Label= in entitlement files, with AppArmor's profiles: the label a process connected with, while it has it."""

import os
import pathlib
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from lib import keychaind, tap  # noqa: E402
from lib.keychaind import Client, entitlement, groups, in_child, request_then_exec, run  # noqa: E402

USER, UID = "anna", 1312
FOLDER = pathlib.Path("/usr/libexec/keychain-labels")
MAIL = str(FOLDER / "mail")
SECURITY = pathlib.Path("/sys/kernel/security")
UNCONFINED = [f"unconfined.{UID}"]
ACCESS = {"op": "access"}
ALL = "file, network, capability, signal, ptrace,"
PROFILES = f"""
abi <abi/3.0>,
profile label-mail {MAIL} {{ {ALL} change_profile -> label-other, }}
profile label-mailbox {{ {ALL} }}
profile label-other {{ {ALL} }}
profile label-lax flags=(complain) {{ {ALL} }}
"""
mounted = False


def load(option):
    subprocess.run(["apparmor_parser", option, "--skip-cache", "--quiet"], input=PROFILES.encode(), check=True)


def setup():
    global mounted
    enabled = pathlib.Path("/sys/module/apparmor/parameters/enabled")
    if not enabled.exists() or enabled.read_text().strip() != "Y" or not shutil.which("apparmor_parser"):
        print("1..0 # SKIP no AppArmor")
        sys.exit(4)
    if not (SECURITY / "apparmor").exists():
        subprocess.run(["mount", "-t", "securityfs", "securityfs", str(SECURITY)], check=True)
        mounted = True
    load("--replace")
    keychaind.make_user(USER, UID)
    FOLDER.mkdir()
    shutil.copyfile("/usr/bin/keychainctl", MAIL)
    os.chmod(MAIL, 0o755)
    entitlement("label", "[Match]\nLabel=label-mail\n[Grant]\nKeychainAccessGroups=mail\n")
    entitlement("lax", "[Match]\nLabel=label-lax\n[Grant]\nKeychainAccessGroups=lax\n")


def teardown():
    for path in keychaind.ENTITLEMENTS.glob("*.conf"):
        path.unlink()
    shutil.rmtree(FOLDER, ignore_errors=True)
    keychaind.remove_user(USER, UID)
    load("--remove")
    if mounted:
        subprocess.run(["umount", str(SECURITY)], check=False)


def become(profile):
    """Changes the profile as aa_change_profile(3) does."""
    pathlib.Path("/proc/self/attr/current").write_text("changeprofile " + profile)


def genp(op, account, **query):
    return {"op": op, "query": {"class": "genp", "acct": account, "svce": "label", **query}}


def under(profile, request=ACCESS):
    return run("keychainctl", request, USER, prefix=["aa-exec", "-p", profile, "--"])


def test_profile():
    """a program under the profile has its group, whether that is attached to its path or taken on"""
    answer = run(MAIL, ACCESS, USER)
    tap.equal((answer["result"]["label"], groups(answer)), ("label-mail (enforce)", ["mail"]), "by its path")
    tap.equal(groups(under("label-mail")), ["mail"], "taken on")
    tap.equal(run(MAIL, genp("add", "a"), USER)["status"], 0, "add")
    tap.equal(run(MAIL, genp("copy", "a"), USER)["status"], 0, "copy")


def test_others():
    """without a profile, and under another, it has not"""
    for answer, name in ((run("keychainctl", ACCESS, USER), "none"), (under("label-other"), "another"),
                         (under("label-mailbox"), "one whose name begins the same")):
        tap.equal(groups(answer), UNCONFINED, name)
    tap.equal(run("keychainctl", genp("copy", "a", agrp="mail"), USER)["status"], -34018, "copy without a profile")
    tap.equal(under("label-other", genp("copy", "a", agrp="mail"))["status"], -34018, "copy under another")
    tap.equal(under("label-other", genp("copy", "a"))["status"], -25300, "copy without naming the group")


def test_complain():
    """a profile that only complains counts for nothing"""
    answer = under("label-lax")
    tap.equal((answer["result"]["label"], groups(answer)), ("label-lax (complain)", UNCONFINED), "identity")


def test_label_of_all():
    """the label of what has no profile can be granted nothing"""
    path = entitlement("0", "[Match]\nLabel=unconfined\n[Grant]\nKeychainAccessGroups=all\n")
    answer = run("keychainctl", ACCESS, USER)
    tap.equal(groups(answer), UNCONFINED, "groups")
    problem = [file.get("problem", "") for file in answer["result"]["files"] if file["file"] == str(path)]
    tap.contains(problem[0], "without a profile", "problem")
    path.unlink()


def test_gained_later():
    """a connection made without the profile does not gain by it, before a request or after one"""
    def attempt():
        with Client() as fresh, Client() as used:
            before = groups(used.call(ACCESS))
            become("label-mail")
            return before, groups(fresh.call(ACCESS)), groups(used.call(ACCESS)), groups(keychaind.call(ACCESS))
    tap.equal(in_child(attempt, UID), [UNCONFINED, UNCONFINED, UNCONFINED, ["mail"]], "groups")


def test_left():
    """a connection made under the profile is of no use to a process that has left it"""
    def attempt():
        become("label-mail")
        with Client() as fresh, Client() as used:
            before = groups(used.call(ACCESS))
            become("label-other")
            return (before, groups(fresh.call(ACCESS)), used.call(genp("copy", "a")), used.call(ACCESS)["status"],
                    groups(keychaind.call(ACCESS)))
    before, fresh, copy, status, new = in_child(attempt, UID)
    tap.equal((before, fresh, new), (["mail"], UNCONFINED, UNCONFINED), "groups")
    tap.equal((copy["status"], status), (-34018, -34018), "requests")
    tap.contains(copy["message"], "not the program any more", "message")


def test_confined():
    """a confined program cannot take on another's profile"""
    def attempt():
        become("label-other")
        try:
            become("label-mail")
            return "changed"
        except OSError:
            return groups(keychaind.call(ACCESS))
    tap.equal(in_child(attempt, UID), UNCONFINED, "groups")


def test_exec():
    """a request sent under no profile before the program of one is started is not that program's"""
    tap.equal(groups(request_then_exec(MAIL, USER, UID)), UNCONFINED, "groups")


setup()
tap.main(teardown=teardown)

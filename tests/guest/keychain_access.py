#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: kernel=6.1
"""Access groups by verified identity: who may see what, and what a user may try to get another's."""

import ctypes
import errno
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from lib import keychaind, tap  # noqa: E402
from lib.keychaind import (Client, Refused, as_user, become, connect, entitlement, groups, in_child,  # noqa: E402
                           request_then_exec, run)

USER, UID = "anna", 1311
FOLDER = pathlib.Path("/usr/libexec/keychain-test")
A, B = str(FOLDER / "A"), str(FOLDER / "B")
UNCONFINED = [f"unconfined.{UID}"]
ACCESS = {"op": "access"}
CLONE_NEWPID = 0x20000000
CGROUPS = pathlib.Path("/sys/fs/cgroup")


def program(name, group, mode=0o2755):
    """A copy of keychainctl(1) that is an identity: root's, with a group that nobody is in."""
    subprocess.run(["groupadd", "-f", "--system", group], check=True)
    path = FOLDER / name
    shutil.copyfile("/usr/bin/keychainctl", path)
    shutil.chown(path, "root", group)
    path.chmod(mode)


def grant(name, what, groups_="", **more):
    lines = "".join(f"{key} = {value}\n" for key, value in more.items())
    return entitlement(name, f"# test\n[Match]\n{what}\n[Grant]\nKeychainAccessGroups = {groups_}\n{lines}")


def setup():
    keychaind.make_user(USER, UID)
    FOLDER.mkdir()
    program("A", "keychain-test-a")
    program("B", "keychain-test-b")
    grant("a", f"Executable={A}", "com.apple.token shared, private", Prefix="TEAM", ApplicationIdentifier="app",
          ApplicationGroups="group.all")
    grant("b", f"Executable={B}", "TEAM.shared other", ApplicationIdentifier="b")


def teardown():
    for path in keychaind.ENTITLEMENTS.glob("*.conf"):
        path.unlink()
    shutil.rmtree(FOLDER, ignore_errors=True)
    for group in ("keychain-test-a", "keychain-test-b"):
        subprocess.run(["groupdel", group], check=False)
    keychaind.remove_user(USER, UID)


def genp(op, account, data=None, **query):
    if data is not None:
        query["v_Data"] = data
    return {"op": op, "query": {"class": "genp", "acct": account, "svce": "access", **query}}


def text(data):
    return {"data": data}


def mine(path, **options):
    return groups(run(path, ACCESS, USER, **options))


def test_programs_without_a_file():
    """a program of a session has the group of its user, and no other"""
    answer = as_user(UID, ACCESS)
    tap.equal(groups(answer), UNCONFINED, "groups")
    tap.equal(answer["result"]["kind"], "unconfined", "kind")
    tap.equal(as_user(UID, genp("add", "u", "dQ=="))["status"], -50, "text for a secret")
    tap.equal(as_user(UID, {"op": "add", "query": {"class": "genp", "acct": "u", "svce": "access"}})["status"], 0,
              "add")


def test_order_of_groups():
    """groups are in the order of the file, with the prefix, the first is the default, tokens are apart"""
    answer = run(A, ACCESS, USER)
    tap.equal(groups(answer), ["TEAM.shared", "TEAM.private", "TEAM.app", "group.all"], "groups")
    tap.equal(answer["result"]["tokens"], True, "tokens")
    tap.equal(answer["result"]["application"], "TEAM.app", "application")
    tap.equal(run(A, genp("add", "a", text("eA==")), USER)["status"], 0, "add")
    found = run(A, genp("copy", "a", r_Attributes=True), USER)
    tap.equal(found["result"]["agrp"], "TEAM.shared", "group of the item")


def test_sharing():
    """a group that two files grant is shared; nothing else is"""
    tap.equal(run(B, genp("copy", "a", r_Data=True), USER)["result"], text("eA=="), "what B reads")
    tap.equal(run(A, genp("add", "p", agrp="TEAM.private"), USER)["status"], 0, "add")
    tap.equal(run(B, genp("copy", "p"), USER)["status"], -25300, "B and an item of a private group")
    tap.equal(run(B, genp("copy", "p", agrp="TEAM.private"), USER)["status"], -34018, "B naming that group")
    tap.equal(as_user(UID, genp("copy", "a"))["status"], -25300, "a program without a file")


def test_claims_are_refused():
    """case 54: what a request claims about its sender is refused"""
    for claim in ({"groups": ["TEAM.shared"]}, {"caller": {"groups": ["*"], "uid": 0}}, {"uid": 0},
                  {"application": "TEAM.app"}, {"all_groups": True}):
        tap.equal(as_user(UID, {**genp("copy", "a"), **claim})["status"], -50, str(claim))
    status = as_user(UID, {**genp("copy", "a"), "user": 0})["status"]
    tap.equal(status, -34018, "the keychain of another user")
    tap.equal(as_user(UID, {**genp("copy", "a"), "system": True})["status"], -34018, "the system keychain")
    answer = as_user(UID, genp("copy", "a", agrp="TEAM.shared"))
    tap.equal(answer["status"], -34018, "a foreign group")
    tap.contains(answer["message"], "TEAM.shared", "message")
    tap.contains(answer["message"], UNCONFINED[0], "message")


def test_items_of_the_system_keychain():
    """a wish of one item among several is not ignored: the system keychain is the whole request's"""
    items = [genp("add", f"system{number}")["query"] for number in range(2)]
    items[1]["u_SystemKeychain"] = True
    answer = as_user(UID, {"op": "add-all", "items": items})
    tap.equal(answer["status"], -50, "add-all")
    tap.contains(answer["message"], "item 1 has u_SystemKeychain", "message")
    tap.equal(as_user(UID, genp("copy", "system0"))["status"], -25300, "the item before it")
    # Taken for "no", it would be in a keychain that was not asked for.
    tap.equal(as_user(UID, {**genp("add", "system2", b"x"), "system": 1})["status"], -50, "system that is no boolean")
    tap.equal(as_user(UID, genp("copy", "system2"))["status"], -25300, "its item")


def test_files_that_are_lost_and_regained():
    """case 50: without its file the program has the user's group; with it again, its items"""
    path = keychaind.ENTITLEMENTS / "a.conf"
    kept = path.read_text()
    path.unlink()
    tap.equal(mine(A), UNCONFINED, "groups without the file")
    tap.equal(run(A, genp("copy", "a"), USER)["status"], -25300, "its item")
    entitlement("a", kept)
    tap.equal(run(A, genp("copy", "a"), USER)["status"], 0, "its item again")


def test_files_of_others():
    """a file that others may write to grants nothing; root's folder hides that of packages"""
    path = grant("0", f"Executable={A}", "evil")
    path.chmod(0o666)
    tap.equal(mine(A)[0], "TEAM.shared", "default with a file that all may write to")
    shutil.chown(path, USER)
    path.chmod(0o644)
    tap.equal(mine(A)[0], "TEAM.shared", "default with a file of the user's")
    path.unlink()
    packages = pathlib.Path("/usr/share/keychain/entitlements.d")
    given = entitlement("0", f"[Match]\nExecutable={A}\n[Grant]\nKeychainAccessGroups=package\n", packages)
    try:
        tap.equal(mine(A), ["package"], "with a package's file")
        grant("0", f"Executable={A}", "administrator")
        tap.equal(mine(A), ["administrator"], "with both")
        path.unlink()
        path.symlink_to("/dev/null")
        tap.equal(mine(A)[0], "TEAM.shared", "with a mask")
    finally:
        path.unlink()
        given.unlink()


def test_change_of_user():
    """a process that takes on another user is no longer answered as the one who connected"""
    def drop():
        with connect() as client:
            client.call(ACCESS)
            become(UID)
            try:
                client.call(ACCESS)
            except Refused as error:
                return error.args[0]
            return 0
    tap.equal(in_child(drop), errno.EPERM, "error")


def test_sandbox_without_a_control_group():
    """a sandbox that was started without a scope is none of the programs outside of any sandbox"""
    def sandboxed():
        tap.equal(ctypes.CDLL(None).unshare(CLONE_NEWPID), 0, "unshare")
        return as_user(UID, ACCESS)
    answer = in_child(sandboxed)
    tap.equal(groups(answer), [], "groups")
    tap.equal(answer["result"]["kind"], "container", "kind")


def test_edits_behind_links():
    """a file that a link stands for is read again when it is edited, replaced, removed"""
    text = f"[Match]\nExecutable={A}\n[Grant]\nKeychainAccessGroups="
    behind = pathlib.Path("/etc/keychain/behind")
    behind.write_text(text + "first\n")
    link = keychaind.ENTITLEMENTS / "0.conf"
    link.symlink_to(behind)
    try:
        tap.equal(mine(A), ["first"], "groups through a link")
        behind.write_text(text + "second\n")
        tap.equal(mine(A), ["second"], "after an edit in place")
        behind.with_suffix(".new").write_text(text + "third\n")
        behind.with_suffix(".new").rename(behind)
        tap.equal(mine(A), ["third"], "after another file took its place")
        behind.unlink()
        tap.equal(mine(A)[0], "TEAM.shared", "after it is gone")
        behind.write_text(text + "fourth\n")
        tap.equal(mine(A), ["fourth"], "after it is back")
    finally:
        link.unlink()
        behind.unlink(missing_ok=True)


def test_folder_made_again():
    """files are watched in a folder that took the place of another, in a new parent, and after each further change"""
    folder, aside = keychaind.ENTITLEMENTS, pathlib.Path("/etc/keychain/entitlements.old")
    text = f"[Match]\nExecutable={A}\n[Grant]\nKeychainAccessGroups="
    tap.equal(mine(A)[0], "TEAM.shared", "before")
    shutil.copytree(folder, aside)
    shutil.rmtree(folder)
    try:
        tap.equal(mine(A), UNCONFINED, "without a folder")
        shutil.copytree(aside, folder)
        tap.equal(mine(A)[0], "TEAM.shared", "in another folder")
        (folder / "0.conf").write_text(text + "first\n")
        tap.equal(mine(A), ["first"], "after a file came")
        (folder / "0.conf").unlink()
        tap.equal(mine(A)[0], "TEAM.shared", "after it went")
        parent, old = folder.parent, folder.parent.with_suffix(".old")
        shutil.copytree(parent, old)
        shutil.rmtree(parent)
        shutil.copytree(old, parent)
        shutil.rmtree(old)
        (folder / "a.conf").write_text(text + "second\n")
        tap.equal(mine(A), ["second"], "after its parent was made again")
        (folder / "a.conf").unlink()
        tap.equal(mine(A), UNCONFINED, "after a grant was taken away there")
    finally:
        shutil.rmtree(folder)
        shutil.copytree(aside, folder)
        shutil.rmtree(aside)


def test_malformed_files():
    """a file with a mistake grants nothing and says where it is"""
    for wrong, part in (("[Match]\nExecutable=/x\nColour=red\n", "line 3"), ("x=1\n", "line 1"),
                        ("[Grant]\nKeychainAccessGroups=*\n", "names no"),
                        ("[Match]\nExecutable=/usr/bin/python3\n", "interpreter"),
                        ("[Match]\nExecutable=/usr/bin/ldd\n", "script"),
                        ("[Match]\nUnit=cron.service\n", "User has to say whose"),
                        (f"[Match]\nExecutable=/home/{USER}/A\n", "Executable")):
        entitlement("0", wrong)
        files = as_user(UID, ACCESS)["result"]["files"]
        problem = [file.get("problem", "") for file in files if file["file"].endswith("/0.conf")]
        tap.equal(len(problem), 1, f"reports of {wrong!r}")
        tap.contains(problem[0], part, f"problem of {wrong!r}")
    (keychaind.ENTITLEMENTS / "0.conf").unlink()


def test_copies():
    """a copy of the program, or one without its group, is not the program"""
    copy = f"/home/{USER}/A"
    shutil.copyfile(A, copy)
    shutil.chown(copy, USER)
    os.chmod(copy, 0o755)
    tap.equal(mine(copy), UNCONFINED, "groups of a copy")
    os.chmod(A, 0o755)
    tap.equal(mine(A), UNCONFINED, "groups without the set-group-ID bit")
    os.chmod(A, 0o2755)
    tap.equal(mine(A)[0], "TEAM.shared", "groups with it again")


def test_preload():
    """a preloaded library does not get into an entitled program"""
    library = f"/home/{USER}/evil.so"
    shutil.copyfile("/usr/lib/x86_64-linux-gnu/libz.so.1" if os.path.exists("/usr/lib/x86_64-linux-gnu/libz.so.1")
                    else "/lib/x86_64-linux-gnu/libm.so.6", library)
    os.chmod(library, 0o755)
    child = subprocess.Popen(["setpriv", "--reuid", USER, "--regid", USER, "--init-groups", A, "call"],
                             env={**os.environ, "LD_PRELOAD": library, "LD_LIBRARY_PATH": f"/home/{USER}"},
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    maps = ""
    while "libkeybag" not in maps and child.poll() is None:
        maps = pathlib.Path(f"/proc/{child.pid}/maps").read_text()
        time.sleep(0.02)
    answer = json.loads(child.communicate(json.dumps(ACCESS).encode())[0])
    tap.ok("libkeybag" in maps, "the program was looked at while it ran")
    tap.ok("evil" not in maps, "its memory is free of the library")
    tap.equal(groups(answer)[0], "TEAM.shared", "groups")


def test_no_new_privileges():
    """a program that was forbidden its group is not entitled"""
    tap.equal(mine(A, prefix=["setpriv", "--no-new-privs"]), UNCONFINED, "groups")


def test_tracing():
    """a program that is traced is not entitled"""
    if not shutil.which("strace"):
        tap.skip("no strace")
    tap.equal(mine(A, prefix=["strace", "-f", "-o", "/dev/null"]), UNCONFINED, "groups")


def test_passed_connection():
    """a connection that was passed on is of no use to who has it now"""
    def pass_on():
        with Client() as client:
            tap.equal(client.call(ACCESS)["status"], 0, "own request")

            def use():
                try:
                    return client.call(ACCESS)
                except (keychaind.Refused, keychaind.Closed) as error:
                    return repr(error)
            return in_child(use)
    answer = in_child(pass_on, UID)
    tap.contains(answer, "another process", "answer to the second process")


def test_connect_then_exec():
    """a request that was sent before the entitled program was started is not that program's"""
    tap.equal(groups(request_then_exec(A, USER, UID)), UNCONFINED, "groups of the request")


def test_number_used_again():
    """a process that has the number of the one that connected is not that one"""
    def connect_and_end():
        pid = os.fork()
        if not pid:
            keychaind.become(UID)
            client = Client()
            keychaind.socket.send_fds(give, [client.nonce], [client.socket.fileno()])
            os._exit(0)
        os.waitpid(pid, 0)
        return pid
    keep, give = keychaind.socket.socketpair()
    first = connect_and_end()
    nonce, fds, _, _ = keychaind.socket.recv_fds(keep, 64, 1)
    for _ in range(50):
        pathlib.Path("/proc/sys/kernel/ns_last_pid").write_text(str(first - 1))
        second = os.fork()
        if not second:
            if os.getpid() != first:
                os._exit(2)
            keychaind.become(UID)
            client = Client.__new__(Client)
            client.socket, client.nonce, client.id = keychaind.socket.socket(fileno=fds[0]), nonce, 0
            client.socket.settimeout(600)
            status = 1
            try:
                client.send(keychaind.encode(ACCESS))
                status = 0 if client.answer()["status"] == -34018 else 1
            except (keychaind.Refused, keychaind.Closed):
                status = 0
            finally:
                os._exit(status)
        status = os.waitstatus_to_exitcode(os.waitpid(second, 0)[1])
        if status != 2:
            break
    tap.equal(status, 0, "refusal (2: the number was not to be had)")


def test_user_namespace():
    """a process in a user namespace is refused"""
    done = subprocess.run(["unshare", "--user", "--map-root-user", "keychainctl", "call"],
                          input=json.dumps(ACCESS), capture_output=True, text=True, check=False)
    if done.returncode and "unshare" in done.stderr:
        tap.skip("no user namespaces")
    answer = json.loads(done.stdout)
    tap.equal(answer["status"], -34018, "status")
    tap.contains(answer["message"], "namespace", "message")


def test_other_namespaces():
    """a process in a PID namespace of its own is a sandbox's; in one of mounts, executables are known by what they are"""
    tap.equal(groups(run("keychainctl", ACCESS, prefix=["unshare", "--pid", "--fork", "setpriv", "--reuid", USER,
                                                     "--regid", USER, "--init-groups"])), [], "another PID namespace")
    script = f"mount --bind /usr/bin/keychainctl {A} && exec setpriv --reuid {USER} --regid {USER} --init-groups {A} call"
    done = subprocess.run(["unshare", "--mount", "sh", "-c", script], input=json.dumps(ACCESS), capture_output=True,
                          text=True, check=False)
    tap.equal(groups(json.loads(done.stdout)), UNCONFINED, "something else mounted over the executable")


def in_cgroup(path, uid=UID, request=None):
    folder = CGROUPS / path
    if not (CGROUPS / "cgroup.procs").exists():
        tap.skip("no control groups")
    folder.mkdir(parents=True, exist_ok=True)

    def move_and_ask():
        (folder / "cgroup.procs").write_text(str(os.getpid()))
        return as_user(uid, ACCESS), as_user(uid, request or genp("copy", "nothing"))
    return in_child(move_and_ask)


def test_units():
    """a system unit has no group until one is granted to it; instances have that of their template"""
    access, copy = in_cgroup("system.slice/test.service")
    tap.equal((access["result"]["kind"], access["result"]["unit"]), ("system unit", "test.service"), "identity")
    tap.equal(groups(access), [], "groups")
    tap.equal(copy["status"], -34018, "copy")
    tap.contains(copy["message"], "test.service", "message")
    grant("unit", "Unit=test.service", "unit.group")
    tap.equal(groups(in_cgroup("system.slice/test.service")[0]), ["unit.group"], "groups after a grant")
    grant("unit", "Unit=test@.service\nUser=" + str(UID), "template.group")
    tap.equal(groups(in_cgroup("system.slice/system-test.slice/test@1.service")[0]), ["template.group"], "instance")
    tap.equal(groups(in_cgroup("system.slice/system-test.slice/test@1.service", 1)[0]), [], "of another user")


def test_sandboxes():
    """Flatpak and Snap applications and containers have what is granted to them, and never the user's group"""
    session = f"user.slice/user-{UID}.slice"
    flatpak = f"{session}/user@{UID}.service/app.slice/app-flatpak-org.example.App-12.scope"
    snap = f"{session}/user@{UID}.service/app.slice/snap.fox.fox-3b1.scope"
    tap.equal(groups(in_cgroup(f"{session}/session-1.scope")[0]), UNCONFINED, "a session")
    for path, kind, name in ((flatpak, "Flatpak", "org.example.App"), (snap, "Snap", "fox"),
                             ("machine.slice/libpod-12.scope", "container", "machine.slice/libpod-12.scope"),
                             ("docker/12ab", "container", "docker/12ab")):
        access, copy = in_cgroup(path)
        tap.equal((access["result"]["kind"], access["result"]["unit"], groups(access)), (kind, name, []), path)
        tap.equal(copy["status"], -34018, path)
    grant("unit", "Flatpak=org.example.App", "flat")
    tap.equal(groups(in_cgroup(flatpak)[0]), ["flat"], "groups after a grant")


def test_keychains_are_managed_outside():
    """a sandbox and a unit neither make nor delete keychains, whatever group they have"""
    path = f"user.slice/user-{UID}.slice/user@{UID}.service/app.slice/app-flatpak-org.example.App-13.scope"
    grant("unit", "Flatpak=org.example.App", "flat")
    create, delete = {"op": "keychain-create", "name": "work"}, {"op": "keychain-delete", "name": "work"}
    answer = in_cgroup(path, request=create)[1]
    tap.equal(answer["status"], -34018, "create in a sandbox")
    tap.contains(answer["message"], "neither make nor delete", "message")
    choose = {"op": "keychain-default", "name": "login"}
    tap.equal(in_cgroup(path, request=choose)[1]["status"], -34018, "choice of the default in a sandbox")
    tap.equal(in_cgroup(path, request={"op": "keychain-default"})[1]["result"], {"default": "login"}, "looking at it")
    tap.equal(as_user(UID, create)["status"], 0, "create in a session")
    tap.equal(in_cgroup(path, request=delete)[1]["status"], -34018, "delete in a sandbox")
    tap.equal(in_cgroup("system.slice/test.service", request=delete)[1]["status"], -34018, "delete by a unit")
    grant("unit", "Flatpak=org.example.App", "*")
    tap.equal(in_cgroup(path, request=delete)[1]["status"], 0, "delete with every group")
    grant("unit", "Flatpak=org.example.App", "flat", SystemKeychain="yes")
    answer = in_cgroup(path, request={**create, "system": True})[1]
    tap.equal(answer["status"], -34018, "create a system keychain")
    tap.contains(answer["message"], "for root", "message")


def test_prefix_is_changed():
    """a change of prefix can be rehearsed and done by root"""
    def move(*more):
        done = subprocess.run(["keychainctl", "move", "--user", USER, "--from-prefix", "TEAM", "--to-prefix", "NEW",
                               "--json", *more], capture_output=True, text=True, check=False)
        tap.equal(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)["count"]
    tap.equal(move("--dry-run"), 2, "items in a dry run")
    tap.equal(run(A, genp("copy", "a"), USER)["status"], 0, "the item after it")
    tap.equal(move(), 2, "items moved")
    tap.equal(run(A, genp("copy", "a"), USER)["status"], -25300, "the item for the old prefix")
    grant("a", f"Executable={A}", "shared, private", Prefix="NEW", ApplicationIdentifier="app")
    tap.equal(run(A, genp("copy", "a"), USER)["status"], 0, "the item for the new prefix")


def test_purge():
    """items that an application added are purged by its name"""
    tap.equal(run(B, genp("add", "purged"), USER)["status"], 0, "add")
    done = subprocess.run(["keychainctl", "purge", "b", "--user", USER], capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL)
    tap.equal((done.returncode, done.stdout), (2, ""), "without a terminal and --yes")
    tap.contains(done.stderr, "1 item that b added will be lost for ever.", "which says how many")
    done = subprocess.run(["keychainctl", "purge", "b", "--user", USER, "--yes"], capture_output=True, text=True, check=False)
    tap.equal((done.returncode, done.stdout), (0, "purged: 1 item\n"), "purge")
    tap.equal(run(B, genp("copy", "purged"), USER)["status"], -25300, "copy")


setup()
tap.main(teardown=teardown)

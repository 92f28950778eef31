#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Requests on behalf of another process: who may make them, for which processes, and what they reach.

Pidfds are files of another kind since Linux 6.9: on both kernels.
"""

import contextlib
import errno
import json
import os
import pathlib
import select
import shutil
import signal
import socket
import subprocess
import sys
import threading

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), folder) for folder in ("lib", "..")]
import behalf_service  # noqa: E402
from behalf_service import CGROUPS, forked, move  # noqa: E402
from lib import keychaind, tap  # noqa: E402
from lib.keychaind import (MAILBOX_SIZE, Client, Closed, Refused, as_user, encode, entitlement, groups,  # noqa: E402
                           in_child, memory_file)

USER, UID, OTHER, OTHER_UID = "anna", 1371, "ben", 1372
FOLDER = pathlib.Path("/usr/libexec/keychain-test")
SERVICE, PLAIN, KEYCHAINCTL = str(FOLDER / "service"), str(FOLDER / "plain"), str(FOLDER / "keychainctl")
GROUP = "keychain-test-s"
SESSION = f"user.slice/user-{UID}.slice"
APPS = f"{SESSION}/user@{UID}.service/app.slice"
FLATPAK, OTHER_FLATPAK = f"{APPS}/app-flatpak-org.example.App-12.scope", f"{APPS}/app-flatpak-org.example.Other-13.scope"
SNAP = f"{APPS}/snap.fox.fox-3b1.scope"
UNCONFINED = [f"unconfined.{UID}"]
ACCESS = {"op": "access"}
PARAM, MISSING, GONE, NOT_FOUND = -50, -34018, -25291, -25300


def program(source, path, mode=0o2755):
    shutil.copyfile(source, path)
    shutil.chown(path, "root", GROUP)
    os.chmod(path, mode)


def grant(name="service", executable=SERVICE, groups_="own", on_behalf="yes", **more):
    lines = "".join(f"{key}={value}\n" for key, value in more.items())
    return entitlement(name, f"[Match]\nExecutable={executable}\n[Grant]\nKeychainAccessGroups={groups_}\n"
                       f"OnBehalf={on_behalf}\n{lines}")


@contextlib.contextmanager
def other_grants():
    """Forgets the entitlements that are granted meanwhile."""
    try:
        yield
    finally:
        for path in keychaind.ENTITLEMENTS.glob("*.conf"):
            path.unlink()
        grant()


def setup():
    if not (CGROUPS / "cgroup.procs").exists():
        print("1..0 # SKIP no control groups")
        sys.exit(4)
    keychaind.make_user(USER, UID)
    keychaind.make_user(OTHER, OTHER_UID)
    FOLDER.mkdir()
    subprocess.run(["groupadd", "-f", "--system", GROUP], check=True)
    program("/mnt/build/keychaind/behalf_ask", SERVICE)
    program("/mnt/build/keychaind/behalf_ask", PLAIN, 0o755)
    program("/usr/bin/keychainctl", KEYCHAINCTL)
    grant()


def teardown():
    for path in keychaind.ENTITLEMENTS.glob("*.conf"):
        path.unlink()
    shutil.rmtree(FOLDER, ignore_errors=True)
    subprocess.run(["groupdel", GROUP], check=False)
    keychaind.remove_user(USER, UID)
    keychaind.remove_user(OTHER, OTHER_UID)


def Service(path=SERVICE, user=USER, **more):  # pylint: disable=invalid-name
    return behalf_service.Service(path, user, **more)


def running(cgroup=None, uid=UID, **more):
    return behalf_service.running(uid, cgroup, **more)


def genp(op, account, data=None, **query):
    if data is not None:
        query["v_Data"] = {"data": data}
    return {"op": op, "query": {"class": "genp", "acct": account, "svce": "behalf", **query}}


def test_programs_outside_of_any_sandbox():
    """on behalf of one it has the group of the user's programs; in its own name its own again"""
    with Service() as service, running(f"{SESSION}/session-1.scope") as process:
        tap.equal(groups(service.call(ACCESS)), ["own"], "own groups")
        tap.equal(service.call(ACCESS)["result"]["on-behalf"], True, "what it may")
        answer = service.behalf(process).call(ACCESS)
        tap.equal(groups(answer), UNCONFINED, "groups on behalf")
        result = answer["result"]
        tap.equal((result["pid"], result["kind"], result["on-behalf"]), (process.pid, "unconfined", False), "the process")
        service.status(genp("add", "one", "eA=="), 0)
        tap.equal(as_user(UID, genp("copy", "one", r_Attributes=True))["result"]["agrp"], UNCONFINED[0], "its group")
        tap.equal(service.status(genp("copy", "one", r_Data=True), 0)["result"], {"data": "eA=="}, "its secret")
        service.status(genp("copy", "one", agrp="own"), MISSING, "held are: unconfined")
        service.say("unset")
        service.status(genp("copy", "one"), NOT_FOUND)
        service.behalf(process).status(genp("delete", "one"), 0)


def test_applications():
    """Flatpaks and Snaps have each a group of their own, which they do not have when they ask themselves"""
    with other_grants():
        with Service() as service, running(FLATPAK) as app, running(OTHER_FLATPAK) as other, running(SNAP) as snap:
            for process, group in ((app, "flatpak.org.example.App"), (other, "flatpak.org.example.Other"), (snap, "snap.fox")):
                tap.equal(groups(service.behalf(process).call(ACCESS)), [group], "groups on behalf")
                service.status(genp("copy", "mine"), NOT_FOUND)
                service.status(genp("add", "mine", "eA=="), 0)
                service.status(genp("copy", "mine", agrp=UNCONFINED[0]), MISSING, f"held are: {group}")
            tap.equal(as_user(UID, genp("copy", "mine"))["status"], NOT_FOUND, "a program outside")

            def ask():
                move(os.getpid(), FLATPAK)
                return as_user(UID, genp("copy", "mine"))["status"]
            tap.equal(in_child(ask), MISSING, "the application itself")
            # One that root's file grants something has that when it asks itself, and not on behalf.
            entitlement("app", "[Match]\nFlatpak=org.example.App\n[Grant]\nKeychainAccessGroups=granted, *\nSystemKeychain=yes\n")
            tap.equal(groups(service.behalf(app).call(ACCESS)), ["flatpak.org.example.App"], "groups with a file")
            (keychaind.ENTITLEMENTS / "app.conf").unlink()
            for process in (app, other, snap):
                service.behalf(process).status(genp("delete", "mine"), 0)


def test_names_that_no_application_has():
    """a control group that is called after none gives no group"""
    for name in ("app-flatpak-a b-1.scope", "app-flatpak-a\\xffb-1.scope", "snap.a*.b-1.scope", "snap.\\xc3.b-1.scope"):
        with Service() as service, running(f"{APPS}/{name}") as process:
            tap.equal(groups(service.behalf(process).call(ACCESS)), [], name)
            service.status(genp("copy", "x"), MISSING, "container", name)


def test_what_nothing_can_be_asked_for():
    """units, containers and PID namespaces have no group, whatever root's files grant them"""
    with other_grants():
        entitlement("unit", "[Match]\nUnit=test.service\n[Grant]\nKeychainAccessGroups=unit.group\n")
        with Service() as service:
            for cgroup, name in (("system.slice/test.service", "system unit test.service"),
                                 ("machine.slice/libpod-12.scope", "container machine.slice/libpod-12.scope"),
                                 (f"{SESSION}/session-1.scope/libpod-3.scope", "container libpod-3.scope")):
                with running(cgroup) as process:
                    answer = service.behalf(process).status(genp("copy", "x"), MISSING, name)
                    tap.contains(answer["message"], f"on behalf of process {process.pid}", "message")
                    tap.equal(groups(service.call(ACCESS)), [], "groups")
                    tap.equal(service.told("watch")[0], MISSING, "watch")
            unshare = subprocess.Popen(["unshare", "--pid", "--fork", "setpriv", "--reuid", USER, "--regid", USER, "--init-groups",
                                        "sleep", "1000"])
            child = ""
            while not child or pathlib.Path(f"/proc/{child}/comm").read_text() != "sleep\n":
                child = pathlib.Path(f"/proc/{unshare.pid}/task/{unshare.pid}/children").read_text().strip()
            service.behalf(int(child)).status(genp("copy", "x"), MISSING, "in a PID namespace")
            os.kill(int(child), signal.SIGKILL)
            unshare.wait()


def test_user_namespaces():
    """a process in a user namespace is refused, but a Flatpak in one that has only its own user"""
    def enter():
        keychaind.become(UID)
        subprocess.run(["true"], check=False)
        os.execvp("unshare", ["unshare", "--user", "--map-current-user", "sleep", "1000"])

    def in_namespace(pid):
        return os.readlink(f"/proc/{pid}/ns/user") != os.readlink("/proc/self/ns/user")
    pid = os.fork()
    if not pid:
        enter()
    while pathlib.Path(f"/proc/{pid}/comm").read_text() != "sleep\n":
        if os.waitpid(pid, os.WNOHANG)[0]:
            tap.skip("no user namespaces")
    tap.ok(in_namespace(pid), "it is in a user namespace")
    with Service() as service:
        service.behalf(pid).status(genp("copy", "x"), MISSING, "namespace")
        move(pid, SNAP)
        service.status(genp("copy", "x"), MISSING, "namespace")
        move(pid, FLATPAK)
        tap.equal(groups(service.call(ACCESS)), ["flatpak.org.example.App"], "a Flatpak's")
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def test_no_more_than_that():
    """grants of root to the service or to the process do not come along, nor the system keychain, nor administration"""
    with other_grants():
        grant(groups_="own, com.apple.token, *", SystemKeychain="yes")
        grant("other", KEYCHAINCTL, "other", "yes", SystemKeychain="yes")
        with Service() as service, running(command=(KEYCHAINCTL, "watch")) as entitled, running() as process:
            tap.equal(service.call(ACCESS)["result"]["all-groups"], True, "every group in its own name")
            service.status(genp("add", "own", "eA==", agrp="own"), 0)
            for subject in (process, entitled):
                result = service.behalf(subject).call(ACCESS)["result"]
                tap.equal([entry["group"] for entry in result["groups"]], UNCONFINED, "groups")
                tap.equal([result[key] for key in ("all-groups", "tokens", "system-keychain", "on-behalf")], [False] * 4, "more")
                tap.ok("file" not in result, "no file counts")
            service.status(genp("copy", "own"), NOT_FOUND)
            for group in ("own", "other", "*", "com.apple.token"):
                service.status(genp("copy", "own", agrp=group), MISSING)
            service.status({**genp("copy", "own"), "system": True}, MISSING, "on behalf of another process")
            service.status({**genp("copy", "own", u_SystemKeychain=True)}, MISSING, "on behalf of another process")
            service.status({**genp("copy", "own"), "system": False}, NOT_FOUND)
            service.status({**genp("copy", "own"), "user": UID}, MISSING, "administration")
            for operation in ("keychain-create", "keychain-delete", "keychain-default"):
                service.status({"op": operation, "name": "work"}, MISSING, "neither make nor delete")
            tap.equal(service.call({"op": "keychain-default"})["result"], {"default": "login"}, "looking at the default")
            listed = service.status({"op": "keychains"}, 0)["result"]
            tap.ok(listed and all("items" not in entry for entry in listed), f"no numbers of items of others: {listed}")
            service.say("unset")
            service.status({"op": "keychain-create", "name": "work"}, 0)
            service.status({"op": "keychain-delete", "name": "work"}, 0)
            service.status(genp("delete", "own", agrp="own"), 0)


def test_without_the_grant():
    """the answer names the executable and what to add to which file"""
    with other_grants():
        request = genp("copy", "x")
        with running() as process:
            with Service(PLAIN) as service:
                answer = service.behalf(process).status(request, MISSING, f"Executable={PLAIN}")
                tap.contains(answer["message"], "OnBehalf=yes in [Grant]", "message")
            grant(on_behalf="no")
            with Service() as service:
                service.behalf(process).status(request, MISSING,
                                               f"for {SERVICE} that takes OnBehalf=yes in [Grant] of /etc/keychain/entitlements.d/service.conf")
                tap.equal(service.told("watch")[0], MISSING, "watch")
                service.say("iterate")
                tap.equal(service.told("page")[0], MISSING, "iterate")
            (keychaind.ENTITLEMENTS / "service.conf").unlink()
            with Service() as service:
                # No file of the administrator names any executable now.
                service.behalf(process).status(request, MISSING, f"Executable={SERVICE}")
            # Others than executables are no reason to be believed.
            entitlement("service", f"[Match]\nUnit=cron.service\nUser={UID}\n[Grant]\nKeychainAccessGroups=x\nOnBehalf=yes\n")
            files = [file for file in as_user(UID, ACCESS)["result"]["files"] if file["file"].endswith("/service.conf")]
            tap.equal([file["problem"] for file in files], ["line 6: OnBehalf is granted to an executable: [Match] has to name one by Executable"],
                      "problem")
            tap.equal([file["on-behalf"] for file in files], [False], "of a file with a mistake")
            grant(executable=PLAIN)
            with Service(PLAIN) as service:
                service.behalf(process).status(request, MISSING, "OnBehalf=yes")


def test_service_in_a_sandbox():
    """a service in a unit or a sandbox does not get by others what it is kept from"""
    with running() as process:
        for cgroup, name in (("system.slice/test.service", "system unit test.service"), (FLATPAK, "Flatpak org.example.App"),
                             (SNAP, "Snap fox")):
            with Service(cgroup=cgroup) as service:
                service.behalf(process).status(genp("copy", "x"), MISSING, name)


def test_processes_of_others():
    """a service asks for processes of its own user alone, root as well"""
    with Service() as service, Service(user=None) as of_root:
        with running(uid=OTHER_UID) as process:
            service.behalf(process).status(ACCESS, MISSING, f"uid {UID} alone")
            of_root.behalf(process).status(ACCESS, MISSING, "uid 0 alone")
        with running(uid=0) as process:
            service.behalf(process).status(ACCESS, MISSING, f"uid {UID} alone")
            tap.equal(groups(of_root.behalf(process).call(ACCESS)), ["unconfined.0"], "root for root")
            of_root.status({**ACCESS, "user": UID}, MISSING, "administration")
            of_root.status({"op": "purge", "query": {}, "options": {"application": "x"}, "user": UID}, MISSING, "administration")
        for users in ((UID, 0, 0), (0, UID, 0), (UID, UID, 0), (OTHER_UID, UID, UID)):
            with forked(lambda users=users: os.setresuid(*users)) as pid:
                service.behalf(pid).status(ACCESS, MISSING, f"uid {UID} alone", str(users))


def test_processes_that_are_gone():
    """a process that has ended, was waited for or not, or whose number another one has, is said to have ended"""
    with Service() as service:
        with running() as process:
            service.behalf(process).status(ACCESS, 0)
            process.kill()
            os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
            answer = service.status(genp("copy", "x"), GONE, "has ended", "a zombie")
            tap.equal(answer["reason"], "process-gone", "reason")
        service.status(genp("copy", "x"), GONE, "has ended", "after it was waited for")
        tap.equal(service.told("watch")[0], GONE, "watch")
        service.say("iterate")
        tap.equal(service.told("page")[0], GONE, "iterate")
        for _ in range(50):
            pathlib.Path("/proc/sys/kernel/ns_last_pid").write_text(str(process.pid - 1))
            with running() as second:
                if second.pid != process.pid:
                    continue
                service.status(ACCESS, GONE, "has ended", "its number is another one's")
                tap.equal(service.behalf(second).call(ACCESS)["result"]["pid"], process.pid, "the other one")
                break
        else:
            tap.skip("the number was not to be had")


def test_processes_that_end_meanwhile():
    """one that ends while it is looked at is answered, or has ended; what takes its number is not taken for it"""
    answers = set()
    with Service() as service:
        for count in range(60):
            process = subprocess.Popen(["true"] if count % 2 else ["sleep", f"0.00{count % 7}"], user=UID, group=UID, extra_groups=[])
            waiting = threading.Thread(target=process.wait)
            word = service.say("pid", process.pid)
            waiting.start()
            if word == "0":
                for _ in range(4):
                    answers.add(service.call(ACCESS)["status"])
            waiting.join()
        tap.ok(answers <= {0, GONE} and GONE in answers, str(answers))


def test_what_is_no_pidfd():
    """anything else that is sent is named; the request is not carried out, and not in the service's own name"""
    with running() as process, contextlib.ExitStack() as stack, select.epoll() as epoll:
        files = {
            "pipe": os.pipe()[0], "memory": os.memfd_create("x"), "null": os.open("/dev/null", os.O_RDWR), "event": os.eventfd(0),
            "socket": socket.socketpair()[0].detach(), "folder": os.open(f"/proc/{process.pid}", os.O_RDONLY),
            "path": os.open(f"/proc/{process.pid}", os.O_PATH), "epoll": epoll.fileno(),
            "text": os.open(f"/proc/{process.pid}/status", os.O_RDONLY),
        }
        own = os.pidfd_open(process.pid)
        service = stack.enter_context(Service(fds=[*files.values(), own]))
        for name, fd in files.items():
            tap.equal(service.told("fd", fd)[0], 0, name)
            service.status(ACCESS, PARAM, "no pidfd", name)
            service.status({"op": "keychain-create", "name": "work"}, PARAM, "no pidfd", name)
        tap.equal(service.told("fd", own)[0], 0, "a pidfd that was inherited")
        tap.equal(service.call(ACCESS)["result"]["pid"], process.pid, "whose it is")
        for number in (-1, -2, 999):
            tap.equal(service.told("fd", number)[0], PARAM, f"no descriptor: {number}")
            service.status(ACCESS, PARAM, "was not noted")
            tap.equal(service.told("watch")[0], PARAM, "watch")
        service.say("unset")
        tap.equal(groups(service.call(ACCESS)), ["own"], "unset")


def test_threads():
    """a pidfd of a thread, even of the first one, is none of a process"""
    with Service() as service, running() as process:
        if service.say("thread", process.pid).startswith("unsupported"):
            tap.skip("this kernel has no pidfds of threads")
        service.status(ACCESS, PARAM, "one of a thread")
        threads = [name for name in os.listdir(f"/proc/{keychaind.service_pid()}/task") if int(name) != keychaind.service_pid()]
        if threads:
            service.say("thread", threads[0])
            service.status(ACCESS, PARAM, "one of a thread")


def test_messages():
    """descriptors that a message does not tell of, or tells of and does not have, end the connection"""
    body, own = encode(ACCESS), os.pidfd_open(os.getpid())
    pipe = os.pipe()[0]

    def attempt(files, by_mailbox=True, **fields):
        with Client() as client:
            kept = [memory_file(body) if file == "body" else file for file in files]
            if by_mailbox:
                client.mailbox[:len(body)] = body
                fields["length"] = len(body)
            client.send(b"", descriptors=kept, **fields)
            try:
                return client.answer()["status"]
            except Refused as error:
                return error.args[0]
            except Closed:
                return "closed"

    def attempts():
        return [attempt([own], behalf=True), attempt(["body", own], False, behalf=True), attempt([], behalf=False),
                attempt(["body"], False, behalf=False),
                attempt([own]), attempt([own], behalf=False), attempt([], behalf=True), attempt([own], behalf=1),
                attempt([own], behalf="yes"), attempt(["body", own], behalf=True), attempt([own, own], behalf=True),
                attempt(["body", own], False), attempt(["body"], False, behalf=True), attempt([own], False, behalf=True),
                attempt([], False, behalf=True),
                attempt(["body", own, own], False, behalf=True), attempt([own] * 200, behalf=True),
                # Taken in the wrong order neither is what it should be: this one may not ask at all.
                attempt([own, "body"], False, behalf=True), attempt([own], False)]
    answers = in_child(attempts, UID)
    tap.equal(answers[:4], [MISSING, MISSING, 0, 0], "those that are in order")
    tap.equal(answers[4:15], [errno.EPROTO] * 11, "those that are not")
    tap.equal(answers[15:17], ["closed"] * 2, "those with more descriptors than there can be")
    tap.equal(answers[17:], [PARAM, PARAM], "bodies that are none")
    tap.equal(as_user(UID, {**ACCESS, "behalf": True})["status"], PARAM, "a member of the request")
    os.close(own)
    os.close(pipe)


def test_both_ways():
    """on behalf by the mailbox and by memory files, in turns"""
    large = "QUFB" * MAILBOX_SIZE
    with Service() as service, running(FLATPAK) as app, running() as process:
        for subject, data in ((app, large), (process, "eA=="), (process, large + "QkJC"), (app, "eQ==")):
            service.behalf(subject).status(genp("upsert", "both", data), 0)
            tap.equal(service.call(genp("copy", "both", r_Data=True))["result"], {"data": data}, "secret")
        service.behalf(process)
        tap.equal(service.call(genp("copy", "both", r_Data=True))["result"], {"data": large + "QkJC"}, "of the other")
        for subject in (app, process):
            service.behalf(subject).status(genp("delete", "both"), 0)


def test_iterator():
    """an iterator goes on for the process that it was made for, and ends when that does"""
    with Service() as service, running(FLATPAK) as app, running() as process:
        items = [genp("add", f"many{number}", "eA==")["query"] for number in range(300)]
        service.behalf(app).status({"op": "add-all", "items": items}, 0)
        service.behalf(process).status(genp("add", "single", "eA=="), 0)
        service.behalf(app)
        tap.equal(service.told("iterate")[0], 0, "iterate")
        service.behalf(process)
        total, pages = 0, 0
        while True:
            status, count, *_ = service.told("page")
            tap.equal(status, 0, "page")
            if int(count) < 0:
                break
            total, pages = total + int(count), pages + 1
            service.status(genp("copy", "single"), 0)
        tap.ok(total == 300 and pages > 1, f"{total} items on {pages} pages")
        service.behalf(app)
        tap.equal((service.told("iterate")[0], service.told("page")[0]), (0, 0), "the first page again")
        service.say("unset")
        app.kill()
        app.wait()
        tap.equal(service.told("page")[0], GONE, "a page after the process has ended")
        with running(FLATPAK) as again:
            service.behalf(again).status({"op": "delete", "query": {"class": "genp"}}, 0)
        service.behalf(process).status(genp("delete", "single"), 0)


def events(service):
    """All that has come, of items."""
    found = []
    while (event := service.told("next", 0))[1] != "none":
        tap.equal(event[0], 0, event)
        if event[2] != "-" or event[1] == "anything":
            found.append(event[1:3])
    return found


def event(service):
    status, kind, group, *_ = service.told("next", 120000)
    return status, kind, group


def test_watch():
    """a watch is told of what the process may see, whatever the client is told since"""
    with Service() as service, Service() as writer, running(FLATPAK) as app, running() as process:
        tap.equal(service.behalf(app).told("watch")[0], 0, "watch")
        tap.equal(events(service), [], "at first")
        service.say("unset")
        writer.status(genp("add", "own", "eA=="), 0)
        writer.behalf(process).status(genp("add", "theirs", "eA=="), 0)
        writer.behalf(app).status(genp("add", "mine", "eA=="), 0)
        tap.equal(event(service), (0, "added", "flatpak.org.example.App"), "of the application")
        writer.status(genp("delete", "mine"), 0)
        tap.equal(event(service), (0, "removed", "flatpak.org.example.App"), "and again")
        writer.behalf(process).status(genp("delete", "theirs"), 0)
        writer.say("unset")
        writer.status(genp("delete", "own"), 0)
        tap.equal(events(service), [], "of others")
        # In another control group it is another application.
        move(app.pid, OTHER_FLATPAK)
        writer.behalf(app).status(genp("add", "mine", "eA=="), 0)
        writer.status(genp("delete", "mine"), 0)
        tap.equal([kind for kind, _ in events(service) if kind != "anything"], [], "of another application")


def test_watch_ends():
    """a watch ends with its process, and with the grant"""
    with other_grants():
        with Service() as service, running(FLATPAK) as app:
            tap.equal(service.behalf(app).told("watch")[0], 0, "watch")
            tap.equal(events(service), [], "at first")
            app.kill()
            app.wait()
            status, _, _, message = service.told("next", 120000)
            tap.equal(status, GONE, "after the process has ended")
            tap.contains(message, "has ended", "message")
            tap.equal(service.told("next", 1000)[0], GONE, "and then")
        with Service() as service, running(FLATPAK) as app:
            tap.equal(service.behalf(app).told("watch")[0], 0, "watch")
            tap.equal(events(service), [], "at first")
            grant(on_behalf="no")
            while (told := service.told("next", 120000))[0] == 0:
                tap.equal(told[1], "anything", "an event")
            tap.equal(told[0], MISSING, "after the grant was taken away")


def test_grant_taken_away():
    """a connection that has asked on behalf does not any more when the grant is gone, and does again when it is back"""
    with other_grants():
        with Service() as service, running() as process:
            service.behalf(process).status(ACCESS, 0)
            for _ in range(2):
                grant(on_behalf="no")
                service.status(ACCESS, MISSING, "OnBehalf=yes")
                grant()
                service.status(ACCESS, 0)
            (keychaind.ENTITLEMENTS / "service.conf").unlink()
            service.status(ACCESS, MISSING, "OnBehalf=yes")
            grant()
            service.status(ACCESS, 0)


def test_changes_of_the_process():
    """it is looked at with each request"""
    with Service() as service, running() as process:
        service.behalf(process)
        for cgroup, wanted in ((f"{SESSION}/session-1.scope", UNCONFINED), (FLATPAK, ["flatpak.org.example.App"]),
                               ("system.slice/test.service", []), (SNAP, ["snap.fox"])):
            move(process.pid, cgroup)
            tap.equal(groups(service.call(ACCESS)), wanted, cgroup)


def test_access():
    """keychainctl access says so, of a program and of a file"""
    with other_grants():
        grant("service", KEYCHAINCTL)
        done = subprocess.run(["setpriv", "--reuid", USER, "--regid", USER, "--init-groups", KEYCHAINCTL, "access"],
                              capture_output=True, text=True, check=True)
        own, *files = done.stdout.split("\n\n")
        file = next(text for text in files if "/service.conf" in text)
        tap.contains(own, "may ask on behalf of other programs", "of the program")
        tap.contains(file, "may ask on behalf of other programs", "of the file")
        tap.ok("on behalf" not in keychaind.as_command(USER, "access")[0].decode().split("\n\n", maxsplit=1)[0], "of others")


setup()
tap.main(teardown=teardown)

#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: kernel=6.1 timeout=1800
"""What keychain(1) says to people, the default keychain, and keychains that cannot be opened."""

import base64
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from lib import keychaind, tap  # noqa: E402
from lib.keychaind import STATE, as_user, genp, in_child  # noqa: E402

USER, UID = "anna", 1315
AS_USER = ["setpriv", "--reuid", USER, "--regid", USER, "--init-groups"]


def keychain(*arguments, **options):
    return keychaind.as_command(USER, *arguments, **options)[0]


def said(*arguments, **options):
    """What is on standard error."""
    return keychaind.as_command(USER, *arguments, **options)[1]


def test_texts():
    """what keychain(1) says to people: what is in the way, what would be done, what is not there"""
    tap.contains(said("list", status=3), "no item matches", "an empty list")
    keychain("add", "--account", "a", data=b"x")
    reference = json.loads(keychain("find", "--account", "a", "--json"))["v_PersistentRef"]["data"]
    text = said("add", "--account", "a", status=5)
    tap.contains(text, f"--reference {base64.b64decode(reference).hex()}", "a duplicate")
    tap.contains(text, "--replace changes it", "a duplicate")
    tap.contains(said("find", "mail", status=2), "'mail' is no attribute", "a word")
    tap.contains(said("find", "--port", "x", status=2), "--port: it takes a number", "no number")
    tap.contains(said("find", "--synchronizable", "x", status=2), "yes, no or any", "no boolean")
    tap.contains(said("find", "--accessible", "x", status=2), "it takes ak, ck,", "no protection class")
    tap.contains(said("import", "--accessible", "x", "--dry-run", "/dev/null", status=2), "it takes ak, ck,", "of import neither")
    tap.contains(said("find", "--limit", "x", "--json", status=2), "--limit takes a number", "no limit")
    for contradicting in (["find", "--json"], ["delete"]):
        tap.contains(said(*contradicting, "--all", "--limit", "1", status=2), "contradict", "all and a limit")
    for broken in (["list", "-k", b"\xff"], ["keychains", "create", b"\xff"], ["find", b"\xff=1"], ["move", "--from", b"\xff"]):
        tap.contains(said(*broken, status=2), "is not UTF-8", f"{broken}")
    tap.contains(said("update", "--set", "labl=x", status=2), "--all", "a change of all items without saying so")
    keychain("update", "--set", "labl=x", "--all")
    tap.contains(said("keychains", "delete", status=2), "takes the name of one", "a keychain without name")
    tap.contains(said("keychains", "nonsense", status=2), "takes list, create NAME", "keychains without a verb")
    tap.contains(said("access", "nogroup", status=3), "'nogroup' is not granted", "a group that nobody holds")
    tap.contains(keychain("access", f"unconfined.{UID}").decode(), f"default group unconfined.{UID}", "one's own group")
    held = json.loads(keychain("access", f"unconfined.{UID}", "--json"))
    tap.equal((len(held["groups"]), held["files"]), (1, []), "the same in JSON")
    tap.equal(keychain("class", "ck", "--account", "a", "--dry-run"), b"to be changed: 1 item\n", "dry run")
    tap.equal(keychain("class", "ck", "--account", "a"), b"changed: 1 item\n", "change of class")
    tap.equal(json.loads(keychain("class", "ak", "--account", "a", "--json", "--dry-run")), {"count": 1, "dry_run": True},
              "the same as JSON")
    tap.contains(said("find", "--account", status=2), "keychain find: option '--account' requires", "an option without value")
    tap.contains(said("move", "--from-prefix", "NONE", "--to-prefix", "X", status=3), "begins with 'NONE.'", "a prefix")
    tap.contains(said("call", "--nonsense", status=2), "unrecognized option", "an option of call")
    requests = b'{"op":"copy","query":{"class":"genp","acct":"a"}}\n\n{bad\n{"op":"keychain-default"}'
    answers = [json.loads(line) for line in keychain("call", "--lines", data=requests).splitlines()]
    tap.equal([answer["status"] for answer in answers], [0, -50, 0], "answers to lines")
    tap.equal(answers[2]["result"], {"default": "login"}, "the last one")
    keychain("call", "--lines", data=b"x" * (2 << 20), status=1)
    tap.contains(said("call", data=b"x" * (2 << 20 | 1), status=1), "the request is longer than 2 MiB", "a long request")
    keychain("delete", "--account", "a", "--all")


def test_list_columns():
    """a list is aligned whatever letters are in it, and cuts nothing off"""
    long = "b" * 5000
    for service in ("mail", "тест", "s" * 30):
        keychain("add", "--account", "a", "--service", service, data=b"x")
    keychain("add", "--account", long, data=b"x")
    lines = keychain("list").decode().splitlines()
    place = lines[0].index("ACCOUNT")
    tap.equal(sorted(line[place:] for line in lines[1:] if "sss" not in line), ["a", "a", long], "accounts")
    tap.ok(any(line.endswith("s" * 30 + "  a") for line in lines), "a service that is too long for its column")
    keychain("delete", "--all")


def test_counts():
    """a change and a deletion tell how many items they were about: on standard error, or as JSON"""
    for account in ("a", "b", "c"):
        keychain("add", "--account", account, "--service", "counted", data=b"x")
    for arguments, line in ((["update", "--set", "icmt=x"], "changed: 3 items\n"),
                            (["update", "--account", "a", "--set", "icmt=y"], "changed: 1 item\n"),
                            (["delete", "--limit", "1"], "deleted: 1 item\n")):
        tap.equal(keychaind.as_command(USER, *arguments, "--service", "counted"), (b"", line), f"{arguments}")
    for arguments in (["update", "--set", "icmt=z"], ["delete", "--all"]):
        stdout, stderr = keychaind.as_command(USER, *arguments, "--service", "counted", "-j")
        tap.equal((json.loads(stdout), stderr), ({"count": 2, "dry_run": False}, ""), f"{arguments} in JSON")
    tap.equal(keychaind.as_command(USER, "delete", "--service", "counted", "--all", "--json", status=3)[0], b"", "none")


def test_every_json():
    """each command that takes --json prints JSON"""
    tap.equal(json.loads(keychain("keychains", "create", "json", "--json")), {"name": "json"}, "create")
    tap.equal(json.loads(keychain("keychains", "default", "json", "--json")), {"default": "json"}, "default")
    tap.equal(json.loads(keychain("list", "--json", status=3)), [], "a list of nothing")
    keychain("keychains", "default", "login")
    tap.equal(json.loads(keychain("keychains", "delete", "json", "--yes", "--json")), {"name": "json"}, "delete")
    tap.equal(json.loads(keychain("access", "nobody", "--json", status=3)), {"groups": [], "files": []}, "access")


def test_options_without_effect():
    """an option that a command could only ignore is refused, with what to do instead"""
    for arguments, text in ((["wait", "-k", "work"], "'wait' takes no --keychain: a class opens in all keychains"),
                            (["wait", "--system"], "'wait' takes no --system"),
                            (["access", "-k", "work"], "'access' takes no --keychain: access groups are the same"),
                            (["access", "--system"], "'access' takes no --system"),
                            (["keychains", "default", "-k", "work"], "name the one that is meant after create, default"),
                            (["update", "--all", "--no-secret"], "unrecognized option '--no-secret'"),
                            (["update", "--nonsense"], "see 'keychain update --help'"),
                            (["find", "-k", "../x"], "has to be 1 to 64 letters"),
                            (["import", ""], "takes the name of one file"),
                            (["import", "--nonsense"], "see 'keychain import --help'"),
                            (["call", "--nonsense"], "see 'keychain call --help'"),
                            (["find", "--port", "9" * 30], "--port: it takes a number")):
        stdout, stderr = keychaind.as_command(USER, *arguments, data=b"x", status=2)
        tap.equal(stdout, b"", f"{arguments}")
        tap.contains(stderr, text, f"{arguments}")
    for order in (["--system", "-k", "work"], ["-k", "work", "--system"]):
        tap.contains(said("list", *order, status=6), "system keychain", f"{order}")


def test_standard_streams():
    """output that does not arrive is an error; a stream that is closed is not mistaken for another"""
    def shell(command):
        done = subprocess.run([*AS_USER, "sh", "-c", command], stdin=subprocess.DEVNULL, capture_output=True, timeout=600,
                              check=False)
        return done.returncode, done.stdout + done.stderr
    keychain("add", "--account", "streams", data=b"secret of streams")
    for command in ("help", "list", "access", "keychains", "find --account streams", "find --account streams --attributes",
                    "find --account streams --json", "class ck --account streams", "keychains default"):
        for sink, text in (("/dev/full", b"No space left"), ("&-", b"Bad file descriptor")):
            status, shown = shell(f"keychain {command} >{sink}")
            tap.equal(status, 1, f"{command} >{sink}, which said {shown}")
            tap.contains(shown, b"keychain: standard output: " + text, f"{command} >{sink}")
    status, shown = shell("keychain add --account closed <&-")
    tap.equal(status, 1, f"no standard input, {shown}")
    tap.contains(shown, b"the secret cannot be read: Bad file descriptor", "no standard input")
    tap.equal(shell("keychain find --account nobody 2>&-"), (3, b""), "no standard error")
    tap.equal(shell("keychain find --account streams <&- 2>&-"), (0, b"secret of streams"), "only standard output")
    tap.equal(shell("keychain list | true")[0], 0, "nobody who reads it")
    keychain("delete", "--account", "streams", "--all")


def test_progress():
    """what takes long shows so on a terminal, and on no other"""
    def watched(command):
        # The service stands still: nothing depends on how fast the machine is.
        service = keychaind.service_pid()
        os.kill(service, signal.SIGSTOP)
        child = subprocess.Popen(["script", "-qec", f"{shlex.join(AS_USER)} {command}", "/dev/null"],
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        time.sleep(0.1)
        shown = b""
        try:
            if "--json" in command or "2>" in command:
                time.sleep(4)
            else:
                while b"2 s" not in shown:
                    part = os.read(child.stdout.fileno(), 4096)
                    tap.ok(part, f"progress of {command}, which showed {shown}")
                    shown += part
        finally:
            os.kill(service, signal.SIGCONT)
        return shown + child.communicate(timeout=600)[0]
    keychain("add", "--account", "slow", data=b"x")
    tap.contains(watched("keychain list").decode(), "slow", "the list after its progress")
    shown = watched("keychain class ck --account slow").rstrip()
    tap.ok(shown.endswith(b"\033[Kchanged: 1 item"), f"the result after its progress, {shown}")
    for command in ("keychain list --json", "sh -c 'keychain list 2>/dev/null'"):
        tap.ok(b"\033[K" not in watched(command), f"no progress of {command}")
    keychain("delete", "--account", "slow", "--all")


def test_default_keychain():
    """the default keychain is the user's choice, kept over a restart; deleted, the first one is it again"""
    tap.equal(keychain("keychains", "default"), b"login\n", "default at first")
    keychain("keychains", "default", "work", status=3)
    keychain("keychains", "default", "system-roots", status=1)
    keychain("keychains", "default", "../login", status=2)
    tap.equal(keychain("keychains", "default"), b"login\n", "default after choices that were refused")
    keychain("add", "--account", "first", data=b"1")
    keychain("keychains", "create", "work")
    keychain("keychains", "default", "work")
    keychain("find", "--account", "first", status=3)
    tap.equal(keychain("find", "-k", "login", "--account", "first"), b"1", "item of the former default")
    keychain("add", "--account", "second", data=b"2")
    tap.equal(keychain("find", "-k", "work", "--account", "second"), b"2", "item of the new one")
    tap.equal({entry["name"]: entry["default"] for entry in json.loads(keychain("keychains", "--json"))},
              {"login": False, "work": True}, "list")
    keychaind.stop_service(signal.SIGTERM)
    keychaind.start_service()
    tap.equal(keychain("keychains", "default"), b"work\n", "default after a restart")
    tap.equal(keychain("find", "--account", "second"), b"2", "its item")
    tap.equal((STATE / str(UID) / "default").stat().st_mode & 0o7777, 0o600, "mode of the file")
    tap.equal(said("keychains", "delete", "work", "--yes"), "keychain: 'work' was the default keychain; 'login' is now\n",
              "delete")
    tap.equal(keychain("find", "--account", "first"), b"1", "item of the first one")
    tap.equal(keychain("keychains", "default", "--json"), b'{\n  "default": "login"\n}\n', "default after that")
    # What is changed by others than the service is seen within a second.
    (STATE / str(UID) / "default").write_text("gone\n")
    time.sleep(1.1)
    tap.equal(keychain("find", "--account", "first"), b"1", "item while the default is one that is gone")
    tap.contains(said("keychains"), "'gone', which was chosen as the default, is not there any more", "list")
    for bad in ("", "../../evil", "x" * 100, "\0"):
        (STATE / str(UID) / "default").write_text(bad)
        tap.equal(keychain("keychains", "default"), b"login\n", f"default with {bad!r} in the file")
    tap.equal(as_user(UID, {"op": "keychain-default", "name": "login", "user": 0})["status"], -34018, "root's")
    answer = call_as_root({"op": "keychain-default", "name": "login", "user": UID})
    tap.equal((answer["status"], answer["result"]), (0, {"default": "login"}), "chosen by root")
    tap.equal(as_user(UID, {"op": "keychain-default", "name": 5})["status"], -50, "a number for a name")
    keychain("delete", "--account", "first", "--all")


def test_read_only():
    """who tries to change the machine's certificates is told which keychain that is, and what to do instead"""
    for command in (["add", "--account", "a"], ["update", "--all", "--set", "labl=x"], ["delete", "--all"]):
        text = said(*command, "-k", "system-roots", status=1)
        for word in ("errSecReadOnly", "'system-roots'", "update-ca-certificates(8)", "keychain import"):
            tap.contains(text, word, f"{command}")


def test_why_it_cannot_be_opened():
    """who cannot open a keychain is told which file, what is wrong with it, and what to do"""
    path = STATE / str(UID) / "bad.db"
    for make, status, words in (
            (lambda: (path.write_bytes(b""), path.chmod(0o600)), -25291, ("account",)),
            (lambda: path.mkdir(mode=0o700), -25291, ("account",)),
            (lambda: path.symlink_to("login.db"), -25291, ("symbolic links", "account")),
            (make_newer, -25291, ("newer version", "install"))):
        make()
        answer = as_user(UID, {**genp("copy", "a"), "keychain": "bad"})
        tap.equal(answer["status"], status, str(answer))
        for word in (str(path), "'bad'", *words):
            tap.contains(answer["message"], word, "message")
        done = subprocess.run([*AS_USER, "keychain", "find", "-k", "bad"], capture_output=True, text=True, check=False)
        tap.equal(done.returncode, 7, done.stderr)
        tap.contains(done.stderr, str(path), "text of keychain(1)")
        if path.is_dir():
            path.rmdir()
        else:
            path.unlink()


def test_no_keybag():
    """who has no keybag is told how to get one"""
    other = "daemon"
    tap.contains(keychaind.as_command(other, "add", "--account", "a", data=b"x", status=7)[1], "keybagctl create", "add")
    tap.contains(keychaind.as_command(other, "wait", "--timeout", "1", status=7)[1], "keybagctl create", "wait")


def make_newer():
    path = STATE / str(UID) / "bad.db"
    subprocess.run(["sqlite3", str(path), "PRAGMA user_version=99"], check=True)
    shutil.chown(path, "_keychain", "_keychain")


def call_as_root(request):
    return in_child(lambda: keychaind.call(request))


keychaind.make_user(USER, UID)
tap.main(teardown=lambda: keychaind.remove_user(USER, UID))

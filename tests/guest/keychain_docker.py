#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: kernel=6.1
"""docker-credential-keychain(1) by the protocol of docker's helpers, as a user without a bus, beside git's logins. What is
parsed how, unit/keychain_credential tests."""

import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from lib import keychaind, tap  # noqa: E402

USER, UID, PASSCODE = "anna", 1343, b"passcode\n"
AS_USER = {"user": UID, "group": UID, "extra_groups": [], "cwd": "/", "env": {}}
HELPER = "/usr/bin/docker-credential-keychain"
NOT_FOUND = "credentials not found in native keychain\n"


def keybagctl(command, *arguments):
    subprocess.run(["keybagctl", command, "--user", USER, *arguments], input=PASSCODE, check=True, capture_output=True)


def keychain(*arguments, **options):
    return keychaind.as_command(USER, *arguments, **options)[0]


def helper(*words, data="", status=0, errors=""):
    """The text that docker reads, in an environment without anything."""
    done = subprocess.run([HELPER, *words], input=data if isinstance(data, bytes) else data.encode(), capture_output=True, timeout=600,
                          check=False, **AS_USER)
    tap.equal((done.returncode, done.stderr.decode()), (status, errors), f"status of {words} {data[:80]!r}, which said {done.stdout!r}")
    return done.stdout.decode()


def store(url, user, secret, *options, **more):
    return helper(*options, "store", data=json.dumps({"ServerURL": url, "Username": user, "Secret": secret}), **more)


def get(url):
    answer = json.loads(helper("get", data=url))
    return answer["Username"], answer["Secret"]


def listed():
    return json.loads(helper("list"))


def count():
    return len(keychain("list", "--class", "internet-password").decode().splitlines())


def clean():
    subprocess.run(["keychainctl", "delete", "--class", "internet-password", "--all", "--yes"], stdin=subprocess.DEVNULL,
                   capture_output=True, check=True, user=UID, group=UID, extra_groups=[])


def test_round():
    """store, get, list and erase"""
    tap.equal((helper("list"), helper("get", data="https://index.docker.io/v1/", status=1)), ("{}\n", NOT_FOUND), "nothing at first")
    tap.equal(store("https://index.docker.io/v1/", "anna", "one"), "", "stored")
    tap.equal(helper("get", data="https://index.docker.io/v1/\n"), '{"ServerURL":"https://index.docker.io/v1/","Username":"anna","Secret":"one"}\n',
              "what docker reads")
    store("ghcr.io", "<token>", "two")
    store("http://[::1]:5000", "a@b", 'quotes " and \\ and\nlines \u00e9\u0000')
    tap.equal(listed(), {"https://index.docker.io/v1/": "anna", "ghcr.io": "<token>", "http://[::1]:5000": "a@b"}, "all of them, as docker wrote them")
    tap.equal((get("ghcr.io"), get("https://ghcr.io"), get("http://[::1]:5000")),
              (("<token>", "two"), ("<token>", "two"), ("a@b", 'quotes " and \\ and\nlines \u00e9\u0000')), "each")
    for other in ("http://ghcr.io", "ghcr.io:443", "ghcr.io/x", "io", "https://index.docker.io/v1"):
        tap.equal(helper("get", data=other, status=1), NOT_FOUND, other)
    tap.equal(helper("erase", data="ghcr.io"), "", "erased")
    tap.equal((helper("erase", data="ghcr.io", status=1), helper("get", data="ghcr.io", status=1)), (NOT_FOUND, NOT_FOUND), "gone")
    tap.equal(count(), 2, "items")
    clean()


def test_replaced():
    """a server has one login: another user's takes its place"""
    store("ghcr.io", "anna", "one")
    store("ghcr.io", "anna", "two")
    tap.equal((get("ghcr.io"), count()), (("anna", "two"), 1), "another secret")
    store("https://ghcr.io", "otto", "")
    tap.equal((get("ghcr.io"), listed(), count()), (("otto", ""), {"https://ghcr.io": "otto"}, 1), "another user, an empty secret")
    running = [subprocess.Popen([HELPER, "store"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, **AS_USER) for _ in range(8)]
    for number, process in enumerate(running):
        process.stdin.write(json.dumps({"ServerURL": "ghcr.io", "Username": f"u{number % 3}", "Secret": f"s{number % 3}"}).encode())
        process.stdin.close()
    tap.equal([(process.wait(), process.stdout.read()) for process in running], [(0, b"")] * 8, "at the same moment")
    user, secret = get("ghcr.io")
    tap.equal((secret, listed()), (f"s{user[1:]}", {"ghcr.io": user}), "one of them")
    store("ghcr.io", "anna", "last")
    tap.equal((get("ghcr.io"), count()), (("anna", "last"), 1), "and one is left after the next")
    keychain("update", "--server", "ghcr.io", "--set", "attribute=owner=ops", "--set", "attribute=ServerURL=old")
    store("ghcr.io", "anna", "again")
    text = keychain("find", "--server", "ghcr.io", "--attributes").decode()
    tap.ok("owner=ops" in text and "ServerURL=ghcr.io" in text, f"other attributes stay: {text}")
    keychain("add", "--server", "b.example", "--account", "a", "--security-domain", "docker", data=b"x")
    keychain("add", "--server", "c.example", "--account", "a", "--security-domain", "docker", "--protocol", "ssh", data=b"x")
    tap.equal(listed(), {"ghcr.io": "anna"}, "what docker cannot ask for is not listed")
    clean()


def test_beside_git():
    """git's logins and docker's of one server and user are two"""
    def git(operation, more=""):
        return subprocess.run(["git-credential-keychain", operation], input=f"protocol=https\nhost=gitea.example\n{more}".encode(),
                              capture_output=True, check=True, user=UID, group=UID, extra_groups=[]).stdout.decode()
    git("store", "username=anna\npassword=of git\n")
    store("gitea.example", "anna", "of docker")
    keychain("add", "--server", "other.example", "--account", "anna", "--protocol", "https", data=b"x")
    tap.equal((git("get"), get("gitea.example")), ("username=anna\npassword=of git\n", ("anna", "of docker")), "each has its own")
    tap.equal((listed(), count()), ({"gitea.example": "anna"}, 3), "docker lists its own alone")
    helper("erase", data="gitea.example")
    tap.equal(git("get"), "username=anna\npassword=of git\n", "git's stays")
    store("gitea.example", "anna", "of docker")
    git("erase")
    tap.equal((git("get"), get("gitea.example")), ("", ("anna", "of docker")), "docker's stays")
    clean()
    keychain("add", "--server", "a.example", "--account", "anna", "--protocol", "https", "--security-domain", "docker", "--port", "1",
             "--path", "/v1/", data=b"by hand")
    tap.equal((get("https://a.example:1/v1/"), listed()), (("anna", "by hand"), {"https://a.example:1/v1/": "anna"}), "made by a person")
    keychain("add", "--server", "b.example", "--account", "anna", "--protocol", "https", "--security-domain", "docker", data=b"\xff")
    tap.contains(helper("get", data="b.example", status=1), "the secret is no text", "what JSON cannot say")
    clean()


def test_classes():
    """locked: said on standard output, where docker shows it; another class by the option or by hand"""
    store("ak.example", "u", "p")
    store("ck.example", "u", "p", "--accessible", "ck")
    keybagctl("lock")
    for words, data in ((("get",), "ak.example"), (("store",), '{"ServerURL":"ak.example","Username":"u","Secret":"x"}')):
        tap.contains(helper(*words, data=data, status=1), "locked", f"{words}")
    tap.equal(get("ck.example"), ("u", "p"), "after the first unlock")
    store("ck.example", "v", "q")
    tap.equal(get("ck.example"), ("v", "q"), "it stays what it is")
    tap.equal(json.loads(helper("list", errors="docker-credential-keychain: 1 login is locked and left out: unlock to see it\n")), {"ck.example": "v"}, "the list")
    helper("erase", data="ck.example")
    tap.contains(helper("list", status=1), "locked", "a list of none but locked ones is no empty one")
    keybagctl("unlock")
    tap.equal(get("ak.example"), ("u", "p"), "unlocked")
    keybagctl("lock", "--full")
    for words, data in ((("get",), "ak.example"), (("erase",), "ak.example"), (("list",), "")):
        tap.contains(helper(*words, data=data, status=1), "locked", f"{words} before the first unlock")
    keybagctl("unlock")
    keybagctl("lock")
    helper("erase", data="ak.example")
    keybagctl("unlock")
    tap.equal(count(), 0, "erased while locked")


def test_malformed():
    """malformed, endless and missing input; other words"""
    store("a.example", "u", "p")
    before = keychain("list", "--json")
    for data, text in (("", "the text ends"), ("{}", "no credentials server URL\n"), ('{"ServerURL":"x"}', "no credentials username\n"),
                       ('{"ServerURL":"x","Username":"u\\nv","Secret":"s"}', "control character"), ("[" * 100000, "nested too deeply"),
                       (json.dumps({"ServerURL": "x", "Username": "u", "Secret": "s" * ((1 << 20) + 1)}), "")):
        tap.contains(helper("store", data=data, status=1), text, f"{data[:80]!r}")
    for operation, data, text in (("get", "", "no credentials server URL\n"), ("erase", " \n", "no credentials server URL\n"),
                                  ("erase", b"a\0b", "no text"), ("get", "a:b", "no valid host and port")):
        tap.contains(helper(operation, data=data, status=1), text, f"{operation} {data[:80]!r}")
    done = subprocess.run(f"yes {'x' * 4000} | {HELPER} get", shell=True, capture_output=True, timeout=600, check=False, **AS_USER)
    tap.contains(done.stdout.decode(), "too long", "without end")
    tap.equal(keychain("list", "--json"), before, "nothing was changed")
    store("big.example", "u", "\n" * (1 << 19))
    tap.equal(get("big.example"), ("u", "\n" * (1 << 19)), "a large one")
    tap.equal(helper(status=1), "Usage: docker-credential-keychain <store|get|erase|list|version>\n", "no word")
    tap.equal(helper("frob", status=1), "docker-credential-keychain: unknown action: frob\n", "another one")
    tap.contains(helper("version"), "docker-credential-keychain (keybag) ", "its version")
    for stream in ("<&-", ">&-", "<&- >&- 2>&-"):
        done = subprocess.run(f"{HELPER} get {stream}", shell=True, input=b"a.example", capture_output=True, timeout=600, check=False, **AS_USER)
        tap.equal(done.returncode, 1, f"status of get {stream}")
    clean()


subprocess.run(["useradd", "-m", "-u", str(UID), USER], check=True)
keybagctl("create", *keychaind.CHEAP)
keybagctl("unlock")
tap.main(teardown=lambda: keychaind.remove_user(USER, UID))

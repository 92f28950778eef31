#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: kernel=6.1
"""git with git-credential-keychain(1), as a user without a bus: real git, keybag and keychaind. What of its input is parsed how,
unit/keychain_credential tests; git's own suite is host/git_suite.py."""

import itertools
import os
import subprocess
import sys
import time
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from lib import keychaind, tap  # noqa: E402

USER, UID, PASSCODE = "anna", 1341, b"passcode\n"
AS_USER = {"user": UID, "group": UID, "extra_groups": []}
ASKPASS = "/run/askpass-of-a-test"
HELPER = "git-credential-keychain"


def keybagctl(command, *arguments):
    subprocess.run(["keybagctl", command, "--user", USER, *arguments], input=PASSCODE, check=True, capture_output=True)


def keychain(*arguments, **options):
    return keychaind.as_command(USER, *arguments, **options)[0]


def fields(text):
    return dict(line.split("=", 1) for line in text.splitlines())


def git(command, url, helper="keychain", environment=None, **more):
    """The fields that `git credential` says of a URL, and its standard error."""
    environment = ["PATH=/usr/bin:/bin", f"GIT_ASKPASS={ASKPASS}"] if environment is None else environment
    done = subprocess.run(["env", "-i", *environment, "git", "-c", f"credential.helper={helper}", "credential", command],
                          input="".join(f"{key}={value}\n" for key, value in (("url", url), *more.items())), capture_output=True, text=True,
                          timeout=600, check=False, cwd="/", **AS_USER)
    tap.ok(not done.returncode, f"git credential {command} {url} ({done.returncode}, {done.stderr})")
    return fields(done.stdout), done.stderr


def ask(operation, lines, *options, status=0, **more):
    """The standard output and error of the helper itself."""
    done = subprocess.run([HELPER, *options, operation], input=lines, capture_output=True, timeout=600, check=False, **AS_USER, **more)
    tap.equal(done.returncode, status, f"status of {operation} {lines[:80]!r}, which said {done.stderr!r}")
    return done.stdout, done.stderr.decode()


def direct(operation, url, *options, path=False, status=0, **more):
    """The same, told of a URL as git tells it: its path with PATH, as by credential.useHttpPath."""
    parts = urllib.parse.urlsplit(url)
    lines = {"protocol": parts.scheme, "host": parts.netloc.rpartition("@")[2]}
    if path:
        lines["path"] = parts.path[1:]
    if "@" in parts.netloc:
        lines["username"] = parts.netloc.rpartition("@")[0]
    out, said = ask(operation, "".join(f"{key}={value}\n" for key, value in (lines | more).items()).encode(), *options, status=status)
    return {**lines, "password": "asked", "username": lines.get("username", "asked"), **fields(out.decode())}, said


def fill(url, **options):
    return direct("get", url, **options)[0]


def approve(url, *words, **options):
    return direct("store", url, *words, **options)[1]


def reject(url, **options):
    return direct("erase", url, **options)[1]


def login(url, **options):
    """User and password; "asked" is what git asks a person for."""
    found = fill(url, **options)
    return found["username"], found["password"]


def git_login(url, **options):
    found = git("fill", url, **options)[0]
    return found["username"], found["password"]


def count():
    """The number of items."""
    return len(keychain("list", "--class", "internet-password").decode().splitlines())


def clean():
    subprocess.run(["keychainctl", "delete", "--class", "internet-password", "--all", "--yes"], stdin=subprocess.DEVNULL,
                   capture_output=True, check=True, **AS_USER)


def test_round():
    """git keeps a login, finds, changes and forgets it"""
    url = "https://example.com"
    tap.equal(git_login(url), ("asked", "asked"), "none at first")
    tap.equal(git("approve", url, username="anna", password="one"), ({}, ""), "nothing is said")
    tap.equal(git("fill", url), ({"protocol": "https", "host": "example.com", "username": "anna", "password": "one"}, ""), "found")
    tap.equal(git_login("https://otto@example.com"), ("otto", "asked"), "not for another user")
    for other in ("http://example.com", "https://example.com:8443", "https://www.example.com", "ftp://example.com"):
        tap.equal(login(other), ("asked", "asked"), other)
    git("approve", url, username="anna", password="two")
    tap.equal((login("https://anna@example.com"), count()), (("anna", "two"), 1), "replaced")
    git("reject", url, username="anna", password="one")
    tap.equal(login(url), ("anna", "two"), "another password is not forgotten")
    git("reject", url, username="anna", password="two")
    tap.equal((git_login(url), count()), (("asked", "asked"), 0), "forgotten")


def test_accounts():
    """several accounts of a host: each by its name, the newest without one; all of a host are forgotten together"""
    for user in ("a", "b@c%40d", "é"):
        approve("https://example.com", username=user, password=f"of {user}=")
    for user in ("a", "b@c%40d", "é"):
        tap.equal(fill("https://example.com", username=user)["password"], f"of {user}=", user)
    tap.equal(login("https://example.com"), ("é", "of é="), "the newest")
    approve("https://example.com", username="a", password="new")
    tap.equal(login("https://example.com"), ("a", "new"), "changed last")
    approve("https://example.com", username="b@c%40d", password="of b@c%40d=")
    tap.equal(login("https://example.com"), ("a", "new"), "what is stored already is not written")
    approve("https://other.example", username="a", password="x")
    reject("https://example.com")
    tap.equal((login("https://example.com"), login("https://other.example")), (("asked", "asked"), ("a", "x")), "one host's")
    clean()


def test_paths():
    """a path counts where git sends one"""
    approve("https://example.com/a.git", username="u", password="of a", path=True)
    tap.equal(login("https://example.com/b.git", path=True), ("asked", "asked"), "another path")
    tap.equal(login("https://example.com/a.git", path=True), ("u", "of a"), "this one")
    tap.equal(login("https://example.com/a.git"), ("u", "of a"), "any, where paths do not count")
    approve("https://example.com", username="u", password="of all")
    tap.equal((login("https://example.com/b.git"), count()), (("u", "of all"), 2), "the host's own before that of a path")
    approve("https://example.com/a.git", username="u", password="of a, new", path=True)
    tap.equal((login("https://example.com/a.git", path=True), login("https://example.com"), count()),
              (("u", "of a, new"), ("u", "of all"), 2), "each is replaced by itself")
    reject("https://example.com/a.git", username="u", password="of a, new", path=True)
    tap.equal((login("https://example.com"), count()), (("u", "of all"), 1), "and forgotten")
    clean()
    git("approve", "cert:///home/anna/key.pem", username="", password="passphrase")
    tap.equal(git_login("cert:///home/anna/key.pem", username=""), ("", "passphrase"), "a certificate, which has no host")
    tap.equal(ask("get", b"protocol=cert\nhost=\npath=home/anna/other.pem\n"), (b"", ""), "another one")
    clean()


def test_hosts():
    """ports and addresses"""
    for host in ("[::1]:8080", "example.com:8080"):
        approve(f"https://{host}", username="u", password=f"of {host}")
    for host in ("[::1]:8080", "example.com:8080"):
        tap.equal(login(f"https://{host}"), ("u", f"of {host}"), host)
    for host in ("example.com", "[::1]", "example.com:08080"):
        tap.equal(ask("get", f"protocol=https\nhost={host}\n".encode())[0], b"", host)
    tap.equal(keychain("find", "--server", "::1", "--port", "8080"), b"of [::1]:8080", "as keychainctl finds it")
    clean()


def test_expiry():
    """expiry and refresh token come back; an expired password does not, its token does"""
    def get(user):
        return fields(ask("get", f"capability[]=authtype\nprotocol=https\nhost=example.com\nusername={user}\n\n".encode())[0].decode())

    def store(user, lines):
        ask("store", f"protocol=https\nhost=example.com\nusername={user}\npassword=p\n{lines}".encode())

    store("a", "password_expiry_utc=9999999999\noauth_refresh_token=t=1\n")
    tap.equal(get("a"), {"username": "a", "password": "p", "password_expiry_utc": "9999999999", "oauth_refresh_token": "t=1"}, "both")
    store("a", "")
    tap.equal(get("a").get("oauth_refresh_token"), "t=1", "kept when a git that does not know it stores the same password")
    store("a", "password_expiry_utc=9999999998\n")
    tap.equal(get("a"), {"username": "a", "password": "p", "password_expiry_utc": "9999999998"}, "replaced")
    store("b", f"password_expiry_utc={int(time.time()) - 1}\noauth_refresh_token=t\n")
    tap.equal(get("b"), {"username": "b", "oauth_refresh_token": "t"}, "expired, with a token")
    store("c", "password_expiry_utc=1\n")
    tap.equal(get("c"), {}, "expired, without")
    tap.equal(login("https://example.com"), ("a", "p"), "one that is good before a newer one that is expired")
    store("c", "")
    tap.equal(get("c"), {"username": "c", "password": "p"}, "given again")
    ask("store", b"capability[]=authtype\nprotocol=https\nhost=e.example\nusername=u\npassword=p\nephemeral=1\n")
    ask("store", b"protocol=https\nhost=e.example\nauthtype=Bearer\ncredential=x\n")
    tap.equal(login("https://e.example"), ("asked", "asked"), "what is ephemeral, or no password, is not stored")
    ask("erase", b"protocol=https\nhost=example.com\nusername=b\npassword=p\n")
    tap.equal(get("b"), {}, "the password alone is compared")
    clean()


def test_no_password():
    """a token of another helper, which is no password, is not stored, and when it is refused no login is forgotten"""
    token = b"capability[]=authtype\nprotocol=https\nhost=example.com\nauthtype=Bearer\n"
    approve("https://example.com", username="a", password="p")
    approve("https://example.com", username="b", password="q")
    for lines in (b"credential=x\n", b"credential=\n", b"username=a\ncredential=x\n", b"credential=x\nephemeral=1\nstate[]=other.a=1\n"):
        tap.equal(ask("erase", token + lines), (b"", ""), f"erase {lines}")
        tap.equal(ask("store", token + lines), (b"", ""), f"store {lines}")
    tap.equal((login("https://a@example.com"), login("https://b@example.com"), count()), (("a", "p"), ("b", "q"), 2), "both logins stay")
    ask("erase", token + b"credential=x\nusername=a\npassword=p\n")
    tap.equal((login("https://a@example.com"), count()), (("a", "asked"), 1), "a password that was refused with it is forgotten")
    ask("erase", b"capability[]=authtype\nprotocol=https\nhost=example.com\n")
    tap.equal(count(), 0, "without either all are, as a person asks for it")


def test_made_by_hand():
    """items that a person made with keychainctl(1) serve git"""
    keychain("add", "--server", "example.com", "--account", "anna", "--protocol", "https", data=b"by hand\n")
    tap.equal(login("https://example.com"), ("anna", "by hand"), "the first line")
    approve("https://example.com", username="anna", password="by hand")
    tap.equal((keychain("find", "--server", "example.com"), count()), (b"by hand\n", 1), "used as it is")
    clean()
    keychain("add", "--server", "example.com", "--account", "anna", data=b"no protocol")
    tap.equal((login("https://example.com"), login("http://example.com")), (("anna", "no protocol"), ("asked", "asked")),
              "without a protocol it is for https")
    approve("https://example.com", username="anna", password="new")
    tap.equal((login("https://example.com"), count()), (("anna", "new"), 1), "and changed in its place")
    reject("https://example.com", username="anna", password="new")
    tap.equal(count(), 0, "and forgotten")
    keychain("add", "--server", "example.com", "--protocol", "https", data=b"nobody's")
    tap.equal(login("https://example.com"), ("asked", "nobody's"), "without an account git asks for the user")
    tap.equal(count(), 1, "and it stays")
    clean()
    keychain("add", "--server", "example.com", "--account", "anna", "--protocol", "https", "--authentication-type", "html-form",
             data=b"of a form")
    tap.equal(login("https://example.com"), ("asked", "asked"), "that of a form is not git's")
    approve("https://example.com", username="anna", password="git's")
    reject("https://example.com", username="anna", password="git's")
    tap.equal(keychain("find", "--server", "example.com"), b"of a form", "nor changed by it, nor forgotten")
    clean()
    keychain("add", "--server", "example.com", "--account", "anna", "--protocol", "https", data=b"by hand\nhint: blue\n\nmore")
    approve("https://example.com", username="anna", password="new", password_expiry_utc="4000000000")
    tap.equal(keychain("find", "--server", "example.com"), b"new\npassword_expiry_utc=4000000000\nhint: blue\nmore", "other lines stay")
    clean()
    keychain("add", "--server", "example.com", "--account", "anna", "--protocol", "https", data=b"old\npassword_expiry_utc=5\nhint: blue")
    approve("https://example.com/a.git", username="anna", password="of a", path=True)
    approve("https://example.com", username="anna", password="new")
    reject("https://example.com/a.git", username="anna", password="of a", path=True)
    tap.equal(keychain("find", "--server", "example.com"), b"new\nhint: blue", "also beside a login of a path that is good")
    clean()
    keychain("add", "--server", "example.com", "--account", "anna", data=b"x")
    reject("https://example.com")
    tap.equal(count(), 0, "without a password, too")
    keychain("add", "--server", "example.com", "--account", "two\nlines", "--protocol", "https", data=b"x")
    keychain("add", "--server", "example.com", "--account", "nul", "--protocol", "https", data=b"a\0b")
    keychain("add", "--server", "example.com", "--account", "none", "--protocol", "https", "--no-secret")
    tap.equal(login("https://example.com"), ("asked", "asked"), "what cannot be said to git is not")
    approve("https://example.com", username="nul", password="x")
    approve("https://example.com", username="none", password="y")
    tap.equal((login("https://nul@example.com"), login("https://none@example.com"), count()), (("nul", "x"), ("none", "y"), 3), "and can be replaced")
    clean()


def test_surroundings():
    """no bus, no HOME, nothing in the environment, as in cron; a new session as over ssh"""
    git("approve", "https://example.com", username="anna", password="p",
        environment=["DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent", "PATH=/usr/bin:/bin"])
    for environment in ([f"GIT_ASKPASS={ASKPASS}"], ["HOME=/nonexistent", "PATH=/usr/bin", f"GIT_ASKPASS={ASKPASS}"]):
        tap.equal(git_login("https://example.com", environment=environment), ("anna", "p"), f"{environment}")
    done = subprocess.run(["env", "-i", "setsid", "-w", f"/usr/bin/{HELPER}", "get"], input=b"protocol=https\nhost=example.com\n",
                          capture_output=True, check=True, **AS_USER)
    tap.equal(fields(done.stdout.decode())["password"], "p", "with nothing at all")
    clean()


def test_classes():
    """when unlocked by default, another class where the option says so; locked ones are told, and git asks"""
    approve("https://ak.example", username="u", password="p")
    git("approve", "https://ck.example", username="u", password="p", helper="keychain --accessible ck")
    approve("https://ck.example", username="u", password="q")
    approve("https://both.example", username="a", password="p")
    approve("https://both.example", "--accessible", "ck", username="c", password="p")
    approve("https://moved.example", username="u", password="p")
    approve("https://moved.example", "--accessible=ck", username="u", password="p")
    approve("https://later.example", "--accessible", "ck", username="c", password="p")
    approve("https://later.example", username="a", password="p")
    keychain("add", "--server", "dk.example", "--account", "u", "--accessible", "dk", data=b"always")
    keybagctl("lock")
    found, said = git("fill", "https://ak.example")
    tap.equal((found["username"], found["password"]), ("asked", "asked"), "locked: git asks")
    tap.contains(said, "git-credential-keychain: https://ak.example: ", "of what")
    tap.contains(said, "locked", "why")
    tap.contains(git("approve", "https://ak.example", username="u", password="new")[1], "locked", "not stored")
    tap.contains(reject("https://ak.example", username="u", password="p", status=3), "locked", "not compared")
    tap.contains(approve("https://new.example", username="u", password="new", status=3), "locked", "nothing new")
    for url, user, password in (("https://ck.example", "u", "q"), ("https://both.example", "c", "p"), ("https://moved.example", "u", "p")):
        tap.equal(login(url), (user, password), url)
    approve("https://ck.example", username="u", password="r")
    approve("https://ck-new.example", "--accessible", "ck", username="u", password="s")
    tap.equal((git_login("https://ck.example"), login("https://ck-new.example")), (("u", "r"), ("u", "s")), "stored while locked")
    tap.equal(ask("get", b"protocol=https\nhost=ak.example\n", status=3)[0], b"", "its status")
    found, said = git("fill", "https://later.example")
    tap.equal(found["password"], "asked", "where the one that was changed last is locked, no other account is told")
    tap.contains(said, "changed later and is locked", "why")
    tap.equal(login("https://c@later.example"), ("c", "p"), "but for one that is named")
    reject("https://both.example")
    keybagctl("unlock")
    tap.equal(login("https://ak.example"), ("u", "p"), "unlocked: it is there")
    tap.equal(login("https://both.example"), ("asked", "asked"), "forgotten while it was locked")
    keybagctl("lock", "--full")
    for url in ("https://ak.example", "https://ck.example"):
        found, said = direct("get", url, status=3)
        tap.equal(found["password"], "asked", "before the first unlock")
        tap.contains(said, "locked", "why")
        tap.contains(approve(url, username="u", password="new", status=3), "locked", "not stored")
        tap.contains(reject(url, status=3), "locked", "not forgotten")
    tap.equal(login("https://dk.example"), ("u", "always"), "before the first unlock, what is always there, without a protocol")
    keybagctl("unlock")
    tap.equal((login("https://ak.example"), login("https://ck.example")), (("u", "p"), ("u", "r")), "all as before")
    clean()


def test_malformed():
    """malformed and endless input, closed streams"""
    approve("https://example.com", username="anna", password="p")
    before = keychain("list", "--json")
    where = b"protocol=https\nhost=example.com\n"
    for operation, lines in itertools.product(("get", "store", "erase"), (b"", b"protocol=https\n")):
        tap.contains(ask(operation, lines, status=2)[1], "the protocol and the host, or the path, are needed", operation)
    for lines in (b"username=anna\n", b"host=example.com\n", b"protocol=https\nhost=\npath=\n", b"\n" + where):
        tap.contains(ask("erase", lines, status=2)[1], "the protocol and the host, or the path, are needed", f"erase {lines}")
    for line, text in ((b"username", "a line has no '='"), (b"username=a\0b", "NUL"), (b"username=" + b"x" * (1 << 20), "too long")):
        tap.contains(ask("store", where + line + b"\n", status=2)[1], text, text)
    done = subprocess.run(f"yes a={'b' * 4000} | {HELPER} get", shell=True, capture_output=True, timeout=600, check=False, **AS_USER)
    tap.contains(done.stderr.decode(), "too long", "without end")
    tap.equal(ask("store", where + b"username=\xff\npassword=x\n", status=1)[0], b"", "no UTF-8")
    tap.equal(keychain("list", "--json"), before, "nothing was changed")
    answer = b"username=anna\npassword=p\n"
    tap.equal(ask("get", where + b"wwwauth[]=" + b"x" * (1 << 20) + b"\n")[0], answer, "a long line that is none of ours")
    tap.equal(ask("get", where + b"\nhost=evil\n" + b"x" * (1 << 20))[0], answer, "nothing behind the empty line")
    tap.equal(ask("get", where[:-1])[0], answer, "without the last end of a line")
    for operation in ("capability", "GET", ""):
        tap.equal(ask(operation, where), (b"", ""), f"{operation!r} is none")
    tap.contains(ask("get", where, "--accessible", "maybe", status=2)[1], "'maybe' is no protection class: it is ak, ck", "a class")
    tap.contains(ask("get", where, "--accesible", "ck", status=2)[1], "did you mean '--accessible'?", "an option")
    tap.contains(ask("get", where, "store", status=2)[1], "one operation is taken, and there are 2", "two operations")
    for stream in ("<&-", ">&-", "<&- >&- 2>&-"):
        done = subprocess.run(f"{HELPER} get {stream}", shell=True, input=where, capture_output=True, timeout=600, check=False, **AS_USER)
        tap.equal(done.returncode, 2 if "<" in stream else 1, f"status of get {stream}, {done.stderr}")
    done = subprocess.run(f"{HELPER} get > /dev/full", shell=True, input=where, capture_output=True, timeout=600, check=False, **AS_USER)
    tap.equal((done.returncode, done.stderr), (1, b"git-credential-keychain: standard output: No space left on device\n"), "a full disk")
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run([HELPER, "get"], input=where, stdout=writing, stderr=subprocess.PIPE, timeout=600, check=False, **AS_USER)
    os.close(writing)
    tap.equal((done.returncode, done.stderr), (1, b"git-credential-keychain: standard output: Broken pipe\n"), "nobody reads")
    limited = subprocess.run(["prlimit", "--memlock=65536", HELPER, "get"], input=where, capture_output=True, timeout=600, check=False, **AS_USER)
    tap.equal((limited.returncode, limited.stdout), (0, answer), "with 64 KiB of locked memory")
    clean()


def test_concurrent():
    """logins that are stored at the same moment: one item each, none lost, none twice"""
    running = [subprocess.Popen([HELPER, "store"], stdin=subprocess.PIPE, stderr=subprocess.PIPE, **AS_USER) for _ in range(12)]
    for number, process in enumerate(running):
        process.stdin.write(f"protocol=https\nhost=example.com\nusername=u{number % 4}\npassword=p{number}\n".encode())
        process.stdin.close()
    tap.equal([(process.wait(), process.stderr.read()) for process in running], [(0, b"")] * 12, "each is stored")
    tap.equal(count(), 4, "items")
    for user in range(4):
        tap.ok(int(fill("https://example.com", username=f"u{user}")["password"][1:]) % 4 == user, "a password of that user's")
    clean()


def test_argv():
    """neither arguments nor environment of any process have the password"""
    trace = f"/home/{USER}/trace"
    git("approve", "https://example.com", username="anna", password="geheimnis")
    done = subprocess.run(["strace", "-f", "-s", "4096", "-v", "-e", "trace=execve", "-o", trace, "git", "-c", "credential.helper=keychain",
                           "credential", "fill"], input=b"url=https://example.com\n", capture_output=True, timeout=600, check=True, cwd="/", **AS_USER)
    tap.contains(done.stdout, b"geheimnis", "the answer")
    with open(trace, "rb") as file:
        calls = file.read()
    tap.contains(calls, HELPER.encode(), "the trace")
    tap.ok(b"geheimnis" not in calls, "the password is in no execve()")
    clean()


def test_no_keybag():
    """without a keybag git asks, and the message says what to do"""
    subprocess.run(["useradd", "-m", "-u", "1342", "otto"], check=True)
    try:
        done = subprocess.run([HELPER, "get"], input="protocol=https\nhost=a\n", capture_output=True, text=True, timeout=600, check=False,
                              user=1342, group=1342, extra_groups=[])
        tap.equal((done.returncode, done.stdout), (10, ""), "status")
        tap.contains(done.stderr, "keybagctl create", "what to do")
    finally:
        subprocess.run(["userdel", "-rf", "otto"], check=False, capture_output=True)


subprocess.run(["useradd", "-m", "-u", str(UID), USER], check=True)
keybagctl("create", *keychaind.CHEAP)
keybagctl("unlock")
with open(ASKPASS, "w", encoding="ascii") as script:
    script.write("#!/bin/sh\necho asked\n")
os.chmod(ASKPASS, 0o755)


def teardown():
    keychaind.remove_user(USER, UID)
    os.unlink(ASKPASS)


tap.main(teardown=teardown)

#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: kernel=6.1 timeout=1800
"""Messages of keychainctl(1) to people, the default keychain, and keychains that cannot be opened."""

import base64
import json
import os
import pathlib
import pwd
import shlex
import shutil
import signal
import subprocess
import sys
import termios
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from lib import keychaind, tap  # noqa: E402
from lib.keychaind import STATE, as_user, genp, in_child  # noqa: E402

USER, UID = "anna", 1315
AS_USER = ["setpriv", "--reuid", USER, "--regid", USER, "--init-groups"]


def keychain(*arguments, **options):
    return keychaind.as_command(USER, *arguments, **options)[0]


def said(*arguments, **options):
    """The text on standard error."""
    return keychaind.as_command(USER, *arguments, **options)[1]


def test_texts():
    """keychainctl(1) says to people what is in the way, what would be done, what is not there"""
    tap.equal(keychaind.as_command(USER, "list"), (b"", ""), "an empty list")
    keychain("add", "--account", "a", data=b"x")
    reference = json.loads(keychain("find", "--account", "a", "--json"))["items"][0]["reference"]["data"]
    text = said("add", "--account", "a", data=b"x", status=12)
    tap.contains(text, f"--reference {base64.b64decode(reference).hex()}", "a duplicate")
    tap.contains(text, "an item of class password with account a is there already", "what is the same")
    tap.contains(text, "change that one with --replace; or give another account or service", "the two ways on")
    keychain("add", "--account", "b", data=b"x")
    text = said("update", "--account", "b", "--set", "account=a", status=12)
    tap.contains(text, "with account a is there already", "a change that collides")
    tap.contains(text, "delete that one first; or give another account or service", "the ways on after it")
    keychain("delete", "--account", "b", "--all")
    tap.contains(said("find", "--port", "x", status=2), "--port: it takes a number", "no number")
    tap.contains(said("find", "--synchronizable", "x", status=2), "yes, no or any", "no boolean")
    tap.contains(said("find", "--accessible", "x", status=2), "it takes ak, ck,", "no protection class")
    for command, text in ((["find", "colour=red"], "there is no attribute 'colour': 'keychainctl find --help' lists them"),
                          (["update", "--all", "--set", "acount=x"], "no attribute 'acount'; did you mean 'account'?"),
                          (["find", "acct=a"], "there is no attribute 'acct'"),
                          (["update", "--all", "--set", "labl=x"], "did you mean 'label'?"),
                          (["find", "--colour", "red"], "there is no option '--colour' here: see 'keychainctl find --help'"),
                          (["find", "--acc", "a"], "there is no option '--acc' here; did you mean '--acc")):
        tap.contains(said(*command, status=2), text, f"{command}, which there is not")
    tap.contains(said("find", "--class", "genp", status=2), "password, internet-password, certificate, key", "a class")
    tap.contains(said("find", "--class", "password", "--server", "x", status=2),
                 "items of class password have no attribute server: it is one of class internet-password", "a class without it")
    tap.contains(said("find", "--server", "x", "--service", "y", status=2), "no class of items has all", "no class")
    for port in ("-1", "65536", "http"):
        tap.contains(said("add", "--server", "x", f"--port={port}", status=2), "a number from 0 to 65535", "a port")
    tap.contains(said("add", "--server", "x", "--protocol", "htp", status=2), "it takes http, https,", "a protocol")
    tap.contains(said("import", "--accessible", "x", "--dry-run", "/dev/null", status=2), "it takes ak, ck,", "of import neither")
    tap.contains(said("find", "--limit", "x", "--json", status=2), "--limit takes a number", "no limit")
    for contradicting in (["find", "--json"], ["delete"]):
        tap.contains(said(*contradicting, "--all", "--limit", "1", status=2), "contradict", "all and a limit")
    for broken in (["list", "-k", b"\xff"], ["keychains", "create", b"\xff"], ["find", b"\xff=1"], ["find", b"\xff"], ["move", "--from", b"\xff"]):
        tap.contains(said(*broken, status=2), "is not UTF-8", f"{broken}")
    tap.contains(said("update", "--set", "label=x", status=2), "--all", "a change of all items without saying so")
    keychain("update", "--set", "label=x", "--all")
    tap.contains(said("keychains", "delete", status=2), "takes the name of one", "a keychain without name")
    tap.contains(said("keychains", "nonsense", status=2), "takes list, create NAME", "keychains without a verb")
    tap.contains(said("access", "nogroup", status=9), "'nogroup' is not granted", "a group that nobody holds")
    tap.contains(keychain("access", f"unconfined.{UID}").decode(), f"default group unconfined.{UID}", "one's own group")
    held = json.loads(keychain("access", f"unconfined.{UID}", "--json"))
    tap.equal((len(held["groups"]), held["files"]), (1, []), "the same in JSON")
    tap.equal(keychain("class", "ck", "--account", "a", "--dry-run"), b"to be changed: 1 item\n", "dry run")
    tap.equal(keychain("class", "ck", "--account", "a"), b"changed: 1 item\n", "change of class")
    tap.equal(json.loads(keychain("class", "ak", "--account", "a", "--json", "--dry-run")),
              {"format": 1, "count": 1, "dry_run": True},
              "the same as JSON")
    tap.contains(said("find", "--account", status=2), "option '--account' lacks its value: see 'keychainctl find", "an option without value")
    tap.contains(said("move", "--from-prefix", "NONE", "--to-prefix", "X", status=9), "begins with 'NONE.'", "a prefix")
    tap.contains(said("call", "--nonsense", status=2), "there is no option '--nonsense'", "an option of call")
    requests = b'{"op":"copy","query":{"class":"genp","acct":"a"}}\n\n{bad\n{"op":"keychain-default"}'
    answers = [json.loads(line) for line in keychain("call", "--lines", data=requests).splitlines()]
    tap.equal([answer["status"] for answer in answers], [0, -50, 0], "answers to lines")
    tap.equal(answers[2]["result"], {"default": "login"}, "the last one")
    keychain("call", "--lines", data=b"x" * (2 << 20), status=1)
    tap.contains(said("call", data=b"x" * (2 << 20 | 1), status=1), "the request is longer than 2 MiB", "a long request")
    keychain("delete", "--account", "a", "--all")


def test_refused_requests():
    """a message is text also where a name is cut in the midst of a character; dates are of the years 1 to 9999"""
    for name in ("x" * at + "\u00e9\u20ac\U0001f600" * 20 for at in range(4)):
        for request in ({"query": {"class": "genp", name: 1}}, {"query": {"class": name}}, {name: 1, "query": {}}):
            answer = json.loads(keychain("call", data=json.dumps({"op": "copy", **request}).encode()))
            tap.ok(answer["status"] != -25291, f"{request}: {answer['message']}")
    for date in (253402300800, -62135596801, 1e15, -1e15):
        request = {"op": "add", "query": {"class": "keys", "kcls": 2, "sdat": date}}
        tap.equal(json.loads(keychain("call", data=json.dumps(request).encode()))["status"], -50, f"{date}")


def test_words():
    """a word is found where its characters are, not where its bytes are"""
    keychain("add", "--account", "\u0411\u0430\u043d\u043a", data=b"x")
    keychain("add", "--account", "Br\u00fcssel 20\u00b0", data=b"x")
    for word, count in (("\u00b0", 1), ("\u00b1", 0), ("\u0431\u0410", 1), ("BR\u00dcSS", 1), ("\u00bc", 0)):
        found = json.loads(keychain("find", word, "--json", status=0 if count else 9) or b'{"items": []}')
        tap.equal(len(found.get("items", [])), count, word)
    keychain("delete", "--all", "--yes")


def test_locked_memory():
    """64 KiB of locked memory are enough for what fits, and what does not fit says what to raise"""
    def add(secret):
        done = subprocess.run(["prlimit", "--memlock=65536", *AS_USER, "keychainctl", "add", "--account", "locked"],
                              input=secret, capture_output=True, check=False)
        return done.returncode, done.stderr.decode()
    tap.equal(add(b"x"), (0, ""), "a short secret")
    status, text = add(b"x" * 500000)
    tap.equal(status, 1, "status of a long one")
    tap.contains(text, "the limit of it is 64 KiB: raise it (ulimit -l", "a long one")
    keychain("delete", "--account", "locked", "--all")


def test_many():
    """more items of a class than a request may have entries are listed and found, as are those of several pages"""
    numbers = range(1100)
    requests = "".join(json.dumps({"op": "add", "query": {"class": "genp", "acct": f"many{number}"}}) + "\n" for number in numbers)
    answers = keychain("call", "--lines", data=requests.encode()).splitlines()
    tap.equal({json.loads(answer)["status"] for answer in answers}, {0}, "adding")
    accounts = {f"many{number}" for number in numbers}
    for command in (["list"], ["find", "--class", "password", "--all", "--attributes"]):
        found = json.loads(keychain(*command, "--json"))["items"]
        tap.ok(accounts <= {item["account"] for item in found}, f"{command}: {len(found)}")
    tap.equal(keychain("list", "--class", "password").count(b"many"), 1100, "lines of the list")
    keychain("delete", "--class", "password", "--all", "--yes")


def on_terminal(*arguments, prefix=()):
    """The text that keychainctl(1) shows the user on a terminal, and its exit status."""
    command = shlex.join(["env", "-u", "NO_COLOR", "TERM=xterm", *prefix, *AS_USER, "keychainctl", *arguments])
    done = subprocess.run(["script", "-qec", command, "/dev/null"], stdin=subprocess.DEVNULL, capture_output=True, timeout=600,
                          check=False)
    return done.stdout.decode().replace("\r", ""), done.returncode


def test_list_columns():
    """a list on a terminal is aligned whatever letters are in it, and cuts nothing off; a pipe gets tabs, and no heading"""
    long = "b" * 5000
    for service in ("mail", "тест", "s" * 30):
        keychain("add", "--account", "a", "--service", service, data=b"x")
    keychain("add", "--account", long, data=b"x")
    shown, status = on_terminal("list", prefix=["NO_COLOR=1"])
    lines = shown.splitlines()
    tap.equal(status, 0, "status")
    place = lines[0].index("ACCOUNT")
    tap.equal(sorted(line[place:] for line in lines[1:] if "sss" not in line), ["a", "a", long], "accounts")
    tap.ok(any(line.endswith("s" * 30 + "  a") for line in lines), "a service that is too long for its column")
    tap.ok("\033" not in shown, "no colour where NO_COLOR forbids it")
    tap.contains(on_terminal("list")[0], "\033[1mCLASS", "a heading in bold")
    tap.contains(on_terminal("find", "--account", "a", "--attributes")[0], "\033[1maccount:\033[0m a", "a name in bold")
    piped = [line.split("\t") for line in keychain("list").decode().splitlines()]
    tap.equal(sorted(piped)[0], ["password", "ak", f"unconfined.{UID}", "", long], "a line for a pipe")
    tap.equal([len(line) for line in piped], [5] * 4, "fields for a pipe")
    tap.ok("\033" not in keychain("find", "--account", "a", "--attributes").decode(), "no colour for a pipe")
    name, size, items, default = keychain("keychains").decode().splitlines()[0].split("\t")
    tap.equal((name, size.isdigit(), items, default), ("login", True, "4", "default"), "keychains for a pipe")
    tap.contains(on_terminal("keychains")[0], "4 items  (default)", "keychains on a terminal")
    keychain("delete", "--all", "--yes")


def test_names():
    """attributes have names that people read, in options, --set, text and JSON; letters only where they are asked for"""
    keychain("add", "--account", "me", "--service", "mail", "--label", "My mail", "--comment", "private", data=b"x")
    text = keychain("find", "--account", "me", "--attributes").decode()
    names = [line.partition(":")[0] for line in text.splitlines()]
    tap.equal(sorted(names), ["access-group", "accessible", "account", "class", "comment", "created", "label", "modified",
                              "reference", "service"], "names in text, without what is empty")
    tap.contains(text, "class: password\n", "text")
    found = json.loads(keychain("find", "--account", "me", "--json"))
    tap.equal((found["format"], found["withheld"]), (1, {"count": 0, "classes": []}), "JSON")
    tap.equal(sorted(found["items"][0]), sorted([*names, "secret"]), "names in JSON")
    raw = json.loads(keychain("find", "acct=me", "--raw", "--json"))["items"][0]
    tap.equal((raw["acct"], raw["class"], raw["vwht"], raw["v_Data"]), ("me", "genp", "", {"data": "eA=="}), "letters")
    tap.contains(keychain("find", "--raw", "acct=me", "--attributes").decode(), "vwht: \n", "letters in text")
    keychain("update", "--account", "me", "--set", "label=Post", "--set", "invisible=yes")
    text = keychain("find", "--account", "me", "--attributes").decode()
    tap.contains(text, "label: Post\n", "a label that was set")
    tap.contains(text, "invisible: yes\n", "a boolean")
    keychain("update", "--account", "me", "--raw", "--set", "labl=Brief")
    tap.contains(keychain("find", "--account", "me", "--attributes").decode(), "label: Brief\n", "one set by letters")
    keychain("add", "--server", "mail.example.org", "--protocol", "imaps", "--port", "993", "--account", "me", data=b"y")
    text = keychain("find", "--server", "mail.example.org", "--attributes").decode()
    for line in ("class: internet-password\n", "protocol: imaps\n", "port: 993\n"):
        tap.contains(text, line, "an internet password, which --server made it")
    tap.contains(keychain("find", "--raw", "ptcl=imps", "class=inet", "--attributes").decode(), "ptcl: imps\n", "as it is stored")
    tap.equal(keychain("find", "--protocol", "imaps"), b"y", "found by its protocol")
    reference = base64.b64decode(found["items"][0]["reference"]["data"]).hex()
    tap.equal(keychain("find", "--reference", reference), b"x", "found by its reference")
    for item_class in ("password", "internet-password"):
        keychain("delete", "--class", item_class, "--all", "--yes")


def test_words():
    """'find WORD' lists what has it in service, server, account or label, and never prints a secret"""
    keychain("add", "--account", "me", "--service", "Mail", data=b"SECRET1")
    keychain("add", "--account", "e-mail", data=b"SECRET2")
    keychain("add", "--server", "mail.example.org", "--account", "you", data=b"SECRET3")
    keychain("add", "--account", "other", "--label", "my mailbox", data=b"SECRET4")
    keychain("add", "--account", "nothing", "--service", "M\u00dcNCHEN \u0416\u0423\u041a", data=b"SECRET5")
    for word in ("m\u00fcnchen", "M\u00dcNCH", "\u0436\u0443\u043a"):
        tap.equal(len(keychain("find", word).splitlines()), 1, f"letters of all scripts have cases: {word}")
    lines = keychain("find", "mail").decode().splitlines()
    tap.equal(len(lines), 4, f"items with the word: {lines}")
    tap.ok("SECRET" not in " ".join(lines), "no secret in the list")
    tap.equal(len(keychain("find", "mail", "example").splitlines()), 1, "both words")
    tap.equal(len(keychain("find", "mail", "--class", "internet-password").splitlines()), 1, "a word and a class")
    found = json.loads(keychain("find", "MAILBOX", "--json"))
    tap.equal([item["account"] for item in found["items"]], ["other"], "JSON")
    tap.ok("secret" not in found["items"][0], "no secret in it")
    tap.contains(keychain("find", "mailbox", "--attributes").decode(), "label: my mailbox\n", "attributes")
    tap.contains(said("find", "nowhere", status=9), "no item has that", "a word that is nowhere")
    tap.equal(json.loads(keychain("find", "nowhere", "--json", status=9))["items"], [], "the same in JSON")
    tap.contains(said("find", "--account", "nobody", status=9), "no item of class password matches", "no such item")
    tap.contains(said("find", "mail", "--all", status=2), "leave out --all", "a word and --all")
    for bare in (["find"], ["find", "--json"], ["find", "--class", "internet-password"], ["find", "--json", "--limit", "2"]):
        stdout, stderr = keychaind.as_command(USER, *bare, status=2)
        tap.equal(stdout, b"", f"{bare}")
        tap.contains(stderr, "which item?", f"{bare}")
    tap.equal(len(json.loads(keychain("find", "--all", "--json"))["items"]), 4, "all, where they are asked for")
    tap.contains(on_terminal("find", "mailbox")[0], "for the secret of one name its attributes", "the next step, on a terminal")
    for item_class in ("password", "internet-password"):
        keychain("delete", "--class", item_class, "--all", "--yes")


def typed(*arguments, answers):
    """The text that keychainctl(1) shows when the user types ANSWERS, and its exit status."""
    done = subprocess.run([sys.executable, os.path.join(os.path.dirname(__file__), "lib/terminal.py"), *AS_USER, "keychainctl",
                           *arguments, "--", *answers], capture_output=True, timeout=600, check=False)
    return done.stdout.decode(), done.returncode


def test_typed_secrets():
    """a secret that is typed is asked for twice, and an empty one confirmed; a binary one stays off the terminal"""
    twice = ["Secret: ", "one", "once more: "]
    shown, status = typed("add", "--account", "typed", answers=[*twice, "one"])
    tap.equal(status, 0, shown)
    tap.equal(keychain("find", "--account", "typed"), b"one", "the secret")
    shown, status = typed("update", "--account", "typed", "--secret", answers=[*twice, "two", "not the same", "x",
                                                                             "once more: ", "y", *twice, "one"])
    tap.equal(status, 0, f"the third time, {shown}")
    shown, status = typed("add", "--account", "empty", answers=["Secret: ", "", "once more: ", "", r"\[y/N\] ", ""])
    tap.equal(status, 2, f"an empty one, {shown}")
    tap.contains(shown, "nothing was stored", "an empty one")
    keychain("find", "--account", "empty", status=9)
    shown, status = typed("add", "--account", "empty", answers=["Secret: ", "", "once more: ", "", r"\[y/N\] ", "y"])
    tap.equal(status, 0, f"an empty one that was confirmed, {shown}")
    tap.equal(keychain("find", "--account", "empty"), b"", "it")
    keychain("add", "--account", "binary", data=b"\x1b[2J\0")
    shown, status = on_terminal("find", "--account", "binary")
    tap.equal(status, 1, shown)
    tap.contains(shown, "the secret is no text (5 bytes)", "a binary secret")
    tap.ok("\033[2J" not in shown, "it is not on the terminal")
    tap.contains(on_terminal("find", "--account", "binary", "--force")[0], "\033[2J", "it is by --force")
    tap.equal(keychain("find", "--account", "binary"), b"\x1b[2J\0", "it is in a pipe")
    keychain("add", "--account", "lines", "--trim-newline", data=b"two\nlines\r\n")
    tap.equal(keychain("find", "--account", "lines"), b"two\nlines", "without the end of line at its end")
    tap.equal(on_terminal("find", "--account", "lines"), ("two\nlines\n", 0), "lines are text")
    keychain("delete", "--all", "--yes")


def test_generate():
    """a random secret is stored or printed, and its entropy told"""
    stdout, stderr = keychaind.as_command(USER, "generate")
    tap.ok(len(stdout) == 24 and stdout.isalnum(), f"a secret of 24 characters, not {stdout}")
    tap.equal(stderr, "keychainctl: 24 characters out of 62: 142 bits of entropy\n", "its entropy")
    tap.ok(keychain("generate") != stdout, "another one is another one")
    stdout, stderr = keychaind.as_command(USER, "generate", "--account", "made", "--length", "300", "--characters", "digits")
    tap.equal(stdout, b"", "what is stored is not printed")
    tap.contains(stderr, "300 characters out of 10: 996 bits", "its entropy")
    stored = keychain("find", "--account", "made")
    tap.equal((len(stored), set(stored)), (300, set(b"0123456789")), "the secret, of all digits and nothing else")
    tap.contains(said("generate", "--account", "made", status=12), "change that one with --replace", "a second one")
    printed = keychain("generate", "--account", "made", "--replace", "--print", "--characters", "printable")
    tap.equal(keychain("find", "--account", "made"), printed, "stored and printed")
    tap.contains(said("generate", "--characters", "runes", status=2), "takes alphanumeric, letters,", "characters")
    tap.contains(said("generate", "--length", "4097", status=2), "up to 4096", "a length")
    keychain("delete", "--account", "made", "--all")


def test_edit():
    """'edit' changes attributes in an editor, and nothing but those whose line was changed"""
    def edit(script, status=0):
        done = subprocess.run(["env", f"VISUAL={script}", *AS_USER, "keychainctl", "edit", "--account", "me"],
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=600, check=False)
        tap.equal(done.returncode, status, f"status of {script}, {done.stderr}")
        return done.stderr.decode()
    keychain("add", "--account", "me", "--service", "mail", "--generic", "hex:00ff", "--label", "a\nb", data=b"SECRET")
    tap.contains(edit("true"), "0 attributes changed", "an editor that changes nothing")
    tap.contains(edit("cat >&2"), "service: mail\n", "what the editor sees")
    tap.ok("SECRET" not in edit("cat >&2"), "it does not see the secret")
    tap.contains(edit("sed -i 's/^service: .*/service: post/; $a comment: new'"), "2 attributes changed", "an editor")
    text = keychain("find", "--service", "post", "--attributes").decode()
    for line in ("comment: new\n", "generic: hex:00ff\n", "label: text:a\\x0ab\n"):
        tap.contains(text, line, "attributes after it")
    tap.equal(keychain("find", "--service", "post"), b"SECRET", "secret after it")
    for script, status in (("false", 1), ("sed -i '$a colour: red'", 2), ("sed -i '$a nonsense'", 2)):
        tap.contains(edit(script, status), "nothing was changed", script)
    # As an editor that strips blanks at the ends of lines.
    tap.contains(edit("sed -i 's/^comment: .*/comment:/'"), "1 attribute changed", "an empty value")
    tap.ok("comment:" not in keychain("find", "--account", "me", "--attributes").decode(), "it is empty")
    keychain("add", "--server", "example.org", "--account", "me", "--port", "80", "--protocol", "http", data=b"x")
    keychain("delete", "--account", "me", "--class", "password", "--all")
    def edit_server(script, status=0):
        done = subprocess.run(["env", f"VISUAL={script}", *AS_USER, "keychainctl", "edit", "--server", "example.org"],
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=600, check=False)
        tap.equal(done.returncode, status, f"status of {script}, {done.stderr}")
        return done.stderr.decode()
    tap.contains(edit_server("sed -i 's/^port: .*/port: 70000/'", 2), "0 to 65535", "a port that is none")
    tap.contains(edit_server("sed -i 's/^protocol: .*/protocol: htp/'", 2), "it takes http, https,", "a protocol that is none")
    tap.contains(edit_server("sed -i 's/^protocol: .*/protocol: imaps/'"), "1 attribute changed", "one that there is")
    editor = pathlib.Path("/tmp/edit-twice")
    editor.write_text("test -e /tmp/edited && port=993 || port=many\ntouch /tmp/edited\nsed -i \"s/^port: .*/port: $port/\" \"$1\"\n")
    done = subprocess.run([sys.executable, os.path.join(os.path.dirname(__file__), "lib/terminal.py"), "env",
                           f"VISUAL=sh {editor}", *AS_USER, "keychainctl", "edit", "--server", "example.org", "--",
                           r"echo:Edit it again\? \(Y/n\) ", ""], capture_output=True, timeout=600, check=False)
    os.unlink("/tmp/edited")
    editor.unlink()
    tap.equal(done.returncode, 0, f"edited again, {done.stdout}")
    tap.contains(keychain("find", "--server", "example.org", "--attributes").decode(), "port: 993\n", "the port after it")
    keychain("delete", "--server", "example.org", "--all")
    keychain("add", "--account", "me", data=b"x")
    tap.equal([name for name in os.listdir("/dev/shm") if name.startswith("keychainctl")], [], "files that are left")
    keychain("delete", "--account", "me", "--all")
    keychaind.as_command(USER, "edit", status=2)


def edited_files():
    return [name for name in os.listdir("/dev/shm") if name.startswith("keychainctl")]


def test_edit_ended():
    """'edit' that is ended by SIGTERM or SIGHUP leaves no file and no editor, and the terminal as it was"""
    keychain("add", "--account", "me", "--service", "mail", data=b"x")
    for number in (signal.SIGTERM, signal.SIGHUP):
        master, slave = os.openpty()
        before = termios.tcgetattr(slave)
        editor = "VISUAL=stty raw -echo; echo $$ >/tmp/editor-ready; exec sleep 1000; :"
        program = subprocess.Popen(["env", editor, *AS_USER, "keychainctl", "edit", "--account", "me"], stdin=slave,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not os.path.exists("/tmp/editor-ready") or not pathlib.Path("/tmp/editor-ready").read_text().endswith("\n"):
            time.sleep(0.05)
        tap.equal(len(edited_files()), 1, "files while the editor is open")
        tap.ok(termios.tcgetattr(slave) != before, "the editor changes the terminal")
        program.send_signal(number)
        tap.equal(program.wait(600), -number, "how it ended")
        tap.equal(edited_files(), [], f"files after {number.name}")
        tap.equal(termios.tcgetattr(slave), before, "the terminal")
        pid = pathlib.Path("/tmp/editor-ready").read_text().strip()
        os.unlink("/tmp/editor-ready")
        tap.ok(not os.path.exists(f"/proc/{pid}"), "the editor is left running")
        os.close(master)
        os.close(slave)
    keychain("delete", "--account", "me", "--all")


def test_several():
    """attributes that several items have: no secret is printed, and the items are listed; --limit 1 takes the first"""
    for account in ("a", "b"):
        keychain("add", "--account", account, "--service", "both", data=account.encode())
    stdout, stderr = keychaind.as_command(USER, "find", "--service", "both", status=2)
    tap.equal(stdout, b"", "no secret")
    tap.contains(stderr, "2 items match, but only one can be used", "how many")
    for account in ("a", "b"):
        tap.contains(stderr, f"account {account}, service both, access-group unconfined.{UID}\n", "each of them")
    reference = stderr.splitlines()[2].split()[1]
    tap.equal(keychain("find", "--reference", reference), b"b", "one by its reference")
    tap.equal(keychain("find", "--service", "both", "--json", status=2), b"", "no secret in JSON")
    tap.equal(keychain("find", "--service", "both", "--account", "b"), b"b", "one by more attributes")
    tap.equal(keychain("find", "--service", "both", "--limit", "1"), b"a", "the first, where that is asked for")
    tap.contains(said("find", "--service", "both", "--limit", "2", status=2), "use --json", "two secrets")
    stdout, stderr = keychaind.as_command(USER, "find", "--service", "both", "--attributes")
    tap.contains(stdout.decode(), "account: a\n", "attributes of the first")
    tap.contains(stderr, "the first of 2 items that match", "that there are others")
    tap.contains(said("edit", "--service", "both", status=2), "2 items match", "edit")
    for number in range(12):
        keychain("add", "--account", f"x{number}", "--service", "both", data=b"x")
    tap.contains(said("find", "--service", "both", status=2), "more than 10 items match", "more than are listed")
    keychain("delete", "--service", "both", "--all")


def test_errors():
    """'error' explains a number"""
    tap.contains(keychain("error", "-25308").decode(), "errSecInteractionNotAllowed (-25308): the key of the item's", "a number")
    tap.contains(keychaind.as_command(USER, "error", "-1", status=9)[1], "'-1' is no error of the keychain", "none")


def test_counts():
    """a change and a deletion tell how many items they were about: on standard error, or as JSON"""
    for account in ("a", "b", "c"):
        keychain("add", "--account", account, "--service", "counted", data=b"x")
    for arguments, line in ((["update", "--set", "comment=x"], "changed: 3 items\n"),
                            (["update", "--account", "a", "--set", "comment=y"], "changed: 1 item\n"),
                            (["delete", "--limit", "1"], "deleted: 1 item\n")):
        tap.equal(keychaind.as_command(USER, *arguments, "--service", "counted"), (b"", line), f"{arguments}")
    for arguments in (["update", "--set", "comment=z"], ["delete", "--all"]):
        stdout, stderr = keychaind.as_command(USER, *arguments, "--service", "counted", "-j")
        tap.equal((json.loads(stdout), stderr), ({"format": 1, "count": 2, "dry_run": False}, ""),
                  f"{arguments} in JSON")
    tap.equal(keychaind.as_command(USER, "delete", "--service", "counted", "--all", "--json", status=9)[0], b"", "none")


def test_every_json():
    """each command that takes --json prints JSON"""
    tap.equal(json.loads(keychain("keychains", "create", "json", "--json")), {"format": 1, "name": "json"}, "create")
    tap.equal(json.loads(keychain("keychains", "default", "json", "--json")), {"format": 1, "default": "json"}, "default")
    tap.equal(json.loads(keychain("list", "--json")),
              {"format": 1, "items": [], "withheld": {"count": 0, "classes": []}, "locked": []}, "a list of nothing")
    keychain("keychains", "default", "login")
    tap.equal(json.loads(keychain("keychains", "delete", "json", "--yes", "--json")), {"format": 1, "name": "json"},
              "delete")
    tap.equal(json.loads(keychain("access", "nobody", "--json", status=9)), {"format": 1, "groups": [], "files": []}, "access")


def test_options_without_effect():
    """an option that a command could only ignore is refused, with what to do instead"""
    for arguments, text in ((["wait", "-k", "work"], "'wait' takes no --keychain: a class opens in all keychains"),
                            (["wait", "--system"], "'wait' takes no --system"),
                            (["access", "-k", "work"], "'access' takes no --keychain: access groups are the same"),
                            (["access", "--system"], "'access' takes no --system"),
                            (["keychains", "default", "-k", "work"], "name the one that is meant after create, default"),
                            (["update", "--all", "--no-secret"], "there is no option '--no-secret' here"),
                            (["update", "--nonsense"], "see 'keychainctl update --help'"),
                            (["find", "-k", "../x", "--account", "a"], "has to be 1 to 64 letters"),
                            (["import", ""], "takes the name of one file"),
                            (["import", "--nonsense"], "see 'keychainctl import --help'"),
                            (["call", "--nonsense"], "see 'keychainctl call --help'"),
                            (["find", "--port", "9" * 30], "--port: it takes a number")):
        stdout, stderr = keychaind.as_command(USER, *arguments, data=b"x", status=2)
        tap.equal(stdout, b"", f"{arguments}")
        tap.contains(stderr, text, f"{arguments}")
    for order in (["--system", "-k", "work"], ["-k", "work", "--system"]):
        tap.contains(said("list", *order, status=8), "system keychain", f"{order}")


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
            status, shown = shell(f"keychainctl {command} >{sink}")
            tap.equal(status, 1, f"{command} >{sink}, which said {shown}")
            tap.contains(shown, b"keychainctl: standard output: " + text, f"{command} >{sink}")
    status, shown = shell("keychainctl add --account closed <&-")
    tap.equal(status, 1, f"no standard input, {shown}")
    tap.contains(shown, b"the secret cannot be read: Bad file descriptor", "no standard input")
    tap.equal(shell("keychainctl find --account nobody 2>&-"), (9, b""), "no standard error")
    tap.equal(shell("keychainctl find --account streams <&- 2>&-"), (0, b"secret of streams"), "only standard output")
    tap.equal(shell("keychainctl list | true")[0], 0, "nobody who reads it")
    keychain("delete", "--account", "streams", "--all")


def test_progress():
    """progress shows on a terminal when a command takes long, and nowhere else"""
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
    tap.contains(watched("keychainctl list").decode(), "slow", "the list after its progress")
    shown = watched("keychainctl class ck --account slow").rstrip()
    tap.ok(shown.endswith(b"\033[Kchanged: 1 item"), f"the result after its progress, {shown}")
    for command in ("keychainctl list --json", "sh -c 'keychainctl list 2>/dev/null'"):
        tap.ok(b"\033[K" not in watched(command), f"no progress of {command}")
    keychain("delete", "--account", "slow", "--all")


def test_default_keychain():
    """the default keychain is the user's choice, kept over a restart; deleted, the first one is it again"""
    tap.equal(keychain("keychains", "default"), b"login\n", "default at first")
    keychain("keychains", "default", "work", status=9)
    keychain("keychains", "delete", "work", "--yes", status=9)
    keychain("keychains", "default", "system-roots", status=1)
    keychain("keychains", "default", "../login", status=2)
    tap.equal(keychain("keychains", "default"), b"login\n", "default after choices that were refused")
    keychain("add", "--account", "first", data=b"1")
    keychain("keychains", "create", "work")
    keychain("keychains", "default", "work")
    keychain("find", "--account", "first", status=9)
    tap.equal(keychain("find", "-k", "login", "--account", "first"), b"1", "item of the former default")
    keychain("add", "--account", "second", data=b"2")
    tap.equal(keychain("find", "-k", "work", "--account", "second"), b"2", "item of the new one")
    tap.equal({entry["name"]: entry["default"] for entry in json.loads(keychain("keychains", "--json"))["keychains"]},
              {"login": False, "work": True}, "list")
    keychaind.stop_service(signal.SIGTERM)
    keychaind.start_service()
    tap.equal(keychain("keychains", "default"), b"work\n", "default after a restart")
    tap.equal(keychain("find", "--account", "second"), b"2", "its item")
    tap.equal((STATE / str(UID) / "default").stat().st_mode & 0o7777, 0o600, "mode of the file")
    tap.equal(said("keychains", "delete", "work", "--yes"), "keychainctl: 'work' was the default keychain; 'login' is now\n",
              "delete")
    tap.equal(keychain("find", "--account", "first"), b"1", "item of the first one")
    tap.equal(keychain("keychains", "default", "--json"), b'{\n  "default": "login",\n  "format": 1\n}\n', "default after that")
    # Changes that others than the service make are seen within a second.
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
    """changing the machine's certificates is refused with the keychain that has them, and what to do instead"""
    for command in (["add", "--account", "a"], ["update", "--all", "--set", "label=x"], ["delete", "--all", "--yes"]):
        text = said(*command, "-k", "system-roots", data=b"x", status=1)
        for word in ("errSecReadOnly", "'system-roots'", "update-ca-certificates(8)", "keychainctl import"):
            tap.contains(text, word, f"{command}")


def test_why_it_cannot_be_opened():
    """a keychain that cannot be opened: the message names the file, what is wrong with it, and what to do"""
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
        done = subprocess.run([*AS_USER, "keychainctl", "find", "-k", "bad", "--account", "a"], capture_output=True, text=True, check=False)
        tap.equal(done.returncode, 10, done.stderr)
        tap.contains(done.stderr, str(path), "text of keychainctl(1)")
        if path.is_dir():
            path.rmdir()
        else:
            path.unlink()


def test_no_keybag():
    """a user without a keybag is told how to get one"""
    other = "daemon"
    tap.contains(keychaind.as_command(other, "add", "--account", "a", data=b"x", status=9)[1], "keybagctl create", "add")
    tap.contains(keychaind.as_command(other, "add", "--account", "a", data=b"x", status=9)[1],
                 f"no keybag of uid {pwd.getpwnam(other).pw_uid} is loaded", "whose it is")
    for command in (["list"], ["list", "--json"], ["find", "mail"]):
        stdout, stderr = keychaind.as_command(other, *command, status=9)
        tap.equal(stdout, b"", f"{command}")
        tap.contains(stderr, "no keybag of uid", f"{command}")
    tap.contains(keychaind.as_command(other, "wait", "--timeout", "1", status=10)[1], "keybagctl create", "wait")


def make_newer():
    path = STATE / str(UID) / "bad.db"
    subprocess.run(["sqlite3", str(path), "PRAGMA user_version=99"], check=True)
    shutil.chown(path, "_keychain", "_keychain")


def call_as_root(request):
    return in_child(lambda: keychaind.call(request))


keychaind.make_user(USER, UID)
tap.main(teardown=lambda: keychaind.remove_user(USER, UID))

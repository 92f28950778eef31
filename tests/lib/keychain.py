# SPDX-License-Identifier: GPL-2.0-or-later
"""The keychain's engine in the guest, and tables of steps that are carried out on it.

A step is made by add(), copy(), update(), delete() or call(), with the query as keywords (class is genp unless
given; bytes are data, datetimes dates) and what is expected in capitals: STATUS (0), RESULT, CHECK (a function of
the answer). UPDATE is the update, OPTIONS the options, CALLER who asks, SAVE a name the answer is kept under;
a value that is a function is called with what was saved. lock(), unlock(), full_lock() change the state.
"""

import base64
import datetime
import json
import os
import shutil
import sqlite3
import subprocess
import tempfile

from lib import tap

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
ENGINE_CALL = "/mnt/build/keychain/engine_call"
ENGINE_FAKE = os.path.join(TOP, "build/tests/keychain/engine_fake")
KEYCHAINCTL_HERE = os.path.join(TOP, "build/tests/keychain/keychainctl")    # Keychain.keychainctl()
fake = False    # set by fake_begin(): on the host, with a keybag of the engine's own process
CHEAP = ["--kdf-memory", "64", "--kdf-passes", "1"]
USER, UID, PASSCODE = "carol", 1303, "passcode"


def like_one_value(dictionary):
    """Whether JSON has a "=" before its key, as it would be data or a date without."""
    return len(dictionary) == 1 and all(key.lstrip("=") in ("data", "date") and isinstance(text, str)
                                        for key, text in dictionary.items())


def encode(value):
    if isinstance(value, bytes):
        return {"data": base64.b64encode(value).decode()}
    if isinstance(value, datetime.datetime):
        return {"date": value.strftime("%Y-%m-%dT%H:%M:%S.") + f"{value.microsecond // 1000:03}Z"}
    if isinstance(value, dict):
        return {"=" + key if like_one_value(value) else key: encode(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [encode(entry) for entry in value]
    return value


def decode(value):
    if isinstance(value, dict):
        if set(value) == {"data"}:
            return base64.b64decode(value["data"])
        if set(value) == {"date"}:
            return datetime.datetime.strptime(value["date"], "%Y-%m-%dT%H:%M:%S.%fZ")
        return {key[1:] if like_one_value(value) else key: decode(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [decode(entry) for entry in value]
    return value


def keybagctl(*words, text=""):
    done = subprocess.run(["keybagctl", words[0], "--user", USER, *words[1:]], input=text, encoding="utf-8",
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        raise AssertionError(f"keybagctl {words}: {done.stdout}")


def keybagctl_system(*words):
    done = subprocess.run(["keybagctl", words[0], "--system", *words[1:]], stdin=subprocess.DEVNULL, encoding="utf-8",
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    tap.equal((done.returncode, done.stdout if done.returncode else ""), (0, ""), f"keybagctl {words} --system")


class Keychain:
    """An engine on one file."""

    def __init__(self, folder=None):
        self.folder = folder or tempfile.mkdtemp(prefix="keychain-")
        self.path = os.path.join(self.folder, "test.db")
        self.process = None
        self.wrapper = []   # what the engine is started by
        self.socket = []    # what keychainctl() asks it by

    def start(self):
        # Memory that is freed is overwritten, so that libraries without sanitizers fall over it too.
        environment = dict(os.environ, ASAN_OPTIONS="max_free_fill_size=65536:free_fill_byte=221")
        self.process = subprocess.Popen([*self.wrapper, ENGINE_FAKE if fake else ENGINE_CALL, self.path, str(UID), *self.socket],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8", env=environment)

    def stop(self):
        if self.process:
            process, self.process = self.process, None
            process.stdin.close()
            status = process.wait()
            process.stdout.close()
            tap.equal(status, 0, "exit status of the engine")

    def ask(self, request):
        return self.ask_text(json.dumps(encode(request)))

    def ask_text(self, text):
        if not self.process:
            self.start()
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError(f"the engine died, status {self.process.wait()}, of {text}")
        return decode(json.loads(line))

    def keychainctl_here(self, editor=None):
        """Where the command runs, and with what environment, once keychaind, here the engine alone, has its socket."""
        if not self.socket:
            self.stop()
            self.socket = [os.path.join(self.folder, "keychaind.sock")]
        # It has its socket when it answers.
        self.ask({"op": "count"})
        environment = dict(os.environ, LC_ALL="C", LD_LIBRARY_PATH=os.path.join(TOP, "build/helper/lib"))
        environment.update({"EDITOR": editor, "VISUAL": editor} if editor else {})
        return {"cwd": self.folder, "env": environment}

    def keychainctl(self, *words, text="", editor=None):
        """The command's exit status, output and complaints."""
        done = subprocess.run([KEYCHAINCTL_HERE, *words], input=text, encoding="utf-8", stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              check=False, **self.keychainctl_here(editor))
        return done.returncode, done.stdout, done.stderr

    def remove(self):
        self.stop()
        shutil.rmtree(self.folder)


def call(operation, STATUS=0, CALLER=None, SAVE=None, UPDATE=None, OPTIONS=None, RESULT=..., CHECK=None, QUERY=None,
         **query):
    if QUERY is None:
        QUERY = {"class": "genp", **query} if "no_class" not in query else {
            key: value for key, value in query.items() if key != "no_class"}
        if "class_" in QUERY:
            QUERY["class"] = QUERY.pop("class_")
    return {"op": operation, "query": QUERY, "update": UPDATE, "options": OPTIONS, "caller": CALLER, "status": STATUS,
            "save": SAVE, "result": RESULT, "check": CHECK}


def add(**words):
    return call("add", **words)


def copy(**words):
    return call("copy", **words)


def update(UPDATE, **words):
    return call("update", UPDATE=UPDATE, **words)


def delete(**words):
    return call("delete", **words)


def do(function):
    """Calls function(keychain, saved)."""
    return function


def state(fake_name, *words, text=""):
    def change(keychain, saved):
        del saved
        if fake:
            tap.equal(keychain.ask({"op": "fake", "state": fake_name})["status"], 0)
        else:
            keybagctl(*words, text=text)
    return change


def lock():
    return state("locked", "lock")


def unlock():
    return state("unlocked", "unlock", text=PASSCODE + "\n")


def full_lock():
    return state("full", "lock", "--full")


def remove_passcode():
    return state("removed", "passwd", "--remove", "--yes", text=PASSCODE + "\n")


def set_passcode():
    return state("set", "passwd", "--set", *CHEAP, text=PASSCODE + "\n")


def change_passcode():
    """To another one and back."""
    def change(keychain, saved):
        del keychain, saved
        if not fake:
            for old, new in ((PASSCODE, "another"), ("another", PASSCODE)):
                keybagctl("passwd", *CHEAP, text=f"{old}\n{new}\n")
    return change


def sql(statement, *values):
    """A statement on the file, beside the engine."""
    def run(chain, saved):
        del saved
        with sqlite3.connect(chain.path, timeout=600) as database:
            database.execute(statement, values)
        database.close()
    return run


def rows(chain, statement, *values):
    database = sqlite3.connect(chain.path, timeout=600)
    try:
        return database.execute(statement, values).fetchall()
    finally:
        database.close()


def fill(value, saved):
    if callable(value):
        return fill(value(saved), saved)
    if isinstance(value, dict):
        return {key: fill(entry, saved) for key, entry in value.items()}
    return value


def carry_out(keychain, steps):
    saved = {}
    for number, step in enumerate(steps, 1):
        if callable(step):
            step(keychain, saved)
            continue
        request = {key: fill(step[key], saved) for key in ("op", "query", "update", "options", "caller")
                   if step[key] is not None}
        answer = keychain.ask(request)
        what = f"step {number}, {request}: {answer}"
        tap.equal(answer.get("status"), step["status"], what)
        if step["status"]:
            tap.ok("result" not in answer and answer["message"] and answer["name"].startswith("errSec"), what)
        if step["result"] is None:
            tap.ok("result" not in answer, what + " is without a result")
        elif step["result"] is not ...:
            tap.equal(answer.get("result"), fill(step["result"], saved), what)
        if step["check"]:
            tap.ok(step["check"](answer), what)
        if step["save"]:
            saved[step["save"]] = answer.get("result")


def run_case(steps, kind=Keychain):
    """On a new keychain, unlocked; unlocked again after it."""
    keychain = kind()
    try:
        carry_out(keychain, steps)
    finally:
        keychain.remove()
        if not fake:
            unlock()(None, None)


def begin():
    global fake  # pylint: disable=global-statement
    fake = os.path.exists(ENGINE_FAKE) and not os.path.exists(ENGINE_CALL)
    if fake:
        return
    subprocess.run(["useradd", "-m", "-u", str(UID), USER], check=True)
    keybagctl("create", *CHEAP, text=PASSCODE + "\n")
    keybagctl("unlock", text=PASSCODE + "\n")


def end():
    if fake:
        return
    subprocess.run(["keybagctl", "destroy", "--user", USER, "--yes"], stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, check=False)
    subprocess.run(["userdel", "-rf", USER], stderr=subprocess.DEVNULL, check=False)

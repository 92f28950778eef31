#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# vm: systemd packages=guest-programs memory=2048 cpus=2 kernel=6.1 long
"""Chromium keeps the key to cookies and passwords in the Secret Service: it makes one, once, and has it in each state of the keybag.
At landing: guest/secret_service.py sends what Chromium sends."""

import http.server
import os
import pathlib
import shutil
import sqlite3
import sys
import threading
import time

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), folder) for folder in ("lib", "..")]
import desktop  # noqa: E402
import logins  # noqa: E402
from lib import tap  # noqa: E402

if not os.path.isdir("/run/systemd/system") or not shutil.which("chromium"):
    print("1..0 # SKIP not booted by systemd, or without Chromium")
    sys.exit(4)

KEY = "application=chromium"
PORT = 8080
requests = []


class Page(http.server.BaseHTTPRequestHandler):
    """Says which cookie came, and sets one where there is none."""

    def do_GET(self):  # pylint: disable=invalid-name
        requests.append(self.path)
        cookie = self.headers.get("Cookie", "")
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        if not cookie and self.path == "/":
            self.send_header("Set-Cookie", f"login={time.time_ns()}; Max-Age=1000000")
        self.end_headers()
        self.wfile.write(f"<p>cookie:{cookie or 'none'};</p>".encode())

    def log_message(self, *_):  # pylint: disable=arguments-differ
        pass


threading.Thread(target=http.server.HTTPServer(("127.0.0.1", PORT), Page).serve_forever, daemon=True).start()
logins.begin()
watch = logins.Watch()
anna = desktop.Desktop("anna", 1431, watch)
PROFILE = anna.home / "profile"
COMMAND = ("chromium", "--headless", "--password-store=gnome-libsecret", f"--user-data-dir={PROFILE}", "--disable-gpu",
           "--disable-extensions", "--no-first-run", "--dump-dom", f"http://127.0.0.1:{PORT}/")
PINENTRY = pathlib.Path("/usr/local/bin/pinentry")
cookies = []


def visit():
    """The cookie that a program sends which starts and shows the page."""
    begin = time.monotonic()
    cookie = cookie_of(anna.run(*COMMAND))
    tap.diagnose(f"it took {time.monotonic() - begin:.0f} s")
    return cookie


def cookie_of(text):
    return text.partition("cookie:")[2].partition(";")[0]


def versions():
    """The beginning of each cookie as it is on disk, which says by which key it is encrypted: v11 is the one in the keychain, v10
    one that all Chromiums have."""
    with sqlite3.connect(f"file:{PROFILE}/Default/Cookies?mode=ro", uri=True) as database:
        return [bytes(row[0][:3]) for row in database.execute("SELECT encrypted_value FROM cookies")]


def starts_while_closed():
    """It starts, and asks for the keybag, and for the page when that is open."""
    before = len(requests)
    with anna.prompts() as wait_for_prompt:
        program = anna.start(*COMMAND)
        try:
            wait_for_prompt()
            time.sleep(5)
            tap.equal((program.poll(), len(requests)), (None, before), "its status, and pages that it has asked for")
            anna.unlock_screen()
            tap.equal(cookie_of(program.communicate(timeout=900)[0]), cookies[0], "cookie")
        finally:
            desktop.end(program)
    tap.equal((anna.classes(KEY), versions()), (["ak"], [b"v11"]), "keys, and cookies")


def test_first_start():
    """the first start makes a key, of class ak, by which cookies are encrypted"""
    tap.equal(visit(), "none", "cookie")
    tap.equal((anna.classes(KEY), versions()), (["ak"], [b"v11"]), "keys, and cookies")


def test_restart():
    """started again, it has that key, and what it has encrypted"""
    cookies.append(visit())
    tap.contains(cookies[0], "login=")
    tap.equal((anna.classes(KEY), versions()), (["ak"], [b"v11"]), "keys, and cookies")


def test_locked():
    """started while the screen is locked it waits, makes no key, and goes on with the one it had when the keybag opens"""
    anna.lock_screen()
    starts_while_closed()


def test_before_first_unlock():
    """so it does before the first unlock, when nobody can tell whether there is a key"""
    anna.lock("--full")
    anna.screen.tell("SetLockedHint", True)
    starts_while_closed()


def test_declined():
    """a user who does not give the passcode: it makes no key, starts all the same, and the next time has the one it had"""
    shutil.copy(logins.HERE.parents[1] / "lib/fake_pinentry.py", PINENTRY)
    PINENTRY.chmod(0o755)
    folder = anna.home / "pinentry"
    anna.run("sh", "-c", "mkdir pinentry && echo cancel >pinentry/answers")
    anna.run("systemctl", "--user", "set-environment", f"FAKE={folder}")
    try:
        anna.lock()
        tap.equal(visit(), "none", "cookie without the key")
        tap.contains((folder / "told").read_text(), "GETPIN")
        anna.unlock()
        # It deletes cookies that it cannot decrypt, with every Secret Service; what it stores then has another key.
        tap.equal((anna.classes(KEY), versions()), (["ak"], [b"v10"]), "keys, and cookies")
        (PROFILE / "Default/Cookies").unlink()
        tap.equal((visit(), anna.classes(KEY), versions()), ("none", ["ak"], [b"v11"]), "cookie, keys and cookies of the next start")
    finally:
        PINENTRY.unlink()


def teardown():
    watch.close()
    anna.remove()
    logins.end()


tap.main(teardown=teardown)

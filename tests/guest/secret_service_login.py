#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# vm: systemd kernel=6.1
"""The Secret Service of users that log in: who gets it, that it is there from the start and after a crash, and what becomes
of gnome-keyring."""

import grp
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import time

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), folder) for folder in ("lib", "..")]
import logins  # noqa: E402
from lib import tap  # noqa: E402
from logins import User, run, seat  # noqa: E402

if not os.path.isdir("/run/systemd/system"):
    print("1..0 # SKIP not booted by systemd")
    sys.exit(4)

UNIT = "keybag-secret-service.service"
KEYRING = pathlib.Path("/usr/lib/systemd/user/gnome-keyring-daemon.service")
SESSION = pathlib.Path("/usr/lib/systemd/user/gnome-session-manager@.service")
KEYRING_FILES = pathlib.Path("/etc/xdg/autostart")
FAKE, PINENTRY = pathlib.Path("/run/test-pinentry"), pathlib.Path("/usr/local/bin/pinentry")
NAME, ROOT = "org.freedesktop.secrets", "/org/freedesktop/secrets"
LOGIN = f"{ROOT}/collection/login"
PORTAL = "org.freedesktop.impl.portal.desktop.keybag"
NAMES = (NAME, PORTAL, "org.gnome.keyring", "org.freedesktop.impl.portal.Secret")
XSESSION = "/etc/X11/Xsession.d/61keybag-secret-service"
AUTOSTART = "app-gnome\\x2dkeyring\\x2dsecrets@autostart.service"

logins.begin()
watch = logins.Watch()
KEYRING.write_text("[Service]\nExecStart=/usr/bin/gnome-keyring-daemon --components=pkcs11,secrets\n")
anna = User("anna", 1401, watch)
FAKE.mkdir()
os.chown(FAKE, 1401, 1401)
shutil.copy(logins.HERE.parents[1] / "lib/fake_pinentry.py", PINENTRY)
PINENTRY.chmod(0o755)
subprocess.run(["useradd", "-m", "-u", "1402", "ben"], check=True)
run("loginctl", "enable-linger", "ben")


def user_command(name, uid, *command):
    """In a control group as of a session: the keychain serves no system unit, as this test is in one."""
    runtime, group = f"/run/user/{uid}", f"/sys/fs/cgroup/user.slice/user-{uid}.slice/session-test.scope"
    return ["sh", "-c", f'mkdir -p {group} && echo $$ >{group}/cgroup.procs && exec "$@"', "sh", "setpriv", "--reuid", name, "--regid", name,
            "--init-groups", "env", f"HOME=/home/{name}", f"XDG_RUNTIME_DIR={runtime}", f"DBUS_SESSION_BUS_ADDRESS=unix:path={runtime}/bus",
            *command]


def as_user(name, uid, *command, text=None, check=True):
    return run(*user_command(name, uid, *command), text=text, check=check)


def of_anna(*command, **more):
    return as_user("anna", 1401, *command, **more)


def of_ben(*command, **more):
    return as_user("ben", 1402, *command, **more)


def wait_for(condition, what, seconds=300):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"{what} does not come: " + of_anna("systemctl", "--user", "status", UNIT, check=False) +
                                 run("journalctl", "-q", "-n", "60", "--no-pager", "_UID=1401", check=False))
        time.sleep(0.5)


def service_file(uid, name=NAME):
    return pathlib.Path(f"/run/user/{uid}/dbus-1/services/{name}.service")


def start_anew(name, uid):
    """As a login does that is the first one."""
    # Its limit of starts in a row is for what fails.
    run("systemctl", "reset-failed", f"user@{uid}.service", check=False)
    run("systemctl", "restart", f"user@{uid}.service")
    as_user(name, uid, "systemctl", "--user", "is-system-running", "--wait", check=False)


def leave(session):
    """Its end locks the keybag, which is open: what a test opens afterwards stays open."""
    session.end()
    anna.expect("locked", "logout")


def active():
    return of_anna("systemctl", "--user", "is-active", UNIT, check=False)


def pid():
    return int(of_anna("systemctl", "--user", "show", "-P", "MainPID", UNIT))


def test_who_gets_it():
    """a user who has a keybag, from the start of their manager; others keep what they had"""
    start_anew("anna", 1401)
    start_anew("ben", 1402)
    wait_for(lambda: active() == "active", "the service")
    tap.contains(service_file(1401).read_text(), f"SystemdService={UNIT}")
    tap.contains(of_anna("systemctl", "--user", "show", "-P", "ExecStart", "gnome-keyring-daemon.service"), "--components=pkcs11 ")
    tap.equal(of_anna("systemctl", "--user", "is-enabled", AUTOSTART, check=False), "masked-runtime", "gnome-keyring's secrets")
    tap.contains(service_file(1401, "org.gnome.keyring").read_text(), "--components=pkcs11\n")
    tap.contains(service_file(1401, "org.freedesktop.impl.portal.Secret").read_text(), "Exec=/bin/false\n")
    tap.contains(service_file(1401, PORTAL).read_text(), f"SystemdService={UNIT}")
    tap.contains(of_anna("systemctl", "--user", "show", "-P", "EnvironmentFiles", "xdg-desktop-portal.service"), "/portals.env")
    tap.contains(of_anna("systemctl", "--user", "show", "-P", "ExecStopPost", "xdg-desktop-portal.service"), "/portals.env")
    tap.equal(of_ben("systemctl", "--user", "show", "-P", "EnvironmentFiles", "xdg-desktop-portal.service"), "", "the portal of who has no keybag")
    tap.equal([service_file(1402, name).exists() for name in NAMES], [False] * len(NAMES), "files for the bus of who has no keybag")
    autostart = [run("sh", "-c", f"unset XDG_CONFIG_DIRS; XDG_RUNTIME_DIR=/run/user/{uid}; . {XSESSION}; printf %s \"$XDG_CONFIG_DIRS\"")
                 for uid in (1401, 1402)]
    tap.equal(autostart, ["/run/user/1401/keybag-secret-service:/etc/xdg", ""], "where a session looks for what it starts")
    hidden = pathlib.Path("/run/user/1401/keybag-secret-service/autostart/gnome-keyring-secrets.desktop").read_text()
    tap.contains(hidden, "Hidden=true\n")
    tap.equal(of_ben("systemctl", "--user", "is-active", UNIT, check=False), "inactive", "the service of who has no keybag")
    tap.contains(of_ben("systemctl", "--user", "show", "-P", "ExecStart", "gnome-keyring-daemon.service"), "pkcs11,secrets")


def started_by_session(uid, name):
    """Which of gnome-keyring's parts the session starts, and where it has looked."""
    runtime = pathlib.Path(f"/run/user/{uid}")
    for mark in runtime.glob("started-*"):
        mark.unlink()
    as_user(name, uid, "systemctl", "--user", "start", "gnome-session-manager@gnome.service")
    return sorted(mark.name for mark in runtime.glob("started-*")), (runtime / "looked").read_text()


def test_session():
    """gnome-session, which reads no variables of a shell's on Wayland, starts neither part of gnome-keyring that is in the way, and keeps its folders"""
    SESSION.write_text(f"[Service]\nType=oneshot\nExecStart={logins.HERE}/session_manager.py %t/looked\n")
    KEYRING_FILES.mkdir(parents=True, exist_ok=True)
    parts = ("pkcs11", "secrets", "ssh")
    files = [KEYRING_FILES / f"gnome-keyring-{part}.desktop" for part in parts]
    for part, file in zip(parts, files):
        file.write_text("[Desktop Entry]\nType=Application\nX-GNOME-Autostart-Phase=PreDisplayServer\n"
                        f"Exec=sh -c 'touch $XDG_RUNTIME_DIR/started-{part}'\n")
    ours = "/run/user/1401/keybag-ssh-agent:/run/user/1401/keybag-secret-service"
    try:
        for name, uid in (("anna", 1401), ("ben", 1402)):
            as_user(name, uid, "systemctl", "--user", "daemon-reload")
        for _ in range(2):
            tap.equal(started_by_session(1401, "anna"), (["started-pkcs11"], f"{ours}:/etc/xdg"), "of who has a keybag")
        tap.equal(started_by_session(1402, "ben"), (["started-pkcs11", "started-secrets", "started-ssh"], ""), "of who has none")
        of_anna("systemctl", "--user", "set-environment", "XDG_CONFIG_DIRS=/etc/xdg/a b:/etc/xdg")
        tap.equal(started_by_session(1401, "anna"), (["started-pkcs11"], f"{ours}:/etc/xdg/a b:/etc/xdg"), "with folders of its own")
        of_anna("systemctl", "--user", "mask", "keybag-ssh-agent.socket")
        tap.equal(started_by_session(1401, "anna")[0], ["started-pkcs11", "started-ssh"], "of who wants another agent")
    finally:
        of_anna("systemctl", "--user", "unset-environment", "XDG_CONFIG_DIRS")
        of_anna("systemctl", "--user", "unmask", "keybag-ssh-agent.socket")
        for file in (SESSION, *files):
            file.unlink()
        for name, uid in (("anna", 1401), ("ben", 1402)):
            as_user(name, uid, "systemctl", "--user", "daemon-reload")


def test_use():
    """secret-tool, on the user's bus; the unit leaves it the group that the keychain looks at, and it confines itself"""
    anna.unlock()
    of_anna("secret-tool", "store", "--label=Mail", "mail", "anna", text="letmein")
    tap.equal(of_anna("secret-tool", "lookup", "mail", "anna"), "letmein", "lookup")
    status = dict(line.split(":\t", 1) for line in pathlib.Path(f"/proc/{pid()}/status").read_text().splitlines())
    tap.equal(status["Gid"].split()[1], str(grp.getgrnam("_secretservice").gr_gid), "its effective group")
    # Landlock's, after its start: it asks on behalf of others, or it would have ended.
    tap.equal(status["NoNewPrivs"], "1", "new privileges")
    said = run("journalctl", "-q", f"_PID={pid()}", "--no-pager")
    tap.equal([line for line in said.splitlines() if "Landlock" in line], [], "what it says of Landlock")


def test_screen():
    """the screen is locked: not readable, a lookup waits; the keybag opens: it ends"""
    screen = seat(anna, 7)
    try:
        screen.tell("SetLockedHint", True)
        anna.expect("locked", "screen")
        program = subprocess.Popen(user_command("anna", 1401, "secret-tool", "lookup", "mail", "anna"), stdout=subprocess.PIPE, text=True)
        tap.equal(of_anna("secret-tool", "search", "--all", "mail", "anna").count("secret ="), 0, "secrets that are shown")
        tap.equal(program.poll(), None, "the lookup's status")
        anna.unlock()
        tap.equal((program.communicate(timeout=600)[0], program.returncode), ("letmein", 0), "the lookup")
        screen.tell("SetLockedHint", False)
    finally:
        leave(screen)


# Reads all of an item, and waits for the end of what it has read.
KEEPER = r"""
import secretstorage
from jeepney import DBusAddress, MatchRule, Properties

connection = secretstorage.dbus_init()
item, = secretstorage.search_items(connection, {"short": "yes"})
with connection.filter(MatchRule(type="signal", member="ItemDeleted")) as told:
    connection.send_and_get_reply(Properties(DBusAddress(item.item_path, "org.freedesktop.secrets", "org.freedesktop.Secret.Item")).get_all())
    print("keeps", flush=True)
    print(connection.recv_until_filtered(told, timeout=300).body[0] == item.item_path, len(told))
"""


def test_until_logout():
    """the collection session outlives a service that is killed, and not the login, though the user's manager does; who keeps its items is told"""
    screen = seat(anna, 7)
    try:
        anna.unlock()
        of_anna("secret-tool", "store", "--label=Short", "--collection=session", "short", "yes", text="until logout")
        before = pid()
        os.kill(before, 9)
        tap.equal(of_anna("secret-tool", "lookup", "short", "yes"), "until logout", "after the service was killed")
        wait_for(lambda: active() == "active" and pid() not in (0, before), "the service")
        keeper = subprocess.Popen(user_command("anna", 1401, "python3", "-c", KEEPER), stdout=subprocess.PIPE, text=True)
        tap.equal(keeper.stdout.readline(), "keeps\n", "who keeps its item")
    finally:
        leave(screen)
    tap.equal(keeper.communicate(timeout=600)[0], "True 0\n", "ItemDeleted")
    before = pid()
    anna.unlock()
    wait_for(lambda: of_anna("secret-tool", "lookup", "short", "yes", check=False) == "", "the end of what it stored")
    tap.equal(("secretservice-session" in of_anna("keychainctl", "keychains"), pid()), (False, before), "its keychain, and the service's pid")


def test_logout_not_seen():
    """it ends with the login also where the service was not there at the logout, and the user's manager was"""
    screen = seat(anna, 7)
    try:
        anna.unlock()
        of_anna("secret-tool", "store", "--label=Short", "--collection=session", "short", "yes", text="until logout")
        of_anna("systemctl", "--user", "restart", UNIT)
        tap.equal(of_anna("secret-tool", "lookup", "short", "yes"), "until logout", "after the service was started again in the same login")
        of_anna("systemctl", "--user", "stop", UNIT)
    finally:
        leave(screen)
    screen = seat(anna, 7)
    try:
        anna.unlock()
        tap.equal(of_anna("secret-tool", "lookup", "short", "yes", check=False), "", "in the next login")
        tap.equal("secretservice-session" in of_anna("keychainctl", "keychains"), False, "its keychain")
    finally:
        leave(screen)


def answers(*lines):
    (FAKE / "told").unlink(missing_ok=True)
    (FAKE / "answers").write_text("\n".join(lines))
    os.chown(FAKE / "answers", 1401, 1401)


def questions():
    file = FAKE / "told"
    return file.read_text().count("GETPIN") if file.exists() else 0


def lock_login():
    tap.equal(of_anna("busctl", "--user", "call", NAME, ROOT, "org.freedesktop.Secret.Service", "Lock", "ao", "1", LOGIN),
              f'aoo 1 "{LOGIN}" "/"', "Lock")


def portal_call(application):
    """Response, and the secret if there is one, as the portal gets them."""
    return of_anna("python3", str(logins.HERE / "secret_portal.py"), application).split(" ")


def unit_state(unit):
    return of_anna("systemctl", "--user", "is-active", unit, check=False)


def test_asked():
    """on an open screen keybag-agent asks, of a keybag that is locked and of a collection that a program has locked"""
    of_anna("systemctl", "--user", "set-environment", f"FAKE={FAKE}")
    screen = seat(anna, 7)
    try:
        answers("pin wrong", f"pin {anna.password}")
        anna.lock()
        tap.equal(of_anna("secret-tool", "lookup", "mail", "anna"), "letmein", "lookup of a locked keybag")
        tap.equal(questions(), 2, "questions")
        answers(f"pin {anna.password}")
        lock_login()
        tap.equal(of_anna("secret-tool", "lookup", "mail", "anna"), "letmein", "lookup of a collection that a program has locked")
        tap.equal(questions(), 1, "questions")
        answers(f"pin {anna.password}")
        anna.lock()
        response, secret = portal_call("org.example.App")
        tap.equal((response, len(secret), questions()), ("0", 128, 1), "the portal's call: response, length, questions")
        # Opened in another way: the question goes away. Another agent's question is this one's as well.
        for command in (None, ["keybag-agent"]):
            answers("wait")
            agent = command and subprocess.Popen(user_command("anna", 1401, f"FAKE={FAKE}", *command))
            if agent:
                anna.lock()
                wait_for(questions, "the agent's question")
            else:
                lock_login()
            program = subprocess.Popen(user_command("anna", 1401, "secret-tool", "lookup", "mail", "anna"), stdout=subprocess.PIPE, text=True)
            wait_for(questions, "the question")
            if agent:
                wait_for(lambda: unit_state("keybag-agent-once.service") == "activating", "what the program waits for")
                time.sleep(3)
            else:
                anna.lock()
            anna.unlock()
            tap.equal((program.communicate(timeout=600)[0], program.returncode, questions()), ("letmein", 0, 1), f"lookup, {command}")
            for unit in ("keybag-agent-check.service", "keybag-agent-once.service"):
                wait_for(lambda unit=unit: unit_state(unit) in ("inactive", "failed"), "the end of the question")
            if agent:
                agent.terminate()
                agent.wait()
        answers("cancel")
        anna.lock()
        for wanted in (1, 1):
            of_anna("secret-tool", "lookup", "mail", "anna", check=False)
            tap.equal(questions(), wanted, "questions: who has said no is left alone")
        tap.equal((portal_call("org.example.App"), questions()), (["1"], 1), "the portal's call of who has said no")
        anna.unlock()
    finally:
        leave(screen)


def test_terminal():
    """a program on a terminal, or of a remote login, does not wait for ever; nor does one of the user's manager that has a terminal, as in tmux"""
    session = logins.ssh(anna)
    try:
        anna.lock()
        done = subprocess.run(user_command("anna", 1401, "timeout", "120", "systemd-run", "--user", "--wait", "-q", "script", "-qefc",
                                           "secret-tool lookup mail anna", "/dev/null"), stdin=subprocess.DEVNULL, capture_output=True, check=False)
        tap.equal(done.returncode, 1, f"lookup in a unit with a terminal: {done.stderr}")
        tap.equal(session.ask("run HOME=/home/anna DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/1401/bus secret-tool lookup mail anna"),
                  ["ran", "1"], "lookup")
        anna.unlock()
    finally:
        leave(session)


def test_killed():
    """killed: it is started again, by the manager or by the first who asks, and has what it had"""
    anna.unlock()
    before = pid()
    os.kill(before, 9)
    tap.equal(of_anna("secret-tool", "lookup", "mail", "anna"), "letmein", "lookup")
    wait_for(lambda: active() == "active" and pid() not in (0, before), "the service")


def test_startx():
    """a desktop that was started on a terminal, or by X2Go: the user is asked; without a display a program there does not wait"""
    lookup = "run HOME=/home/anna DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/1401/bus secret-tool lookup mail anna"

    def look(session):
        answers(f"pin {anna.password}")
        anna.lock()
        return session.ask(lookup), questions()
    for begin in (lambda: seat(anna, 7, kind="tty"), lambda: logins.ssh(anna)):
        screen = begin()
        try:
            of_anna("systemctl", "--user", "set-environment", "DISPLAY=:9")
            tap.equal(look(screen), (["ran", "0"], 1), "lookup")
            of_anna("systemctl", "--user", "unset-environment", "DISPLAY")
            tap.equal(look(screen), (["ran", "1"], 0), "lookup without a display")
            anna.unlock()
        finally:
            of_anna("systemctl", "--user", "unset-environment", "DISPLAY")
            leave(screen)


def test_not_asked():
    """a passcode that could not be asked for was not given: what a program has locked stays so"""
    screen = seat(anna, 7)
    PINENTRY.chmod(0)
    try:
        lock_login()
        tap.equal(of_anna("secret-tool", "lookup", "mail", "anna", check=False), "", "lookup")
        tap.contains(of_anna("busctl", "--user", "get-property", NAME, LOGIN, "org.freedesktop.Secret.Collection", "Locked"), "true")
    finally:
        PINENTRY.chmod(0o755)
        leave(screen)
    anna.lock()
    anna.unlock()


def test_keybagd_away():
    """without keybagd nobody can be told apart: an error that says so, and no answer; the same process serves when it is back"""
    before = pid()
    run("systemctl", "stop", "keybagd.socket", "keybagd.service")
    try:
        said = of_anna("busctl", "--user", "call", NAME, ROOT, "org.freedesktop.Secret.Service", "SearchItems", "a{ss}", "0", check=False)
        tap.equal("aoao" in said, False, "an answer")
    finally:
        run("systemctl", "start", "keybagd.socket", "keybagd.service")
    anna.unlock()
    tap.equal((of_anna("secret-tool", "lookup", "mail", "anna"), pid()), ("letmein", before), "lookup")


def test_keybagd_anew():
    """a program waits while keybagd is started again, and sends nothing: its lookup ends when the keybag opens"""
    anna.lock()
    program = subprocess.Popen(user_command("anna", 1401, "secret-tool", "lookup", "mail", "anna"), stdout=subprocess.PIPE, text=True)
    time.sleep(5)
    run("systemctl", "restart", "keybagd.service")
    time.sleep(10)
    anna.unlock()
    tap.equal((program.communicate(timeout=90)[0], program.returncode), ("letmein", 0), "the lookup")


def test_bus_gone():
    """the bus ends and is started again: so is the service"""
    before = pid()
    os.kill(int(of_anna("systemctl", "--user", "show", "-P", "MainPID", "dbus.service")), 9)
    wait_for(lambda: active() == "active" and pid() not in (0, before), "the service")
    tap.equal(of_anna("secret-tool", "lookup", "mail", "anna"), "letmein", "lookup")


def test_masked():
    """a user who masks the unit has none, and the bus forgets it"""
    of_anna("systemctl", "--user", "mask", "--now", UNIT)
    start_anew("anna", 1401)
    tap.equal((active(), [service_file(1401, name).exists() for name in NAMES]), ("inactive", [False] * len(NAMES)), "after it was masked")
    tap.equal(os.path.exists("/run/user/1401/keybag-secret-service"), False, "what hides gnome-keyring's part")
    note = pathlib.Path("/home/anna/.local/state/keybag-secret-service")
    note.unlink()
    said = of_anna("sh", "-c", "/usr/libexec/keybag-secret-service-transfer provide 2>&1", check=False)
    tap.contains(said, "was not made the place of secrets")
    tap.equal(note.exists(), False, "the note that the package made, and that nobody asked for")
    of_anna("systemctl", "--user", "unmask", UNIT)
    start_anew("anna", 1401)
    wait_for(lambda: active() == "active", "the service")


def test_held_back():
    """a user who has secrets in another store keeps it until they say otherwise; one without secrets is no reason"""
    note, keyring = (pathlib.Path("/home/anna", name) for name in (".local/state/keybag-secret-service", ".local/share/keyrings/login.keyring"))
    of_anna("mkdir", "-p", keyring.parent)

    def provided(items, said=False):
        keyring.write_bytes(b"GnomeKeyring\n\r\0\n" + bytes(4) + struct.pack(">I", 5) + b"Login" + bytes(52) + struct.pack(">I", items) + bytes(16))
        note.unlink(missing_ok=True)
        if said:
            of_anna("touch", str(note))
        start_anew("anna", 1401)
        return [service_file(1401, name).exists() for name in NAMES] + [note.exists()]
    tap.equal([provided(1), provided(256), provided(0), provided(1, said=True)],
              [[done] * (len(NAMES) + 1) for done in (False, False, True, True)], "provided")
    keyring.write_text("[keyring]\n")
    start_anew("anna", 1401)
    tap.equal(service_file(1401).exists(), True, "provided to who had it before")
    keyring.unlink()
    wallet, settings = (pathlib.Path("/home/anna", name) for name in (".local/share/kwalletd/kdewallet.kwl", ".config/keepassxc/keepassxc.ini"))
    for file, content in ((wallet, "KWALLET\n"), (settings, "[General]\nA=1\n\n[FdoSecrets]\nEnabled=true\n\n[GUI]\n")):
        of_anna("mkdir", "-p", file.parent)
        file.write_text(content)
        note.unlink()
        start_anew("anna", 1401)
        tap.equal(service_file(1401).exists(), False, f"provided to who has {file}")
        file.unlink()
        start_anew("anna", 1401)
    wait_for(lambda: active() == "active", "the service")


def test_note_refused():
    """the note of who has had the service cannot be made anew, as on a full disk: it is provided all the same"""
    state = pathlib.Path("/home/anna/.local/state")
    tap.ok((state / "keybag-secret-service").exists(), "the note of before")
    os.chown(state, 0, 0)
    try:
        start_anew("anna", 1401)
        tap.equal(service_file(1401).exists(), True, "the file for the bus")
    finally:
        os.chown(state, 1401, 1401)
    start_anew("anna", 1401)
    wait_for(lambda: active() == "active", "the service")


def test_keybagd_silent():
    """a keybagd that does not answer at login: who had a keybag has it still"""
    run("systemctl", "stop", "keybagd.socket", "keybagd.service")
    try:
        start_anew("anna", 1401)
        tap.equal(service_file(1401).exists(), True, "the file for the bus")
        tap.equal(service_file(1402).exists(), False, "the file of who never had one")
    finally:
        run("systemctl", "start", "keybagd.socket", "keybagd.service")
    wait_for(lambda: active() == "active", "the service")


def teardown():
    logins.Session.end_all()
    watch.close()
    KEYRING.unlink()
    PINENTRY.unlink()
    shutil.rmtree(FAKE)
    anna.remove()
    run("loginctl", "disable-linger", "ben", check=False)
    run("loginctl", "terminate-user", "ben", check=False)
    run("userdel", "-rf", "ben", check=False)
    logins.end()


tap.main(teardown=teardown)

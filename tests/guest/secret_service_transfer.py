#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# vm: systemd packages=guest-keyring kernel=6.1 long
# vm: paths=helper/secretservice/transfer/,helper/secretservice/keybag-secret-service-generator,helper/packaging/debian/keybag-secret
"""A user with secrets in gnome-keyring: kept from the keychain, brought over by one command, taken back, and what becomes of it
when the package is removed and installed again. At landing: unit/secretservice_record, guest/secret_service_login.py."""

import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), folder) for folder in ("lib", "..")]
import logins  # noqa: E402
from lib import tap  # noqa: E402
from logins import User, run  # noqa: E402

if not os.path.isdir("/run/systemd/system") or not shutil.which("gnome-keyring-daemon"):
    print("1..0 # SKIP not booted by systemd, or without gnome-keyring")
    sys.exit(4)

NAME, UID = "anna", 1421
HOME, RUNTIME = pathlib.Path(f"/home/{NAME}"), pathlib.Path(f"/run/user/{UID}")
KEYRINGS = HOME / ".local/share/keyrings"
NOTE = HOME / ".local/state/keybag-secret-service"
UNIT = "keybag-secret-service.service"
SECRETS = "org.freedesktop.secrets"
SERVICE_FILE = RUNTIME / f"dbus-1/services/{SECRETS}.service"
SCRIPTS = pathlib.Path("/mnt/build/secretservice/debian")
PASSWORD = "old keyring password"

# Run as the user on some bus; the first word says what is done.
CLIENT = r"""
import json, sys
import secretstorage
from jeepney import DBusAddress, new_method_call

SERVICE = DBusAddress("/org/freedesktop/secrets", "org.freedesktop.secrets", "org.freedesktop.Secret.Service")
OWN = DBusAddress("/org/freedesktop/secrets", "org.freedesktop.secrets", "org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface")
connection = secretstorage.dbus_init()

def call(address, method, signature, *arguments):
    reply = connection.send_and_get_reply(new_method_call(address, method, signature, arguments))
    if reply.header.message_type.name == "error":
        raise SystemExit(f"{method}: {reply.body}")
    return reply.body

def password(text):
    return (call(SERVICE, "OpenSession", "sv", "plain", ("s", ""))[1], b"", text.encode(), "text/plain")

def fill(word):
    label = {"org.freedesktop.Secret.Collection.Label": ("s", "Work & Play")}
    path, = call(OWN, "CreateWithMasterPassword", "a{sv}(oayays)", label, password(word))
    default = secretstorage.get_default_collection(connection)
    default.create_item("Mail of anna", {"server": "mail", "user": "anna"}, b"letmein")
    default.create_item("bytes", {"kind": "bytes", "n\u00e4me": "\u00fc \u4e2d"}, bytes(range(256)))
    default.create_item("", {"kind": "empty"}, b"")
    default.create_item("twice", {"same": "yes"}, b"one")
    default.create_item("twice", {"same": "yes"}, b"two")
    default.create_item("large", {"large": "yes"}, bytes(1 << 20))
    default.create_item("too large", {"large": "no"}, bytes((1 << 20) + 1))
    default.create_item("too many", {f"a{number}": "x" for number in range(129)}, b"secret")
    default.create_item("too long", {"n" * 256: "x"}, b"secret")
    default.create_item("too wide", {"value": "x" * (60 * 1024)}, b"secret")
    secretstorage.Collection(connection, path).create_item("work", {"xdg:schema": "org.example.Work", "a": "b"}, b"at work")

def fill_labels(word):
    for name, secret in (("Session", b"kept"), ("Twin", b"one"), ("Twin", b"two")):
        label = {"org.freedesktop.Secret.Collection.Label": ("s", name)}
        path, = call(OWN, "CreateWithMasterPassword", "a{sv}(oayays)", label, password(word))
        secretstorage.Collection(connection, path).create_item("labelled", {"labelled": "yes"}, secret)

def labelled(verb):
    for collection in list(secretstorage.get_all_collections(connection)):
        secrets = [item.get_secret().decode() for item in collection.get_all_items() if item.get_label() == "labelled"]
        if secrets and verb == "delete":
            collection.delete()
        elif secrets:
            print(collection.collection_path.rsplit("/", 1)[1], *secrets)

def dump(*_):
    found = {}
    for collection in secretstorage.get_all_collections(connection):
        items = [[item.get_label(), item.get_attributes(), item.get_secret().hex()[:2000]] for item in collection.get_all_items()]
        if items:
            found[collection.get_label()] = sorted(items, key=str)
    print(json.dumps(found))

def open_all(word):
    for collection in secretstorage.get_all_collections(connection):
        if collection.is_locked():
            call(OWN, "UnlockWithMasterPassword", "o(oayays)", collection.collection_path, password(word))
    dump()

def remove(beginning):
    for item in secretstorage.get_default_collection(connection).get_all_items():
        if item.get_label().startswith(beginning):
            item.delete()

def owner(*_):
    print(connection.send_and_get_reply(new_method_call(DBusAddress("/org/freedesktop/DBus", "org.freedesktop.DBus",
          "org.freedesktop.DBus"), "GetConnectionUnixProcessID", "s", ("org.freedesktop.secrets",))).body[0])

globals()[sys.argv[1]](*sys.argv[2:])
"""

logins.begin()
watch = logins.Watch()
anna = User(NAME, UID, watch)


def user_command(*command, **environment):
    """In a control group as of a session: the keychain serves no system unit, as this test is in one."""
    group = f"/sys/fs/cgroup/user.slice/user-{UID}.slice/session-test.scope"
    variables = {"HOME": HOME, "XDG_RUNTIME_DIR": RUNTIME, "DBUS_SESSION_BUS_ADDRESS": f"unix:path={RUNTIME}/bus", **environment}
    return ["sh", "-c", f'mkdir -p {group} && echo $$ >{group}/cgroup.procs && exec "$@"', "sh", "setpriv", "--reuid", NAME, "--regid", NAME,
            "--init-groups", "env", *[f"{name}={value}" for name, value in variables.items()], *command]


def of_anna(*command, text="", status=0, **environment):
    done = subprocess.run(user_command(*command, **environment), input=text, capture_output=True, text=True, timeout=900, check=False)
    if status is not None and done.returncode != status:
        raise AssertionError(f"{command}: status {done.returncode}, not {status}\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def client(*words):
    return of_anna("python3", "-c", CLIENT, *words)


def in_keyring(*words):
    """The client on a bus where gnome-keyring alone is, with the user's keyrings."""
    folder = HOME / "apart"
    of_anna("mkdir", "-p", "-m", "0700", folder)
    script = 'printf %s "$0" | gnome-keyring-daemon --unlock --components=secrets >/dev/null && exec python3 "$@"'
    return of_anna("dbus-run-session", "--", "sh", "-c", script, PASSWORD, "-c", CLIENT, *words, XDG_RUNTIME_DIR=folder)


def transfer(verb, *options, text=f"{PASSWORD}\n{PASSWORD}\n", status=0):
    return of_anna("keychainctl", f"{verb}-secrets", *options, text=text, status=status)


def kept_in_keyring():
    return json.loads(in_keyring("open_all", PASSWORD))


def wait_for(condition, what, seconds=300):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"{what} does not come: " + of_anna("systemctl", "--user", "status", UNIT, status=None) +
                                 run("journalctl", "-q", "-n", "60", "--no-pager", f"_UID={UID}", check=False))
        time.sleep(0.5)


def start_anew():
    """As a login does that is the first one."""
    # Its limit of starts in a row is for what fails.
    run("systemctl", "reset-failed", f"user@{UID}.service", check=False)
    run("systemctl", "restart", f"user@{UID}.service")
    wait_for(lambda: of_anna("systemctl", "--user", "is-active", "default.target", status=None) == "active\n", "the manager")


def provider():
    """The program that has the name; whoever asks for it has it started."""
    of_anna("busctl", "--user", "call", SECRETS, "/org/freedesktop/secrets", "org.freedesktop.Secret.Service", "ReadAlias", "s", "x", status=None)
    return pathlib.Path(f"/proc/{client('owner').strip()}/comm").read_text().strip()


def stop_keyring():
    """Whatever asks for it next has it started, with its keyrings locked."""
    of_anna("systemctl", "--user", "stop", "gnome-keyring-daemon.service")
    run("pkill", "-u", NAME, "gnome-keyring-d", check=False)
    wait_for(lambda: not run("pgrep", "-u", NAME, "gnome-keyring-d", check=False), "the end of gnome-keyring")


def keyring_files():
    return {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in KEYRINGS.iterdir()}


def clean(items):
    """Without the schema that gnome-keyring shows where there is none, as it does for some items and not for others."""
    return {label: sorted(([name, {key: value for key, value in attributes.items() if value != "org.freedesktop.Secret.Generic"}, secret]
                           for name, attributes, secret in inside), key=str) for label, inside in items.items()}


def test_held_back():
    """a user with secrets in gnome-keyring keeps it, and is told of the command"""
    in_keyring("fill", PASSWORD)
    # Their manager has run with the keybag, and without secrets.
    NOTE.unlink(missing_ok=True)
    start_anew()
    tap.equal((SERVICE_FILE.exists(), NOTE.exists()), (False, False), "what the generator has made")
    wait_for(lambda: "keychainctl import-secrets" in run("journalctl", "-q", "--no-pager", "-b"), "the advice in the journal")
    tap.equal(provider(), "gnome-keyring-d", "the provider")


def test_locked_keybag():
    """the keybag is locked: nothing is asked or read"""
    anna.lock()
    tap.contains(transfer("import", status=3), "keybagctl unlock")
    anna.unlock()


def test_dry_run():
    """a dry run counts by collection, and writes nothing"""
    before = keyring_files()
    said = transfer("import", "--dry-run", status=13)
    tap.contains(said, "Login: to copy 6, to renew 0, there already 0, to be left 4\n")
    tap.contains(said, "Work & Play: to copy 1, to renew 0, there already 0, to be left 0\n")
    tap.contains(said, "together: to copy 7, to renew 0, there already 0, to be left 4\n")
    tap.contains(said, "'too large' in 'Login' was left: its secret is longer than 1 MiB")
    tap.contains(said, "'too many' in 'Login' was left: it has more than 128 attributes")
    tap.contains(said, "'too long' in 'Login' was left: it has an attribute whose name is longer than 255 bytes")
    tap.contains(said, "'too wide' in 'Login' was left: its attributes have more than 60 KiB together")
    tap.equal((of_anna("keychainctl", "list", status=None), keyring_files() == before), ("", True), "what is in the keychain, and the keyrings")


def test_wrong_password():
    """a keyring whose password is not known is named and left; programs keep gnome-keyring"""
    stop_keyring()
    said = transfer("import", text="wrong\n", status=13)
    for part in ("that is not the password of the keyring", "'Login' of gnome-keyring is locked", "--partial"):
        tap.contains(said, part)
    tap.equal((NOTE.exists(), provider()), (False, "gnome-keyring-d"), "the note and the provider")


def test_part():
    """something that the keychain does not take: the rest is brought over, and programs keep gnome-keyring"""
    stop_keyring()
    said = transfer("import", status=13)
    tap.contains(said, "together: copied 7, renewed 0, there already 0, left 4\n")
    tap.equal((NOTE.exists(), provider()), (False, "gnome-keyring-d"), "the note and the provider")


def test_import():
    """all of it: from then on the keychain answers, in the same session, and has what gnome-keyring had; run twice, nothing is doubled"""
    client("open_all", PASSWORD)
    client("remove", "too ")
    expected = clean(json.loads(client("dump")))
    tap.equal(sum(map(len, expected.values())), 7, "items of gnome-keyring")
    said = transfer("import")
    tap.contains(said, "together: copied 0, renewed 0, there already 7, left 0\n")
    tap.contains(said, "in the keychain from now on")
    tap.equal((provider(), NOTE.exists(), SERVICE_FILE.exists()), ("keybag-secret-s", True, True), "the provider, the note, the file for the bus")
    tap.equal(clean(json.loads(client("dump"))), expected, "items")
    tap.equal(of_anna("secret-tool", "lookup", "server", "mail"), "letmein", "lookup")
    start_anew()
    wait_for(lambda: provider() == "keybag-secret-s", "the service at the next login")
    tap.equal(clean(json.loads(client("dump"))), expected, "items after a login")


def waiting():
    """The number of those who want the name."""
    said = of_anna("busctl", "--user", "call", "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "ListQueuedOwners", "s", SECRETS)
    return int(said.split()[1])


def test_session():
    """a session of gnome-session's starts gnome-keyring's other parts, as its files say: its secrets do not wait for the name, to have it next"""
    session = pathlib.Path("/usr/lib/systemd/user/gnome-session-manager@.service")
    session.write_text(f"[Service]\nType=oneshot\nExecStart={logins.HERE}/session_manager.py %t/looked\n")
    try:
        of_anna("systemctl", "--user", "daemon-reload")
        of_anna("systemctl", "--user", "start", "gnome-keyring-daemon.service")
        of_anna("systemctl", "--user", "start", "gnome-session-manager@gnome.service")
        tap.ok(run("pgrep", "-u", NAME, "gnome-keyring-d"), "gnome-keyring runs")
        tap.equal(waiting(), 1, "who wants the name")
        of_anna("systemctl", "--user", "restart", UNIT)
        tap.equal((provider(), waiting()), ("keybag-secret-s", 1), "the provider after it was started again, and who wants the name")
        # The same without what keeps it: this would be seen.
        of_anna("gnome-keyring-daemon", "--start", "--components=secrets")
        wait_for(lambda: waiting() == 2, "gnome-keyring's secrets behind the name")
    finally:
        session.unlink()
        of_anna("systemctl", "--user", "stop", "gnome-keyring-daemon.service")
        run("pkill", "-u", NAME, "gnome-keyring-d", check=False)
        of_anna("systemctl", "--user", "daemon-reload")


def test_replaced():
    """an item from gnome-keyring, with the schema that stands for none, is replaced by a program that names none"""
    of_anna("python3", "-c", "import secretstorage as s\n"
            "s.get_default_collection(s.dbus_init()).create_item('Mail of anna', {'server': 'mail', 'user': 'anna'}, b'changed', replace=True)")
    tap.equal(of_anna("secret-tool", "search", "--all", "server", "mail").count("secret = changed"), 1, "items found")


def test_newer():
    """a secret that was changed since is not changed back"""
    said = transfer("import")
    tap.contains(said, "'Mail of anna' in 'Login' has another secret, which is not older: it stays")
    tap.contains(said, "together: copied 0, renewed 0, there already 7, left 0\n")
    tap.equal(of_anna("secret-tool", "lookup", "server", "mail"), "changed", "lookup")


def test_one_locked():
    """a collection that a program has locked is left, and the others are not"""
    of_anna("busctl", "--user", "call", SECRETS, "/org/freedesktop/secrets", "org.freedesktop.Secret.Service", "Lock", "ao", "1",
            "/org/freedesktop/secrets/collection/WorkPlay")
    said = transfer("import", "--dry-run", status=13)
    tap.contains(said, "'Work & Play' of keybag-secret-service is locked")
    tap.contains(said, "together: to copy 0, to renew 0, there already 6, to be left 1\n")
    anna.lock()
    anna.unlock()


def test_export():
    """back into gnome-keyring: what is new, and what is newer; run twice, nothing is doubled"""
    of_anna("secret-tool", "store", "--label=New", "new", "yes", text="new one")
    before = keyring_files()
    tap.contains(transfer("export", "--dry-run"), "together: to copy 1, to renew 1, there already 6, to be left 0\n")
    tap.equal(keyring_files() == before, True, "keyrings after a dry run")
    tap.contains(transfer("export"), "together: copied 1, renewed 1, there already 6, left 0\n")
    tap.contains(transfer("export"), "together: copied 0, renewed 0, there already 8, left 0\n")
    tap.equal(clean(kept_in_keyring()), clean(json.loads(client("dump"))), "items of both")


def test_export_new():
    """a user without keyrings: made, with the password that is given for them"""
    shutil.move(KEYRINGS, HOME / "aside")
    try:
        tap.contains(transfer("export", text="", status=13), "a new keyring needs a password")
        tap.contains(transfer("export", text=f"{PASSWORD}\n"), "together: copied 8, renewed 0, there already 0, left 0\n")
        tap.equal((KEYRINGS / "login.keyring").exists(), True, "the keyring that the login opens")
        tap.equal(clean(kept_in_keyring()), clean(json.loads(client("dump"))), "items of both")
    finally:
        shutil.rmtree(KEYRINGS, ignore_errors=True)
        shutil.move(HOME / "aside", KEYRINGS)


def test_labels():
    """a keyring of the label Session outlives the login, and of two of one label neither loses an item; run twice, nothing is doubled"""
    shutil.move(KEYRINGS, HOME / "aside")
    try:
        in_keyring("fill_labels", PASSWORD)
        for copied, present in ((3, 0), (0, 3)):
            tap.contains(transfer("import", text=f"{PASSWORD}\n" * 4), f"together: copied {copied}, renewed 0, there already {present}, left 0\n")
            found = dict(line.split(" ", 1) for line in client("labelled", "list").splitlines())
            tap.equal((sorted(found), sorted(found.values())), (["Session", "Twin", "Twin_2d2"], ["kept", "one", "two"]), "collections and secrets")
        client("labelled", "delete")
    finally:
        shutil.rmtree(KEYRINGS, ignore_errors=True)
        shutil.move(HOME / "aside", KEYRINGS)


def test_other_stores():
    """no keyrings, or an empty one, and wallets that KWallet alone can open: it is named, and what to do, and nothing is switched"""
    wallet = HOME / ".local/share/kwalletd/kdewallet.kwl"
    shutil.move(KEYRINGS, HOME / "aside")
    try:
        tap.contains(transfer("import", status=9), "nothing is there to be imported")
        of_anna("mkdir", "-p", wallet.parent)
        wallet.write_text("KWALLET\n")
        tap.contains(transfer("import", status=10), f"KWallet has secrets ({HOME}/.local/share/kwalletd/*.kwl), and does not run")
        in_keyring("dump")
        tap.equal(list(KEYRINGS.glob("*.keyring")) != [], True, "a keyring that is empty")
        NOTE.unlink()
        said = transfer("import", status=13)
        tap.contains(said, "KWallet has secrets")
        tap.contains(said, "copied 0, renewed 0, there already 0, left 0")
        tap.equal(NOTE.exists(), False, "the note")
    finally:
        shutil.rmtree(wallet.parent, ignore_errors=True)
        shutil.rmtree(KEYRINGS, ignore_errors=True)
        shutil.move(HOME / "aside", KEYRINGS)
        of_anna("touch", NOTE)


def test_nothing_left():
    """no bus, no process and no copy of a keyring stays, also after one was killed"""
    killed = subprocess.Popen(user_command("keychainctl", "import-secrets"), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL)
    wait_for(lambda: list(RUNTIME.glob("keybag-transfer-*/data/keyrings/login.keyring")), "the copy")
    wait_for(lambda: run("pgrep", "-u", NAME, "-f", "control-directory=.*keybag-transfer", check=False), "its gnome-keyring")
    killed.kill()
    killed.wait()
    wait_for(lambda: not list(RUNTIME.glob("keybag-transfer-*")), "the end of the folder")
    wait_for(lambda: not run("pgrep", "-u", NAME, "-f", "keybag-transfer", check=False), "the end of its programs")


PARTS = ("/usr/lib/systemd/user/keybag-secret-service.service", "/usr/lib/systemd/user-generators/keybag-secret-service-generator",
         "/usr/libexec/keybag-secret-service", "/usr/libexec/keybag-secret-service-transfer")


@contextlib.contextmanager
def parts_away():
    """The package without its parts, each in a folder beside its place meanwhile, where nothing looks for it."""
    with contextlib.ExitStack() as stack:
        for part in map(pathlib.Path, PARTS):
            aside = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(dir=part.parent))) / part.name
            part.rename(aside)
            stack.callback(aside.rename, part)
        yield


def test_removed():
    """the package is removed: gnome-keyring answers in the same session, and nothing names what is gone; the keychain keeps all but what was until logout"""
    kept = client("dump")
    of_anna("secret-tool", "store", "--label=Short", "--collection=session", "short", "yes", text="until logout")
    tap.contains(of_anna("keychainctl", "keychains"), "secretservice-session")
    tap.contains(run("sh", SCRIPTS / "keybag-secret-service.prerm.in", "remove"), "keychainctl export-secrets")
    with parts_away():
        run("sh", SCRIPTS / "keybag-secret-service.postrm", "remove")
        tap.equal((list((RUNTIME / "dbus-1/services").glob("*.service")), (RUNTIME / "keybag-secret-service").exists()), ([], False), "files")
        tap.equal(("secretservice-session" in of_anna("keychainctl", "keychains"), (RUNTIME / "keybag-secret-service.session").exists()),
                  (False, False), "secrets until logout, and the mark of the login")
        tap.equal(of_anna("systemctl", "--user", "show", "-P", "LoadState", UNIT), "not-found\n", "the unit")
        tap.contains(of_anna("systemctl", "--user", "show", "-P", "ExecStart", "gnome-keyring-daemon.service"), "pkcs11,secrets")
        tap.equal(provider(), "gnome-keyring-d", "the provider")
        tap.contains(transfer("export", status=10), "install the package keybag-secret-service")
    run("sh", SCRIPTS / "keybag-secret-service.postinst", "configure", "0.1")
    wait_for(lambda: provider() == "keybag-secret-s", "the service after it was installed again")
    tap.equal((client("dump"), pathlib.Path("/run/keybag-secret-service.removed").exists()), (kept, False), "items, and the list of users")


def teardown():
    watch.close()
    anna.remove()
    logins.end()


tap.main(teardown=teardown)

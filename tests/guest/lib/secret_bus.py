# SPDX-License-Identifier: GPL-2.0-or-later
"""A bus of a user's with the Secret Service on it, as its daemon starts it; and clients: programs, and calls by hand."""

import collections
import contextlib
import json
import os
import subprocess
import time
import traceback

import behalf_service
import secret_portal
from jeepney import DBusAddress, HeaderFields, MatchRule, MessageType, Properties, new_method_call
from jeepney.io.blocking import open_dbus_connection
from lib import keychaind

NAME = "org.freedesktop.secrets"
ROOT = "/org/freedesktop/secrets"
SECRET = "org.freedesktop.Secret."
DEFAULT = f"{ROOT}/aliases/default"
LOGIN = f"{ROOT}/collection/login"
SESSION = f"{ROOT}/collection/session"
PROGRAM = "/usr/libexec/keybag-secret-service"


class Failed(Exception):
    """The service answered with an error: its name and text."""


class Connection:
    """A connection to the bus."""

    def __init__(self, address):
        self.bus = open_dbus_connection(bus=address, enable_fds=True)
        # Answers that came before they were waited for, by their serial numbers.
        self.portal_replies = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.bus.close()

    def send(self, message):
        reply = self.bus.send_and_get_reply(message, timeout=600)
        if reply.header.message_type == MessageType.error:
            raise Failed(reply.header.fields[HeaderFields.error_name], *reply.body)
        return reply.body

    def call(self, path, interface, method, signature="", *arguments, name=NAME):
        return self.send(new_method_call(DBusAddress(path, name, SECRET + interface), method, signature or None, arguments))

    def service(self, method, signature="", *arguments):
        return self.call(ROOT, "Service", method, signature, *arguments)

    def get(self, path, interface, name):
        return self.send(Properties(DBusAddress(path, NAME, SECRET + interface)).get(name))[0][1]

    def get_all(self, path, interface):
        return {name: value for name, (_, value) in
                self.send(new_method_call(DBusAddress(path, NAME, "org.freedesktop.DBus.Properties"), "GetAll", "s",
                                          (SECRET + interface,)))[0].items()}

    def set(self, path, interface, name, signature, value):
        self.send(Properties(DBusAddress(path, NAME, SECRET + interface)).set(name, signature, value))

    def plain(self):
        return self.service("OpenSession", "sv", "plain", ("s", ""))[1]

    def store(self, session, attributes, secret, collection=DEFAULT, label="label", replace=False, **properties):
        all_properties = {SECRET + "Item.Label": ("s", label), SECRET + "Item.Attributes": ("a{ss}", attributes), **properties}
        return self.call(collection, "Collection", "CreateItem", "a{sv}(oayays)b", all_properties,
                         (session, b"", secret, "text/plain"), replace)[0]

    def secret(self, session, item):
        return self.call(item, "Item", "GetSecret", "o", session)[0][2]

    def search(self, attributes):
        return tuple(self.service("SearchItems", "a{ss}", attributes))

    def collected(self, member):
        """The signals of that name that come while a context of this lasts: those before the last answer are there."""
        return self.bus.filter(MatchRule(type="signal", member=member), queue=collections.deque())

    def signals(self, member, path=None):
        """Waits for the next signal of that name."""
        rule = MatchRule(type="signal", member=member, **({"path": path} if path else {}))
        with self.bus.filter(rule) as queue:
            return self.bus.recv_until_filtered(queue, timeout=600)


def error_of(function, *arguments):
    """The name of the error that a call ends with; None: it ends well."""
    try:
        function(*arguments)
    except Failed as error:
        return error.args[0].rsplit(".", 1)[-1]
    return None


class Bus:
    """A bus of a user's own, which starts the service, and what runs on it."""

    def __init__(self, user, uid):
        self.user, self.uid = user, uid
        runtime = f"/run/test-bus-{user}"
        services = f"{runtime}/dbus-1/services"
        os.makedirs(services, exist_ok=True)
        for name in (NAME, secret_portal.NAME):
            with open(f"{services}/{name}.service", "w", encoding="ascii") as file:
                file.write(f"[D-BUS Service]\nName={name}\nExec={PROGRAM}\n")
        for folder in (runtime, f"{runtime}/dbus-1", services):
            os.chmod(folder, 0o700)
            os.chown(folder, uid, uid)
        self.environment = {"HOME": f"/home/{user}", "XDG_RUNTIME_DIR": runtime, "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
        self.daemon = subprocess.Popen([*self.who(), "dbus-daemon", "--session", "--nofork", "--print-address"],
                                       stdout=subprocess.PIPE, env=self.environment, text=True, cwd="/")
        self.address = self.environment["DBUS_SESSION_BUS_ADDRESS"] = self.daemon.stdout.readline().strip()

    def who(self):
        return ["setpriv", "--reuid", self.user, "--regid", self.user, "--init-groups"]

    def close(self):
        self.daemon.terminate()
        self.daemon.wait()

    def run(self, *command, text=None, status=0):
        done = subprocess.run([*self.who(), *command], env=self.environment, input=text, capture_output=True, text=True,
                              timeout=600, check=False, cwd="/")
        if status is not None and done.returncode != status:
            raise AssertionError(f"{command}: status {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def start(self, *command):
        return subprocess.Popen([*self.who(), *command], env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True, cwd="/")

    def inside(self, function, *arguments, cgroup=None):
        """The result of function(connection, …), which runs as the user in a process of its own with a connection."""
        with self.talk(lambda connection, say, hear: say(["done", function(connection, *arguments)]), cgroup) as (_, hear):
            word, result = hear()
        if word != "done":
            raise AssertionError(result)
        return result

    @contextlib.contextmanager
    def talk(self, function, cgroup=None):
        """function(connection, say, hear) in a process of its own, and say(…) and hear() to talk with it from here."""
        # Nobody else has the ends: whoever waits for one that is gone sees that.
        (down, to_child), (up, to_parent) = os.pipe(), os.pipe()

        def ends(reading, writing):
            lines = open(reading, encoding="utf-8")

            def say(value):
                os.write(writing, (json.dumps(value, default=lambda data: data.decode("latin-1")) + "\n").encode())
            return say, lambda: json.loads(lines.readline())
        pid = os.fork()
        if not pid:
            try:
                os.close(to_child)
                os.close(up)
                say, hear = ends(down, to_parent)
                hear()
                keychaind.become(self.uid)
                os.environ.update(self.environment)
                with Connection(self.address) as connection:
                    function(connection, say, hear)
            except BaseException:  # pylint: disable=broad-except
                say(["failed", traceback.format_exc(limit=-4)])
            os._exit(0)
        os.close(down)
        os.close(to_parent)
        say, hear = ends(up, to_child)
        if cgroup:
            behalf_service.move(pid, cgroup)
        say("begin")
        try:
            yield say, hear
        finally:
            os.close(to_child)
            os.waitpid(pid, 0)

    def provider(self):
        """The pid of the service; None: it does not run."""
        found = subprocess.run(["pgrep", "-u", str(self.uid), "-f", f"^{PROGRAM}"], capture_output=True, text=True, check=False)
        return int(found.stdout.split()[0]) if found.stdout else None


class KeybagBus(Bus):
    """The same of a new user with a keybag, which is open."""

    def __init__(self, user, uid, passcode):
        self.passcode = passcode
        subprocess.run(["useradd", "-m", "-u", str(uid), user], check=True)
        subprocess.run(["keybagctl", "create", "--user", user, *keychaind.CHEAP], input=f"{passcode}\n", text=True, check=True,
                       capture_output=True)
        super().__init__(user, uid)
        self.unlock()

    def unlock(self):
        keybag(self.user, "unlock", text=f"{self.passcode}\n")

    def lock(self, *options):
        keybag(self.user, "lock", *options)

    def lookup(self, *attributes, status=0):
        return self.run("secret-tool", "lookup", *attributes, status=status)

    def store(self, label, secret, *attributes):
        self.run("secret-tool", "store", f"--label={label}", *attributes, text=secret)

    def end(self):
        self.close()
        keychaind.remove_user(self.user, self.uid)


def keybag(user, *arguments, text=None):
    done = subprocess.run(["keybagctl", *arguments, "--user", user], input=text, capture_output=True, text=True, check=False)
    if done.returncode:
        raise AssertionError(f"keybagctl {arguments}: {done.stderr}")


def wait_until(condition, what, seconds=300):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"{what} does not come")
        time.sleep(0.05)

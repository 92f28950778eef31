#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Stands in for the services that libsecret's tests start, mock-service-SET.py: starts the real one, gives it what such a set
has, prints the name on the bus, and gives the passcode when it is asked for.

Items of an earlier set that are as they should be stay."""

import mmap
import os
import pathlib
import signal
import subprocess
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "guest/lib"), str(TESTS)]

from jeepney import message_bus  # noqa: E402
from secret_bus import LOGIN, NAME, ROOT, Connection, Failed, wait_until  # noqa: E402

import person  # noqa: E402

SERVICE = "/usr/libexec/keybag-secret-service"
SCHEMA, PRIMES = {"xdg:schema": "org.mock.Schema"}, {"xdg:schema": "org.mock.Primes"}


def item(label, secret, **attributes):
    return label, secret.encode(), {name: str(value) for name, value in attributes.items()}


def three(words, secrets, **more):
    return [item("Item", secret, number=number, string=word, even="false" if number % 2 else "true", **more)
            for number, (word, secret) in enumerate(zip(words.split(), secrets.split()), 1)]


# Names, labels, secrets and attributes of libsecret's own, name of collection: label, locked, {name of item: item}.
NORMAL = {
    "english": ("Collection One", False, dict(zip("123", [
        (f"Item {word.capitalize()}", secret, attributes)
        for word, (_, secret, attributes) in zip("one two three".split(), three("one two three", "111 222 333", **SCHEMA))]))),
    "spanish": ("Collection", True, dict(zip("10 20 30".split(), three("uno dos tres", "111 222 3333", **SCHEMA)))),
    "german": ("Collection", True, {f"{number}00": item("Item", 3 * str(number), number=number, string=word, prime=prime, **PRIMES)
                                    for number, word, prime in ((3, "drei", "true"), (4, "vier", "false"), (5, "fuenf", "true"),
                                                                (6, "sechs", "false"))}),
    "empty": ("Collection", False, {}),
}
ONE, TWO, THREE = three("one two three", "uno dos tres")
SETS = {
    "normal": NORMAL,
    "only-plain": NORMAL,
    "empty": {},
    "lock": {**NORMAL, "lockone": ("Collection", False, {"item": ONE, "confirm": TWO}),
             "lockprompt": ("Collection", True, {"locked": THREE})},
    "delete": {**NORMAL, "todelete": ("Collection", False, {"item": ONE, "confirm": TWO}),
               "twodelete": ("Collection", True, {"locked": THREE})},
}


class Names:
    """The file by which the service knows names of items (tests/secretservice/given_names.c)."""

    def __init__(self, path):
        path.write_bytes(bytes(65536))
        with open(path, "r+b") as file:
            self.file = mmap.mmap(file.fileno(), 65536)

    def write(self, names):
        """NAMES: {uuid: name}."""
        self.file[:] = "".join(f"{uuid} {name}\n" for uuid, name in names.items()).encode().ljust(65536, b"\0")


def look(connection, session, path):
    """The items of a collection, oldest first: {path: item}."""
    paths = connection.get(path, "Collection", "Items")
    secrets = connection.service("GetSecrets", "aoo", paths, session)[0]
    found = {}
    for one in paths:
        properties = connection.get_all(one, "Item")
        found[one] = (properties["Label"], secrets[one][2], properties["Attributes"])
    return found


def fill(connection, session, path, items):
    """Makes the collection have these items, and no others; returns their names, {uuid: name}."""
    there, names = look(connection, session, path), {}
    for name, wanted in items.items():
        same = [one for one, content in there.items() if content == wanted and one.rpartition("/")[2] not in names]
        label, secret, attributes = wanted
        one = same[0] if same else connection.store(session, attributes, secret, path, label)
        names[one.rpartition("/")[2]] = name
    for one in there:
        if one.rpartition("/")[2] not in names:
            connection.call(one, "Item", "Delete")
    return names


def make(connection, wanted, aliases):
    """Collections and items as a set has them; returns the names of all items."""
    session, names = connection.plain(), {}
    present = connection.get(ROOT, "Service", "Collections")
    if any(connection.get(path, "Collection", "Locked") for path in present):
        person.give_passcode()
    for path in present:
        name = path.rpartition("/")[2]
        if name not in ("login", "session") and name not in wanted:
            connection.call(path, "Collection", "Delete")
    fill(connection, session, LOGIN, {})
    for name, (label, _, items) in wanted.items():
        path = f"{ROOT}/collection/{name}"
        if path not in present:
            made = connection.service("CreateCollection", "a{sv}s", {"org.freedesktop.Secret.Collection.Label": ("s", name)}, "")[0]
            if made != path:
                raise SystemExit(f"collection {name} is {made}")
        if connection.get(path, "Collection", "Label") != label:
            connection.set(path, "Collection", "Label", "s", label)
        names.update(fill(connection, session, path, items))
    for alias, path in aliases.items():
        if connection.service("ReadAlias", "s", alias)[0] != path:
            connection.service("SetAlias", "so", alias, path)
    connection.service("Lock", "ao", [f"{ROOT}/collection/{name}" for name, (_, locked, _) in wanted.items() if locked])
    return names


def start(which):
    """Starts the service, which ends with this program; returns it and the file of names."""
    path = pathlib.Path(os.environ["XDG_RUNTIME_DIR"], "names")
    names = Names(path)
    environment = {**os.environ, "GIVEN_NAMES": str(path), **({"ONLY_PLAIN": "1"} if which == "only-plain" else {})}
    service = subprocess.Popen([SERVICE], env=environment, stdin=subprocess.DEVNULL)

    def end(*_):
        # Not by Popen, which waits for a lock of its own: a second signal comes while the first one is handled.
        os.kill(service.pid, signal.SIGTERM)
        os._exit(0)
    signal.signal(signal.SIGTERM, end)
    return service, names


def has_name(connection, service):
    """Whether the service has it. A call by the name would have the bus start whichever service is installed."""
    if service.poll() is not None:
        raise SystemExit("stand_in: the service has ended")
    return connection.send(message_bus.NameHasOwner(NAME))[0] and connection.send(message_bus.GetConnectionUnixProcessID(NAME))[0] == service.pid


def main():
    which = pathlib.Path(sys.argv[1]).stem.removeprefix("mock-service-")
    service, names = start(which)
    prompts = person.listen()
    with Connection(os.environ["DBUS_SESSION_BUS_ADDRESS"]) as connection:
        # One of the test before may be about to end.
        wait_until(lambda: has_name(connection, service), "the service")
        wanted = SETS[which]
        names.write(make(connection, wanted, {"default": f"{ROOT}/collection/english" if wanted else LOGIN, "blah": "/"}))
        # As theirs do: that of its connection.
        owner = connection.send(message_bus.GetNameOwner(NAME))[0]
    print(owner, flush=True)
    person.attend(prompts)


try:
    main()
except Failed as error:
    raise SystemExit(f"stand_in: {error}") from error

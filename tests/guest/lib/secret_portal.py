# SPDX-License-Identifier: GPL-2.0-or-later
"""Calls of xdg-desktop-portal for the secret of an application; as a program, one for that which is named, on the user's bus."""

import itertools
import os
import sys

from jeepney import DBusAddress, HeaderFields, MessageType, message_bus, new_method_call

DESKTOP = "org.freedesktop.portal.Desktop"
NAME = "org.freedesktop.impl.portal.desktop.keybag"
PATH = "/org/freedesktop/portal/desktop"
IMPL = "org.freedesktop.impl.portal."
numbers = itertools.count(1)


class Call:
    """A call of RetrieveSecret() that was sent. What is written goes to a pipe, or to the descriptor given."""

    def __init__(self, connection, application, descriptor=None, handle=None):
        self.connection, self.reading = connection, None
        self.handle = handle or f"{PATH}/request/1_{os.getpid()}/t{next(numbers)}"
        writing = descriptor
        if descriptor is None:
            self.reading, writing = os.pipe()
        self.serial = next(connection.bus.outgoing_serial)
        connection.bus.send(new_method_call(DBusAddress(PATH, NAME, IMPL + "Secret"), "RetrieveSecret", "osha{sv}",
                                            (self.handle, application, writing, {})), serial=self.serial)
        if descriptor is None:
            os.close(writing)

    def answer(self):
        """Response and what was written, in hexadecimal; or the name of the error, and nothing if nothing was written."""
        replies = self.connection.portal_replies
        while self.serial not in replies:
            message = self.connection.bus.receive(timeout=600)
            replies[message.header.fields.get(HeaderFields.reply_serial)] = message
        message = replies.pop(self.serial)
        if message.header.message_type == MessageType.error:
            response = message.header.fields[HeaderFields.error_name].rsplit(".", 1)[-1]
        else:
            response = message.body[0]
        return [response, self.written()]

    def written(self):
        """To the end: nobody has the other end any more."""
        if self.reading is None:
            return None
        with open(self.reading, "rb") as file:
            self.reading = None
            return file.read().hex()

    def answered(self):
        """Whether an answer is there already."""
        try:
            while self.serial not in self.connection.portal_replies:
                message = self.connection.bus.receive(timeout=0)
                self.connection.portal_replies[message.header.fields.get(HeaderFields.reply_serial)] = message
        except TimeoutError:
            return False
        return True

    def close(self):
        """Close() of its request: the name of the error; None: there is none."""
        serial = next(self.connection.bus.outgoing_serial)
        self.connection.bus.send(new_method_call(DBusAddress(self.handle, NAME, IMPL + "Request"), "Close"), serial=serial)
        replies = self.connection.portal_replies
        while serial not in replies:
            message = self.connection.bus.receive(timeout=600)
            replies[message.header.fields.get(HeaderFields.reply_serial)] = message
        message = replies.pop(serial)
        return message.header.fields[HeaderFields.error_name].rsplit(".", 1)[-1] if message.header.message_type == MessageType.error else None


def retrieve(connection, application, **more):
    return Call(connection, application, **more).answer()


def become(connection):
    """The portal, as far as the bus is concerned."""
    assert connection.send(message_bus.RequestName(DESKTOP, 4))[0] in (1, 4)


if __name__ == "__main__":
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
    from secret_bus import Connection
    with Connection("SESSION") as bus:
        become(bus)
        print(*retrieve(bus, sys.argv[1]))

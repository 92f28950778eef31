# SPDX-License-Identifier: GPL-2.0-or-later
"""Somebody at the machine, who gives the passcode whenever a prompt is shown on the bus."""

import os
import subprocess

from jeepney import DBusAddress, HeaderFields, MatchRule, MessageType, new_method_call
from jeepney.io.blocking import open_dbus_connection

PASSCODE = "a passcode"
PROMPTS = MatchRule(type="method_call", interface="org.freedesktop.Secret.Prompt", member="Prompt")


def give_passcode():
    """Opens all that programs have locked, as a screen that is locked and opened does."""
    subprocess.run(["keybagctl", "lock"], check=True)
    subprocess.run(["keybagctl", "unlock"], input=f"{PASSCODE}\n", text=True, check=True, capture_output=True)


def listen():
    """A connection that is told of prompts."""
    connection = open_dbus_connection(bus=os.environ["DBUS_SESSION_BUS_ADDRESS"])
    bus = DBusAddress("/org/freedesktop/DBus", "org.freedesktop.DBus", "org.freedesktop.DBus.Monitoring")
    connection.send_and_get_reply(new_method_call(bus, "BecomeMonitor", "asu", ([PROMPTS.serialise()], 0)))
    return connection


def attend(connection):
    """Does nothing else, for ever."""
    while True:
        message = connection.receive()
        if message.header.message_type == MessageType.method_call and message.header.fields[HeaderFields.member] == "Prompt":
            give_passcode()


if __name__ == "__main__":
    listening = listen()
    print("ready", flush=True)
    attend(listening)

# SPDX-License-Identifier: GPL-2.0-or-later
"""QEMU's control protocol."""

import json
import socket

from .paths import VMError


class QMP:
    """Synchronous; events that come in between are kept in .events."""

    def __init__(self):
        self.socket, self.theirs = socket.socketpair()
        self.file = None
        self.events = []

    def started(self):
        """QEMU has its end now."""
        self.theirs.close()
        self.socket.settimeout(600)
        self.file = self.socket.makefile("rw")
        if not self.file.readline():
            raise VMError("QEMU ended before it said a word")
        self("qmp_capabilities")

    def __call__(self, command, **arguments):
        message = {"execute": command, "arguments": {k.replace("_", "-"): v for k, v in arguments.items()}}
        self.file.write(json.dumps(message) + "\n")
        self.file.flush()
        while True:
            line = self.file.readline()
            if not line:
                raise VMError(f"QEMU ended during {command}")
            reply = json.loads(line)
            if "event" in reply:
                self.events.append(reply)
            elif "error" in reply:
                raise VMError(f"QEMU refused {command}: {reply['error']['desc']}")
            else:
                return reply["return"]

    def close(self):
        self.socket.close()

# SPDX-License-Identifier: GPL-2.0-or-later
"""Commands in the guest, through its agent (tests/vm/agent/agent.h has the frames)."""

import re
import signal
import socket
import struct
import threading

HEAD = struct.Struct("<BII")
FRAME_MAX = 65536
TERMINAL = 0x01


class Result(tuple):
    """status, output = what run() gives; stdout and stderr apart as attributes."""

    def __new__(cls, status, output, stdout, stderr):
        self = super().__new__(cls, (status, output))
        self.status, self.output, self.stdout, self.stderr = status, output, stdout, stderr
        return self


class Command:
    """A command that runs in the guest. Output is kept and, with SINK, also passed on at
    once as sink(is_stderr, data)."""

    def __init__(self, channel, number, sink=None):
        self.channel = channel
        self.number = number
        self.sink = sink
        self.pieces = []
        self.status = None

    def send(self, data):
        """DATA (bytes or text) to its standard input."""
        data = data.encode() if isinstance(data, str) else data
        for start in range(0, len(data), FRAME_MAX):
            self.channel.write(b"I", self.number, data[start:start + FRAME_MAX])

    def end_input(self):
        self.channel.write(b"I", self.number, b"")

    def kill(self, number=signal.SIGKILL):
        """A signal for the command and its children."""
        self.channel.write(b"K", self.number, struct.pack("<I", number))

    def _join(self, *kinds):
        with self.channel.changed:
            return b"".join(data for error, data in self.pieces if error in kinds)

    @property
    def output(self):
        """Both outputs in the order of their arrival."""
        return self._join(False, True).decode(errors="replace")

    @property
    def result(self):
        return Result(self.status, self.output, self._join(False).decode(errors="replace"),
                      self._join(True).decode(errors="replace"))

    def expect(self, pattern, timeout=600):
        """Waits until the output has text that matches PATTERN, and returns the match."""
        compiled = re.compile(pattern)
        self.channel.wait(lambda: compiled.search(self.output) or self.status is not None, timeout,
                          f"for /{pattern}/ in the output")
        found = compiled.search(self.output)
        if not found:
            raise AssertionError(f"command ended without /{pattern}/ in its output:\n{self.output}")
        return found

    def wait(self, timeout=600):
        """Waits for its end; a Result. On time-out it is killed and TimeoutError raised."""
        try:
            self.channel.wait(lambda: self.status is not None, timeout, "for a command to end")
        except TimeoutError as error:
            self.kill()
            raise TimeoutError(f"{error}; its output so far:\n{self.output}") from None
        return self.result


class Channel:
    """The host's end of the agent's port. CHECK is called before and during each wait and
    raises when the machine is gone."""

    def __init__(self, check):
        self.socket, self.theirs = socket.socketpair()
        self.check = check
        self.changed = threading.Condition()
        self.commands = {}
        self.count = 0
        self.ready = False
        self.writing = threading.Lock()
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def started(self):
        """QEMU has its end now."""
        self.theirs.close()

    def write(self, kind, number, data):
        with self.writing:
            try:
                self.socket.sendall(HEAD.pack(kind[0], number, len(data)) + data)
            except OSError:
                self.check()

    def _receive(self, length):
        data = bytearray()
        while len(data) < length:
            try:
                piece = self.socket.recv(length - len(data))
            except OSError:
                return None
            if not piece:
                return None
            data += piece
        return bytes(data)

    def _read(self):
        while True:
            head = self._receive(HEAD.size)
            if head is None:
                break
            kind, number, length = HEAD.unpack(head)
            data = self._receive(length)
            if data is None:
                break
            command = self.commands.get(number)
            with self.changed:
                if kind == ord("H"):
                    self.ready = True
                elif command and kind in b"12":
                    command.pieces.append((kind == ord("2"), data))
                elif command and kind == ord("X"):
                    command.status = struct.unpack("<i", data)[0]
                self.changed.notify_all()
            if command and command.sink and kind in b"12":
                command.sink(kind == ord("2"), data)
        with self.changed:
            self.changed.notify_all()

    def wait(self, condition, timeout, what):
        """Waits until CONDITION() holds."""
        with self.changed:
            def done():
                return condition() or self.check()
            if not self.changed.wait_for(done, timeout):
                raise TimeoutError(f"waited {timeout} s {what}")

    def wake(self):
        """Something CHECK looks at has changed."""
        with self.changed:
            self.changed.notify_all()

    def start(self, text, terminal=False, sink=None):
        self.count += 1
        command = Command(self, self.count, sink)
        self.commands[self.count] = command
        data = bytes([TERMINAL if terminal else 0]) + text.encode()
        if len(data) > FRAME_MAX:
            raise ValueError("command too long; put it into a shared file")
        self.write(b"R", self.count, data)
        return command

    def power_off(self):
        self.write(b"Q", 0, b"")

    def close(self):
        self.socket.close()

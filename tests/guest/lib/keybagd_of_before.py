# SPDX-License-Identifier: GPL-2.0-or-later
"""A keybagd as it was before logins asked once, in the place of the one that runs: it passes requests on to that one, refuses
the flag that it does not know, and tells with a ticket what it used to tell. Runs until it is ended; prints "ready", and
then the name of each request."""

import array
import os
import selectors
import signal
import socket
import sys

SOCKET = "/run/keybag/keybagd.sock"
BEHIND = SOCKET + ".behind"
UNKNOWN_FLAGS = 1 << 20
EINVAL, ENOENT, EALREADY = 22, 2, 114


def number(data, place):
    """Major type, argument and where what follows begins, of the item at PLACE."""
    major, low = data[place] >> 5, data[place] & 31
    if low < 24:
        return major, low, place + 1
    size = {24: 1, 25: 2, 26: 4, 27: 8}.get(low)
    if size is None:
        return major, None, place + 1
    return major, int.from_bytes(data[place + 1:place + 1 + size], "big"), place + 1 + size


def fields(data):
    """The fields of a message, each with its bytes: {name: (value, bytes)}."""
    found, place = {}, number(data, 0)[2]
    while place < len(data) and data[place] != 0xff:
        begin, item = place, []
        for _ in range(2):
            major, value, place = number(data, place)
            if major in (2, 3):
                value, place = data[place:place + value], place + value
            item.append(value)
        found[item[0].decode()] = (item[1], data[begin:place])
    return found


def message(found):
    return b"\xbf" + b"".join(raw for _, raw in found.values()) + b"\xff"


def text(name, value):
    name = name.encode()
    return bytes([0x60 | len(name)]) + name + value


def refusal(asked):
    """The answer to a flag that it does not know."""
    words = b"request 'unlock' malformed: field 'flags'"
    return message({"id": asked["id"], "error": (EINVAL, text("error", bytes([EINVAL]))),
                    "message": (words, text("message", bytes([0x78, len(words)]) + words))})


def answer_of_before(asked, data):
    if asked["op"][0] != b"ticket-new":
        return data
    answer = {name: field for name, field in fields(data).items() if name in ("id", "error", "message", "ticket")}
    if answer["error"][0] == EALREADY:
        answer["error"] = (ENOENT, text("error", bytes([ENOENT])))
    return message(answer)


class Peer:
    def __init__(self, client):
        self.client = client
        self.daemon = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.daemon.connect(BEHIND)

    def serve(self):
        """One request. False: the client is gone."""
        data, ancillary, _, _ = self.client.recvmsg(65536, socket.CMSG_SPACE(8))
        if not data:
            return False
        descriptors = array.array("i")
        for _, _, content in ancillary:
            descriptors.frombytes(content)
        asked = fields(data)
        print(asked["op"][0].decode(), flush=True)
        try:
            if asked["op"][0] == b"unlock" and asked.get("flags", (0,))[0] & UNKNOWN_FLAGS:
                # As it takes a secret over from every request, whatever else is wrong with that.
                for descriptor in descriptors:
                    os.pwrite(descriptor, bytes(os.fstat(descriptor).st_size), 0)
                self.client.send(refusal(asked))
                return True
            self.daemon.sendmsg([data], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, descriptors)] if descriptors else [])
            self.client.send(answer_of_before(asked, self.daemon.recv(65536)))
        finally:
            for descriptor in descriptors:
                os.close(descriptor)
        return True


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    os.rename(SOCKET, BEHIND)
    try:
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        listener.bind(SOCKET)
        os.chmod(SOCKET, 0o666)
        listener.listen()
        selector = selectors.DefaultSelector()
        selector.register(listener, selectors.EVENT_READ)
        print("ready", flush=True)
        while True:
            for key, _ in selector.select():
                if key.fileobj is listener:
                    client, _ = listener.accept()
                    selector.register(client, selectors.EVENT_READ, Peer(client))
                elif not key.data.serve():
                    selector.unregister(key.fileobj)
                    key.fileobj.close()
                    key.data.daemon.close()
    finally:
        os.rename(BEHIND, SOCKET)


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: GPL-2.0-or-later
"""Security keys (U2F over CTAPHID) that are made by uhid: the kernel shows each as /dev/hidrawN, as one that is plugged in."""

import hashlib
import os
import pathlib
import struct
import subprocess
import tempfile
import threading
import time

from ssh_agents import string

TYPE = "sk-ecdsa-sha2-nistp256@openssh.com"
EVENT = 4 + 4372		# struct uhid_event, packed
CREATE2, DESTROY, OUTPUT, GET_REPORT, GET_REPORT_REPLY, INPUT2 = 11, 1, 6, 9, 10, 12
# A page of FIDO's, with 64 bytes each way.
DESCRIPTOR = bytes.fromhex("06d0f10901a1010920150026ff007508954081020921150026ff00750895409102c0")
BROADCAST = 0xffffffff
MESSAGE, INIT, ERROR = 0x83, 0x86, 0xbf
GOOD, TOUCH_IT, UNKNOWN, NOT_SUPPORTED = b"\x90\x00", b"\x69\x85", b"\x6a\x80", b"\x6d\x00"


class SecurityKey:
    """Has one key, of P-256; it signs when it was asked TOUCHES times, as if the person had taken so long."""

    def __init__(self, owner, application="ssh:", touches=2):
        self.application, self.touches = application, touches
        self.handle, self.counter, self.asked, self.known = os.urandom(48), 0, 0, 0
        self.folder = tempfile.TemporaryDirectory()
        self.key = pathlib.Path(self.folder.name, "key.pem")
        subprocess.run(["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", self.key], check=True)
        self.point = subprocess.run(["openssl", "ec", "-in", self.key, "-pubout", "-outform", "DER"], check=True, capture_output=True).stdout[-65:]
        before = set(pathlib.Path("/dev").glob("hidraw*"))
        self.uhid = os.open("/dev/uhid", os.O_RDWR)
        os.write(self.uhid, struct.pack("<I128s64s64sHHIIII", CREATE2, b"security key of a test", b"", b"", len(DESCRIPTOR), 3, 0x1050, 0x0407, 1, 0)
                 + DESCRIPTOR.ljust(4096, b"\0"))
        self.parts, self.wanted, self.said = b"", 0, None
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()
        end = time.monotonic() + 60
        while not set(pathlib.Path("/dev").glob("hidraw*")) - before:
            if time.monotonic() > end:
                raise TimeoutError("no /dev/hidraw")
            time.sleep(0.05)
        self.device = (set(pathlib.Path("/dev").glob("hidraw*")) - before).pop()
        os.chown(self.device, owner, owner)

    def unplug(self):
        os.write(self.uhid, struct.pack("<I", DESTROY))
        os.close(self.uhid)

    # ---- the key, as SSH has it ----

    def public(self):
        return string(TYPE) + string("nistp256") + string(self.point) + string(self.application)

    def record(self, flags=1, handle=None):
        return self.public() + bytes([flags]) + string(handle or self.handle) + string("")

    # ---- packets ----

    def serve(self):
        while True:
            try:
                event = os.read(self.uhid, EVENT)
            except OSError:
                return
            kind = struct.unpack_from("<I", event)[0]
            if kind == OUTPUT:
                size = struct.unpack_from("<H", event, 4 + 4096)[0]
                # The number of the report is in front, where it has none.
                self.take(event[4:4 + size][-64:])
            elif kind == GET_REPORT:
                os.write(self.uhid, struct.pack("<IIHH", GET_REPORT_REPLY, struct.unpack_from("<I", event, 4)[0], 5, 0))

    def take(self, packet):
        channel, kind = struct.unpack_from(">IB", packet)
        if kind & 0x80:
            self.said, self.wanted, self.parts = kind, struct.unpack_from(">H", packet, 5)[0], packet[7:]
        else:
            self.parts += packet[5:]
        if len(self.parts) < self.wanted:
            return
        data = self.parts[:self.wanted]
        if self.said == INIT:
            self.send(channel, INIT, data + struct.pack(">IBBBBB", 1 if channel == BROADCAST else channel, 2, 1, 0, 0, 1))
        elif self.said == MESSAGE:
            self.send(channel, MESSAGE, self.answer(data))
        else:
            self.send(channel, ERROR, b"\x01")

    def send(self, channel, kind, data):
        packets = [struct.pack(">IBH", channel, kind, len(data)) + data[:57]]
        packets += [struct.pack(">IB", channel, at) + data[57 + at * 59:57 + (at + 1) * 59] for at in range((max(len(data) - 57, 0) + 58) // 59)]
        for packet in packets:
            os.write(self.uhid, struct.pack("<IH", INPUT2, 64) + packet.ljust(64, b"\0").ljust(4096, b"\0"))

    # ---- messages of U2F ----

    def answer(self, message):
        instruction, how = message[1], message[2]
        body = message[7:7 + struct.unpack_from(">H", message, 5)[0]]
        if instruction == 3:
            return b"U2F_V2" + GOOD
        if instruction != 2:
            return NOT_SUPPORTED
        challenge, application, handle = body[:32], body[32:64], body[65:65 + body[64]]
        if handle != self.handle or application != hashlib.sha256(self.application.encode()).digest():
            return UNKNOWN
        if how == 7:
            self.known += 1
            return TOUCH_IT
        self.asked += 1
        if self.asked % (self.touches + 1):
            return TOUCH_IT
        self.counter += 1
        front = b"\x01" + struct.pack(">I", self.counter)
        signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", self.key], input=application + front + challenge, check=True,
                                   capture_output=True).stdout
        return front + signature + GOOD

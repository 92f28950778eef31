# SPDX-License-Identifier: GPL-2.0-or-later
"""A client of keychaind's in Python, for tests that send what libkeychain would not; and people to ask as.

A request is a dictionary as `keychainctl call` takes it, with bytes for data.
"""

import array
import fcntl
import json
import mmap
import os
import pathlib
import socket
import struct
import subprocess
import time

from lib import tap

SOCKET = "/run/keychain/keychaind.sock"
STATE = pathlib.Path("/var/lib/keychain")
ENTITLEMENTS = pathlib.Path("/etc/keychain/entitlements.d")
MAILBOX_SIZE = 8192
CHEAP = ["--kdf-memory", "64", "--kdf-passes", "1"]


class Closed(Exception):
    """The service hung up."""


class Refused(Exception):
    """The service refused the message: errno and text."""


def head(major, number):
    if number < 24:
        return bytes([major << 5 | number])
    for extra, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if number < 1 << 8 * size:
            return bytes([major << 5 | extra]) + number.to_bytes(size, "big")
    raise ValueError(number)


def encode(value):
    if value is None or isinstance(value, bool):
        return {None: b"\xf6", True: b"\xf5", False: b"\xf4"}[value]
    if isinstance(value, int):
        return head(0, value) if value >= 0 else head(1, -1 - value)
    if isinstance(value, float):
        return b"\xfb" + struct.pack(">d", value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    if isinstance(value, (list, tuple)):
        return head(4, len(value)) + b"".join(map(encode, value))
    return head(5, len(value)) + b"".join(encode(k) + encode(v) for k, v in value.items())


def decode(data, at=0):
    """The value at a place of the data, and the place after it."""
    major, low = data[at] >> 5, data[at] & 31
    at += 1
    if major == 7 and low < 24:
        return {20: False, 21: True, 22: None}.get(low), at
    size = {24: 1, 25: 2, 26: 4, 27: 8}.get(low, 0)
    if major == 7 and size == 8:
        return struct.unpack(">d", data[at:at + 8])[0], at + 8
    number = int.from_bytes(data[at:at + size], "big") if size else low
    at += size
    if major in (4, 5) and low == 31:
        number = 1 << 30
    if major < 2:
        return (number if major == 0 else -1 - number), at
    if major in (2, 3):
        part = data[at:at + number]
        return (part if major == 2 else part.decode()), at + number
    if major == 6:
        return decode(data, at)
    items = []
    while number and data[at:at + 1] != b"\xff":
        value, at = decode(data, at)
        if major == 5:
            key = value
            value, at = decode(data, at)
            value = (key, value)
        items.append(value)
        number -= 1
    if number >= 1 << 29:
        at += 1
    return (items if major == 4 else dict(items)), at


def memory_file(data):
    fd = os.memfd_create("test", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    os.write(fd, data)
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK)
    return fd


def take(fd):
    os.lseek(fd, 0, os.SEEK_SET)
    data = b""
    while part := os.read(fd, 1 << 20):
        data += part
    os.close(fd)
    return data


def wait_released(fd, seconds=60):
    """Until a memory file has no pages. Somebody who keeps it would have them on the account of the service."""
    end = time.monotonic() + seconds
    while os.fstat(fd).st_blocks and time.monotonic() < end:
        time.sleep(0.02)
    assert not os.fstat(fd).st_blocks, f"{os.fstat(fd).st_blocks // 2} KiB are still there"


class Client:
    """One connection, as keychain-protocol.md describes it."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.settimeout(600)
        self.socket.connect(SOCKET)
        greeting, descriptors = self.receive()
        self.nonce, self.id = greeting["nonce"], 0
        self.mailbox = mmap.mmap(descriptors[0], MAILBOX_SIZE)
        self.mailbox_file = descriptors[0]

    def receive(self):
        try:
            data, control, _, _ = self.socket.recvmsg(65536, 256)
        except ConnectionResetError:
            data = b""
        if not data:
            raise Closed
        message, descriptors = decode(data)[0], array.array("i")
        for _, kind, part in control:
            if kind == socket.SCM_RIGHTS:
                descriptors.frombytes(part)
        if message.get("closing"):
            raise Closed
        if message.get("error"):
            raise Refused(message["error"], message["message"])
        return message, list(descriptors)

    def send(self, body, descriptors=None, **fields):
        self.id += 1
        message = encode({"version": 1, "id": self.id, "nonce": self.nonce, **fields})
        files = [memory_file(body)] if descriptors is None else descriptors
        control = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", files))] if files else []
        try:
            self.socket.sendmsg([message], control)
        except (BrokenPipeError, ConnectionResetError):
            raise Closed from None
        finally:
            for fd in files if descriptors is None else ():
                os.close(fd)

    def post(self, body):
        """By the mailbox."""
        self.mailbox[:len(body)] = body
        self.send(b"", descriptors=[], length=len(body))

    def answer(self):
        message, descriptors = self.receive()
        assert message["id"] == self.id, message
        if descriptors:
            return decode(take(descriptors[0]))[0]
        body = self.mailbox[:message["length"]]
        self.mailbox[:len(body)] = bytes(len(body))
        return decode(body)[0]

    def call(self, request):
        body = encode(request)
        (self.post if len(body) <= MAILBOX_SIZE else self.send)(body)
        return self.answer()

    def call_whole(self, request):
        """The answer with all its pages."""
        whole = answer = self.call(request)
        while "cursor" in answer:
            options = {**request.get("options", {}), "cursor": answer["cursor"]}
            answer = self.call({**request, "options": options})
            whole["result"] += answer["result"]
        return whole

    def __enter__(self):
        return self

    def close(self):
        self.socket.close()
        self.mailbox.close()
        os.close(self.mailbox_file)

    def __exit__(self, *_):
        self.close()


def connect(seconds=600):
    """A connection to a service that may just be starting."""
    end = time.monotonic() + seconds
    while True:
        try:
            return Client()
        except (OSError, Closed):
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


def call(request):
    with connect() as client:
        return client.call_whole(request)


def become(uid):
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


def in_child(function, uid=0):
    """The result of function(), as JSON, in a process of its own of that user."""
    reading, writing = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            if uid:
                become(uid)
            text = json.dumps(function(), default=lambda data: data.decode("latin-1"))
        except BaseException as error:  # pylint: disable=broad-except
            text = json.dumps(["failed", repr(error)])
        os.write(writing, text.encode())
        os._exit(0)
    os.close(writing)
    with open(reading, "rb") as pipe:
        text = pipe.read()
    os.waitpid(pid, 0)
    result = json.loads(text)
    assert not (isinstance(result, list) and result[:1] == ["failed"]), result
    return result


def as_user(uid, request):
    """The answer to a request of that user's, out of no sandbox."""
    return in_child(lambda: call(request), uid)


def run(program, request, user=None, prefix=(), **options):
    """The answer that a copy of keychainctl(1) gets."""
    who = ["setpriv", "--reuid", user, "--regid", user, "--init-groups"] if user else []
    done = subprocess.run([*who, *prefix, program, "call"], input=json.dumps(request), capture_output=True,
                          text=True, timeout=600, check=False, **options)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def as_command(user, *arguments, data=b"", status=0):
    """The output of keychainctl(1), standard output and standard error, when USER runs it."""
    done = subprocess.run(["setpriv", "--reuid", user, "--regid", user, "--init-groups", "keychainctl", *arguments],
                          input=data, capture_output=True, timeout=600, check=False)
    tap.equal(done.returncode, status, f"status of {arguments}, which said {done.stderr.decode(errors='replace')}")
    return done.stdout, done.stderr.decode(errors="replace")


def genp(op, account, data=None, **query):
    """A request for a generic password."""
    if data is not None:
        query["v_Data"] = data
    return {"op": op, "query": {"class": "genp", "acct": account, "svce": "service", **query}}


def groups(answer):
    return [entry["group"] for entry in answer["result"]["groups"]]


def entitlement(name, text, folder=None):
    folder = folder or ENTITLEMENTS
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.conf"
    path.write_text(text)
    path.chmod(0o644)
    return path


def make_user(name, uid):
    subprocess.run(["useradd", "-m", "-u", str(uid), name], check=True)
    subprocess.run(["keybagctl", "create", "--user", name, "--no-passcode"], check=True, capture_output=True)


def remove_user(name, uid):
    """With the keychains. The service may still have them open: no other test uses that uid."""
    subprocess.run(["keybagctl", "destroy", "--user", name, "--yes"], check=False, capture_output=True)
    subprocess.run(["userdel", "-rf", name], check=False, capture_output=True)
    for path in (STATE / str(uid)).glob("*"):
        path.unlink()


def service_pid():
    found = subprocess.run(["pgrep", "-x", "keychaind"], capture_output=True, text=True, check=False).stdout.split()
    return int(found[0]) if found else None


def start_service():
    with open("/run/keychaind.log", "ab") as log:
        subprocess.Popen(["keychaind"], stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
    # It listens; the socket of one that is gone stays, but nobody listens to it.
    while not any(" 00010000 " in line and line.rstrip().endswith(SOCKET)
                  for line in pathlib.Path("/proc/net/unix").read_text().splitlines()):
        time.sleep(0.02)


def stop_service(signal):
    pid = service_pid()
    if not pid:
        return
    os.kill(pid, signal)
    while os.path.exists(f"/proc/{pid}/fd/0") and service_pid() == pid:
        time.sleep(0.02)
    # Its lock goes a moment after its files do, and the next one must have it.
    folder = os.open(STATE, os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)
    os.close(folder)


def keep_open_over_exec(fd):
    fcntl.fcntl(fd, fcntl.F_SETFD, 0)


def request_then_exec(program, user, uid):
    """Tells for whom a process of the user's is taken that asks and then becomes the program."""
    answer = pathlib.Path(f"/home/{user}/answer")

    def attempt():
        client = Client()
        keep_open_over_exec(client.socket.fileno())
        reading, _writing = os.pipe()
        if os.fork():
            client.send(encode({"op": "access"}))
            # Runs until its input ends, with the other process.
            os.dup2(reading, 0)
            os.execv(program, [program, "call"])
        client.id = 1
        answer.write_text(json.dumps(client.answer()))
        os._exit(0)

    def attempt_and_wait():
        pid = os.fork()
        if not pid:
            attempt()
        os.waitpid(pid, 0)
    in_child(attempt_and_wait, uid)
    return json.loads(answer.read_text())

# SPDX-License-Identifier: GPL-2.0-or-later
"""Input of a hostile user to keybagd, which has to answer or hang up, and go on. Exits 1 where it does not."""

import array
import ctypes
import errno
import fcntl
import mmap
import os
import random
import socket
import struct
import sys
import threading
import time

SOCKET = "/run/keybag/keybagd.sock"


def head(major, number):
    if number < 24:
        return bytes([major << 5 | number])
    for extra, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if number < 1 << 8 * size:
            return bytes([major << 5 | extra]) + number.to_bytes(size, "big")
    raise ValueError(number)


def item(value):
    if value is True or value is False:
        return b"\xf5" if value else b"\xf4"
    if isinstance(value, int):
        return head(0, value) if value >= 0 else head(1, -1 - value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    return head(3, len(value.encode())) + value.encode()


def message(**fields):
    """A request; an underscore in a name is a dash."""
    pairs = {"version": 1, "id": 1, **fields}
    return head(5, len(pairs)) + b"".join(item(k.replace("_", "-")) + item(v) for k, v in pairs.items())


def connect():
    peer = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    peer.settimeout(600)
    peer.connect(SOCKET)
    return peer


def ask(data, descriptors=()):
    """The answer, or None when the daemon hung up."""
    with connect() as peer:
        control = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))] if descriptors else []
        try:
            peer.sendmsg([data], control)
        except BrokenPipeError:
            pass
        try:
            return peer.recv(65536) or None
        except ConnectionResetError:
            return None


def error_of(answer):
    """The errno in an answer."""
    place = answer.index(item("error")) + len(item("error"))
    first = answer[place]
    return first if first < 24 else int.from_bytes(answer[place + 1:place + 1 + (1 << first - 24)], "big")


def alive():
    assert error_of(ask(message(op="status"))) == 0, "the daemon no longer answers"


def garbage():
    good = message(op="unlock", reason=2, flags=0)
    rng = random.Random(1)
    for data in (b"\0", b"\xff", b"\xa0", b"\xbf", good[:-1], good + b"\0", message(op="frobnicate"), message(),
                 message(op=7), message(op="status", extra=1), message(op="status", uid=-1),
                 message(op="status", uid=1 << 40), message(op="status", uid=0xffffffff),
                 message(op="status", uuid=b"short"), message(op="status", system=1),
                 message(op="status", id=2, system=True), message(op="lock", flags=0xffffffff),
                 message(op="lock", reason=99), message(op="unlock", flags=2), message(op="unlock", proof=99),
                 message(op="set-idle"), message(op="set-idle", lock_after_idle=604801),
                 message(op="unlock", proof=1), message(op="set-passcode", passcode=True),
                 message(op="recover"), message(op="recover", form=b""), message(op="recover", form=bytes(40000)),
                 message(op="recover", form=bytes(1000)), message(op="list", cursor=b"x"),
                 message(op="organisation-read"), message(op="organisation-read", certificate=b""),
                 message(op="organisation-read", certificate=bytes(8193)), message(op="organisation-read", certificate=b"none"),
                 message(op="organisation-add", certificate=b"none"), message(op="organisation-add", certificate=b"x", flags=2),
                 message(op="organisation-add", certificate="text"), message(op="organisation-remove", certificate=b"x"),
                 message(op="organisation-export"), message(op="organisation", system=True),
                 message(op="ticket-redeem", ticket=bytes(16)), message(op="ticket-new"),
                 message(op="create", kdf_memory_kib=1 << 33), message(op="create", kdf_passes="many")):
        answer = ask(data)
        assert answer and error_of(answer), f"{data!r} was accepted: {answer!r}"
    assert ask(message(op="status") + bytes(70000)) is None, "a message over 64 KiB was read"
    for _ in range(400):
        data = bytearray(good)
        for _ in range(rng.randrange(1, 6)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        ask(bytes(data))
    # Many requests, no answer taken.
    with connect() as peer:
        peer.setblocking(False)
        try:
            for _ in range(10000):
                peer.send(message(op="status"))
        except (BlockingIOError, BrokenPipeError, ConnectionResetError):
            pass
    with connect() as peer:
        peer.send(message(op="watch"))
    alive()


def memory_file(content, seals=fcntl.F_SEAL_SHRINK):
    fd = os.memfd_create("x", os.MFD_ALLOW_SEALING)
    os.write(fd, content)
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, seals)
    return fd


def secrets():
    unlock = message(op="unlock", proof=1)
    reader, writer = os.pipe()
    for descriptors in ([], [reader], [writer], [os.open("/etc/passwd", os.O_RDONLY)], [memory_file(b"")],
                        [memory_file(bytes(1025))], [memory_file(b"secret", 0)], [memory_file(b"a"), memory_file(b"b")],
                        [memory_file(b"secret", fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_WRITE)],
                        [os.open("/dev/zero", os.O_RDWR)], [os.open("/", os.O_RDONLY)]):
        answer = ask(unlock, descriptors)
        assert answer and error_of(answer) == 22, f"{descriptors} were accepted: {answer!r}"
    assert ask(unlock, [reader] * 5) is None, "five descriptors were taken"
    kept = memory_file(b"wrong passcode")
    answer = ask(unlock, [kept])
    assert error_of(answer) in (126, 127, 129, 11), error_of(answer)
    assert os.pread(kept, 100, 0) == bytes(14), "the passcode was not zeroed"
    kept = memory_file(b"another secret")
    ask(message(op="unlock", proof=1, extra=1), [kept])
    assert os.pread(kept, 100, 0) == bytes(14), "the passcode of a refused request was not zeroed"
    alive()


def lingering(seconds):
    """A socket whose last close waits as long as nobody reads its other end."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    listener.bind(("127.0.0.1", 0))
    listener.listen(1)
    peer = socket.create_connection(listener.getsockname())
    other = listener.accept()[0]
    listener.close()
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, seconds))
    peer.setblocking(False)
    try:
        while True:
            peer.send(bytes(65536))
    except BlockingIOError:
        pass
    return peer, other


def descriptors():
    """Descriptors whose last close takes as long as the sender likes: in a request, one too many, never read."""
    for what, count in (("in a request", 1), ("too many", 5), ("never read", 1)):
        peer, other = lingering(60)
        control = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [peer.fileno()] * count))]
        connection = connect()
        connection.sendmsg([message(op="unlock", proof=1)], control)
        if what == "never read":
            connection.send(message(op="status"))
            connection.sendmsg([message(op="unlock", proof=1)], control)
        peer.close()
        begin = time.monotonic()
        connection.close()
        # On a machine that is very busy, too.
        alive()
        assert time.monotonic() - begin < 40, f"{what}: the daemon waited for a peer's descriptor"
        other.close()


def connections():
    peers = []
    for _ in range(32):
        peers.append(connect())
        peers[-1].send(message(op="status"))
        assert error_of(peers[-1].recv(65536)) == 0, f"connection {len(peers)} was refused"
    answer = ask(message(op="status"))
    assert answer is None or error_of(answer) == 122, "there was one more"
    for peer in peers:
        peer.close()
    # The service has to notice.
    for _ in range(3000):
        if error_of(ask(message(op="status")) or item("error") + b"\x18\x7a") == 0:
            break
        time.sleep(0.1)
    alive()


def sparse():
    """Files that say they are large, and are kept: they must not be filled at the daemon's expense."""
    kept = [memory_file(b"") for _ in range(8)]
    for fd in kept:
        os.truncate(fd, 1 << 20)
        assert error_of(ask(message(op="unlock", proof=1), [fd])) == 22
    filled = sum(os.fstat(fd).st_blocks for fd in kept)
    assert not filled, f"{filled * 512} bytes were written into them"
    alive()


def silent():
    """A peer that says nothing, or nothing more, is hung up on; one that watches is not."""
    begin = time.monotonic()
    quiet, spoke, watches = connect(), connect(), connect()
    for peer, op in (spoke, "status"), (watches, "watch"):
        peer.send(message(op=op))
        assert error_of(peer.recv(65536)) == 0
    assert quiet.recv(65536) == b"" and 8 < time.monotonic() - begin
    spoke.send(message(op="status"))
    assert error_of(spoke.recv(65536)) == 0, "one that had spoken was closed as soon"
    watches.setblocking(False)
    while True:
        try:
            assert watches.recv(65536), "one that watches was closed"
        except BlockingIOError:
            break
    try:
        quiet.send(message(op="status"))
        raise AssertionError("what is sent then is lost")
    except BrokenPipeError:
        pass


def send_with(peer, files):
    """Whether it is still there, and has answered. A kernel that takes no more descriptors of this user may be the first to refuse."""
    try:
        peer.sendmsg([message(op="status")], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", files))])
        return bool(peer.recv(65536))
    except OSError as error:
        if error.errno not in (errno.EPIPE, errno.ECONNRESET, errno.ETOOMANYREFS):
            raise
        return False


def stuck(path):
    """Descriptors that never close: after some hundred the daemon takes none any more, however they are sent."""
    fd = os.open(path, os.O_RDWR)
    with connect() as peer:
        answered = 0
        while answered < 2000 and send_with(peer, [fd] * 2):
            answered += 1
    assert 100 < answered < 300, f"{answered} requests with two of them were answered"
    for _ in range(40):
        with connect() as peer:
            send_with(peer, [fd] * 253)
        with connect() as peer:
            send_with(peer, [fd] * 2)
    assert error_of(ask(message(op="status")) or item("error") + b"\x18\x7a") == 122, "the next one was let in"


def locked(path):
    """A socket that is locked as long as its sender waits for memory which never comes: nothing can be asked of it."""
    peer, other = connected()
    memory = mmap.mmap(os.open(path, os.O_RDONLY), 4096, prot=mmap.PROT_READ)
    threading.Thread(target=peer.sendall, args=(memory,), daemon=True).start()
    time.sleep(1)
    for count in (1, 5):
        with connect() as connection:
            connection.sendmsg([message(op="status")], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [peer.fileno()] * count))])
            begin = time.monotonic()
            alive()
            assert time.monotonic() - begin < 40, "the daemon waited for a peer's socket"
    print("served", flush=True)
    other.close()


def connected():
    """Both ends of a TCP connection."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        peer = socket.create_connection(server.getsockname())
        return peer, server.accept()[0]


def on_bus(destination, fd):
    """The errno that the system bus answers a signal with, which has a descriptor; 0: it was delivered."""
    bus, signal, answer = ctypes.c_void_p(), ctypes.c_void_p(), ctypes.c_void_p()
    library = ctypes.CDLL("libsystemd.so.0")
    assert library.sd_bus_open_system(ctypes.byref(bus)) >= 0
    # Calls are refused for another reason: no program lets strangers call it.
    assert library.sd_bus_message_new_signal(bus, ctypes.byref(signal), b"/", b"a.b", b"C") >= 0
    assert library.sd_bus_message_append(signal, b"h", fd) >= 0
    assert library.sd_bus_send_to(bus, signal, destination.encode(), None) >= 0
    # The signal that tells the connection its own name has come when this is answered.
    assert library.sd_bus_call_method(bus, b"org.freedesktop.DBus", b"/org/freedesktop/DBus", b"org.freedesktop.DBus", b"GetId",
                                      None, None, None) >= 0
    while library.sd_bus_process(bus, ctypes.byref(answer)) > 0:
        if answer and library.sd_bus_message_is_method_error(answer, None) > 0:
            return library.sd_bus_message_get_errno(answer)
    return 0


def lingers_on_bus(destination):
    """A descriptor that lingers for a day, by the system bus. Prints the errno; its other end stays for two minutes."""
    peer, other = lingering(100000)
    error = on_bus(destination, peer.fileno())
    peer.close()
    print(error, flush=True)
    time.sleep(120)
    other.close()


def hold(count):
    peers = [connect() for _ in range(int(count))]
    for peer in peers:
        # One that watches may be silent. Those over the limit are closed already.
        try:
            peer.send(message(op="watch"))
        except BrokenPipeError:
            pass
    print("held", flush=True)
    time.sleep(3600)
    del peers


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])

#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: kernel=6.1
"""keybagctl seal and open: files of any size come back whole or not at all."""

import ctypes
import os
import pathlib
import pty
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from lib import sealed_file, tap  # noqa: E402

USER, UID = "anna", 1331
PASSCODE = "of-root"
AS_USER = ["setpriv", "--reuid", USER, "--regid", USER, "--init-groups"]
CHEAP = ["--kdf-memory", "64", "--kdf-passes", "1"]
# Without nameless files, as on FAT or NFS.
NAMED = ["strace", "-f", "-o", "/dev/null", "-e", "inject=openat:error=EOPNOTSUPP:when=1", "-P"]
CHUNK = sealed_file.CHUNK + sealed_file.TAG
WORK = pathlib.Path(tempfile.mkdtemp())


def run(*arguments, status=0, data=None, prefix=(), **options):
    """Runs keybagctl; returns what it wrote and what it said."""
    options = {"stdout": subprocess.PIPE, "input": data if "stdin" in options else data or b""} | options
    done = subprocess.run([*prefix, "keybagctl", *arguments], stderr=subprocess.PIPE, check=False, **options)
    said = done.stderr.decode()
    if done.returncode != status:
        raise AssertionError(f"{arguments}: status {done.returncode}, not {status}: {said}")
    return done.stdout, said


def said(*arguments, **options):
    return run(*arguments, **options)[1]


def names():
    return sorted(os.listdir(WORK))


def fresh():
    """An empty folder."""
    for name in names():
        path = WORK / name
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


def content(length):
    return (bytes(range(251)) * (length // 251 + 1))[:length]


def make_sealed(length, name="f"):
    """Seals so many bytes; returns the path of the sealed file and its bytes, and leaves nothing else."""
    sealed = WORK / f"{name}.sealed"
    run("seal", "--out", sealed, data=content(length))
    return sealed, sealed.read_bytes()


def test_begin():
    """two keybags"""
    subprocess.run(["useradd", "-m", "-u", str(UID), USER], check=True)
    run("create", *CHEAP, data=PASSCODE.encode())
    run("create", *CHEAP, data=b"of-anna", prefix=AS_USER, cwd="/")


def test_round_trip():
    """files come back, whatever their size"""
    for length in (0, 1, 65535, 65536, 65537, 131072, 1000000):
        fresh()
        (WORK / "f").write_bytes(content(length))
        run("seal", WORK / "f")
        chunks = max(1, -(-length // 65536))
        tap.equal((WORK / "f.sealed").stat().st_size, 120 + length + 16 * chunks, f"{length} bytes sealed")
        (WORK / "f").unlink()
        run("open", WORK / "f.sealed")
        tap.equal((WORK / "f").read_bytes() == content(length), True, f"{length} bytes opened")
        tap.equal(names(), ["f", "f.sealed"], "what is there")
        for name in names():
            tap.equal((WORK / name).stat().st_mode & 0o777, 0o600, "its owner's alone")
    fresh()
    with open(WORK / "f", "wb") as file:
        file.truncate(3 << 20)
    run("seal", WORK / "f")
    tap.equal(run("open", "--in", WORK / "f.sealed")[0] == bytes(3 << 20), True, "a sparse file")


def test_user():
    """a user without privilege"""
    fresh()
    folder = WORK / "anna"
    folder.mkdir()
    os.chown(folder, UID, UID)
    WORK.chmod(0o755)
    (folder / "f").write_bytes(b"hers")
    os.chown(folder / "f", UID, UID)
    run("seal", "--class", "ck", "f", prefix=AS_USER, cwd=folder)
    tap.equal(run("open", "--in", "f.sealed", prefix=AS_USER, cwd=folder)[0], b"hers")
    tap.contains(said("seal", "--out", "x", "f", prefix=["prlimit", "--memlock=0:0", *AS_USER], cwd=folder, status=1),
                 "no locked memory", "without locked memory")
    tap.contains(said("open", folder / "f.sealed", "--out", WORK / "x", status=6), "was sealed by keybag", "another keybag")
    run("open", "--user", USER, folder / "f.sealed", "--out", WORK / "x")
    tap.equal((WORK / "x").read_bytes(), b"hers", "by root, of hers")


def test_reference():
    """the reference opens it, and keybagctl what the reference sealed"""
    fresh()
    path, sealed = make_sealed(100)
    library = ctypes.CDLL("libkeybag.so.1")
    descriptor = library.keybag_open_own()
    header, key = sealed[:120], ctypes.create_string_buffer(32)
    status = library.keybag_unwrap(descriptor, header[36:], ctypes.c_size_t(84), header[:36], ctypes.c_size_t(36), key,
                                   ctypes.c_size_t(32))
    os.close(descriptor)
    tap.equal(status, 32, "the file key")
    tap.equal(header[:36], sealed_file.header_aad(1, header[16:32]), "header: class A")
    tap.equal(sealed_file.open_sealed(key.raw, sealed), content(100))
    path.write_bytes(sealed_file.seal(header, key.raw, b"by the reference"))
    tap.equal(run("open", "--in", path)[0], b"by the reference")


def test_damage():
    """a file that was cut, exchanged or added to is not opened, and nothing is left of it"""
    fresh()
    _, other = make_sealed(2 * 65536 + 50)
    path, sealed = make_sealed(2 * 65536 + 50)
    header, chunks = sealed[:120], [sealed[120 + at:120 + at + CHUNK] for at in range(0, len(sealed) - 120, CHUNK)]
    first, second, last = chunks
    damaged = {
        "cut behind a chunk": header + first + second, "cut in a chunk": sealed[:-1], "cut behind the header": header,
        "cut in the header": sealed[:100], "in another order": header + second + first + last,
        "a chunk twice": header + first + first + second + last, "the last one first": header + last + first + second,
        "the header of another": other[:120] + sealed[120:], "a chunk of another": header + other[120:120 + CHUNK] + second + last,
        "one byte more": sealed + b"\0", "a chunk more": sealed + last, "a file behind it": sealed + sealed,
        "a byte of the key": sealed[:90] + bytes([sealed[90] ^ 1]) + sealed[91:],
    }
    (WORK / "old").write_bytes(b"old")
    for name, data in damaged.items():
        path.write_bytes(data)
        tap.contains(said("open", path, status=6), "is damaged", name)
        said("open", path, "--out", WORK / "old", status=6)
        tap.equal(run("open", "--in", path, status=6)[0], b"", f"{name}: on standard output")
        tap.equal(names(), ["f.sealed", "old"], f"{name}: what is there")
    tap.equal((WORK / "old").read_bytes(), b"old", "what was there before")
    path.write_bytes(b"KEYBAG or anything else")
    tap.contains(said("open", path, status=6), "is no sealed file", "something else")
    path.write_bytes(sealed[:8] + b"\2" + sealed[9:])
    tap.contains(said("open", path, status=6), "newer version", "a newer version")
    path.write_bytes(b"")
    tap.contains(said("open", path, status=6), "is no sealed file", "an empty file")


def test_lock():
    """a lock takes the classes that it takes, and the message says what to do"""
    fresh()
    for name in ("A", "C"):
        run("seal", "--class", name, "--out", WORK / f"{name}.sealed", data=b"x")
    run("lock")
    tap.contains(said("open", WORK / "A.sealed", status=3), "unlock the keybag with 'keybagctl unlock'", "A")
    tap.contains(said("seal", "--out", WORK / "x", data=b"x", status=3), "class A is not available", "to seal")
    tap.equal(run("open", "--in", WORK / "C.sealed")[0], b"x", "C")
    tap.equal(names(), ["A.sealed", "C.sealed"], "what is there")
    run("unlock", data=PASSCODE.encode())
    tap.equal(run("open", "--in", WORK / "A.sealed")[0], b"x", "unlocked")


def test_standard_streams():
    """output that cannot be taken back is checked first; --stream says that it is not"""
    fresh()
    path, sealed = make_sealed(3 * 65536)
    damaged = sealed[:-1] + bytes([sealed[-1] ^ 1])
    tap.contains(said("open", data=sealed, status=2), "cannot be read twice", "from a pipe")
    tap.equal(run("open", data=sealed, status=2)[0], b"", "of which nothing is written")
    tap.equal(run("open", "--stream", data=sealed)[0] == content(3 * 65536), True, "with --stream")
    tap.equal(run("open", "--stream", data=damaged, status=6)[0] == content(2 * 65536), True, "damaged, with --stream")
    run("open", "--out", WORK / "x", data=sealed)
    tap.equal((WORK / "x").read_bytes() == content(3 * 65536), True, "from a pipe to a file")
    with open(path, "rb") as file:
        tap.equal(run("open", stdin=file)[0] == content(3 * 65536), True, "a file on standard input")
    tap.equal(run("open", "--in", "/proc/self/fd/0", "--out", "/proc/self/fd/1", data=sealed, status=2)[0], b"", "by their names")
    tap.equal(run("seal", data=b"x")[0][:6], b"KBSEAL", "seal in a pipe")
    with open(WORK / "log", "ab") as file:
        file.write(b"before")
        file.flush()
        run("open", "--stream", data=damaged, status=6, stdout=file)
    tap.equal((WORK / "log").read_bytes(), b"before", "a file on standard output is cut back")
    # As /dev/stdout is, which not every machine has.
    os.symlink("/proc/self/fd/1", WORK / "stdout")
    for name in (WORK / "stdout", "/proc/self/fd/1"):
        with open(WORK / "log", "wb") as file:
            file.write(b"before")
            file.flush()
            run("open", "--in", path, "--out", name, stdout=file)
        tap.equal((WORK / "log").read_bytes() == b"before" + content(3 * 65536), True, f"{name} is written to")
    tap.equal(os.readlink(WORK / "stdout"), "/proc/self/fd/1", "the link is one")
    (WORK / "stdout").unlink()
    tap.contains(said("open", "--stream", path, status=2), "--stream is for", "a file and --stream")
    tap.contains(said("seal", "/proc/self/fd/0", status=2), "no regular file", "no name follows from that")
    said("open", "--in", path, "--out", "/dev/full", status=1)
    os.mkfifo(WORK / "fifo")
    reader = subprocess.Popen(["cat", WORK / "fifo"], stdout=subprocess.PIPE)
    run("open", path, "--out", WORK / "fifo")
    tap.equal(reader.communicate()[0] == content(3 * 65536), True, "a pipe with a name")
    tap.ok((WORK / "fifo").is_fifo(), "which stays one")


def test_names():
    """files that are there already, links, folders, and names that are strange"""
    fresh()
    (WORK / "f").write_bytes(b"new")
    (WORK / "f.sealed").write_bytes(b"old")
    tap.contains(said("seal", WORK / "f", status=12), "is there already", "the name that follows")
    run("seal", WORK / "f", "--out", WORK / "f.sealed")
    tap.contains(said("open", WORK / "f.sealed", status=12), "is there already", "the other way")
    (WORK / "f").unlink()
    os.symlink("nowhere", WORK / "f")
    tap.contains(said("open", WORK / "f.sealed", status=12), "is there already", "a link that leads nowhere")
    run("open", WORK / "f.sealed", "--out", WORK / "f")
    tap.equal(((WORK / "f").is_symlink(), (WORK / "f").read_bytes()), (False, b"new"), "a link is replaced, not followed")
    run("seal", WORK / "f", "--out", WORK / "f")
    run("open", "--in", WORK / "f", "--out", WORK / "f")
    tap.equal((WORK / "f").read_bytes(), b"new", "in its own place, and back")
    strange = WORK / "a\nb\x1b[31m"
    strange.write_bytes(b"x")
    run("seal", strange)
    text = said("seal", strange, status=12)
    tap.equal((text.count("\n"), "\x1b" in text), (1, False), f"a message of one line: {text}")
    tap.equal(run("open", "--in", f"{strange}.sealed")[0], b"x", "a name with a line feed")
    tap.contains(said("seal", WORK, status=1), "Is a directory", "a folder")
    said("seal", WORK / "none", status=9)
    said("seal", WORK / "f", "--out", "/nowhere/x", status=9)
    tap.contains(said("open", WORK / "f", status=2), "does not end in .sealed", "no name to shorten")
    (WORK / ".sealed").write_bytes(b"")
    tap.contains(said("open", WORK / ".sealed", status=2), "does not end in .sealed", "or nothing left of it")
    for wrong in (["seal", "a", "b"], ["seal", "--in", "a", "b"], ["seal", ""], ["seal", "--stream"], ["open", "--class", "A"]):
        said(*wrong, status=2)


def test_full_disk():
    """a full disk, with and without nameless files"""
    fresh()
    small = WORK / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", small], check=True)
    try:
        (small / "kept").write_bytes(b"kept")
        for prefix in ([], [*NAMED, f"{small}/"]):
            for out in ("new", "kept"):
                tap.contains(said("seal", "--out", small / out, data=bytes(1 << 20), prefix=prefix, status=1), "No space left", out)
                tap.equal(os.listdir(small), ["kept"], "what is there")
        tap.equal((small / "kept").read_bytes(), b"kept", "what was there before")
        run("seal", "--out", small / "kept", data=b"x", prefix=[*NAMED, f"{small}/"])
        tap.equal(run("open", "--in", small / "kept")[0], b"x", "what fits, without nameless files")
    finally:
        subprocess.run(["umount", small], check=True)


def interrupt(prefix, number):
    """Ends it in the middle of its work, and says what is in the folder then."""
    fresh()
    os.mkfifo(WORK / "fifo")
    started = subprocess.Popen([*prefix, "keybagctl", "seal", "--in", WORK / "fifo", "--out", WORK / "out"])
    with open(WORK / "fifo", "wb", buffering=0) as feed:
        feed.write(bytes(200000))
        program = int(subprocess.check_output(["pgrep", "-P", str(started.pid)])) if prefix else started.pid
        # It reads on, so the chunks before are written.
        while "pipe" not in pathlib.Path(f"/proc/{program}/wchan").read_text() and \
                " S " not in pathlib.Path(f"/proc/{program}/stat").read_text():
            time.sleep(0.05)
        during = names()
        os.kill(program, number)
        started.wait()
    return during, names()


def test_signals():
    """interrupted: nothing is left of it"""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        tap.equal(interrupt([], number)[1], ["fifo"], f"signal {number}")
    for number in (signal.SIGINT, signal.SIGHUP):
        during, after = interrupt([*NAMED, f"{WORK}/"], number)
        tap.equal(len(during), 2, f"files while it works, without nameless ones: {during}")
        tap.equal(after, ["fifo"], f"signal {number}, without nameless files")


def test_growing():
    """a file that grows while it is read is not sealed, and the command ends"""
    fresh()
    (WORK / "log").write_bytes(bytes(4 << 20))
    over = threading.Event()

    def write():
        with open(WORK / "log", "ab", buffering=0) as file:
            while not over.is_set():
                file.write(b"a line\n")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        tap.contains(said("seal", WORK / "log", status=1), "changed while it was read", "a log")
    finally:
        over.set()
        writer.join()
    tap.equal(names(), ["log"], "what is there")
    tap.equal(run("open", "--stream", data=run("seal", "--in", "/proc/version")[0])[0],
              pathlib.Path("/proc/version").read_bytes(), "a file whose length the kernel does not tell")


def slow_seal(stderr):
    """Seals what comes in the course of more than a second."""
    fresh()
    os.mkfifo(WORK / "fifo")
    with subprocess.Popen(["keybagctl", "seal", "--in", WORK / "fifo", "--out", WORK / "out"], stderr=stderr) as started:
        with open(WORK / "fifo", "wb", buffering=0) as feed:
            for _ in range(2):
                feed.write(bytes(2 * 65536))
                time.sleep(1.2)
        tap.equal(started.wait(), 0, "status")
    tap.equal(len(run("open", "--in", WORK / "out")[0]), 4 * 65536, "length")


def test_progress():
    """progress is shown on a terminal and nowhere else, and nothing is sealed onto one"""
    with tempfile.TemporaryFile() as file:
        slow_seal(file)
        tap.equal(file.tell(), 0, "what is said into a file")
    terminal, end = pty.openpty()
    slow_seal(end)
    shown = os.read(terminal, 4096).decode()
    tap.contains(shown, "sealing: 0 MiB", "on a terminal")
    tap.ok(shown.endswith("\r\x1b[K"), f"the line being taken away: {shown!r}")
    tap.contains(said("seal", data=b"x", stdout=end, status=2), "not for a terminal", "a terminal")
    os.close(terminal)
    os.close(end)


def end():
    run("destroy", "--user", "root", "--yes", status=0)
    run("destroy", "--user", USER, "--yes", status=0)
    subprocess.run(["userdel", "-rf", USER], check=False, stderr=subprocess.DEVNULL)
    shutil.rmtree(WORK)


tap.main(teardown=end)

#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs suites of other projects in the machine, as a user with an open keybag, and prints a line for each of their cases: "ok", "failed"
or "skipped", and its name; what a failed one said is on lines that begin with '#'.

  guest.py libsecret PROGRAM…      of libsecret's tests, each case on a bus of its own
  guest.py python                  libsecret's tests in Python
  guest.py keyring | docker | git | go | rust | openssh
"""

import contextlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "guest/lib"), str(TESTS)]

from jeepney import message_bus  # noqa: E402
from secret_bus import NAME, ROOT, KeybagBus  # noqa: E402

from person import PASSCODE  # noqa: E402

PEERS = pathlib.Path("/mnt/peers")
SERVICE = pathlib.Path("/usr/libexec/keybag-secret-service")
GIVEN = pathlib.Path("/mnt/build/secretservice/keybag-secret-service")
BIN = pathlib.Path("/run/peers/bin")
# Another user each time: the keychain may have files of one that is gone.
UID = 2000 + os.getpid() % 30000
USER = f"user{UID}"
# More than any case takes on a machine that is busy.
LIMIT = 600

# Found by libsecret's tests as python3, which they start their services with.
PYTHON = f"""#!/bin/sh
case ${{1-}} in
*/mock-service-*.py) exec /usr/bin/python3 {TESTS}/peers/stand_in.py "$1" ;;
esac
exec /usr/bin/python3 "$@"
"""


def report(word, name, said=""):
    print(f"{word} {name}", flush=True)
    for line in said.splitlines()[-40:] if word == "failed" else ():
        print(f"#   {line}", flush=True)


def put(program):
    """Puts a program in the place of the service: the keychain's grant is for what is there."""
    status = SERVICE.stat()
    SERVICE.unlink()
    shutil.copyfile(program, SERVICE)
    os.chown(SERVICE, status.st_uid, status.st_gid)
    os.chmod(SERVICE, status.st_mode & 0o7777)


@contextlib.contextmanager
def given_names():
    """The service knows items by given names, and libsecret's tests start the stand-in."""
    real = BIN.parent / "service"
    BIN.mkdir(parents=True, exist_ok=True)
    BIN.joinpath("python3").write_text(PYTHON)
    BIN.joinpath("python3").chmod(0o755)
    shutil.copyfile(SERVICE, real)
    put(GIVEN)
    try:
        yield
    finally:
        put(real)


def on_own_bus(bus, *command, **environment):
    """Runs a command of the user's on a bus that is new: (status, output)."""
    runtime = pathlib.Path("/run/peers/runtime")
    shutil.rmtree(runtime, ignore_errors=True)
    runtime.mkdir(mode=0o700)
    os.chown(runtime, UID, UID)
    settings = {**bus.environment, "XDG_RUNTIME_DIR": str(runtime), "PATH": f"{BIN}:{os.environ['PATH']}", **environment}
    try:
        done = subprocess.run([*bus.who(), "dbus-run-session", "--", *command], env=settings, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", timeout=LIMIT, check=False, cwd="/")
    except subprocess.TimeoutExpired as error:
        return -1, f"not done after {LIMIT} s\n{(error.stdout or b'').decode(errors='replace')}"
    return done.returncode, done.stdout


@given_names()
def libsecret(bus, *programs):
    for program in programs:
        path = PEERS / "libsecret/b/libsecret" / program
        listed = subprocess.run([path, "-l"], capture_output=True, text=True, check=True).stdout
        cases = [line for line in listed.splitlines() if line.startswith("/")]
        for case in cases:
            status, said = on_own_bus(bus, str(path), "-p", case)
            report("failed" if status or f"ok 1 {case}" not in said else "ok", case, said)


@given_names()
def python(bus):
    folder = PEERS / "libsecret/b/libsecret"
    for name in ("lookup", "clear", "store"):
        status, said = on_own_bus(bus, "/usr/bin/python3", str(PEERS / f"libsecret/libsecret/test-py-{name}.py"), "-v",
                                  GI_TYPELIB_PATH=str(folder), LD_LIBRARY_PATH=str(folder))
        # The bus may say something in between.
        cases = re.findall(r"^(test\w+) \(\S+\) \.\.\. .*?\b(ok|FAIL|ERROR)$", said, re.M | re.S)
        for case, end in cases:
            report("ok" if end == "ok" else "failed", f"{name} {case}", said)
        if not cases or status and all(end == "ok" for _, end in cases):
            report("failed", name, said)


def run(bus, *command, text="", folder=f"/home/{USER}", **environment):
    """Runs a command of the user's on the bus that starts the real service, with somebody who answers prompts: (status, output)."""
    try:
        done = subprocess.run([*bus.who(), *command], env={**bus.environment, **environment}, input=text, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors="replace", timeout=LIMIT, check=False, cwd=folder)
    except subprocess.TimeoutExpired as error:
        return -1, f"not done after {LIMIT} s\n{(error.stdout or b'').decode(errors='replace')}"
    return done.returncode, done.stdout


@contextlib.contextmanager
def attended(bus):
    """Somebody gives the passcode when a prompt is shown."""
    process = subprocess.Popen([*bus.who(), "/usr/bin/python3", TESTS / "peers/person.py"], env=bus.environment,
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    process.stdout.readline()
    yield
    process.kill()
    process.wait()


def told(status, said, pattern, words):
    """Reports the cases that an output names: PATTERN has groups name and word, WORDS says what a word means."""
    found = [(match["name"], words[match["word"]]) for match in re.finditer(pattern, said, re.M) if match["word"] in words]
    for name, word in found:
        report(word, name, said)
    if status and "failed" not in dict(found).values() or not found:
        report("failed", "all", said)


def keyring(bus):
    """python-keyring's tests of its two backends."""
    source = PEERS / "python-keyring"
    status, said = run(bus, "/usr/bin/python3", "-m", "pytest", "-v", "-o", "addopts=", "-p", "no:cacheprovider",
                       "tests/backends/test_SecretService.py", "tests/backends/test_libsecret.py", folder=source,
                       PYTHONPATH=str(source), PYTHONDONTWRITEBYTECODE="1")
    told(status, said, r"^(?P<name>tests/\S+) (?P<word>PASSED|FAILED|ERROR|SKIPPED)",
         {"PASSED": "ok", "FAILED": "failed", "ERROR": "failed", "SKIPPED": "skipped"})


def docker(bus):
    """Debian's helper, by each of its verbs."""
    login = {"ServerURL": "https://registry.example.org", "Username": "anna", "Secret": "let me in"}
    for verb, text, wanted in (("store", json.dumps(login), None), ("get", login["ServerURL"], login),
                               ("list", "", {login["ServerURL"]: login["Username"]}), ("erase", login["ServerURL"], None)):
        status, said = run(bus, "docker-credential-secretservice", verb, text=text)
        good = status == 0 and (wanted is None or json.loads(said) == wanted)
        report("ok" if good else "failed", verb, said)
    status, said = run(bus, "docker-credential-secretservice", "get", text=login["ServerURL"])
    report("ok" if status == 1 and "credentials not found" in said else "failed", "get after erase", said)


def git(bus):
    """git's t0303, with its own helper for libsecret."""
    status, said = run(bus, "./t0303-credential-external.sh", "--no-bin-wrappers", f"--root=/home/{USER}/trash", "-v", folder="/mnt/git/t",
                       PATH=f"{PEERS}/git-libsecret:/usr/bin:/bin", TEST_OUTPUT_DIRECTORY=f"/home/{USER}", GIT_TEST_CREDENTIAL_HELPER="libsecret")
    told(status, said, r"^(?P<word>ok|not ok) \d+ - (?P<name>.*)", {"ok": "ok", "not ok": "failed"})


def go(bus):
    """go-keyring's tests."""
    with attended(bus):
        status, said = run(bus, str(PEERS / "go-keyring-test"), "-test.v", "-test.count=1")
    told(status, said, r"^--- (?P<word>PASS|FAIL|SKIP): (?P<name>\S+)", {"PASS": "ok", "FAIL": "failed", "SKIP": "skipped"})


def rust(bus):
    """The tests of the Rust library secret-service, then each of those that prompt, which it ignores, with all open before."""
    program, words = str(PEERS / "rust-secret-service-test"), {"ok": "ok", "FAILED": "failed"}
    pattern = r"^test (?P<name>\S+) \.\.\. (?P<word>ok|FAILED)$"
    with attended(bus):
        told(*run(bus, program, "--test-threads=1"), pattern, words)
        listed = run(bus, program, "--list", "--ignored")[1]
        for name in re.findall(r"^(\S+): test$", listed, re.M):
            bus.lock()
            bus.unlock()
            told(*run(bus, program, "--ignored", "--exact", name), pattern, words)


def openssh(bus):
    """OpenSSH's tests of its agent, each in a folder of its own."""
    work = pathlib.Path(f"/home/{USER}/openssh")
    os.makedirs("/run/sshd", exist_ok=True)
    subprocess.run(["usermod", "-p", "*", USER], check=True)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    environment = {"TEST_SHELL": "/bin/sh", "TEST_SSH_SSH": f"{TESTS}/peers/openssh_ssh", "TEST_SSH_SSHAGENT": f"{TESTS}/peers/openssh_agent.py",
                   "TEST_SSH_SFTPSERVER": "/usr/lib/openssh/sftp-server", "TEST_SSH_IPV6": "yes", "TEST_SSH_ECC": "yes",
                   "TEST_SSH_UNSAFE_PERMISSIONS": "1", "TEST_SSH_OPENSSL": "/usr/bin/openssl",
                   # Programs of OpenSSH 10.
                   **{f"TEST_SSH_SSHD_{name.upper()}": f"/usr/lib/openssh/sshd-{name}" for name in ("auth", "session")
                      if os.path.exists(f"/usr/lib/openssh/sshd-{name}")}}
    for name in OPENSSH:
        if not (PEERS / f"regress/{name}.sh").exists():
            continue
        shutil.rmtree(work, ignore_errors=True)
        shutil.copytree(PEERS / "regress", work, symlinks=True)
        subprocess.run(["chown", "-R", f"{USER}:", work], check=True)
        status, said = run(bus, "/bin/sh", f"{work}/test-exec.sh", str(work), f"{work}/{name}.sh", folder=work, **environment)
        left_out = not status and re.search(r"^skipped|^SKIPPED", said, re.M)
        report("failed" if status else "skipped" if left_out else "ok", name, said)


OPENSSH = ("agent", "agent-subprocess", "agent-timeout", "agent-restrict", "agent-pkcs11", "agent-pkcs11-restrict", "agent-pkcs11-cert",
           "hostkey-agent", "sshsig", "cert-file")
SUITES = {suite.__name__: suite for suite in (libsecret, python, keyring, docker, git, go, rust, openssh)}


def owner(connection):
    """The pid of the service that the bus starts."""
    connection.get(ROOT, "Service", "Collections")
    return connection.send(message_bus.GetConnectionUnixProcessID(NAME))[0]


def main():
    bus = KeybagBus(USER, UID, PASSCODE)
    try:
        if bus.inside(owner) != bus.provider():
            raise SystemExit("guest: the bus starts another service than ours")
        SUITES[sys.argv[1]](bus, *sys.argv[2:])
    finally:
        bus.end()


main()

#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: long paths=helper/secretservice/,helper/sshagent/,helper/keychain/credential/
"""Searches all memory of the machine, from outside, for secrets of the programs that people run: what went through the Secret
Service, the helpers of git and docker, keychainctl, and the SSH agent.

Clients are tests/forensics/secret-service-items, ssh-key-items and feed, which get secrets in two halves and wipe them, so that a
copy that is found is one of our daemons, of the bus or of the kernel. What a plain session leaves in the bus, and the
socket of the SSH agent in the kernel, is measured and listed, not asserted: threat-model.md says it."""

import base64
import hashlib
import pathlib
import secrets
import subprocess
import sys
import tempfile

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))

from lib import ram, tap  # noqa: E402
from lib.machine import must  # noqa: E402
from lib.ram import PASSCODE, keybagctl  # noqa: E402
from vm import VM  # noqa: E402

PIECE = 16
SECRETS = {name: secrets.token_hex(PIECE) for name in ("service", "plain", "git", "docker", "command")}
SEED = secrets.token_bytes(32)
# A key in the form that openssl reads: PKCS#8 of Ed25519, in front of the seed.
PKCS8 = bytes.fromhex("302e020100300506032b657004220420")
PUBLIC = subprocess.run(["openssl", "pkey", "-inform", "DER", "-pubout", "-outform", "DER"], input=PKCS8 + SEED, check=True,
                        capture_output=True).stdout[-32:]
RUNTIME = "/run/test-programs"
AS_ALICE = (f"runuser -u alice -- env -i PATH=/usr/local/bin:/usr/bin:/bin HOME=/home/alice XDG_RUNTIME_DIR={RUNTIME} "
            f"DBUS_SESSION_BUS_ADDRESS=unix:path={RUNTIME}/bus SSH_AUTH_SOCK={RUNTIME}/ssh ")
GIT = "protocol=https\nhost=git.example.org\nusername=alice\n"
DOCKER = "https://docker.example.org"


def needles():
    """Halves of each secret; of the key of SSH also of what Ed25519 makes of it."""
    pieces = {name: text.encode() for name, text in SECRETS.items()} | {"ssh": SEED, "ssh/expanded": hashlib.sha512(SEED).digest()}
    return [(f"{name}+{at}", data[at:at + PIECE]) for name, data in pieces.items() for at in range(0, len(data), PIECE)]


def found(*without):
    """Traces in memory and registers: name to places."""
    return {name: where[:6] for name, where in ram.search(vm, needles()).items() if not name.startswith(without)}


def masked(data):
    """The words that give DATA to a program of tests/forensics."""
    mask = secrets.token_bytes(len(data))
    return f"{bytes(a ^ b for a, b in zip(data, mask)).hex()} {mask.hex()}"


def alice(command, status=0):
    return must(vm, AS_ALICE + command, status)


def feed(text, command, status=0):
    """With TEXT and a newline on its standard input, which leaves it nowhere."""
    return must(vm, f"feed {masked(text.encode())} -- {AS_ALICE}{command}", status)


def secret_service(operation, name):
    return f"secret-service-items {operation} {name} {masked(SECRETS[name].encode())}"


def test_secret_service():
    """the Secret Service, over an encrypted session: added and read, and no secret is in bus, service, keychain or kernel"""
    alice(secret_service("add", "service"))
    tap.equal(found(), {}, "found once it was added")
    for _ in range(3):
        alice(secret_service("read", "service"))
    tap.equal(found(), {}, "found once it was read")


def test_in_use():
    """held by a program: its secret is found, so that the search would find it elsewhere"""
    holder = vm.command(AS_ALICE + secret_service("hold", "service"))
    holder.expect("held")
    tap.ok(any(name.startswith("service+") for name in found()), "the secret that is held")
    holder.end_input()
    tap.equal(holder.wait().status, 0, "status of the program")
    tap.equal(found(), {}, "found once it has ended")


def test_helpers():
    """helpers of git and docker, and keychainctl: stored and read, and no secret is left"""
    feed(f"{GIT}password={SECRETS['git']}\n", "git-credential-keychain store")
    feed(f'{{"ServerURL":"{DOCKER}","Username":"alice","Secret":"{SECRETS["docker"]}"}}', "docker-credential-keychain store")
    feed(SECRETS["command"], "keychainctl add --account command")
    tap.equal(found(), {}, "found once they were stored")
    feed(GIT, "git-credential-keychain get >/dev/null")
    feed(DOCKER, "docker-credential-keychain get >/dev/null")
    alice("keychainctl find --account command >/dev/null")
    tap.equal(found(), {}, "found once they were read")


def test_ssh_agent():
    """the SSH agent: a key that was added signs, and nothing of it is left in agent, keychain and kernel once it has signed"""
    alice(f"ssh-key-items add {PUBLIC.hex()} {masked(SEED)}")
    # The next message gets the memory that the socket has freed, zeroed.
    tap.diagnose(f"left of the message that brought the key: {found() or 'nothing'}")
    for _ in range(3):
        alice(f"ssh-key-items sign {PUBLIC.hex()}")
    tap.equal(found(), {}, "found once it has signed")


def test_locked():
    """locked: nothing of any of them, each refused, and still nothing"""
    keybagctl(vm, "lock")
    tap.equal(found(), {}, "found after lock")
    alice(f"ssh-key-items fail {PUBLIC.hex()}")
    alice(secret_service("read", "service"), status=1)
    alice("keychainctl find --account command >/dev/null 2>&1", status=3)
    feed(GIT, "git-credential-keychain get >/dev/null 2>&1", status=3)
    feed(DOCKER, "docker-credential-keychain get >/dev/null 2>&1", status=1)
    tap.equal(found(), {}, "found after requests while locked")


def test_opens_again():
    """unlocked again: all are there"""
    keybagctl(vm, "unlock", PASSCODE)
    alice(secret_service("read", "service"))
    alice(f"ssh-key-items sign {PUBLIC.hex()}")


def test_plain_session():
    """a plain session: what the bus keeps of the secret is told; service and keychain keep nothing that outlives the bus"""
    alice(secret_service("plain", "plain"))
    tap.diagnose(f"left by a plain session: {found() or 'nothing'}")
    keybagctl(vm, "lock")
    tap.diagnose(f"left by it after a lock: {found() or 'nothing'}")


START_PROGRAMS = f"""
install -d -m 700 -o alice -g alice {RUNTIME}
cd /
setsid {AS_ALICE}dbus-daemon --session --nofork --address=unix:path={RUNTIME}/bus </dev/null >{RUNTIME}/log 2>&1 &
setsid {AS_ALICE}systemd-socket-activate -l {RUNTIME}/ssh /usr/libexec/keybag-ssh-agent </dev/null >>{RUNTIME}/log 2>&1 &
until [ -S {RUNTIME}/bus ] && [ -S {RUNTIME}/ssh ]; do sleep 0.1; done
setsid {AS_ALICE}/usr/libexec/keybag-secret-service </dev/null >>{RUNTIME}/log 2>&1 &
until {AS_ALICE}busctl --user status org.freedesktop.secrets >/dev/null 2>&1; do sleep 0.1; done
"""

with tempfile.TemporaryDirectory(prefix="programs-ram-") as folder:
    disk = pathlib.Path(folder) / "disk"
    ram.make_keybag(disk)
    vm = VM(disk=disk, memory=768, ram_file=True).boot()
    for tool in ("secret-service-items", "ssh-key-items"):
        must(vm, f"base64 -d >/usr/local/bin/{tool} && chmod +x /usr/local/bin/{tool}",
             input=base64.encodebytes((ram.TOOLS / tool).read_bytes()).decode())
    keybagctl(vm, "unlock", PASSCODE)
    must(vm, START_PROGRAMS)
    tap.main(teardown=vm.close)

#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""make demo: the main job on real input, in a machine of its own, step by step.

Each step shows the command as a user would type it, what it printed, and what came of
it. Nothing is assumed: a step whose outcome is not the one named here ends the demo
with an error."""

import pathlib
import re
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from vm import VM  # noqa: E402

PASSCODE = "correct horse battery staple"
NEW_PASSCODE = "a better one, chosen later"
WIRELESS = "the password of the network"
CLASSES = ("ak", "ck", "dk", "aku", "cku", "dku", "akpu", "A", "C", "D")
FIRST_UNLOCK = ("ck", "cku", "C")
ALWAYS = ("dk", "dku", "D")
EXIT_LOCKED, EXIT_WRONG = 3, 4
KEYCHAIN_LOCKED = 3

BOLD, DIM, GREEN, END = ("\033[1m", "\033[2m", "\033[32m", "\033[0m") if sys.stdout.isatty() else ("",) * 4


class Unexpected(Exception):
    """A step did not end as it should."""


def title(number, text):
    print(f"\n{BOLD}{number}. {text}{END}")


def outcome(text):
    print(f"   {GREEN}=> {text}{END}", flush=True)


def show(text):
    for line in text.rstrip().splitlines():
        print(f"   {line}")
    sys.stdout.flush()


class Demo:
    def __init__(self, vm):
        self.vm = vm

    def run(self, command, user="root", status=0, input=None, quiet=False):
        """Runs COMMAND as USER in the machine and shows it with its output."""
        if not quiet:
            typed = f"   {DIM}(types: {', then '.join(input.splitlines())}){END}" if input else ""
            print(f"   {BOLD}{user}{'#' if user == 'root' else '$'} {command}{END}{typed}", flush=True)
        text = command if user == "root" else f"cd /home/{user} && exec runuser -u {user} -- bash -c {quote(command)}"
        result = self.vm.run(text, timeout=120, input=input)
        if not quiet:
            show(result.output)
        if status is not None and result.status != status:
            raise Unexpected(f"status {result.status} instead of {status} from: {command}\n{result.output}")
        return result

    def login(self, passcode):
        """A login at a console, by login(1) and the machine's PAM stack."""
        print(f"   {BOLD}console login: alice{END}   {DIM}(types: {passcode}){END}", flush=True)
        session = self.vm.command("exec login alice", terminal=True)
        session.expect("assword:", 60)
        session.send(passcode + "\n")
        session.expect(r"\$ ", 90)
        session.send("keybagctl status | head -6; echo done-$?\n")
        text = session.expect(r"(?s); echo done-\$\?\s+(.*)done-0", 60).group(1)
        text = re.sub(r"\x1b\[[?0-9;]*[a-zA-Z]", "", text).replace("\r", "")
        show("alice$ keybagctl status | head -6\n" + text)
        session.send("exit\n")
        session.wait(30)
        if not re.search(r"^State: *unlocked", text, re.M):
            raise Unexpected("the login did not open the keybag")

    def table(self, allowed):
        """Opens the file that is sealed under every class, and checks which may."""
        for name in CLASSES:
            result = self.run(f"keybagctl open < id_ed25519.{name} | sha256sum -c --quiet key.sum",
                              user="alice", status=None, quiet=True)
            again = self.run(f"keybagctl open < id_ed25519.{name} > /dev/null", user="alice", status=None, quiet=True)
            opened = result.status == 0 and again.status == 0
            if opened != (name in allowed) or (not opened and again.status != EXIT_LOCKED):
                raise Unexpected(f"class {name}: status {again.status}: {again.output}{result.output}")
            print(f"   {name:5s} {'opens' if opened else again.output.strip()}", flush=True)


def expect(so, text):
    if not so:
        raise Unexpected(text)


def quote(text):
    return "'" + text.replace("'", "'\\''") + "'"


def story(demo):
    run = demo.run
    title(1, "A user with a passcode, and a keybag of her own")
    run("DEBIAN_FRONTEND=noninteractive pam-auth-update --enable keybag")
    run("useradd --create-home --shell /bin/bash alice")
    run("chpasswd", input=f"alice:{PASSCODE}\n")
    run("keybagctl create --kdf-memory 16384", user="alice", input=f"{PASSCODE}\n")
    title(2, "The machine restarts: before first unlock")
    demo.vm.reboot()
    run("keybagctl status | head -6", user="alice")
    run("echo note | keybagctl wrap --class dk > note.dk && keybagctl unwrap < note.dk", user="alice")
    outcome("an always key works before anybody has logged in")
    run("echo note | keybagctl wrap --class ck > note.ck", user="alice", status=EXIT_LOCKED)
    outcome("after-first-unlock does not, and says why")

    title(3, "Alice logs in, through the machine's own PAM stack")
    demo.login(PASSCODE)
    outcome("the login opened her keybag")

    title(4, "Real files: an SSH private key, sealed under every class, and a larger one")
    run("ssh-keygen -q -t ed25519 -N '' -C alice -f id_ed25519 && sha256sum id_ed25519 > file.sum && "
        "sha256sum < id_ed25519 > key.sum && head -1 id_ed25519", user="alice")
    run(f"for class in {' '.join(CLASSES)}; do keybagctl seal --class $class --out id_ed25519.$class id_ed25519 || exit; done",
        user="alice")
    run("cp /usr/lib/*/libcrypto.so.3 large && sha256sum large > large.sum && keybagctl seal large && stat -c '%n %s' large*",
        user="alice")
    run("shred -u id_ed25519 large && echo *", user="alice")
    outcome("the files are not there any more; only what the keybag opens")

    title(5, "Lock: which class keys are left")
    run("keybagctl lock", user="alice")
    demo.table(FIRST_UNLOCK + ALWAYS)
    run("keybagctl open large.sealed", user="alice", status=EXIT_LOCKED)
    outcome("when-unlocked classes are gone from memory; the others serve")

    title(6, "Unlock: the files come back")
    run("keybagctl unlock", user="alice", input=f"{PASSCODE}\n")
    demo.table(CLASSES)
    run("keybagctl open id_ed25519.ak --out id_ed25519 && sha256sum -c file.sum && rm id_ed25519", user="alice")
    run("keybagctl open large.sealed && sha256sum -c large.sum && rm large", user="alice")
    outcome("byte for byte the same")

    title(7, "The passcode changes; a wrong one is refused")
    run("keybagctl passwd", user="alice", input=f"{PASSCODE}\n{NEW_PASSCODE}\n")
    run("chpasswd", input=f"alice:{NEW_PASSCODE}\n")
    run("keybagctl lock", user="alice")
    run("keybagctl unlock", user="alice", status=EXIT_WRONG, input=f"{PASSCODE}\n")
    outcome("the old passcode opens nothing")

    title(8, "The machine restarts again; one login, and all opens again")
    demo.vm.reboot()
    demo.login(NEW_PASSCODE)
    demo.table(CLASSES)
    outcome("all class keys are back")

    title(9, "On top, a keychain: an SSH key and the password of a wireless network")
    run("ssh-keygen -q -t ed25519 -N '' -C alice -f id_ed25519 && sha256sum < id_ed25519 > file.sum", user="alice")
    run("keychainctl add --service ssh --account id_ed25519 --accessible ak < id_ed25519 && shred -u id_ed25519", user="alice")
    run("keychainctl add --service wifi --account home --accessible ck", user="alice", input=WIRELESS)
    run("keychainctl find --service ssh --account id_ed25519 --attributes", user="alice")

    title(10, "The screen locks: one is not there, the other serves")
    run("keybagctl lock", user="alice")
    found = run("keychainctl find --service ssh --account id_ed25519", user="alice", status=KEYCHAIN_LOCKED)
    expect("errSecInteractionNotAllowed" in found.output, found.output)
    found = run("keychainctl find --service wifi --account home", user="alice")
    expect(found.output.strip() == WIRELESS, found.output)
    outcome("the network goes on while the key of the SSH key is not in memory")
    run("keybagctl unlock", user="alice", input=f"{NEW_PASSCODE}\n")
    run("keychainctl find --service ssh --account id_ed25519 | sha256sum -c file.sum", user="alice")
    outcome("unlocked, and byte for byte the same")


def main():
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="keybag-demo-") as folder:
        print("A virtual machine with Debian's kernel boots; the module is loaded by modprobe.", flush=True)
        vm = VM(disk=pathlib.Path(folder) / "disk.img").boot()
        try:
            story(Demo(vm))
        except (Unexpected, AssertionError) as error:
            print(f"\nThe demo did not go as it should: {error}", file=sys.stderr)
            vm.close(check=False)
            return 1
        vm.close()
    print(f"\nThe whole took {time.monotonic() - started:.0f} s.")
    return 0


if __name__ == "__main__":
    sys.exit(main())

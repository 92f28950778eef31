# SPDX-License-Identifier: GPL-2.0-or-later
"""A user at a desktop, in a machine that systemd has booted: programs of their session, on the bus that their service manager
runs, with the Secret Service that the package gives them."""

import contextlib
import json
import os
import pathlib
import subprocess
import time

import logins
from logins import User, run

UNIT = "keybag-secret-service.service"
NAME, ROOT = "org.freedesktop.secrets", "/org/freedesktop/secrets"


class Desktop(User):
    """The user, with a keybag, logged in at a seat; the keybag is open."""

    def __init__(self, name, uid, watch):
        super().__init__(name, uid, watch)
        self.started = []
        self.home, self.runtime = pathlib.Path(f"/home/{name}"), pathlib.Path(f"/run/user/{uid}")
        self.environment = {"HOME": self.home, "XDG_RUNTIME_DIR": self.runtime, "LC_ALL": "C.UTF-8",
                            "DBUS_SESSION_BUS_ADDRESS": f"unix:path={self.runtime}/bus", "XDG_CURRENT_DESKTOP": "GNOME"}
        # Their service manager was started before the keybag was made.
        run("systemctl", "restart", f"user@{uid}.service")
        self.screen = logins.seat(self, 7)
        if self.screen.id == "-":
            raise AssertionError("logind has made no session")
        self.unlock()
        self.wait_for(lambda: self.run("systemctl", "--user", "is-active", UNIT, status=None) == "active\n", "the Secret Service")

    def command(self, *command, **environment):
        """The words that run it in the session."""
        group = pathlib.Path(f"/proc/{self.screen.process}/cgroup").read_text().strip().partition("::")[2]
        variables = {**self.environment, **environment}
        return ["sh", "-c", f'echo $$ >/sys/fs/cgroup{group}/cgroup.procs && exec "$@"', "sh",
                "setpriv", "--reuid", self.name, "--regid", self.name, "--init-groups",
                "env", "-C", self.home, *[f"{name}={value}" for name, value in variables.items()], *command]

    def run(self, *command, text="", status=0, timeout=900, **environment):
        done = subprocess.run(self.command(*command, **environment), input=text, capture_output=True, text=True, timeout=timeout, check=False)
        if status is not None and done.returncode != status:
            raise AssertionError(f"{command}: status {done.returncode}, not {status}\n{done.stdout}{done.stderr}")
        return done.stdout

    def start(self, *command, stdout=subprocess.PIPE, **environment):
        """In a process group of its own; what it says on standard error is in the file NAME.error of the home folder."""
        with open(self.home / f"{pathlib.Path(command[0]).name}.error", "ab") as errors:
            return subprocess.Popen(self.command(*command, **environment), stdin=subprocess.DEVNULL, stdout=stdout,
                                    stderr=errors, text=True, start_new_session=True)

    def wait_for(self, condition, what, seconds=300):
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                raise AssertionError(f"{what} does not come: " + self.run("systemctl", "--user", "status", UNIT, status=None) +
                                     run("journalctl", "-q", "-n", "60", "--no-pager", f"_UID={self.uid}", check=False))
            time.sleep(0.5)

    def lock_screen(self):
        self.screen.tell("SetLockedHint", True)
        self.expect("locked", "screen")

    def unlock_screen(self):
        """As a locker does that was given the passcode."""
        self.unlock()
        self.screen.tell("SetLockedHint", False)

    def classes(self, *attributes):
        """The classes of the items that have these attributes of their own, whether they can be read or not."""
        words = [word for attribute in attributes for word in ("--attribute", attribute)]
        report = json.loads(self.run("keychainctl", "list", *words, "--json", status=None))
        return sorted(item["accessible"] for item in report["items"] + report.get("locked", []))

    @contextlib.contextmanager
    def prompts(self):
        """A function that waits until a program has shown a prompt of the Secret Service within this context."""
        seen = self.home / "prompts"
        with open(seen, "wb") as out:
            monitor = self.start("dbus-monitor", "--session", "interface='org.freedesktop.Secret.Prompt',member='Prompt'", stdout=out)
        try:
            self.wait_for(lambda: seen.stat().st_size, "the monitor of the bus")
            yield lambda: self.wait_for(lambda: "member=Prompt" in seen.read_text(), "a prompt")
        finally:
            end(monitor)

    def show(self, number=9, size="1000x700x24"):
        """A display that programs which are started from now on have."""
        self.open("Xvfb", f":{number}", "-screen", "0", size)
        self.wait_for(pathlib.Path(f"/tmp/.X11-unix/X{number}").exists, "the display")
        self.environment["DISPLAY"] = f":{number}"

    def open(self, *command, **environment):
        """As start(); it ends with this object."""
        self.started.append(self.start(*command, **environment))
        return self.started[-1]

    def remove(self):
        while self.started:
            end(self.started.pop())
        logins.Session.end_all()
        super().remove()


def end(process):
    """Ends all of a program that start() has started."""
    try:
        os.killpg(process.pid, 15)
    except ProcessLookupError:
        pass
    process.wait(60)

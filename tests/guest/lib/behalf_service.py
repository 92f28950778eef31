# SPDX-License-Identifier: GPL-2.0-or-later
"""A service that asks on behalf of others, and processes that it asks for."""

import contextlib
import json
import os
import pathlib
import select
import signal
import subprocess

from lib import tap

CGROUPS = pathlib.Path("/sys/fs/cgroup")


def move(pid, cgroup):
    folder = CGROUPS / cgroup
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cgroup.procs").write_text(str(pid))


class Service:
    """tests/keychaind/behalf_ask.c, a copy at PATH, as USER, with descriptors that it inherits."""

    def __init__(self, path, user=None, cgroup=None, fds=()):
        who = ["setpriv", "--reuid", user, "--regid", user, "--init-groups"] if user else []
        self.process = subprocess.Popen([*who, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=fds, text=True)
        if cgroup:
            move(self.process.pid, cgroup)

    def say(self, *words):
        self.process.stdin.write(" ".join(str(word) for word in words) + "\n")
        self.process.stdin.flush()
        tap.ok(select.select([self.process.stdout], [], [], 300)[0], f"an answer to {words[0]}")
        return self.process.stdout.readline().rstrip("\n")

    def told(self, *words):
        """Status, then the other words of the answer."""
        status, *rest = self.say(*words).split(" ", 3)
        return int(status), *rest

    def behalf(self, process):
        tap.equal(self.say("pid", process if isinstance(process, int) else process.pid), "0", "on behalf")
        return self

    def call(self, request):
        return json.loads(self.say("call", json.dumps(request)))

    def status(self, request, status, part="", what=""):
        answer = self.call(request)
        tap.equal(answer["status"], status, f"{what} {str(request)[:200]}: {answer.get('message')}")
        tap.contains(answer.get("message", ""), part, f"message to {str(request)[:200]}")
        return answer

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


@contextlib.contextmanager
def running(uid, cgroup=None, command=("sleep", "1000")):
    """A process of that user's, in that control group."""
    process = subprocess.Popen(command, user=uid, group=uid, extra_groups=[], stdin=subprocess.DEVNULL)
    try:
        if cgroup:
            move(process.pid, cgroup)
        yield process
    finally:
        process.kill()
        process.wait()


@contextlib.contextmanager
def forked(become):
    """A process that does as it is told first."""
    reading, writing = os.pipe()
    pid = os.fork()
    if not pid:
        become()
        os.write(writing, b"x")
        os.close(writing)
        signal.pause()
        os._exit(0)
    os.close(writing)
    try:
        tap.equal(os.read(reading, 1), b"x", "it has become that")
        yield pid
    finally:
        os.close(reading)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)

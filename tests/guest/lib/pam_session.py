# SPDX-License-Identifier: GPL-2.0-or-later
"""A host of PAM that holds a session open: what a greeter, login or sshd does for a user.

    pam_session.py SERVICE USER [NAME=VALUE...]

PASSWORD=, TTY= and RHOST= are what PAM is told; other names go to its environment (XDG_SEAT and the
like) before the session opens. With PASSWORD it authenticates first, checks the account and sets
credentials. Prints "open" and the session's id, reads commands from standard input, each answered
with a line: "leave" leaves a process behind, "run COMMAND" runs one inside the session. At the end of
its input it closes the session and ends."""

import ctypes
import subprocess
import sys

TTY, RHOST = 3, 4
ESTABLISH, DELETE = 2, 4

pam = ctypes.CDLL("libpam.so.0")
libc = ctypes.CDLL(None)
libc.calloc.restype = libc.strdup.restype = ctypes.c_void_p
pam.pam_getenv.restype = ctypes.c_char_p


class Message(ctypes.Structure):
    _fields_ = [("style", ctypes.c_int), ("text", ctypes.c_char_p)]


class Response(ctypes.Structure):
    _fields_ = [("text", ctypes.c_void_p), ("code", ctypes.c_int)]


CONVERSATION = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.POINTER(ctypes.POINTER(Message)),
                                ctypes.POINTER(ctypes.c_void_p), ctypes.c_void_p)


class Conversation(ctypes.Structure):
    _fields_ = [("call", CONVERSATION), ("context", ctypes.c_void_p)]


def converse(password, tell):
    def call(count, messages, answers, _):
        memory = libc.calloc(count, ctypes.sizeof(Response))
        responses = ctypes.cast(memory, ctypes.POINTER(Response))
        for i in range(count):
            if messages[i].contents.style in (1, 2):
                responses[i].text = libc.strdup(password.encode())
            else:
                tell("told", " ".join(messages[i].contents.text.decode().split()))
        answers[0] = memory
        return 0
    return CONVERSATION(call)


def host(service, user, settings, commands, out):
    """Opens the session; COMMANDS yields lines, OUT is a text file. Returns what went wrong."""
    settings = dict(settings)
    password = settings.pop("PASSWORD", None)
    handle = ctypes.c_void_p()

    def tell(*words):
        print(*words, file=out, flush=True)

    conversation = Conversation(converse(password or "", tell), None)

    def step(name, *arguments):
        code = getattr(pam, name)(handle, *arguments)
        if code:
            raise OSError(code, name)

    if pam.pam_start(service.encode(), user.encode(), ctypes.byref(conversation), ctypes.byref(handle)):
        raise OSError(service)
    for name, number in (("TTY", TTY), ("RHOST", RHOST)):
        if name in settings:
            step("pam_set_item", number, settings.pop(name).encode())
    for name, value in settings.items():
        step("pam_putenv", f"{name}={value}".encode())
    if password is not None:
        step("pam_authenticate", 0)
        step("pam_acct_mgmt", 0)
        step("pam_setcred", ESTABLISH)
    step("pam_open_session", 0)
    tell("open", (pam.pam_getenv(handle, b"XDG_SESSION_ID") or b"-").decode())
    for line in commands:
        word, _, rest = line.strip().partition(" ")
        if word == "leave":
            subprocess.Popen(["sleep", "600"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL, start_new_session=True)
            tell("left")
        else:
            done = subprocess.run(["setpriv", "--reuid", user, "--clear-groups", "sh", "-c", rest], check=False,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
            tell("ran", done.returncode)
    step("pam_close_session", 0)
    step("pam_setcred", DELETE)
    pam.pam_end(handle, 0)


if __name__ == "__main__":
    host(sys.argv[1], sys.argv[2], dict(word.split("=", 1) for word in sys.argv[3:]), sys.stdin, sys.stdout)

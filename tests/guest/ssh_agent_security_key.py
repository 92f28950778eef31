#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: long kernel=6.1 paths=helper/sshagent/
"""The SSH agent with security keys: one that the kernel shows like one that is plugged in, by libfido2, up to signatures that ssh-keygen checks."""

import base64
import os
import subprocess
import sys

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), folder) for folder in ("lib", "..")]
from lib import tap  # noqa: E402
from security_keys import TYPE, SecurityKey  # noqa: E402
from ssh_agents import FAILURE, SUCCESS, Agent, call, string  # noqa: E402

# The second one takes the device and shows it: nothing loads it by itself here.
if subprocess.run(["modprobe", "-a", "uhid", "hid-generic"], check=False).returncode:
    print("1..0 # SKIP no uhid")
    sys.exit(4)

ADD, ADD_CONSTRAINED, CONFIRM = b"\x11", b"\x19", b"\x02"
agent = Agent("anna", 1483)
agent.start()
first = SecurityKey(agent.uid)


def add(device, comment, operation=ADD, constraints=b"", **changes):
    """The first byte of the answer."""
    message = operation + string(TYPE) + device.record(**changes)[len(string(TYPE)):] + string(comment) + constraints
    return agent.inside(lambda connect: call(connect(), message)[:1].hex())


def public_half(device, name):
    path = agent.home / name
    path.with_suffix(".pub").write_text(f"{TYPE} {base64.b64encode(device.public()).decode()} {name}\n")
    os.chown(path.with_suffix(".pub"), agent.uid, agent.uid)
    return path


def test_signs():
    """it signs when it is touched, also by another process, and not while the keybag is locked"""
    key = public_half(first, "first")
    tap.equal(add(first, "first"), SUCCESS.hex(), "answer")
    tap.equal(agent.listed(), ["first"], "keys")
    tap.ok(agent.signs(key), f"it signs: {agent.said()}")
    tap.equal((first.counter, first.asked), (1, 3), "signatures, and times that it was asked")
    agent.restart()
    tap.ok(agent.signs(key), "it signs for another process")
    agent.lock()
    tap.ok(not agent.signs(key), "it does not sign while locked")
    agent.unlock()
    tap.equal(first.counter, 2, "signatures")


def test_two():
    """two are plugged in: the one that knows the key signs"""
    second = SecurityKey(agent.uid, touches=0)
    key = public_half(second, "second")
    tap.equal(add(second, "second"), SUCCESS.hex(), "answer")
    tap.ok(agent.signs(key) and agent.signs(agent.home / "first"), f"each signs: {agent.said()}")
    tap.equal((first.counter, second.counter), (3, 1), "signatures")
    second.unplug()
    tap.ok(not agent.signs(key), "it does not sign when it is away")
    tap.ok(agent.signs(agent.home / "first"), "the other one signs on")


def test_not_replaced():
    """one with another handle, or that need not be touched, does not replace it"""
    for operation, constraints in ((ADD, b""), (ADD_CONSTRAINED, CONFIRM)):
        tap.equal(add(first, "other", operation, constraints, handle=b"garbage"), FAILURE.hex(), "answer to another handle")
        tap.equal(add(first, "other", operation, constraints, flags=0), FAILURE.hex(), "answer to other flags")
    tap.contains(agent.said(), "with another handle or other flags")
    tap.ok("other" not in agent.listed() and agent.signs(agent.home / "first"), "the key that was there signs")
    tap.equal(add(first, "new comment"), SUCCESS.hex(), "answer to the same one")
    tap.ok("new comment" in agent.listed(), "its comment")


def test_web():
    """one of a web site signs files as SSH has them, and no other data"""
    site = SecurityKey(agent.uid, application="example.org", touches=0)
    key = public_half(site, "site")
    tap.equal(add(site, "site"), SUCCESS.hex(), "answer")
    tap.ok(agent.signs(key), f"it signs a file: {agent.said()}")
    sign = b"\x0d" + string(site.public()) + string('{"type":"webauthn.get"}') + b"\0\0\0\0"
    tap.equal(agent.inside(lambda connect: call(connect(), sign)[:1].hex()), FAILURE.hex(), "answer to a login at a site")
    tap.equal(site.counter, 1, "signatures")
    site.unplug()


def test_unplugged():
    """without any the agent says so, and goes on"""
    first.unplug()
    tap.ok(not agent.signs(agent.home / "first"), "it does not sign")
    tap.contains(agent.said(), "no security key that is connected has this SSH key")
    tap.ok("new comment" in agent.listed(), "keys")


tap.main(teardown=agent.end)

#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: long timeout=2700
"""OpenSSH's own tests of its agent, unchanged, with ours, in a machine, as a user with a keybag. What stands for it at a landing is
guest/ssh_agent_login.py."""

import pathlib
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))

from lib import tap  # noqa: E402
from peers import suites  # noqa: E402

# agent-pkcs11: ssh-add -s, but no library that a client names is loaded. hostkey-agent: all types that sshd may sign with, signatures with
# SHA-1 (ssh-rsa), DSA, and security keys that only a library has among them; the others pass.
REFUSED = ["agent-pkcs11", "hostkey-agent"]


def test_agent():
    """the agent's tests: keys of each type, certificates, forwarding, lifetimes, destinations, host keys, signatures of files"""
    suites.run(vm, "openssh", "openssh", REFUSED)


with suites.machine("fetch-openssh", "peers-openssh", packages=None) as vm:
    tap.main()

# SPDX-License-Identifier: GPL-2.0-or-later
"""Commands in a machine, for tests that boot machines of their own."""

from . import tap


def must(vm, command, status=0, timeout=600, **options):
    """Runs a command that has to end with @status; returns its output."""
    result = vm.run(command, timeout=timeout, **options)
    tap.equal((result.status, result.output if result.status != status else ""), (status, ""), command[:200])
    return result.output


def keybagctl(vm, words, *lines, status=0, user="alice", timeout=600):
    """keybagctl as a user who types these lines."""
    return must(vm, f"runuser -u {user} -- keybagctl {words}", status, timeout, input="".join(f"{line}\n" for line in lines))

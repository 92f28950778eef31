#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: long paths=helper/keychain/credential/
"""Git's own tests of credential helpers, unchanged, with git-credential-keychain: t0303 of Debian 13's git, in a machine, as a
user with a keybag and without a bus. What stands for it at a landing is guest/keychain_git.py."""

import pathlib
import re
import subprocess
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))

from lib import tap  # noqa: E402
from lib.machine import keybagctl, must  # noqa: E402
from peers import suites  # noqa: E402
from vm import VM  # noqa: E402
from vm.paths import locked  # noqa: E402

SUITE = TESTS.parent / "build/git-suite"
PASSCODE = "one two three"
# Without its wrappers, which name the folder that it was built in; what it writes goes to a folder of the user's.
RUN = ("cd /mnt/git/t && env -i PATH=/usr/bin:/bin HOME=/home/alice TEST_OUTPUT_DIRECTORY=/home/alice/out "
       "GIT_TEST_CREDENTIAL_HELPER=keychain ./t0303-credential-external.sh --no-bin-wrappers --root=/home/alice/trash -v")


def test_suite():
    """t0303: each of its tests passes"""
    with locked("git-suite"):
        fetched = subprocess.run([TESTS / "lib/fetch-git"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                 check=False)
    if fetched.returncode:
        tap.skip(f"git's tests cannot be had: {fetched.stdout.decode(errors='replace')[-200:]}")
    with VM(shares=[("git", "/mnt/git", SUITE, False)]) as vm:
        vm.boot()
        must(vm, "useradd -m alice")
        keybagctl(vm, "create --kdf-memory 64 --kdf-passes 1", PASSCODE)
        keybagctl(vm, "unlock", PASSCODE)
        result = vm.run(f"install -d -o alice /home/alice/out && runuser -u alice -- sh -c '{RUN}' 2>&1", timeout=1800)
        passed = re.findall(r"^ok (\d+) - ", result.output, re.M)
        suites.keep("git-keychain", len(passed), len(passed) + len(re.findall(r"^not ok ", result.output, re.M)))
        tap.equal((re.findall(r"^not ok .*", result.output, re.M), result.status), ([], 0), f"failures, in {result.output[-4000:]}")
        tap.equal(len(passed), 21, "tests that passed")
        left = must(vm, "runuser -u alice -- keychainctl list --class internet-password")
        tap.equal(left, "", "what it leaves")


tap.main()

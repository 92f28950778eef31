#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: long
"""Guess limits, the whole table by the machine's own clock: instructions are counted, one a
nanosecond, and where all processes wait time leaps to the next timer, so that the hours of the table
take seconds. A process that never waits keeps it from leaping where it must not.

At landing: kselftest/guess_test and unit/guess_test, for the table's values and its first delay."""

import json
import pathlib
import sys
import tempfile

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))

from lib import machine, tap  # noqa: E402
from lib.machine import must  # noqa: E402
from vm import VM  # noqa: E402
from vm.machine import START  # noqa: E402

EDGE = TESTS.parent / "build/tests/guess"
MINUTE, HOUR = 60, 3600
# After the first failure, the second, …
DELAYS = [0, 0, 0, MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 3 * HOUR, 8 * HOUR, 8 * HOUR]
LAST = DELAYS[-1]
# Seconds that may pass between the start of a delay and the look at it.
SLACK = 45
BUSY = "/run/busy"
CONF = "/etc/keybag/keybagd.conf"
CHEAP = "--kdf-memory 64 --kdf-passes 1"
USERS = ("alice", "bob", "carol")


def boot():
    """Not idle from before the keybags are loaded."""
    vm.boot()
    must(vm, f"chrt --idle 0 sh -c 'echo $$ >{BUSY}; while :; do :; done' </dev/null >/dev/null 2>&1 & sleep 0.1; cat {BUSY}")
    must(vm, START)


def reboot():
    vm.shutdown()
    boot()


def leaping(command):
    """Runs it with nothing else to do."""
    return must(vm, f"kill -STOP $(cat {BUSY}); {command}; status=$?; kill -CONT $(cat {BUSY}); exit $status", timeout=600)


def keybagctl(words, *lines, **options):
    return machine.keybagctl(vm, words, *lines, **options)


def status(user="alice"):
    return json.loads(must(vm, f"keybagctl status --user {user} --json"))


def failures(user="alice"):
    return status(user)["failures"]


def wait_of(user="alice"):
    return status(user)["retry_after_ns"] / 1e9


def near(got, want, what):
    tap.ok(want - SLACK <= got <= want, f"{what}: {got:.3f} s, within {SLACK} s below {want} s; this")


def guess(number, user="alice"):
    return keybagctl("unlock", f"wrong number {number}", user=user, status=4)


def words(delay):
    """As the answer to a wrong passcode has it."""
    return f"{delay // MINUTE} min 0 s" if delay < HOUR else f"{delay // HOUR} h 0 min"


def let_delays_pass(user="alice"):
    """To its end, looking at the edge: what delay_edge printed."""
    uuid = status(user)["uuid"]
    delay, refused, gap, late = map(int, leaping(f"/mnt/share/delay_edge {uuid}").split())
    tap.diagnose(f"{delay / 1e9:.0f} s: {refused} refused near the edge, the last {gap} ns before it; the accepted one began {late} ns after it")
    tap.ok(gap < 100_000 and late < 100_000, f"the edge is seen from close by: {gap} and {late} ns")


def settings(*lines):
    """keybagd anew, with these."""
    must(vm, f"cat >{CONF}; pkill -x keybagd; while pgrep -x keybagd; do sleep 0.1; done; "
             "setsid $(command -v keybagd || echo /usr/sbin/keybagd) </dev/null >>/run/keybagd.log 2>&1 & "
             "for i in $(seq 200); do keybagctl list >/dev/null 2>&1 && exit; sleep 0.1; done; exit 1",
         input="".join(f"{line}\n" for line in lines))


def test_table():
    """each delay of the table, to its edge; the tenth failure repeats the last one"""
    for number, delay in enumerate(DELAYS, start=1):
        for user in USERS[1:]:
            if number < len(DELAYS):
                guess(number, user)
        answer = guess(number)
        tap.equal(failures(), number, "failures")
        if not delay:
            tap.equal(wait_of(), 0, f"delay after {number}")
            continue
        tap.contains(answer, f"wrong passcode: next try in {words(delay)}", "answer")
        near(wait_of(), delay, f"delay after {number}")
        # Neither the right one, nor another wrong one, nor a repeat is tried or counted.
        for passcode in ("right", "something else", f"wrong number {number}"):
            tap.contains(keybagctl("unlock", passcode, status=5), f"{number} wrong answers so far: nothing is tried now", "answer")
        tap.equal(failures(), number, "failures after tries in the delay")
        if number < len(DELAYS):
            let_delays_pass()
            leaping("sleep 30")


def test_disable():
    """tenth-failure = disable: the tenth closes the keybag to every passcode"""
    settings("tenth-failure = disable")
    guess(10, "bob")
    for user in ("bob", "alice"):
        tap.contains(keybagctl("unlock", "right", user=user, status=1), "its passcode is disabled after 10 wrong ones", "answer")
        tap.contains(status(user)["warnings"], "passcode-disabled", "warnings")
    keybagctl("passwd", "right", "new", user="bob", status=1)
    tap.equal(failures("bob"), 10, "failures")
    settings()
    tap.contains(keybagctl("unlock", "right", status=5), "wait", "answer with the setting taken back")


def test_erase():
    """tenth-failure = erase: the tenth leaves nothing of the keybag"""
    settings("tenth-failure = erase")
    uuid = status("carol")["uuid"]
    tap.contains(guess(10, "carol"), "the keybag has been erased", "answer")
    tap.equal(must(vm, f"ls -A /var/lib/keybag/bags | grep -c {uuid} || true").strip(), "0", "files left")
    keybagctl("status", user="carol", status=9)
    keybagctl(f"create {CHEAP}", "right", user="carol")
    tap.equal(failures("carol"), 0, "failures of the next one")
    settings()


def test_restart():
    """over a restart the count stays, and the delay that was running starts over in full"""
    before = wait_of()
    leaping("sleep 3600")
    near(wait_of(), before - HOUR, "after an hour of it")
    reboot()
    near(wait_of(), LAST, "after the restart")
    tap.equal(failures(), len(DELAYS), "failures")
    keybagctl("unlock", "right", status=5)


def test_reload():
    """unloading, evicting and a new keybagd do not shorten a delay, nor start it over"""
    leaping("sleep 3600")
    for command in ("unload --user alice", "evict"):
        before = wait_of()
        must(vm, f"keybagctl {command} && keybagctl load --user alice")
        near(wait_of(), before, f"after {command}")
    before = wait_of()
    settings()
    near(wait_of(), before, "with a new keybagd")
    tap.equal(failures(), len(DELAYS), "failures")


def test_success():
    """after the delay the right passcode opens, and clears the count"""
    let_delays_pass()
    keybagctl("unlock", "right")
    tap.equal((failures(), wait_of()), (0, 0), "failures and delay")


def test_recovery():
    """a disabled passcode stays so after delay and restart; the recovery code sets a new one"""
    leaping("sleep 60")
    settings("tenth-failure = disable")
    tap.equal(wait_of("bob"), 0, "delay")
    keybagctl("unlock", "right", user="bob", status=1)
    keybagctl(f"passwd --recovery --yes {CHEAP}", code, "new", user="bob")
    keybagctl("unlock", "new", user="bob")
    tap.equal(failures("bob"), 0, "failures")
    tap.ok("passcode-disabled" not in status("bob")["warnings"], "that it is not disabled any more")
    settings()


def test_repeats():
    """the same wrong passcode counts once in five minutes, and again after them"""
    for _ in range(6):
        guess("one")
    guess("two")
    guess("one")
    tap.equal(failures(), 2, "failures")
    leaping("sleep 240")
    guess("one")
    tap.equal(failures(), 2, "after four minutes")
    leaping("sleep 70")
    guess("one")
    tap.equal(failures(), 3, "after five")
    keybagctl("unlock", "right")


def test_power_cut():
    """the plug pulled in the middle of a try: it has counted"""
    must(vm, "useradd --create-home dave")
    keybagctl("create --kdf-memory 4096 --kdf-passes 100", "right", user="dave", timeout=240)
    record = f"/var/lib/keybag/bags/{status('dave')['uuid']}.tries"
    before = must(vm, f"sha256sum <{record}").strip()
    running = vm.command("runuser -u dave -- keybagctl unlock")
    running.send("right\n")
    must(vm, f"for i in $(seq 1000); do [ \"$(sha256sum <{record})\" = '{before}' ] || exit 0; sleep 0.01; done; exit 1")
    tap.equal(running.status, None, "status of the try, which is under way")
    vm.kill()
    boot()
    tap.equal(failures("dave"), 1, "failures")
    keybagctl("unlock", "right", user="dave", timeout=240)
    tap.equal(failures("dave"), 0, "failures after success")


def test_record_lost():
    """without its record, or with a damaged one, a keybag waits for the last delay, once a start"""
    uuid = {user: status(user)["uuid"] for user in USERS}
    must(vm, f"cd /var/lib/keybag/bags && rm {uuid['alice']}.tries && "
             f"for at in 100 4196; do dd if=/dev/urandom of={uuid['bob']}.tries bs=1 count=16 seek=$at conv=notrunc status=none; done; sync")
    reboot()
    for user in ("alice", "bob"):
        near(wait_of(user), LAST, f"delay of {user}")
        keybagctl("unlock", "right", user=user, status=5)
    tap.equal(wait_of("carol"), 0, "delay of carol")
    tap.contains(must(vm, "cat /run/keybagd.log"), "result=record-missing", "journal")


def test_assumed():
    """such failures, which nobody saw, lead to no more than delay"""
    settings("tenth-failure = erase")
    let_delays_pass()
    leaping("sleep 60")
    guess(1)
    settings("tenth-failure = disable")
    guess(1, "bob")
    for user in ("alice", "bob"):
        tap.equal(failures(user), 10, "failures")
        near(wait_of(user), LAST, f"delay of {user}")
        keybagctl("unlock", "right", user=user, status=5)


with tempfile.TemporaryDirectory(prefix="keybag-guess-") as folder:
    # Without -fsrm the kernel's copies rely on the one that is taken away, and never end.
    vm = VM(disk=pathlib.Path(folder) / "disk", share=EDGE, memory=512, icount=True, cpu="max,-erms,-fsrm", start=False,
            append="sysctl.kernel.hung_task_timeout_secs=0")
    boot()
    for name in USERS:
        must(vm, f"useradd --create-home {name}")
        keybagctl(f"create {CHEAP}", "right", user=name)
    code = keybagctl("recovery add 2>/dev/null", "right", user="bob").strip()
    tap.main(teardown=vm.close)

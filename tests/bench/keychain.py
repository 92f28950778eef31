# SPDX-License-Identifier: GPL-2.0-or-later
"""Costs of the keychain, by the number of items in it, beside the keyring of desktops.

Costs are guest instructions of all that takes part: program, service, kernel, and for the keyring the bus.
Each operation is made before it is counted, so that what it reads is in memory.

Keychains are filled through the public bulk operation, a thousand items a transaction, and kept in
build/bench/ for the next time. Without KVM the largest takes most of an hour, once; progress is told, and
ITEMS=100000 leaves it out. One more keychain has all its items under one service: those are listed at once, by
that service and all together, and cost the same each."""

import os
import pathlib
import re
import sys
import time

from vm import VM, VMError, rootfs
from vm.machine import START
from vm.paths import BUILD, digest
from vm.qemu import qemu

TOP = pathlib.Path(__file__).resolve().parents[2]
HERE = pathlib.Path(__file__).resolve().parent
OPERATIONS = ("find", "read", "list", "page", "exists", "nothing", "add")
LISTS = ("by_service", "by_group")
AT_A_TIME = 5_000
STEP = 200_000
BYTES_AN_ITEM = 1500
FILL_SECONDS = 3600
KEYRING_ITEMS, KEYRING_TIMES = 100, 100
SHARES = [("built", "/mnt/build", TOP / "build/tests", False)]
MEASURE = "runuser -u alice -- /mnt/build/bench/keychain-measure"
PASSCODE = "one two three\n"
MEMORY_GOAL = 64 * 1024
# QEMU is slow at AVX, which the C library uses wherever there is any: without it this takes half as long.
FILL_CPU = qemu().plain_max() + ",-erms,-avx,-avx2"


def _fixture(size, kind=""):
    """The archive of a keychain of SIZE items: its name says what made it."""
    store = TOP / "helper/keychain/store"
    made_by = digest(store / "schema.c", store / "row_format.c", TOP / "keybag/form.c", TOP / "keybag/blob.c")
    return BUILD / "bench" / f"keychain-{kind}{size}-{made_by}.tar"


# Items of one service, all listed at once; LISTED_ITEMS takes another number.
LISTED = int(os.environ.get("LISTED_ITEMS") or 40_000)
SIZES = [size for size in (1000, 100_000, 1_000_000) if size <= int(os.environ.get("ITEMS") or 1_000_000)]

# As GOALS in run.
GOALS = (
    *((f"keychain_find_{size}", f"find_{SIZES[0]}", "at most", 1.5) for size in SIZES[1:]),
    # Neither reads more rows where there are more.
    *((f"keychain_{question}_{size}", f"{question}_{SIZES[0]}", "at most", 1.5)
      for question in ("exists", "nothing") for size in SIZES[1:]),
    (f"keychain_by_service_{LISTED}", "by_group", "at most", 1.5),
    ("secret_service_read", f"keychain_read_{SIZES[0]}", "at least", 10),
    ("keychain_memory", None, "under", MEMORY_GOAL),
)


def _run(machine, command, timeout=600, **options):
    status, output = machine.run(command, timeout=timeout, **options)
    if status:
        raise VMError(f"{command}: exit status {status}\n{output}")
    return output


def _values(output):
    return {name: float(value) for name, value in (line.split() for line in output.splitlines())}


class _Machine(VM):
    """A machine with the keychain of an archive, or a new one, in memory: where instructions are counted,
    waiting for a disk would make the clock run wild. Alice has it, unlocked."""

    def __init__(self, size, archive=None, **options):
        folder = BUILD / "bench"
        folder.mkdir(parents=True, exist_ok=True)
        super().__init__(memory=1024 + (size * BYTES_AN_ITEM * 3 >> 20), start=False, out=folder, shares=SHARES, **options)
        self.archive = archive

    def boot(self, *arguments, **options):
        super().boot(*arguments, **options)
        _run(self, "systemd-sysusers 2>/dev/null; useradd --create-home alice")
        if self.archive:
            _run(self, f"tar -C / --numeric-owner -xf /mnt/out/{self.archive.name}", FILL_SECONDS)
        self.serve(new=not self.archive)
        return self

    def serve(self, new=False):
        _run(self, START)
        if new:
            _run(self, "runuser -u alice -- keybagctl create --kdf-memory 64 --kdf-passes 1", input=PASSCODE)
        _run(self, "runuser -u alice -- keybagctl unlock", input=PASSCODE)

    def save(self, archive):
        """Ends the daemons, so that the files are whole; serve() starts them again."""
        _run(self, "pids=$(pgrep -x 'keychaind|keybagd'); kill $pids; "
             "while kill -0 $pids 2>/dev/null; do sleep 0.1; done; "
             "tar -C / --numeric-owner -cf /mnt/out/new.tar etc/keybag var/lib/keybag var/lib/keychain", FILL_SECONDS)
        archive.with_name("new.tar").rename(archive)


def _fill(kernel):
    """Makes the archives that are not there, each out of the next smaller one. The way to a large one has
    steps, so that one who ends it need not start from the beginning."""
    missing = [size for size in SIZES if not _fixture(size).exists()]
    if not missing:
        return
    steps = sorted({*missing, *range(STEP, missing[-1], STEP)})
    count = max((size for size in {*SIZES, *steps} if size < missing[0] and _fixture(size).exists()), default=0)
    with _Machine(missing[-1], _fixture(count) if count else None, kernel=kernel, cpus=2, cpu=FILL_CPU,
                  append="mitigations=off") as machine:
        first, started = count, time.monotonic()
        for size in (step for step in steps if step > first):
            while count < size:
                end = min(count + AT_A_TIME, size)
                _run(machine, f"{MEASURE} fill {count} {end}", FILL_SECONDS)
                count = end
                left = (time.monotonic() - started) / (count - first) * (missing[-1] - count)
                print(f"keychain: {count:,} of {missing[-1]:,} items, {left / 60:.0f} minutes to go", file=sys.stderr)
            machine.save(_fixture(size))
            if size != missing[-1]:
                machine.serve()
    for size in set(steps) - set(SIZES):
        _fixture(size).unlink(missing_ok=True)


def _measure(kernel, cpu, size):
    """Instructions of each operation, and the service's memory in KiB afterwards."""
    with _Machine(size, _fixture(size), kernel=kernel, icount=True, cpu=cpu) as machine:
        values = _values(_run(machine, f"{MEASURE} times {size}", FILL_SECONDS))
        values["memory"] = float(_run(machine, "awk '/VmHWM/ { print $2 }' /proc/$(pgrep -x keychaind)/status"))
    return values


def _measure_lists(kernel, cpu):
    """Instructions an item, of a keychain where one service has all items."""
    archive = _fixture(LISTED, "one-service-")
    if not archive.exists():
        with _Machine(LISTED, kernel=kernel, cpus=2, cpu=FILL_CPU, append="mitigations=off") as machine:
            _run(machine, f"{MEASURE} fill 0 {LISTED} one", FILL_SECONDS)
            machine.save(archive)
    with _Machine(LISTED, archive, kernel=kernel, icount=True, cpu=cpu) as machine:
        return _values(_run(machine, f"{MEASURE} lists {LISTED} one", FILL_SECONDS))


class _WithKeyring(VM):
    """A machine that has the packages to compare with."""

    def _disks(self):
        plain, ours = str(rootfs.image()), str(rootfs.image(HERE / "guest-packages"))
        return [argument.replace(plain, ours) for argument in super()._disks()]


def _keyring(kernel, cpu):
    """Instructions of a read of a secret from gnome-keyring, or None where it does not work."""
    script = ("printf password | gnome-keyring-daemon --unlock --components=secrets >/dev/null && "
              f"/mnt/build/bench/secret-service {KEYRING_ITEMS} {KEYRING_TIMES}")
    with _WithKeyring(kernel=kernel, icount=True, cpu=cpu, start=False, shares=SHARES) as machine:
        _run(machine, "useradd --create-home alice && install -d -o alice /run/user/alice")
        output = _run(machine, "runuser -u alice -- env HOME=/home/alice XDG_RUNTIME_DIR=/run/user/alice "
                      f"dbus-run-session -- bash -c '{script}'")
    # The bus and the keyring have their say, too.
    found = re.search(r"secret_service_read (\d+)", output)
    if not found:
        print(f"keychain: the keyring of desktops was not measured; it said:\n{output}", file=sys.stderr)
    return float(found[1]) if found else None


def measure(kernel, cpu):
    """Results by name, as those of run; in the order of its table."""
    found = {}
    _fill(kernel)
    for size in SIZES:
        found[size] = _measure(kernel, cpu, size)
    lists = _measure_lists(kernel, cpu)
    keyring = _keyring(kernel, cpu)
    results = {}
    for operation in OPERATIONS:
        for size in SIZES:
            ratio = {} if size == SIZES[0] else \
                {f"{operation}_{SIZES[0]}": round(found[size][operation] / found[SIZES[0]][operation], 3)}
            results[f"keychain_{operation}_{size}"] = {"value": round(found[size][operation]), "unit": "instructions",
                                                      "ratio": ratio}
    for name in LISTS:
        results[f"keychain_{name}_{LISTED}"] = {"value": round(lists[name]), "unit": "instructions",
                                               "ratio": {"by_group": round(lists[name] / lists["by_group"], 3)}}
    read = f"keychain_read_{SIZES[0]}"
    if keyring:
        results["secret_service_read"] = {"value": round(keyring), "unit": "instructions",
                                          "ratio": {read: round(keyring / found[SIZES[0]]["read"], 3)}}
    results["keychain_memory"] = {"value": round(found[SIZES[-1]]["memory"]), "unit": "KiB"}
    return results

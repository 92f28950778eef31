#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Loss of power at a save, at every point.

Changes of passcode and wrong guesses are made while all writes to the disk are logged. For each
flush in the log the disk is put together as it would be had the power gone there: all writes up to the
flush, and some of those that followed it before the next one, in any order. The file system is
repaired, and the keybag must be a generation that was in effect then, whole. At the end the machine
is booted from some of those disks, and the keybag must open."""

import pathlib
import random
import re
import shutil
import sys
import tempfile

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))

from lib import keybag_reference as reference  # noqa: E402
from lib import tap  # noqa: E402
from lib.machine import keybagctl, must  # noqa: E402
from lib.power_loss import dump, names, points  # noqa: E402
from vm import VM  # noqa: E402
from vm.blocklog import Log  # noqa: E402

BAGS = "/upper/var/lib/keybag/bags"
PASSCODES = ["zero zero zero", "one one one one", "two two two two"]
POINTS = 100
BOOTS = 3
RECORD_SLOT = 4096
random.seed(1)


def prepare():
    """A disk with alice's keybag, at rest; the device key is kept here."""
    with VM(disk=disk, disk_size=64) as vm:
        must(vm, "useradd --create-home alice")
        keybagctl(vm, "create --kdf-memory 64 --kdf-passes 1", PASSCODES[0])
        return bytes.fromhex(must(vm, "od -An -v -tx1 /etc/keybag/device.key").replace("\n", ""))


def work():
    """Changes and guesses, all writes logged; each is acknowledged by a file. Then the plug is pulled."""
    vm = VM(disk=worked, disk_log=log_file).boot()
    keybagctl(vm, "unlock", PASSCODES[0])
    for number in (1, 2):
        keybagctl(vm, "passwd", PASSCODES[number - 1], PASSCODES[number])
        must(vm, f"touch /root/done-{number} && sync -f /root")
        keybagctl(vm, "unlock", "wrong", status=4)
        keybagctl(vm, "unlock", PASSCODES[number])
    keybagctl(vm, "passwd --remove --yes", PASSCODES[2])
    must(vm, "touch /root/done-3 && sync -f /root")
    vm.kill()


def read(image, path):
    target = folder / "read"
    return target.read_bytes() if dump(image, path, target) else None


def examine(image):
    """The fault of the keybag on the image, or None; and its generation."""
    forms = [name for name in names(image, BAGS) if name.endswith(".keybag")]
    if len(forms) != 1:
        return f"sealed forms: {forms}", 0
    data = read(image, f"{BAGS}/{forms[0]}")
    try:
        form = reference.check_device(data, device)
    except reference.Refused as error:
        return f"{forms[0]}: {error}", 0
    records = read(image, f"{BAGS}/{forms[0].replace('.keybag', '.tries')}")
    authentic = 0
    for slot in range(0, len(records or b""), RECORD_SLOT):
        length = int.from_bytes(records[slot + 4:slot + 8], "little")
        try:
            reference.open_record(device, form.uuid, records[slot:slot + length])
            authentic += 1
        except (reference.Refused, ValueError, IndexError):
            pass
    return None if authentic else "no authentic record of guesses", form.generation


def test_every_point():
    """at every point the keybag on disk is old or new, whole, and not older than what was acknowledged"""
    image, base, failures, seen, last = folder / "image", None, [], set(), 0
    number = min(POINTS, len(log.flushes()))
    keep = random.sample(range(number), min(BOOTS, number))
    for count, lost in enumerate(points(log, disk, image, POINTS)):
        if lost:
            failures.append(f"point {count}: {lost}")
            continue
        wrong, generation = examine(image)
        base = base or generation
        acknowledged = max([int(name[5:]) for name in names(image, "/upper/root")
                            if re.fullmatch(r"done-\d", name)], default=0)
        if wrong:
            failures.append(f"point {count}: {wrong}")
        elif generation < base + acknowledged:
            failures.append(f"point {count}: generation {generation}, change {acknowledged} was acknowledged")
        elif generation < last:
            failures.append(f"point {count}: generation {generation} after {last}")
        else:
            seen.add(generation - base)
            last = generation
        if count in keep:
            kept.append((folder / f"kept-{count}", generation - (base or 0)))
            shutil.copyfile(image, kept[-1][0])
    tap.diagnose(f"{len(log.entries)} writes, {len(log.flushes())} flushes, {count + 1} points, changes seen: {sorted(seen)}")
    tap.equal(failures, [], "failures")
    tap.equal(sorted(seen), [0, 1, 2, 3], "changes seen durable")


def test_boot():
    """the machine boots from such disks, and the keybag opens"""
    tap.ok(kept, "some disk was kept")
    for image, change in kept:
        with VM(disk=image) as vm:
            if change < len(PASSCODES):
                keybagctl(vm, "unlock", PASSCODES[change])
            status = must(vm, "runuser -u alice -- keybagctl status")
            tap.contains(status, "unlocked", "status")
            left = must(vm, "ls /var/lib/keybag/bags")
            tap.ok(not re.search(r"\.(new|old|destroyed)", left), f"nothing is left over in {left}")


kept = []
with tempfile.TemporaryDirectory(prefix="keybag-power-") as name:
    folder = pathlib.Path(name)
    disk, worked, log_file = folder / "disk", folder / "worked", folder / "log"
    device = reference.device_subkeys(prepare())
    shutil.copyfile(disk, worked)
    work()
    log = Log(log_file)
    tap.main()

#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: long paths=helper/keychain/store/aside,helper/keychain/store/salvage,helper/keychain/store/repair
"""Loss of power while a damaged database is replaced by what could be read of it, at every flush.

All writes to the disk are logged, from before the request that finds the damage until after the first change of the
new file. For flushes in the log the disk is put together as it would be had the power gone there. The name of the
database must always be that of a file that has all items: the damaged one as it was, or the new one, whole. Then
machines boot from one disk of each kind that was seen, and every item must open there.

At landing: unit/keychain_aside, which stops at every system call and looks at the order of syncs."""

import json
import pathlib
import random
import shutil
import sqlite3
import sys
import tempfile

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))

from lib import tap  # noqa: E402
from lib.machine import keybagctl, must  # noqa: E402
from lib.power_loss import dump, names, points  # noqa: E402
from vm import VM  # noqa: E402
from vm.blocklog import Log  # noqa: E402

PASSCODE = "one two three"
ITEMS, POINTS = 200, 60
CHAIN = "/var/lib/keychain/{uid}"
PAGE = 4096
ALL = {"class": "genp", "m_Limit": "m_LimitAll", "r_Attributes": True, "r_Data": True}
random.seed(1)

# Damages the leaf with the last rows of the table, and prints how many these are. No row of another leaf is lost.
DAMAGE = f"""
import sqlite3, sys
database = sqlite3.connect(sys.argv[1])
root = database.execute("SELECT rootpage FROM sqlite_schema WHERE name='genp'").fetchone()[0]
database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
database.close()
with open(sys.argv[1], "r+b") as file:
    def header(page):
        file.seek((page - 1) * {PAGE})
        return file.read(12)
    page = root
    while header(page)[0] == 5:
        page = int.from_bytes(header(page)[8:12], "big")
    print(int.from_bytes(header(page)[3:5], "big"))
    file.seek((page - 1) * {PAGE})
    file.write(b"\\xff" * {PAGE})
"""


def call(vm, **request):
    return json.loads(must(vm, "runuser -u alice -- keychainctl call", input=json.dumps(request)))


def secret(number):
    return {"class": "genp", "acct": f"item-{number}", "v_Data": {"data": "c2VjcmV0"}}


def prepare():
    """A disk with alice's items, the last page of their table damaged; returns the folder of her keychain and the number of
    items that can be read."""
    with VM(disk=disk, disk_size=64) as vm:
        must(vm, "useradd --create-home alice")
        keybagctl(vm, "create --kdf-memory 64 --kdf-passes 1", PASSCODE)
        keybagctl(vm, "unlock", PASSCODE)
        answer = call(vm, **{"op": "add-all", "items": [secret(number) for number in range(ITEMS)]})
        tap.equal(answer["status"], 0, "status of the adds")
        place = CHAIN.format(uid=must(vm, "id -u alice").strip())
        must(vm, "pkill -x keychaind; while pgrep -x keychaind; do sleep 0.1; done")
        lost = must(vm, f"cat >/run/damage.py; python3 /run/damage.py {place}/login.db", input=DAMAGE)
        return place, ITEMS - int(lost)


def replace():
    """A request finds the damage, and the file is replaced; then a change is acknowledged, and the plug is pulled."""
    vm = VM(disk=worked, disk_log=log_file).boot()
    keybagctl(vm, "unlock", PASSCODE)
    # The request that finds the damage fails; the next one has the new file.
    answers = [call(vm, op="copy", query=ALL) for _ in range(2)]
    tap.equal([answer["status"] for answer in answers], [-25291, 0], "statuses of the requests")
    tap.equal(len(answers[1]["result"]), whole, "items in the new file")
    must(vm, "touch /root/replaced && sync -f /root")
    tap.equal(call(vm, op="add", query=secret("after"))["status"], 0, "status of an add to the new file")
    must(vm, "touch /root/added && sync -f /root")
    vm.kill()


def content(image):
    """Bytes of the file that has the database's name on the image."""
    path = folder / "login.db"
    if not dump(image, f"/upper{chain}/login.db", path):
        return None
    return path.read_bytes()


def examine(image):
    """Raises where items are lost; returns what was seen: the damaged file or the new one, and names beside it."""
    found, done = content(image), names(image, "/upper/root")
    tap.ok(found is not None, "that there is a file of that name")
    beside = sorted(name.split("-2")[0] for name in names(image, f"/upper{chain}")
                    if name.startswith("login.db") and not name.endswith(("-wal", "-shm")))
    if b"\xff" * PAGE in found:
        tap.ok("replaced" not in done, f"what was acknowledged is lost: {done}")
        return ("damaged", *beside)
    path = folder / "login.db"
    path.with_name(path.name + "-shm").unlink(missing_ok=True)
    dump(image, f"/upper{chain}/login.db-wal", path.with_name(path.name + "-wal"))
    database = sqlite3.connect(path)
    try:
        tap.equal(database.execute("PRAGMA integrity_check").fetchall(), [("ok",)], "verdict of SQLite")
        rows = database.execute("SELECT count(*) FROM genp WHERE tomb = 0").fetchone()[0]
    finally:
        database.close()
    tap.ok(rows == whole + 1 or rows == whole and "added" not in done, f"{rows} of {whole} items, with {done}")
    tap.ok("login.db.damaged" in beside, f"the damaged file is aside: {beside}")
    return ("new", *beside)


def test_every_point():
    """at every point the database's name is that of a file with all items"""
    image, failures, count = folder / "image", [], 0
    for count, lost in enumerate(points(log, disk, image, POINTS)):
        try:
            tap.ok(not lost, lost)
            state = examine(image)
        except (AssertionError, sqlite3.Error) as error:
            failures.append(f"point {count}: {error}")
            continue
        if state not in seen:
            seen[state] = folder / f"kept-{count}"
            shutil.copyfile(image, seen[state])
    tap.diagnose(f"{len(log.entries)} writes, {len(log.flushes())} flushes, {count + 1} points: {sorted(seen)}")
    tap.equal(failures, [], "failures")
    tap.equal({state[0] for state in seen}, {"damaged", "new"}, "files that were seen")


def test_booted():
    """a machine that boots from each kind of them opens every item, and takes new ones"""
    for state, image in seen.items():
        with VM(disk=image) as vm:
            keybagctl(vm, "unlock", PASSCODE)
            answers = [call(vm, op="copy", query=ALL) for _ in range(2)]
            tap.equal(answers[1]["status"], 0, f"status of the second request, from {state}")
            found = {item["acct"] for item in answers[1]["result"] if item["v_Data"] == {"data": "c2VjcmV0"}}
            tap.equal(found - {"item-after"}, {f"item-{number}" for number in range(whole)}, f"items from {state}")
            tap.equal(call(vm, op="add", query=secret("new"))["status"], 0, f"status of an add, from {state}")
            tap.equal(must(vm, f"ls {chain} | grep -c '^login.db.damaged-[^-]*$'").strip(), "1", f"files aside, from {state}")


seen = {}
with tempfile.TemporaryDirectory(prefix="keychain-replaced-") as name:
    folder = pathlib.Path(name)
    disk, worked, log_file = folder / "disk", folder / "worked", folder / "log"
    chain, whole = prepare()
    shutil.copyfile(disk, worked)
    tap.ok(b"\xff" * PAGE in content(disk), "the damage is on the disk")
    replace()
    log = Log(log_file)
    tap.main()

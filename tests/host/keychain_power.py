#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Loss of power while items are added, changed and deleted, at every flush; and machines that are killed.

All writes to the disk are logged. For flushes in the log the disk is put together as it would be had the
power gone there: all writes up to it and some of those that followed. The file system is repaired. SQLite
must find the database whole, every request that was acknowledged must have taken effect, and of each bulk
request all or nothing. Then machines boot from some of those disks, and items must open."""

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
STEPS, BULK = 8, 25
POINTS = 40
BOOTS = 1
DATABASE = "/upper/var/lib/keychain/{uid}/login.db"
random.seed(1)

# Each step adds an item, adds BULK at once, and changes the first item of all.
WORK = f"""
bulk() {{
	printf '{{"op":"add-all","items":['
	for ((i = 0; i < {BULK}; i++)); do
		((!i)) || printf ,
		printf '{{"class":"genp","acct":"bulk-%s-%s","svce":"bulk-%s","v_Data":{{"data":"c2VjcmV0"}}}}' $1 $i $1
	done
	printf ']}}'
}}
request() {{ runuser -u alice -- keychainctl call | grep -q '"status":0,' || exit 1; }}
for ((step = 1; step <= {STEPS}; step++)); do
	echo '{{"op":"add","query":{{"class":"genp","acct":"one-'$step'","svce":"one","v_Data":{{"data":"c2VjcmV0"}}}}}}' | request
	touch /root/one-$step && sync -f /root
	bulk $step | request
	touch /root/bulk-$step && sync -f /root
	echo '{{"op":"update","query":{{"class":"genp","acct":"first"}},"update":{{"crtr":'$step'}}}}' | request
	touch /root/update-$step && sync -f /root
done
"""


def call(vm, **request):
    return json.loads(must(vm, "runuser -u alice -- keychainctl call", input=json.dumps(request)))


def copy_ck(vm):
    return call(vm, op="copy", query={"class": "inet", "srvr": "ck", "r_Data": True})["status"]


def prepare():
    """A disk with alice's keychain and one item in it, at rest; returns her uid."""
    with VM(disk=disk, disk_size=64) as vm:
        must(vm, "useradd --create-home alice")
        keybagctl(vm, "create --kdf-memory 64 --kdf-passes 1", PASSCODE)
        keybagctl(vm, "unlock", PASSCODE)
        answer = call(vm, op="add", query={"class": "genp", "acct": "first", "svce": "first", "v_Data": {"data": "c2VjcmV0"}})
        tap.equal(answer["status"], 0, "status of the first add")
        answer = call(vm, op="add", query={"class": "inet", "srvr": "ck", "pdmn": "ck", "v_Data": {"data": "c2VjcmV0"}})
        tap.equal(answer["status"], 0, "status of an add after first unlock")
        keybagctl(vm, "lock")
        tap.equal(copy_ck(vm), 0, "the item of after first unlock while locked")
        keybagctl(vm, "unlock", PASSCODE)
        return must(vm, "id -u alice").strip()


def work():
    """Requests, all writes logged; each is acknowledged by a file. Then the plug is pulled, in the middle of more."""
    vm = VM(disk=worked, disk_log=log_file).boot()
    keybagctl(vm, "unlock", PASSCODE)
    must(vm, WORK)
    vm.command(WORK.replace("one-", "more-").replace("bulk-", "others-").replace("/root/", "/run/"))
    vm.run(f"sleep {random.uniform(1, 4)}")
    vm.kill()


def acknowledged(image):
    """The last step of each kind whose file is on the image."""
    steps = {"one": 0, "bulk": 0, "update": 0}
    for name in names(image, "/upper/root"):
        kind, _, step = name.partition("-")
        if kind in steps:
            steps[kind] = max(steps[kind], int(step))
    return steps


def read_database(image):
    """Rows of the database on the image, checked by SQLite."""
    path = folder / "login.db"
    path.with_name(path.name + "-shm").unlink(missing_ok=True)
    for suffix in ("", "-wal"):
        dump(image, DATABASE.format(uid=uid) + suffix, path.with_name(path.name + suffix))
    database = sqlite3.connect(path)
    try:
        verdict = database.execute("PRAGMA integrity_check").fetchall()
        tap.equal(verdict, [("ok",)], "verdict of SQLite")
        return database.execute("SELECT cdat, mdat FROM genp WHERE tomb = 0").fetchall()
    finally:
        database.close()


def examine(image):
    """Raises where the database is not what was acknowledged; returns the number of items."""
    steps = acknowledged(image)
    rows = read_database(image)
    singles, rest = (len(rows) - 1) % BULK, (len(rows) - 1) // BULK
    # Items come as one and BULK by turns: any other number is part of a bulk.
    tap.ok(singles - rest in (0, 1), f"{len(rows)} items are whole requests")
    tap.ok(singles >= steps["one"] and rest >= steps["bulk"], f"{len(rows)} items have all of {steps}")
    if steps["update"]:
        first = min(rows)
        tap.ok(first[1] > first[0], "the change that was acknowledged")
    return len(rows)


def test_every_point():
    """at every point the database is whole and has all that was acknowledged"""
    image, failures, seen, count = folder / "image", [], set(), 0
    number = min(POINTS, len(log.flushes()))
    keep = random.sample(range(number), min(BOOTS, number))
    for count, lost in enumerate(points(log, disk, image, POINTS)):
        if lost:
            failures.append(f"point {count}: {lost}")
            continue
        try:
            items = examine(image)
        except (AssertionError, sqlite3.Error) as error:
            failures.append(f"point {count}: {error}")
            continue
        seen.add(items)
        if count in keep:
            kept.append((folder / f"kept-{count}", items))
            shutil.copyfile(image, kept[-1][0])
    tap.diagnose(f"{len(log.entries)} writes, {len(log.flushes())} flushes, {count + 1} points, "
                 f"numbers of items: {sorted(seen)}")
    tap.equal(failures, [], "failures")
    tap.ok(len(seen) > STEPS, "many numbers of items were seen durable")


def test_killed():
    """case 41: a machine killed in the middle of requests opens its items after an unlock, and takes new ones"""
    kept.append((worked, None))
    for image, items in kept:
        with VM(disk=image) as vm:
            tap.equal(copy_ck(vm), -25308, "an item of after first unlock before it")
            keybagctl(vm, "unlock", PASSCODE)
            tap.equal(copy_ck(vm), 0, "after it")
            answer = call(vm, op="copy", query={"class": "genp", "m_Limit": "m_LimitAll", "r_Attributes": True, "r_Data": True})
            tap.equal(answer["status"], 0, "status")
            found = answer["result"]
            tap.ok(items is None or len(found) == items, f"{len(found)} of {items} items")
            tap.ok(all(item["v_Data"] == {"data": "c2VjcmV0"} for item in found), "each secret")
            answer = call(vm, op="add", query={"class": "genp", "acct": "after", "v_Data": {"data": ""}})
            tap.equal(answer["status"], 0, "status of an add")


kept = []
with tempfile.TemporaryDirectory(prefix="keychain-power-") as name:
    folder = pathlib.Path(name)
    disk, worked, log_file = folder / "disk", folder / "worked", folder / "log"
    uid = prepare()
    shutil.copyfile(disk, worked)
    work()
    log = Log(log_file)
    tap.main()

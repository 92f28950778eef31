# SPDX-License-Identifier: GPL-2.0-or-later
"""Disks as a loss of power may leave them, put together from the log of all writes; and what is on them."""

import random
import shutil
import subprocess


def run(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)


def states(log, most):
    """Lists of log entries, for @most flushes, the last among them: all writes up to it, and some of those that followed,
    in any order."""
    flushes = log.flushes()
    chosen = flushes if len(flushes) <= most else sorted(random.sample(flushes[:-1], most - 1)) + flushes[-1:]
    for flush in chosen:
        after = next((number for number in flushes if number > flush), len(log.entries))
        survivors = [number for number in range(flush + 1, after) if random.random() < 0.5]
        random.shuffle(survivors)
        yield list(range(flush + 1)) + survivors


def points(log, disk, image, most):
    """Makes @image, for @most flushes, what @disk would be had the power gone there, with its file system repaired.

    Yields what is wrong with the file system, or None."""
    for entries in states(log, most):
        shutil.copyfile(disk, image)
        log.apply(image, entries)
        repair = run("e2fsck", "-fy", str(image))
        yield f"the file system is lost: {repair.stdout[-300:]}" if repair.returncode > 2 else None


def names(image, path):
    """Names in a folder on the image; none if there is no such folder."""
    listing = run("debugfs", "-R", f"ls -p {path}", str(image)).stdout
    # /inode/mode/uid/gid/name/size/ a line; anything else says that there is no such folder.
    return [line.split("/")[5] for line in listing.splitlines() if line.count("/") >= 6]


def dump(image, path, target):
    """Copies a file on the image to @target. Returns whether there is one."""
    target.unlink(missing_ok=True)
    run("debugfs", "-R", f"dump {path} {target}", str(image))
    return target.exists()

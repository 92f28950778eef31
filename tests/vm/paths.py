# SPDX-License-Identifier: GPL-2.0-or-later
"""Where things are kept, and how several runs share them."""

import contextlib
import fcntl
import hashlib
import os
import pathlib
import sys

from .architecture import ARM64, of

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parents[1]
BUILD = TOP / "build"
# DEBIAN=13 on an older host: what is tested is built and runs there (tests/lib/in-debian13).
ROOT = os.environ.get("DEBIAN") or None
if ROOT not in (None, "13"):
    sys.exit(f"DEBIAN={ROOT}? There is DEBIAN=13, or nothing: the release of this host")
# KERNEL=arm64: the programs that run there are built for it (tests/lib/in-arm64).
ARCHITECTURE = of(os.environ.get("KERNEL"))
if ROOT and ARCHITECTURE is ARM64:
    sys.exit("DEBIAN=13 with KERNEL=arm64? On arm64 there is Debian 12")
PLACE = f"debian{ROOT}" if ROOT else "arm64" if ARCHITECTURE is ARM64 else None
# Where build/ of that is, and what its build is run in.
OUTPUT = BUILD / PLACE / "build" if PLACE else BUILD
INSIDE = [TOP / f"tests/lib/in-{PLACE}"] if PLACE else []
CACHE = BUILD / "vm"
KERNELS = BUILD / "kernels"


class VMError(Exception):
    """The virtual machine could not be prepared or started."""


def stage(version):
    """Where make stage puts the project for a kernel, by what PARTS of it there are to be."""
    parts = os.environ.get("PARTS", "module helper").split()
    both = set(parts) == {"module", "helper"}
    return OUTPUT / "stage" / (version if both else "-".join([version, *(parts or ["none"])]))


@contextlib.contextmanager
def locked(name, shared=False):
    """Hold the lock build/.NAME.lock: what it guards is made by one run at a time."""
    BUILD.mkdir(parents=True, exist_ok=True)
    with open(BUILD / f".{name}.lock", "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
        yield


def digest(*parts):
    """A short name for what PARTS (bytes, text or paths of files) contain."""
    total = hashlib.sha256()
    for part in parts:
        if isinstance(part, pathlib.Path):
            part = part.read_bytes()
        elif isinstance(part, str):
            part = part.encode()
        total.update(len(part).to_bytes(8, "little") + part)
    return total.hexdigest()[:16]


def replace(path, data):
    """Write DATA to PATH so that others see the old file or the new one, whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_bytes(data)
    temporary.rename(path)


def remove_old(folder, pattern, keep=3):
    """Drop all but the KEEP newest files of FOLDER that match PATTERN."""
    def age(path):
        try:
            return path.stat().st_mtime
        except FileNotFoundError:
            return 0    # another run has just dropped it
    for path in sorted(folder.glob(pattern), key=age, reverse=True)[keep:]:
        path.unlink(missing_ok=True)

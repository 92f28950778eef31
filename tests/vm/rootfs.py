# SPDX-License-Identifier: GPL-2.0-or-later
"""The guest's root file system: a read-only ext4 image of the host's Debian release,
made by mmdebstrap once for each list of packages."""

import os
import pathlib
import shutil
import subprocess
import sys
import time

from .architecture import X86_64
from .paths import BUILD, CACHE, HERE, ROOT, VMError, digest, locked

PACKAGES = HERE / "guest-packages"
CUSTOMIZE = HERE / "guest-customize"
UNCONFIGURED = HERE / "guest-unconfigured"


SUITES = {"12": "bookworm", "13": "trixie"}


def suite():
    """The host's Debian release, since programs built here run there, or the one that DEBIAN names."""
    if ROOT:
        return SUITES[ROOT]
    for line in pathlib.Path("/etc/os-release").read_text().splitlines():
        if line.startswith("VERSION_CODENAME="):
            return line.split("=", 1)[1].strip('"')
    return "bookworm"


def packages(wanted=PACKAGES):
    """The packages to include, each the first of its alternatives that there is."""
    names = []
    # Packages of another release are known from its lists alone.
    environment = dict(os.environ, APT_CONFIG=str(BUILD / f"debian{ROOT}/apt/apt.conf")) if ROOT else None
    lines = [line.split()[0].split("|") for line in wanted.read_text().splitlines() if line.strip() and not line.startswith("#")]
    # All in one question: each takes a second.
    known = subprocess.run(["apt-cache", "show", "--no-all-versions", *[name for choices in lines for name in choices]],
                           stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False, env=environment)
    found = {row[9:] for row in known.stdout.decode().splitlines() if row.startswith("Package: ")}
    for choices in lines:
        chosen = [name for name in choices if name in found]
        if not chosen:
            raise VMError(f"the archive has none of {choices}; run apt-get update")
        names.append(chosen[0])
    return names


def _build(folder, lists, architecture):
    root = folder / "root"
    print("vm: making the guest's root file system (about a minute, once)", file=sys.stderr)
    log = folder / "mmdebstrap.log"
    names = [name for wanted in lists for name in packages(wanted)]
    # Without programs of its own to set them up, packages are unpacked and no more.
    variant = ["--variant=minbase"] if architecture is X86_64 else \
        ["--variant=extract", f"--architectures={architecture.debian}", "--include=?essential", f"--customize-hook={UNCONFIGURED} \"$1\""]
    command = ["mmdebstrap", *variant, "--include=" + ",".join(names),
               "--aptopt=Apt::Install-Recommends \"false\"", "--aptopt=Acquire::Retries \"5\"",
               f"--customize-hook={CUSTOMIZE} \"$1\"", suite(), str(root)]
    inside = [] if os.geteuid() == 0 else ["mmdebstrap", "--unshare-helper"]
    with open(log, "wb") as output:
        for wait in (20, 60, None):
            if not subprocess.run(command, stdout=output, stderr=output, check=False).returncode:
                break
            if wait is None:
                raise VMError(f"mmdebstrap failed; see {log}")
            # Archives are away for moments, and change while one reads them.
            print(f"vm: mmdebstrap failed, see {log}; once more in {wait} s", file=sys.stderr)
            time.sleep(wait)
            subprocess.run(inside + ["rm", "-rf", "--one-file-system", str(root)], check=True)
        # It was busy, as with a program that looks through all files, and stayed mounted.
        for point in ("proc", "sys"):
            if os.path.ismount(root / point):
                subprocess.run(["umount", "--lazy", str(root / point)], check=True)
        used = int(subprocess.run(inside + ["du", "-sm", str(root)], check=True,
                                  stdout=subprocess.PIPE).stdout.split()[0])
        subprocess.run(inside + ["mkfs.ext4", "-q", "-F", "-m", "0", "-O", "^has_journal", "-L", "root",
                                 "-d", str(root), str(folder / "root.ext4"), f"{used * 5 // 4 + 64}M"],
                       check=True, stdout=output, stderr=output)
    subprocess.run(inside + ["rm", "-rf", "--one-file-system", str(root)], check=True)


def image(also=None, architecture=X86_64):
    """Path of the image; made if there is none yet. ALSO: another list, of more packages."""
    lists = [PACKAGES, also] if also else [PACKAGES]
    other = [] if architecture is X86_64 else [architecture.name, UNCONFIGURED]
    final = CACHE / f"rootfs-{digest(*lists, CUSTOMIZE, suite(), *other)}"
    if not (final / "root.ext4").exists():
        with locked("rootfs"):
            if not (final / "root.ext4").exists():
                folder = CACHE / f".{final.name}"
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir(parents=True)
                _build(folder, lists, architecture)
                folder.rename(final)
    return final / "root.ext4"

# SPDX-License-Identifier: GPL-2.0-or-later
"""A clean Debian root folder to install packages in, without a machine: dpkg runs in it natively."""

import os
import pathlib
import shutil
import subprocess
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))

from vm import rootfs  # noqa: E402
from vm.paths import CACHE, VMError, digest, locked  # noqa: E402

PACKAGES = TESTS / "host/deb-packages"
# An ordinary user is root in a user namespace of mmdebstrap's making.
INSIDE = [] if os.geteuid() == 0 else ["mmdebstrap", "--unshare-helper"]


def _archive():
    """Path of the clean root, packed; made if there is none yet."""
    final = CACHE / f"clean-{digest(PACKAGES, rootfs.suite())}.tar"
    with locked("clean"):
        if final.exists():
            return final
        print("# making a clean root (a minute, once)", flush=True)
        CACHE.mkdir(parents=True, exist_ok=True)
        for old in CACHE.glob("clean-*.tar*"):
            old.unlink()
        new = final.with_suffix(".tar.new")
        with open(CACHE / "clean.log", "wb") as log:
            done = subprocess.run(["mmdebstrap", "--variant=minbase", "--include=" + ",".join(rootfs.packages(PACKAGES)),
                                   "--aptopt=Apt::Install-Recommends \"false\"", "--format=tar", rootfs.suite(), str(new)],
                                  stdout=log, stderr=log, check=False)
        if done.returncode:
            raise VMError(f"mmdebstrap failed; see {CACHE / 'clean.log'}")
        new.rename(final)
    return final


class Root:
    """A clean root in FOLDER, with the headers of a Kernel (vm.kernel)."""

    def __init__(self, folder, kernel):
        self.path = pathlib.Path(folder) / "root"
        self.kernel = kernel
        self._inside("mkdir", "-p", str(self.path))
        self._inside("tar", "-C", str(self.path), "--exclude=./usr/share/locale/*", "-xf", str(_archive()))
        version, here = kernel.version, kernel.folder / "root"
        self._inside("cp", "-a", *map(str, (here / "usr/src").iterdir()), f"{self.path}/usr/src/")
        for tools in here.glob("usr/lib/linux-kbuild-*"):
            self._inside("cp", "-a", str(tools), f"{self.path}/usr/lib/")
        self._inside("mkdir", "-p", f"{self.path}/usr/lib/modules/{version}")
        self._inside("ln", "-s", f"/usr/src/linux-headers-{version}", f"{self.path}/usr/lib/modules/{version}/build")
        for name in ("modules.builtin", "modules.order"):
            self._inside("cp", str(kernel.modules / name), f"{self.path}/usr/lib/modules/{version}/")

    def _inside(self, *command, **options):
        return subprocess.run([*INSIDE, *command], check=True, **options)

    def put(self, files, place):
        """Copies FILES to the folder PLACE."""
        self._inside("mkdir", "-p", f"{self.path}/{place}")
        self._inside("cp", *map(str, files), f"{self.path}/{place}/")

    def run(self, command, **environment):
        """Runs a shell command as root there: (status, output)."""
        script = 'mount -t proc proc "$0/proc" 2>/dev/null; exec chroot "$0" bash -c "$1"'
        settings = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LC_ALL": "C.UTF-8",
                    "DEBIAN_FRONTEND": "noninteractive", **environment}
        done = subprocess.run([*INSIDE, "unshare", "--mount", "sh", "-c", script, str(self.path), command], env=settings,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              errors="replace", check=False)
        return done.returncode, done.stdout

    def remove(self):
        if INSIDE:
            self._inside("rm", "-rf", str(self.path))
        else:
            shutil.rmtree(self.path, ignore_errors=True)

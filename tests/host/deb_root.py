# SPDX-License-Identifier: GPL-2.0-or-later
"""A clean Debian root folder to install packages in, without a machine: dpkg runs in it natively. Takes root."""

import pathlib
import shutil
import subprocess
import sys
import time

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))

from vm import rootfs  # noqa: E402
from vm.paths import CACHE, VMError, digest, locked  # noqa: E402

PACKAGES = TESTS / "host/deb-packages"


def _archive():
    """Path of the clean root, packed; made if there is none yet."""
    final = CACHE / f"clean-{rootfs.suite()}-{digest(PACKAGES)}.tar"
    with locked("clean"):
        if final.exists():
            return final
        print("# making a clean root (a minute, once)", flush=True)
        CACHE.mkdir(parents=True, exist_ok=True)
        for old in CACHE.glob(f"clean-{rootfs.suite()}-*.tar*"):
            old.unlink()
        new = final.with_suffix(".tar.new")
        command = ["mmdebstrap", "--variant=minbase", "--include=" + ",".join(rootfs.packages(PACKAGES)),
                   "--aptopt=Apt::Install-Recommends \"false\"", "--aptopt=Acquire::Retries \"5\"", "--format=tar",
                   rootfs.suite(), str(new)]
        with open(CACHE / "clean.log", "wb") as log:
            # Archives are away for moments, and change while one reads them.
            for wait in (20, 60, None):
                if not subprocess.run(command, stdout=log, stderr=log, check=False).returncode:
                    break
                if wait is None:
                    raise VMError(f"mmdebstrap failed; see {CACHE / 'clean.log'}")
                time.sleep(wait)
        new.rename(final)
    return final


class Root:
    """A clean root in FOLDER, with the headers of a Kernel (vm.kernel)."""

    def __init__(self, folder, kernel):
        self.path = pathlib.Path(folder) / "root"
        self.kernel = kernel
        self.path.mkdir()
        self._do("tar", "-C", str(self.path), "--exclude=./usr/share/locale/*", "-xf", str(_archive()))
        version, here = kernel.version, kernel.folder / "root"
        self._do("cp", "-a", *map(str, (here / "usr/src").iterdir()), f"{self.path}/usr/src/")
        for tools in here.glob("usr/lib/linux-kbuild-*"):
            self._do("cp", "-a", str(tools), f"{self.path}/usr/lib/")
        self._do("mkdir", "-p", f"{self.path}/usr/lib/modules/{version}")
        self._do("ln", "-s", f"/usr/src/linux-headers-{version}", f"{self.path}/usr/lib/modules/{version}/build")
        for name in ("modules.builtin", "modules.order"):
            self._do("cp", str(kernel.modules / name), f"{self.path}/usr/lib/modules/{version}/")
        # A kernel whose package was configured: DKMS of Debian 13 leaves one alone that has no list of modules, and takes
        # away the list of one that has no modules of its own.
        self._do("mkdir", f"{self.path}/usr/lib/modules/{version}/kernel")
        self._do("cp", "-a", str(kernel.modules / "kernel/crypto"), f"{self.path}/usr/lib/modules/{version}/kernel/")
        self.run(f"depmod {version}")

    @staticmethod
    def _do(*command):
        subprocess.run(command, check=True)

    def put(self, files, place):
        """Copies FILES to the folder PLACE."""
        self._do("mkdir", "-p", f"{self.path}/{place}")
        self._do("cp", *map(str, files), f"{self.path}/{place}/")

    def run(self, command, **environment):
        """Runs a shell command as root there: (status, output)."""
        script = 'mount -t proc proc "$0/proc" 2>/dev/null; exec chroot "$0" bash -c "$1"'
        settings = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LC_ALL": "C.UTF-8",
                    "DEBIAN_FRONTEND": "noninteractive", **environment}
        done = subprocess.run(["unshare", "--mount", "sh", "-c", script, str(self.path), command], env=settings,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              errors="replace", check=False)
        return done.returncode, done.stdout

    def remove(self):
        shutil.rmtree(self.path, ignore_errors=True)

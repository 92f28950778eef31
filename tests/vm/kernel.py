# SPDX-License-Identifier: GPL-2.0-or-later
"""The kernels to boot, as tests/setup fetched them or make debug-kernels built them:

    build/kernels/<name>/root/{boot,lib/modules/<version>}, …/headers
"""

import lzma
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import zlib

from . import architecture
from .paths import CACHE, KERNELS, VMError, digest, locked

# Modules that the initramfs loads to reach the root file system and the agent, in the
# order of need; a kernel may have any of them built in.
BOOT_MODULES = ("virtio_pci", "virtio_blk", "ext4", "overlay", "virtio_console",
                "9pnet_virtio", "9p", "virtio_rng")


class Kernel:
    """One kernel: its version, what QEMU boots, its modules."""

    def __init__(self, name):
        self.folder = _find(name)
        versions = sorted((self.folder / "root/lib/modules").iterdir())
        if len(versions) != 1:
            raise VMError(f"{self.folder}: expected the modules of one kernel version")
        self.version = versions[0].name
        self.modules = versions[0]
        self.architecture = architecture.of(self.version)
        self.debug = self.folder.name.startswith("debug-")
        self.cache = CACHE / f"kernel-{self.folder.name}"
        self.cache.mkdir(parents=True, exist_ok=True)

    def packed(self):
        for path in (self.folder / f"root/boot/vmlinuz-{self.version}", self.modules / "vmlinuz"):
            if path.exists():
                return path
        raise VMError(f"{self.folder}: no vmlinuz")

    def can_preempt(self):
        """Whether preempt=full on its command line makes it preempt everywhere."""
        places = (self.folder / f"root/boot/config-{self.version}", self.modules / "config")
        return any(place.exists() and "CONFIG_PREEMPT_DYNAMIC=y\n" in place.read_text() for place in places)

    def image(self):
        """The image that QEMU boots: the unpacked kernel, which saves the guest 3 s of unpacking,
        except with KASAN, whose code runs before its shadow memory is mapped then."""
        packed = self.packed()
        if self.architecture.packed or (self.folder / "no-pvh").exists():
            return packed
        unpacked = self.cache / "vmlinux"
        if not unpacked.exists() or unpacked.stat().st_mtime < packed.stat().st_mtime:
            with locked("kernel"):
                temporary = unpacked.with_suffix(".new")
                temporary.write_bytes(_unpack(packed.read_bytes(), packed))
                temporary.rename(unpacked)
        return unpacked

    def module_image(self):
        """An ext4 image of usr/lib/modules/<version>, a layer of the guest's root."""
        stamp = digest(self.version, str((self.modules / "modules.order").stat().st_mtime_ns))
        image = self.cache / f"modules-{stamp}.ext4"
        if image.exists():
            return image
        with locked("kernel"), tempfile.TemporaryDirectory(dir=self.cache) as folder:
            tree = pathlib.Path(folder, "tree/usr/lib/modules", self.version)
            shutil.copytree(self.modules, tree, symlinks=True,
                            copy_function=lambda a, b: pathlib.Path(b).hardlink_to(a),
                            ignore=lambda base, names: {"build", "source", "vmlinuz"} & set(names))
            size = sum(f.stat().st_size for f in tree.rglob("*") if f.is_file()) >> 20
            new = pathlib.Path(folder, "modules.ext4")
            subprocess.run(["mkfs.ext4", "-q", "-F", "-m", "0", "-O", "^has_journal", "-L", "modules",
                            "-d", f"{folder}/tree", str(new), f"{size * 5 // 4 + 64}M"],
                           check=True, stdout=subprocess.DEVNULL)
            for old in self.cache.glob("modules-*.ext4"):
                old.unlink()
            new.rename(image)
        return image

    def dependencies(self, updates):
        """The modules.* files for this kernel with the modules of the folder UPDATES added."""
        files = sorted(updates.rglob("*.ko")) if updates.is_dir() else []
        cached = self.cache / f"depmod-{digest(self.version, *files)}"
        if not cached.is_dir():
            with locked("kernel"), tempfile.TemporaryDirectory(dir=self.cache) as folder:
                tree = pathlib.Path(folder, "lib/modules", self.version)
                tree.mkdir(parents=True)
                for entry in self.modules.iterdir():
                    if entry.name == "kernel" or entry.name in (
                            "modules.order", "modules.builtin", "modules.builtin.modinfo"):
                        (tree / entry.name).symlink_to(entry)
                if files:
                    (tree / "updates").symlink_to(updates)
                subprocess.run(["depmod", "-b", folder, self.version], check=True)
                new = pathlib.Path(folder, "made")
                new.mkdir()
                for entry in tree.glob("modules.*"):
                    if not entry.is_symlink():
                        entry.rename(new / entry.name)
                if not cached.is_dir():
                    new.rename(cached)
                for old in sorted(self.cache.glob("depmod-*"), key=lambda p: p.stat().st_mtime)[:-4]:
                    shutil.rmtree(old, ignore_errors=True)
        return sorted(cached.iterdir())

    def boot_modules(self):
        """(name, content) of the modules the initramfs loads, dependencies first."""
        found, base = {}, self.folder / "root"
        if not (self.modules / "modules.dep.bin").exists():
            with locked("kernel"):
                subprocess.run(["depmod", "-b", str(base), self.version], check=True)
        for name in BOOT_MODULES:
            shown = subprocess.run(["modprobe", "-d", str(base), "-S", self.version, "--show-depends", name],
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
            for line in shown.stdout.decode().splitlines():
                word, _, path = line.strip().partition(" ")
                if word == "insmod":
                    path = pathlib.Path(path.split()[0])
                    found.setdefault(re.sub(r"\.[xz][sz]t?$", "", path.name), path)
        return [(name, _plain(path)) for name, path in found.items()]


def _find(name):
    name = str(name or os.environ.get("KERNEL") or "6.1")
    for folder in (KERNELS / name, KERNELS / f"debug-{name}", pathlib.Path(name).absolute()):
        if (folder / "root/lib/modules").is_dir():
            return folder.resolve()
    if name in ("kasan", "lockdep"):
        raise VMError(f"no {name} kernel yet: run make debug-kernels (about 15 minutes, once)")
    have = sorted(p.name for p in KERNELS.glob("*") if not p.name.startswith("."))
    raise VMError(f"no kernel {name}; there are: {' '.join(have) or 'none, run tests/setup'}")


def _plain(path):
    data = path.read_bytes()
    if path.suffix == ".xz":
        return lzma.decompress(data)
    if path.suffix == ".zst":
        return subprocess.run(["zstd", "-dcq"], input=data, stdout=subprocess.PIPE, check=True).stdout
    return data


def _unpack(data, path):
    start = data.find(b"\xfd7zXZ\0")
    if start > 0:
        return lzma.LZMADecompressor().decompress(data[start:])
    start = data.find(b"\x28\xb5\x2f\xfd")
    if start > 0:
        # The bytes after the kernel in the file make zstd complain after its work is done.
        return subprocess.run(["zstd", "-dcq"], input=data[start:], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, check=False).stdout
    start = data.find(b"\x1f\x8b\x08")
    if start > 0:
        return zlib.decompressobj(wbits=31).decompress(data[start:])
    raise VMError(f"{path}: packed in a way this does not know")

# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes cpio archives (newc) for the kernel's initramfs; everything in them is root's."""

import os
import stat

# A Debian root has these as links into usr: a folder of that name in an upper
# layer would hide the link, so files go to where the link leads.
MERGED = ("bin", "sbin", "lib", "lib64")


class Archive:
    """Collects entries; bytes() gives the archive."""

    def __init__(self):
        self.parts = []
        self.folders = set()
        self.count = 0

    def _entry(self, name, mode, data=b""):
        self.count += 1
        encoded = name.encode() + b"\0"
        fields = (self.count, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(encoded), 0)
        header = b"070701" + b"".join(b"%08X" % field for field in fields) + encoded
        self.parts.append(header + b"\0" * (-len(header) % 4))
        self.parts.append(data + b"\0" * (-len(data) % 4))

    def folder(self, name, mode=0o755):
        name = name.strip("/")
        if not name or name in self.folders:
            return
        self.folder(os.path.dirname(name))
        self.folders.add(name)
        self._entry(name, stat.S_IFDIR | mode)

    def file(self, name, data, mode=0o644):
        name = name.strip("/")
        self.folder(os.path.dirname(name))
        self._entry(name, stat.S_IFREG | mode, data)

    def link(self, name, target):
        name = name.strip("/")
        self.folder(os.path.dirname(name))
        self._entry(name, stat.S_IFLNK | 0o777, target.encode())

    def tree(self, source, under):
        """Everything in the folder SOURCE, as an installed tree, under the folder UNDER."""
        self.folder(under)
        for base, folders, files in os.walk(source):
            folders.sort()
            inside = os.path.relpath(base, source)
            inside = "" if inside == "." else inside
            if inside.split("/")[0] in MERGED:
                inside = "usr/" + inside
            if inside:
                self.folder(f"{under}/{inside}", stat.S_IMODE(os.stat(base).st_mode))
            for name in sorted(files + [f for f in folders if os.path.islink(f"{base}/{f}")]):
                path, place = f"{base}/{name}", f"{under}/{inside}/{name}".replace("//", "/")
                status = os.lstat(path)
                if stat.S_ISLNK(status.st_mode):
                    self.link(place, os.readlink(path))
                else:
                    with open(path, "rb") as file:
                        self.file(place, file.read(), stat.S_IMODE(status.st_mode))

    def bytes(self):
        self._entry("TRAILER!!!", 0)
        data = b"".join(self.parts)
        return data + b"\0" * (-len(data) % 512)

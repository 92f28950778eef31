# SPDX-License-Identifier: GPL-2.0-or-later
"""The log of all writes to a disk (QEMU's blklogwrites, the format of dm-log-writes), and the disk as
a loss of power at any point would have left it."""

import os
import struct

MAGIC = 0x6a736677736872
SUPER = struct.Struct("<QQQI")
ENTRY = struct.Struct("<QQQQ")
FLUSH, FUA, DISCARD = 1, 2, 4


class Log:
    """Entries of a log: (sector, flags, data)."""

    def __init__(self, path):
        self.entries = []
        with open(path, "rb") as file:
            magic, _, count, self.sector_size = SUPER.unpack(file.read(SUPER.size))
            if magic != MAGIC:
                raise ValueError(f"{path} is no log of writes")
            place = self.sector_size
            for _ in range(count):
                file.seek(place)
                sector, sectors, flags, _ = ENTRY.unpack(file.read(ENTRY.size))
                place += self.sector_size
                data = b""
                if not flags & DISCARD:
                    file.seek(place)
                    data = file.read(sectors * self.sector_size)
                    place += len(data)
                self.entries.append((sector, flags, data))

    def flushes(self):
        """Numbers of the entries at which all before them is durable."""
        return [number for number, (_, flags, _) in enumerate(self.entries) if flags & (FLUSH | FUA)]

    def apply(self, image, numbers):
        """Writes the entries with those numbers into IMAGE, in that order."""
        with open(image, "r+b") as file:
            for number in numbers:
                sector, _, data = self.entries[number]
                if data:
                    file.seek(sector * self.sector_size)
                    file.write(data)
            file.flush()
            os.fsync(file.fileno())

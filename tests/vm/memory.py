# SPDX-License-Identifier: GPL-2.0-or-later
"""The guest's RAM as a file of the host, and search in it."""

import mmap
import os
import tempfile


class Memory:
    """RAM of SIZE MiB. Stop the machine (qmp("stop")) while searching."""

    def __init__(self, size):
        self.handle, name = tempfile.mkstemp(prefix="keybag-ram-", dir=_place(size))
        os.unlink(name)
        os.truncate(self.handle, size << 20)
        # No name that could be left behind; others of this user can open it by this one.
        self.path = f"/proc/{os.getpid()}/fd/{self.handle}"

    def search(self, patterns):
        """PATTERNS: name to bytes. Returns name to the list of places."""
        with mmap.mmap(self.handle, 0, prot=mmap.PROT_READ) as data:
            return {name: _all(data, pattern) for name, pattern in patterns.items()}

    def close(self):
        os.close(self.handle)


def _all(data, pattern):
    places, place = [], data.find(pattern)
    while place >= 0:
        places.append(place)
        place = data.find(pattern, place + 1)
    return places


def _place(size):
    """Memory where there is room for it, else the usual place for temporary files."""
    try:
        room = os.statvfs("/dev/shm")
        if room.f_bavail * room.f_frsize > (size + 256) << 20:
            return "/dev/shm"
    except OSError:
        pass
    return None

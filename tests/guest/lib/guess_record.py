# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes the record of a keybag that is not loaded, as if so many wrong passcodes had been counted.

    guess_record.py UUID FAILURES"""

import os
import pathlib
import sys
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
from lib import keybag_reference as kb  # noqa: E402

SLOT = 4096
device = kb.device_subkeys(pathlib.Path("/etc/keybag/device.key").read_bytes())
record = kb.make_record(device, uuid.UUID(sys.argv[1]).bytes, 1 << 40, int(sys.argv[2]), {}, bytes(16))
file = pathlib.Path("/var/lib/keybag/bags") / f"{sys.argv[1]}.tries"
file.write_bytes(record.ljust(2 * SLOT, b"\0"))

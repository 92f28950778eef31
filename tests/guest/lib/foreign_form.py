# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes what somebody can make at home who knows the UUID of another's keybag: a keybag of their own with that UUID.

    foreign_form.py UUID OWNER FILE [DEVICE-KEY]

Writes its sealed form, and prints its recovery code. With the file of a device key it is sealed to that."""

import os
import sys
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
from lib import keybag_vectors as vectors  # noqa: E402
from lib import keybag_reference as kb  # noqa: E402

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def recovery_text(secret):
    crc = 0xb704ce
    for byte in secret:
        crc ^= byte << 16
        for _ in range(8):
            crc <<= 1
            if crc & 0x1000000:
                crc ^= 0x1864cfb
    number = int.from_bytes(secret, "big") << 22 | (crc & 0xffffff) >> 2
    text = "".join(ALPHABET[number >> 5 * place & 31] for place in reversed(range(30)))
    return "-".join(text[i:i + 5] for i in range(0, 30, 5))


def main():
    if len(sys.argv) > 4:
        with open(sys.argv[4], "rb") as key:
            vectors.DEVICE = kb.device_subkeys(key.read())
    form = kb.Form(kb.TYPE_USER, int(sys.argv[2]), uuid.UUID(sys.argv[1]).bytes, vectors.DEVICE["id"], 1 << 40)
    vectors.make_protector(form, 1, kb.PASSCODE, vectors.ARGON2_ANSWER)
    vectors.make_protector(form, 2, kb.RECOVERY, vectors.RECOVERY_CODE)
    vectors.make_class_keys(form, akpu_copies=1)
    with open(sys.argv[3], "wb") as out:
        out.write(vectors.seal_form(form))
    print(recovery_text(vectors.RECOVERY_CODE))


main()

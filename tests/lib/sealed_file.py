# SPDX-License-Identifier: GPL-2.0-or-later
"""Sealed files as docs/sealed-file.md describes them, written from that page: the reference that the vectors
come from and that tests compare keybagctl with."""

import struct

from .reference_crypto import gcm_decrypt, gcm_encrypt, hkdf_expand, hkdf_extract

MAGIC, VERSION = b"KBSEAL\0\1", 1
CHUNK, TAG, BLOB = 65536, 16, 84
AAD, HEADER = 36, 36 + BLOB


def header_aad(class_number, uuid):
    """The bytes before the wrapped file key."""
    return MAGIC + struct.pack("<II", VERSION, class_number) + uuid + struct.pack("<I", BLOB)


def derive(header, file_key):
    """The key and the prefix of the nonces."""
    extracted = hkdf_extract(header, struct.pack("<I", len(file_key)) + file_key)
    return (hkdf_expand(extracted, b"keybag v1 sealed file key", 32),
            hkdf_expand(extracted, b"keybag v1 sealed file nonce", 7))


def nonce(prefix, number, last):
    return prefix + struct.pack(">IB", number, last)


def seal(header, file_key, plaintext):
    """The whole file."""
    key, prefix = derive(header, file_key)
    chunks = [plaintext[at:at + CHUNK] for at in range(0, len(plaintext), CHUNK)] or [b""]
    return header + b"".join(gcm_encrypt(key, nonce(prefix, number, number == len(chunks) - 1), b"", chunk)
                             for number, chunk in enumerate(chunks))


def open_sealed(file_key, sealed):
    """The plaintext, or None."""
    header, rest = sealed[:HEADER], sealed[HEADER:]
    key, prefix = derive(header, file_key)
    chunks = [rest[at:at + CHUNK + TAG] for at in range(0, len(rest), CHUNK + TAG)] or [b""]
    plaintext = b""
    for number, chunk in enumerate(chunks):
        part = gcm_decrypt(key, nonce(prefix, number, number == len(chunks) - 1), b"", chunk)
        if part is None or (number and not part):
            return None
        plaintext += part
    return plaintext

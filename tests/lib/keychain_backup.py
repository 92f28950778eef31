# SPDX-License-Identifier: GPL-2.0-or-later
"""Backup files of a keychain as docs/backup-format.md describes them, written from that page: the reference that the
vectors come from, and that opens what keychainctl wrote. It opens items of this device only where it is given the
device's subkeys.

  PYTHONPATH=tests python3 -m lib.keychain_backup FILE PASSWORD      the items that move, as JSON lines, and how many do not"""

import hashlib
import json
import struct
import sys
from dataclasses import dataclass

from . import keybag_reference as kb
from .reference_crypto import gcm_decrypt, gcm_encrypt

MAGIC, VERSION = b"KEYCHBK\1", 1
KEYS, ITEM, END = 1, 2, 3
DOMAIN = b"\x80keychain".ljust(16, b"\0")
CHUNK, OVERHEAD, WRAPPED = 4096, 52, 84
DEVICE_CLASSES = (kb.AKU, kb.CKU, kb.DKU)
ITEM_CLASSES = ("genp", "inet", "cert", "keys")


@dataclass
class Item:
    number: int             # of its class
    kind: int               # index into ITEM_CLASSES
    name: str
    uuid: bytes
    attributes: dict        # None: of this device only, and this is another
    secret: bytes


# Frames

def fnv(data):
    check = 0x811C9DC5
    for byte in data:
        check = (check ^ byte) * 0x01000193 & 0xFFFFFFFF
    return check


def frame(kind, index, content):
    head = b"KCBR" + struct.pack("<IQI", kind, index, len(content))
    return head + struct.pack("<I", fnv(head)) + content


def split(data):
    """The form, and (kind, index, content) of each frame of a file without damage."""
    fields = kb.Fields(data)
    kb.demand(fields.take(8) == MAGIC and fields.number(4) == VERSION, "head")
    form, frames = fields.take(fields.number(4)), []
    while fields.at < len(data):
        head = fields.take(20)
        kb.demand(head[:4] == b"KCBR" and fields.number(4) == fnv(head), "frame")
        kind, index, length = struct.unpack("<IQI", head[4:])
        frames.append((kind, index, fields.take(length)))
    return form, frames


# Parts

def part_aad(part, what, chunk, chunks, index, uuid):
    return b"KCBR" + part + bytes(3) + what + struct.pack("<IIQ4x", chunk, chunks, index) + uuid


def seal_part(key, header, part, what, index, uuid, plaintext, sample):
    subkeys, sealed = kb.child_subkeys(key), b""
    pieces = [plaintext[at:at + CHUNK] for at in range(0, len(plaintext), CHUNK)]
    for number, piece in enumerate(pieces):
        sealed += kb.make_blob(subkeys["encrypt"], subkeys["nonce"], header,
                               part_aad(part, what, number, len(pieces), index, uuid), piece,
                               sample(f"backup part {part.decode()} {index} {number}", 16))
    return sealed


def open_part(key, part, what, index, uuid, sealed):
    subkeys, step = kb.child_subkeys(key), CHUNK + OVERHEAD
    pieces = [sealed[at:at + step] for at in range(0, len(sealed), step)]
    return b"".join(kb.open_blob(subkeys["encrypt"], piece, part_aad(part, what, number, len(pieces), index, uuid))
                    for number, piece in enumerate(pieces))


def padded(data):
    count = 20 - len(data) % 20
    return data + bytes([count]) * count


def unpadded(data):
    kb.demand(data and 1 <= data[-1] <= 20 and data.endswith(bytes([data[-1]]) * data[-1]), "padding")
    return data[:-data[-1]]


def secret_aad(purpose, item, seal):
    return b"\1" + purpose + bytes(2) + ITEM_CLASSES[item.kind].encode() + item.uuid + seal


def binding(row_key, secret):
    return hashlib.sha256(row_key + secret).digest()[:16]


def field(name, value):
    """A string, or whatever else as its kind and its content."""
    kind, content = (4, value.encode()) if isinstance(value, str) else value
    return name.encode() + struct.pack("<B3xI", kind, len(content)) + content


def read_fields(data):
    """By name: strings, and the kind and content of what else there is."""
    fields, found = kb.Fields(data), {}
    while fields.at < len(data):
        name, kind = fields.take(4).decode(), fields.number(1)
        fields.zeros(3)
        value = fields.take(fields.number(4))
        found[name] = value.decode() if kind == 4 else (kind, value)
    return found


# Making

def make_item(index, item, uuid, class_keys, keys, sample):
    device = item.number in DEVICE_CLASSES
    what = struct.pack("<4B", 1, item.number, item.kind, item.secret is not None)
    seal, bound, row_key, secret = bytes(16), bytes(16), b"", b""
    if item.secret is not None:
        seal, key = sample(f"backup seal {index}", 16), sample(f"backup row key {index}")
        nonce = sample(f"backup nonce {index}", 12)
        secret = nonce + gcm_encrypt(key, nonce, secret_aad(b"s", item, seal), padded(item.secret))
        subkeys = kb.class_subkeys(class_keys[item.number])
        row_key = kb.make_blob(subkeys["encrypt"], subkeys["nonce"], kb.blob_header(0, item.number, 1, DOMAIN),
                               secret_aad(b"k", item, seal), key, sample(f"backup row key {index} fresh", 16))
        bound = binding(row_key, secret)
    plaintext = struct.pack("<BB2xI", 1, 4 | (item.secret is not None), 0) + seal + bound
    plaintext += b"".join(field(name, value) for name, value in item.attributes.items())
    name = item.name.encode() + b"\0"
    name = seal_part(keys[0], kb.blob_header(kb.BLOB_BY_CHILD, kb.DK, 1, DOMAIN), b"n", what, index, uuid,
                     name + bytes(-len(name) % 32), sample)
    attributes = seal_part(keys[device], kb.blob_header(kb.BLOB_BY_CHILD, kb.DKU if device else kb.DK, 1, DOMAIN), b"a",
                           what, index, uuid, item.uuid + padded(plaintext), sample)
    return frame(ITEM, index, what + struct.pack("<III", len(name), len(attributes), len(secret)) + name + attributes
                 + row_key + secret)


def make(form, uuid, class_keys, keys, items, sample):
    """The whole file. keys: portable and device key; sample(name, length): what would be random."""
    wrapped = b""
    for number, key in zip((kb.DK, kb.DKU), keys):
        subkeys = kb.class_subkeys(class_keys[number])
        wrapped += kb.make_blob(subkeys["child"], subkeys["nonce"], kb.blob_header(kb.BLOB_CHILD_KEY, number, 1, DOMAIN),
                                b"keychain backup key" + uuid, key, sample(f"backup key {number} fresh", 16))
    whole = MAGIC + struct.pack("<II", VERSION, len(form)) + form + frame(KEYS, 0, wrapped)
    for index, item in enumerate(items, 1):
        whole += make_item(index, item, uuid, class_keys, keys, sample)
    end = seal_part(keys[0], kb.blob_header(kb.BLOB_BY_CHILD, kb.DK, 1, DOMAIN), b"e", b"\1\0\0\0", len(items) + 1, uuid,
                    struct.pack("<QQ", len(items), 0), sample)
    return whole + frame(END, len(items) + 1, end)


# Opening

def open_form(data, backup_key, device):
    """The UUID, and the class keys that these open."""
    form = kb.parse_form(data)
    kb.demand(form.type == kb.TYPE_BACKUP, "no backup")
    protector = form.protectors[0]
    bag_key, _ = kb.open_bag_keys(form, device, protector, backup_key or b"")
    kb.check_recovery_mac(data, form.uuid, bag_key)
    return form.uuid, kb.open_class_keys(form, device, bag_key, None)


def open_keys(content, uuid, class_keys):
    kb.demand(len(content) == 2 * WRAPPED, "keys")
    return [kb.open_blob(kb.class_subkeys(class_keys[number])["child"], content[at:at + WRAPPED], b"keychain backup key" + uuid)
            if number in class_keys else None for number, at in ((kb.DK, 0), (kb.DKU, WRAPPED))]


def open_item(content, index, uuid, class_keys, keys):
    fields = kb.Fields(content)
    what = fields.take(4)
    _, number, kind, has_secret = what
    name, attributes, secret = (fields.number(4) for _ in range(3))
    name = open_part(keys[0], b"n", what, index, uuid, fields.take(name))
    item = Item(number, kind, name.rstrip(b"\0").decode(), b"", None, None)
    key = keys[number in DEVICE_CLASSES]
    if key is None:
        return item
    plaintext = open_part(key, b"a", what, index, uuid, fields.take(attributes))
    item.uuid, plaintext = plaintext[:16], unpadded(plaintext[16:])
    seal, bound = plaintext[8:24], plaintext[24:40]
    item.attributes = read_fields(plaintext[40:])
    if has_secret:
        row_key, sealed = fields.take(WRAPPED), fields.take(secret)
        kb.demand(binding(row_key, sealed) == bound, "binding")
        key = kb.open_blob(kb.class_subkeys(class_keys[number])["encrypt"], row_key, secret_aad(b"k", item, seal))
        opened = gcm_decrypt(key, sealed[:12], secret_aad(b"s", item, seal), sealed[12:])
        kb.demand(opened is not None, "secret")
        item.secret = unpadded(opened)
    fields.end()
    return item


def open_backup(data, backup_key, device=None):
    """The items of a whole file."""
    form, frames = split(data)
    uuid, class_keys = open_form(form, backup_key, device)
    kb.demand([(kind, index) for kind, index, _ in frames] == [(KEYS, 0)] + [(ITEM, n) for n in range(1, len(frames) - 1)]
              + [(END, len(frames) - 1)], "frames")
    keys = open_keys(frames[0][2], uuid, class_keys)
    end = open_part(keys[0], b"e", b"\1\0\0\0", len(frames) - 1, uuid, frames[-1][2])
    kb.demand(struct.unpack("<QQ", end)[0] == len(frames) - 2, "number of items")
    return [open_item(content, index, uuid, class_keys, keys) for _, index, content in frames[1:-1]]


def main():
    with open(sys.argv[1], "rb") as file:
        data = file.read()
    protector = kb.parse_form(split(data)[0]).protectors[0]
    items = open_backup(data, kb.passcode_key(protector, sys.argv[2].encode()))
    for item in items:
        if item.attributes is not None:
            words = {name: value for name, value in item.attributes.items() if isinstance(value, str)}
            print(json.dumps({"name": item.name, "secret": item.secret.decode("latin-1") if item.secret is not None else None}
                             | words))
    print(json.dumps({"of this device only": [item.name for item in items if item.attributes is None]}))


if __name__ == "__main__":
    main()

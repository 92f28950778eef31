# SPDX-License-Identifier: GPL-2.0-or-later
"""Keybags and encrypted backups of iOS, made from what is published about them, with the cryptography of reference_crypto.py
and the standard library: nothing of them shares code with what reads them here.

  PYTHONPATH=tests python3 -m lib.ios_backup FOLDER PASSWORD [GENERATION]   writes a backup with a few items into a folder that is not there
"""

import datetime
import hashlib
import hmac
import pathlib
import plistlib
import sqlite3
import struct
import sys
import tempfile

from .reference_crypto import AES, ghash_multiply, xor

SYSTEM, BACKUP, ESCROW, OTA = range(4)
WRAP_DEVICE, WRAP_PASSCODE = 1, 2
AK, CK, DK, AKU, CKU, DKU, AKPU = range(6, 13)
KEYCHAIN_DOMAIN, KEYCHAIN_PATH = "KeychainDomain", "keychain-backup.plist"
# Differences between versions of iOS: whether the database of files is encrypted, and whether the password goes through two stages.
GENERATIONS = {"10.1": (False, False), "10.2": (True, True), "17": (True, True)}


def sample(name, length=32):
    """Bytes that look random and are always the same."""
    return hashlib.shake_256(f"ios backup {name}".encode()).digest(length)


# RFC 3394, CBC, and GCM with an empty nonce.

def wrap_key(key, plain):
    cipher, register = AES(key), bytes([0xA6] * 8)
    blocks = [plain[at:at + 8] for at in range(0, len(plain), 8)]
    for count in range(1, 6 * len(blocks) + 1):
        at = (count - 1) % len(blocks)
        both = cipher.encrypt(register + blocks[at])
        register, blocks[at] = xor(both[:8], count.to_bytes(8, "big")), both[8:]
    return register + b"".join(blocks)


def encrypt_cbc(key, plain, pad=True):
    if pad:
        missing = 16 - len(plain) % 16
        plain += bytes([missing]) * missing
    cipher, last, out = AES(key), bytes(16), []
    for at in range(0, len(plain), 16):
        last = cipher.encrypt(xor(plain[at:at + 16], last))
        out.append(last)
    return b"".join(out)


def gcm_hash(cipher, data):
    key, state = int.from_bytes(cipher.encrypt(bytes(16)), "big"), 0
    for at in range(0, len(data), 16):
        state = ghash_multiply(state ^ int.from_bytes(data[at:at + 16].ljust(16, b"\0"), "big"), key)
    return state.to_bytes(16, "big")


def encrypt_gcm(key, nonce, aad, plain):
    """Any length of nonce: an empty one makes a first counter of zeros."""
    cipher = AES(key)
    if len(nonce) == 12:
        first = nonce + b"\0\0\0\1"
    else:
        padded = nonce + bytes(-len(nonce) % 16)
        first = gcm_hash(cipher, padded + struct.pack(">QQ", 0, 8 * len(nonce)))
    counter, out = int.from_bytes(first[12:], "big"), []
    for at in range(0, len(plain), 16):
        counter = (counter + 1) & 0xFFFFFFFF
        part = plain[at:at + 16]
        out.append(xor(part, cipher.encrypt(first[:12] + counter.to_bytes(4, "big"))[:len(part)]))
    sealed = b"".join(out)
    lengths = struct.pack(">QQ", 8 * len(aad), 8 * len(sealed))
    covered = aad + bytes(-len(aad) % 16) + sealed + bytes(-len(sealed) % 16) + lengths
    return sealed + xor(gcm_hash(cipher, covered), cipher.encrypt(first))


# Keybags

def tlv(tag, value):
    if isinstance(value, int):
        value = struct.pack(">I", value)
    return tag.encode() + struct.pack(">I", len(value)) + value


def derive(password, salt, iterations, first=None):
    """Both stages, or the second alone where there is no FIRST: a salt and how often."""
    if first:
        password = hashlib.pbkdf2_hmac("sha256", password, *first, 32)
    return hashlib.pbkdf2_hmac("sha1", password, salt, iterations, 32)


class Keybag:
    """A keybag whose class keys are known. FIRST: whether there is a first stage."""

    def __init__(self, password=b"secret", kind=BACKUP, first=True, iterations=100, first_iterations=1000, version=4,
                 classes=(1, 2, 3, 4, 5, AK, CK, DK, AKU, CKU, DKU), extra=b""):
        self.salt, self.first_salt = sample("salt", 20), sample("first salt", 20)
        self.keys = {number: sample(f"class {number}") for number in classes}
        stage = (self.first_salt, first_iterations) if first else None
        key = derive(password, self.salt, iterations, stage)
        parts = [tlv("VERS", version), tlv("TYPE", kind), tlv("UUID", sample("uuid", 16)), tlv("HMCK", sample("mac key", 40)),
                 tlv("WRAP", 0 if kind == BACKUP else WRAP_DEVICE), tlv("SALT", self.salt), tlv("ITER", iterations)]
        if first:
            parts += [tlv("DPWT", 1), tlv("DPIC", first_iterations), tlv("DPSL", self.first_salt)]
        parts.append(extra)
        for number in classes:
            wrap = WRAP_PASSCODE | (WRAP_DEVICE if number >= AKU else 0)
            # Bytes that a device's key has encrypted are random for everybody else.
            plain = sample(f"under the device {number}") if number >= AKU else self.keys[number]
            parts += [tlv("UUID", sample(f"uuid {number}", 16)), tlv("CLAS", number), tlv("WRAP", wrap), tlv("KTYP", 0),
                      tlv("WPKY", wrap_key(key, plain))]
            if kind == OTA or number == 2 and kind != BACKUP:
                parts[-2:] = [tlv("KTYP", 1), tlv("WPKY", wrap_key(key, plain)), tlv("PBKY", sample(f"public {number}"))]
        self.data = b"".join(parts)
        if kind == SYSTEM:
            self.data = tlv("DATA", self.data) + tlv("SIGN", hmac.digest(sample("mac"), self.data, "sha1"))

    def wrap(self, number, key):
        return struct.pack("<I", number) + wrap_key(self.keys[number], key)


# Items of the keychain

def der(tag, content):
    length = len(content)
    if length < 128:
        return bytes([tag, length]) + content
    size = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + content


def der_value(value):
    if value is None:
        return der(5, b"")
    if isinstance(value, bool):
        return der(1, b"\xff" if value else b"\0")
    if isinstance(value, int):
        return der(2, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))
    if isinstance(value, str):
        return der(0x0C, value.encode())
    if isinstance(value, bytes):
        return der(4, value)
    if isinstance(value, datetime.datetime):
        return der(0x18, value.strftime("%Y%m%d%H%M%SZ").encode())
    if isinstance(value, dict):
        return der(0x31, b"".join(sorted(der(0x30, der_value(key) + der_value(entry)) for key, entry in value.items())))
    return der(0x30, b"".join(der_value(entry) for entry in value))


STATIC_NONCE = hashlib.sha256(b"keychainblobstaticiv\n").digest()[:12]


def item_blob(keybag, number, attributes, version=3, static_nonce=False, name="item", plain=None):
    """The v_Data of an item: its attributes, with the secret among them, or PLAIN as it is, under a key of its own."""
    key = sample(f"key of {name}")
    wrapped = wrap_key(keybag.keys[number], key)
    if version == 0:
        return struct.pack("<II", 0, number) + wrapped + encrypt_cbc(key, attributes["v_Data"])
    if not plain:
        plain = der_value(attributes) if version >= 3 else plistlib.dumps(attributes, fmt=plistlib.FMT_BINARY)
    head = struct.pack("<III", version | (0x80000000 if static_nonce else 0), number, len(wrapped))
    nonce, aad = (STATIC_NONCE, head) if static_nonce else (b"", b"")
    return head + wrapped + encrypt_gcm(key, nonce, aad, plain)


class Backup:
    """An encrypted backup in a folder. ITEMS: by class (genp, inet, cert, keys), entries of keychain-backup.plist."""

    def __init__(self, folder, password=b"secret", generation="17", items=None, keychain=None, manifest=None, keybag=None, file_class=3):
        self.folder = pathlib.Path(folder)
        self.encrypted_database, first = GENERATIONS[generation]
        self.keybag = keybag or Keybag(password, first=first)
        self.generation, self.file_class = generation, file_class
        self.folder.mkdir(parents=True)
        if keychain is None:
            keychain = plistlib.dumps(items(self.keybag) if callable(items) else items or {}, fmt=plistlib.FMT_BINARY)
        self.write_database(self.write_file(KEYCHAIN_DOMAIN, KEYCHAIN_PATH, keychain))
        self.write_manifest(manifest or {})

    def write_file(self, domain, path, content):
        key = sample(f"key of file {path}")
        self.file_id = hashlib.sha1(f"{domain}-{path}".encode()).hexdigest()
        self.file = self.folder / self.file_id[:2] / self.file_id
        self.file.parent.mkdir()
        self.file.write_bytes(encrypt_cbc(key, content))
        objects = ["$null", {"$class": plistlib.UID(4), "EncryptionKey": plistlib.UID(3), "Mode": 33188, "Size": len(content),
                             "ProtectionClass": self.file_class, "RelativePath": plistlib.UID(2), "Flags": 0, "UserID": 0, "GroupID": 0,
                             "Birth": 1, "LastModified": 1, "LastStatusChange": 1, "InodeNumber": 1},
                   path, {"$class": plistlib.UID(5), "NS.data": self.keybag.wrap(self.file_class, key)},
                   {"$classname": "MBFile", "$classes": ["MBFile", "NSObject"]},
                   {"$classname": "NSMutableData", "$classes": ["NSMutableData", "NSData", "NSObject"]}]
        archive = {"$version": 100000, "$archiver": "NSKeyedArchiver", "$top": {"root": plistlib.UID(1)}, "$objects": objects}
        return domain, path, plistlib.dumps(archive, fmt=plistlib.FMT_BINARY)

    def write_database(self, row):
        domain, path, archive = row
        with tempfile.TemporaryDirectory() as place:
            file = pathlib.Path(place) / "db"
            database = sqlite3.connect(file)
            database.execute("CREATE TABLE Files (fileID TEXT PRIMARY KEY, domain TEXT, relativePath TEXT, flags INTEGER, file BLOB)")
            database.execute("INSERT INTO Files VALUES (?, ?, ?, 1, ?)", (self.file_id, domain, path, archive))
            database.execute("INSERT INTO Files VALUES (?, 'HomeDomain', 'Library', 2, ?)", ("0" * 40, b"folder"))
            database.commit()
            database.close()
            content = file.read_bytes()
        if self.encrypted_database:
            content = encrypt_cbc(sample("key of database"), content, pad=False)
        (self.folder / "Manifest.db").write_bytes(content)

    def write_manifest(self, changes):
        manifest = {"BackupKeyBag": self.keybag.data, "IsEncrypted": True, "Version": "10.0", "SystemDomainsVersion": "24.0",
                    "Lockdown": {"DeviceName": "test", "ProductVersion": self.generation}, "Applications": {}}
        if self.encrypted_database:
            manifest["ManifestKey"] = self.keybag.wrap(4, sample("key of database"))
        manifest.update(changes)
        manifest = {key: value for key, value in manifest.items() if value is not None}
        (self.folder / "Manifest.plist").write_bytes(plistlib.dumps(manifest, fmt=plistlib.FMT_BINARY))


def entry(keybag, number, attributes, **how):
    how.setdefault("name", repr(sorted(attributes.items(), key=lambda pair: pair[0])))
    return {"v_Data": item_blob(keybag, number, attributes, **how), "v_PersistentRef": sample(f"reference {how['name']}", 20)}


PDMN = {AK: "ak", CK: "ck", DK: "dk", AKU: "aku", CKU: "cku", DKU: "dku", AKPU: "akpu"}
THEN = datetime.datetime(2020, 2, 3, 4, 5, 6)


def password_item(number, account, service, secret, group="apple", **more):
    return {"acct": account, "svce": service, "agrp": group, "pdmn": PDMN[number], "cdat": THEN, "mdat": THEN, "sync": 0, "tomb": 0,
            "labl": f"{service} of {account}", "v_Data": secret, "sha1": sample(account + service, 20), "musr": b"", "UUID": "none", **more}


def few_items(keybag):
    """One or two of each kind."""
    return {"genp": [entry(keybag, AK, password_item(AK, "anna", "mail", b"first")),
                     entry(keybag, CK, password_item(CK, "anna", "wlan", "zweites \u00fc".encode(), group="com.example.wlan")),
                     entry(keybag, AKU, password_item(AKU, "anna", "device", b"third"))],
            "inet": [entry(keybag, AK, {"acct": "anna", "srvr": "example.org", "ptcl": "htps", "port": 443, "path": "/", "atyp": "form",
                                        "agrp": "com.apple.cfnetwork", "pdmn": "ak", "sync": 1, "v_Data": b"fourth"})],
            "cert": [], "keys": []}


if __name__ == "__main__":
    Backup(sys.argv[1], sys.argv[2].encode(), *sys.argv[3:4], items=few_items)

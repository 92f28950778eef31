# SPDX-License-Identifier: GPL-2.0-or-later
"""Sealed forms, records and blobs as docs/format.md defines them: an implementation that shares no
code with the module. It makes the vectors in keybag/vectors, judges sealed forms in tests, and opens
them for keybag_secrets.py."""

import hashlib
import hmac
import struct
from dataclasses import dataclass, field

from .reference_crypto import (argon2id, cmac, gcm_decrypt, gcm_encrypt, hkdf_expand, hkdf_extract,
                               hmac_sha256, x25519)

MAGIC = b"KEYBAG\0\1"
HEADER, TRAILER, LARGEST = 16, 96, 32768
TYPE_USER, TYPE_SYSTEM = 1, 2
OWNER_NONE = 0xFFFFFFFF
PASSCODE, RECOVERY, ESCROW, NONE = 1, 2, 3, 4
KIND_NAMES = {PASSCODE: "passcode", RECOVERY: "recovery", ESCROW: "escrow", NONE: "none"}
AES_256, X25519 = 1, 2
A, B, C, D, AK, CK, DK, AKU, CKU, DKU, AKPU = 1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12
CLASS_NAMES = {A: "A", B: "B", C: "C", D: "D", AK: "ak", CK: "ck", DK: "dk",
               AKU: "aku", CKU: "cku", DKU: "dku", AKPU: "akpu"}
RECORD_SIZE, RECORD_CONTENT, WRAP_SLOTS, MOST_STEPS = 180, 136, 16, 4096
BLOB_CHILD_KEY, BLOB_BY_CHILD = 1, 2


class Refused(Exception):
    """A refusal by the module: error is the name of an errno."""

    def __init__(self, error, why):
        super().__init__(f"{error}: {why}")
        self.error = error


def demand(sound, why, error="EBADMSG"):
    if not sound:
        raise Refused(error, why)


# Keys

def lp(value):
    value = value or b""
    return struct.pack("<I", len(value)) + value


def info(label):
    return b"keybag v1 " + label.encode("ascii")


def hkdf(salt, material, label, length=32):
    return hkdf_expand(hkdf_extract(salt, material), info(label), length)


DEVICE_LABELS = {"mac": 32, "counter": 32, "dk": 32, "dku": 32, "tdo": 32, "kek": 32, "id": 16}


def device_subkeys(device_key):
    """mac, counter, dk, dku, tdo, kek, and the device-key id."""
    return {name: hkdf(b"", lp(device_key), f"device {name}", length)
            for name, length in DEVICE_LABELS.items()}


def protector_material(kind, secret, device_kek, hardware=None):
    if kind == PASSCODE:
        return lp(secret) + lp(device_kek) + lp(hardware)
    return lp(device_kek) if kind == NONE else lp(secret)


def protector_keys(kind, salt, secret, device_kek, hardware=None):
    """Verifier and KEK. The secret of a passcode protector is the passcode key."""
    material = protector_material(kind, secret, device_kek, hardware)
    return tuple(hkdf(salt, material, f"{KIND_NAMES[kind]} {use}") for use in ("verifier", "kek"))


def form_mac_key(uuid, bag_key):
    return hkdf(uuid, lp(bag_key), "form mac")


def this_device_only(uuid, key, device_tdo):
    return hkdf(uuid, lp(key) + lp(device_tdo), "this device only")


def wrapping_keys(number, uuid, bag_key, akpu_key, device):
    """Keys that seal the copies of a class key, in the order of the copies."""
    if number in (DK, D):
        return [device["dk"], bag_key]
    if number == DKU:
        return [device["dku"]]
    if number in (AKU, CKU):
        return [this_device_only(uuid, bag_key, device["tdo"])]
    if number == AKPU:
        return [this_device_only(uuid, akpu_key, device["tdo"])]
    return [bag_key]


# Sealing

def nonce_of(key, fresh, aad, plaintext):
    assert len(fresh) == 16
    return cmac(key, fresh + aad + plaintext)[:12]


def seal(key, uuid, aad, plaintext, fresh):
    encrypt, nonce_key = (hkdf(uuid, lp(key), f"seal {use}") for use in ("encrypt", "nonce"))
    nonce = nonce_of(nonce_key, fresh, aad, plaintext)
    return nonce + gcm_encrypt(encrypt, nonce, aad, plaintext)


def unseal(key, uuid, aad, sealed):
    plaintext = gcm_decrypt(hkdf(uuid, lp(key), "seal encrypt"), sealed[:12], aad, sealed[12:])
    demand(plaintext is not None, "seal")
    return plaintext


# The sealed form

@dataclass
class Protector:
    id: int
    kind: int
    salt: bytes
    verifier: bytes
    sealed_bag: bytes = b""
    sealed_akpu: bytes = b""
    memory_kib: int = 0
    passes: int = 0
    lanes: int = 0
    opaque: bytes = b""

    def aad(self, uuid, purpose):
        return uuid + struct.pack("<I", purpose) + self.head()

    def head(self):
        return struct.pack("<IB3xIII", self.id, self.kind, self.memory_kib, self.passes,
                           self.lanes) + self.salt + lp(self.opaque) + self.verifier

    def record(self):
        return self.head() + self.sealed_bag + self.sealed_akpu


@dataclass
class ClassKey:
    number: int
    key_generation: int
    algorithm: int = AES_256
    public: bytes = bytes(32)
    sealed: list = field(default_factory=list)
    copies: int = 1

    def aad(self, uuid):
        return uuid + self.head()

    def head(self):
        return struct.pack("<BBBxI", self.number, self.algorithm, self.copies,
                           self.key_generation) + self.public

    def record(self):
        return self.head() + b"".join(self.sealed)


@dataclass
class Form:
    type: int
    owner: int
    uuid: bytes
    device_key_id: bytes
    generation: int
    recovery_choice: int = 0
    login_salt: bytes = b""
    hardware: int = 0
    protectors: list = field(default_factory=list)
    class_keys: list = field(default_factory=list)
    unknown: list = field(default_factory=list)     # of (tag, value)

    def tlvs(self):
        found = [(0x8001, struct.pack("<I", self.type)), (0x8002, struct.pack("<I", self.owner)),
                 (0x8003, self.uuid), (0x8004, self.device_key_id),
                 (0x8005, struct.pack("<Q", self.generation))]
        if self.recovery_choice:
            found.append((0x0006, struct.pack("<I", self.recovery_choice)))
        if self.login_salt:
            found.append((0x0008, self.login_salt))
        if self.hardware:
            found.append((0x8009, struct.pack("<I", self.hardware)))
        found += [(0x8010, protector.record()) for protector in self.protectors]
        found += [(0x8020, key.record()) for key in self.class_keys]
        return sorted(found + self.unknown, key=lambda tlv: tlv[0] & 0x7FFF)

    def to_bytes(self, device_mac, bag_mac):
        return finish(encode(self.tlvs()), device_mac, bag_mac)


def encode(tlvs, version=1):
    """Header and TLVs of a form, sound or not."""
    body = b"".join(struct.pack("<HHI", tag, 0, len(value)) + value for tag, value in tlvs)
    return MAGIC + struct.pack("<II", version, HEADER + len(body) + TRAILER) + body


def finish(head, device_mac, bag_mac):
    """Adds the two MACs, which cover the same bytes, and the SHA-256."""
    whole = head + hmac_sha256(device_mac, head) + hmac_sha256(bag_mac, head)
    return whole + hashlib.sha256(whole).digest()


class Fields:
    """Reads a value from its start to its end."""

    def __init__(self, value):
        self.value, self.at = value, 0

    def take(self, count):
        demand(count <= len(self.value) - self.at, "too short")
        self.at += count
        return self.value[self.at - count:self.at]

    def number(self, count):
        return int.from_bytes(self.take(count), "little")

    def zeros(self, count):
        demand(not any(self.take(count)), "padding")

    def end(self):
        demand(self.at == len(self.value), "too long")


def parse_protector(value):
    fields = Fields(value)
    protector = Protector(id=fields.number(4), kind=fields.number(1), salt=b"", verifier=b"")
    fields.zeros(3)
    protector.memory_kib, protector.passes, protector.lanes = (fields.number(4) for _ in range(3))
    protector.salt = fields.take(32)
    length = fields.number(4)
    demand(length <= 1024, "opaque length")
    protector.opaque, protector.verifier = fields.take(length), fields.take(32)
    protector.sealed_bag = fields.take(60)
    if protector.kind == PASSCODE:
        protector.sealed_akpu = fields.take(60)
        demand(64 <= protector.memory_kib <= 262144 and 1 <= protector.passes <= 100
               and 1 <= protector.lanes <= 4, "Argon2id parameters")
    else:
        demand(not (protector.memory_kib or protector.passes or protector.lanes), "not a passcode")
    demand(protector.kind in KIND_NAMES and protector.id >= 1, "protector")
    fields.end()
    return protector


def parse_class_key(value):
    fields = Fields(value)
    number, algorithm, copies = (fields.number(1) for _ in range(3))
    fields.zeros(1)
    key = ClassKey(number, fields.number(4), algorithm, fields.take(32), copies=copies)
    allowed = {DK: (2,), D: (2,), AKPU: (0, 1)}.get(number, (1,))
    demand(number in CLASS_NAMES and copies in allowed and key.key_generation >= 1, "class key")
    demand(algorithm == (X25519 if number == B else AES_256), "algorithm")
    demand(number == B or not any(key.public), "public half")
    key.sealed = [fields.take(60) for _ in range(copies)]
    fields.end()
    return key


def read_plain(name, length, sound=lambda value, form: True):
    """Reads one integer (length 4 or 8) or string of bytes (16, 32)."""
    def read(form, value):
        demand(len(value) == length, f"length of {name}")
        if length < 16:
            value = int.from_bytes(value, "little")
        demand(sound(value, form), name)
        setattr(form, name, value)
    return read


def read_protector(form, value):
    protector = parse_protector(value)
    demand(len(form.protectors) < 8, "too many protectors")
    demand(all(other.id < protector.id for other in form.protectors), "order of protectors")
    form.protectors.append(protector)


def read_class_key(form, value):
    key = parse_class_key(value)
    demand(all(other.number < key.number for other in form.class_keys), "order of class keys")
    form.class_keys.append(key)


READERS = {
    0x8001: read_plain("type", 4, lambda value, form: value in (TYPE_USER, TYPE_SYSTEM)),
    0x8002: read_plain("owner", 4, lambda value, form:
                       (value == OWNER_NONE) == (form.type == TYPE_SYSTEM)),
    0x8003: read_plain("uuid", 16),
    0x8004: read_plain("device_key_id", 16),
    0x8005: read_plain("generation", 8, lambda value, form: 1 <= value < 2 ** 64 - 1),
    0x0006: read_plain("recovery_choice", 4, lambda value, form: value in (1, 2)),
    0x0008: read_plain("login_salt", 32),
    0x8009: read_plain("hardware", 4, lambda value, form: value == 1),
    0x8010: read_protector,
    0x8020: read_class_key,
}


def parse_form(data):
    """The form, or Refused. Magic, length, SHA-256, version and TLVs; no key is needed."""
    demand(data[:8] == MAGIC and HEADER + TRAILER <= len(data) <= LARGEST, "magic or size")
    version, length = struct.unpack_from("<II", data, 8)
    demand(length == len(data), "length")
    demand(hashlib.sha256(data[:-32]).digest() == data[-32:], "SHA-256")
    demand(version <= 1, "version", "EPROTONOSUPPORT")
    demand(version == 1, "version")

    form = Form(0, 0, b"", b"", 0)
    fields, seen, last = Fields(data[HEADER:-TRAILER]), set(), -1
    while fields.at < len(fields.value):
        tag = fields.number(2)
        fields.zeros(2)
        value = fields.take(fields.number(4))
        demand(tag & 0x7FFF >= last, "order")
        demand(tag & 0x7FFF != last or tag in (0x8010, 0x8020), "twice")
        last = tag & 0x7FFF
        demand(tag in READERS or tag ^ 0x8000 not in READERS, "critical bit of a known tag")
        if tag in READERS:
            READERS[tag](form, value)
            seen.add(tag)
            continue
        demand(tag < 0x8000, "unknown critical tag", "EPROTONOSUPPORT")
        demand(len(form.unknown) < 64, "too many unknown tags")
        form.unknown.append((tag, value))

    demand(seen >= set(READERS) - {0x0006, 0x0008, 0x8009}, "a field is missing")
    first = [p.kind for p in form.protectors if p.kind in (PASSCODE, NONE)]
    demand(len(first) == 1, "passcode or none")
    demand(first == [PASSCODE] or not form.hardware, "hardware without a passcode")
    demand(form.type == TYPE_USER or first == [NONE], "system bag with a passcode")
    numbers = {key.number for key in form.class_keys}
    demand(set(CLASS_NAMES) - {AKPU} <= numbers, "a class is missing")
    alive = any(key.number == AKPU and key.copies for key in form.class_keys)
    demand(alive == (first == [PASSCODE]), "akpu")
    return form


# The record of guesses and wraps

def make_record(device, uuid, sequence, failures, wraps, fresh):
    """wraps: class number to (key_generation, steps)."""
    head = struct.pack("<IIQ", 1, RECORD_SIZE, sequence)
    content = struct.pack("<II", failures, 0)
    for number in range(WRAP_SLOTS):
        content += struct.pack("<II", *wraps.get(number, (0, 0)))
    return head + seal(device["counter"], uuid, uuid + head, content, fresh)


def open_record(device, uuid, record):
    """Sequence, failures, wraps; or Refused."""
    demand(len(record) == RECORD_SIZE and struct.unpack_from("<II", record) == (1, RECORD_SIZE),
           "header of the record")
    content = unseal(device["counter"], uuid, uuid + record[:16], record[16:])
    words = struct.unpack(f"<{RECORD_CONTENT // 4}I", content)
    wraps = {n: pair for n, pair in enumerate(zip(words[2::2], words[3::2])) if any(pair)}
    demand(words[1] in (0, 1) and all(n in CLASS_NAMES and generation and steps <= MOST_STEPS
                                 for n, (generation, steps) in wraps.items()), "record")
    return struct.unpack_from("<Q", record, 8)[0], words[0], wraps


# Blobs

def blob_header(flags, number, key_generation, domain):
    return struct.pack("<BBBxI", 1, flags, number, key_generation) + domain


def make_blob(encrypt, nonce_key, header, aad, plaintext, fresh):
    aad = header + lp(aad)
    nonce = nonce_of(nonce_key, fresh, aad, plaintext)
    return header + nonce + gcm_encrypt(encrypt, nonce, aad, plaintext)


def open_blob(encrypt, blob, aad):
    plaintext = gcm_decrypt(encrypt, blob[24:36], blob[:24] + lp(aad), blob[36:])
    demand(plaintext is not None, "blob")
    return plaintext


def authentic_key(class_d):
    """K_auth, which the class key of D gives; without it nobody makes a blob of class B."""
    return hkdf(b"", lp(class_d), "unless open authentic")


def agreed_subkeys(shared, ephemeral, class_public, authentic):
    """Keys of one blob of class B."""
    material = lp(shared) + lp(ephemeral) + lp(class_public) + lp(authentic)
    return {use: hkdf(b"", material, f"unless open {use}") for use in ("encrypt", "nonce")}


def make_pair_blob(ephemeral_private, class_public, authentic, header, aad, plaintext, fresh):
    ephemeral = x25519(ephemeral_private)
    keys = agreed_subkeys(x25519(ephemeral_private, class_public), ephemeral, class_public, authentic)
    return make_blob(keys["encrypt"], keys["nonce"], header, aad, plaintext, fresh) + ephemeral


def open_pair_blob(class_private, authentic, blob, aad):
    shared = x25519(class_private, blob[-32:])
    demand(any(shared), "point of low order")
    keys = agreed_subkeys(shared, blob[-32:], x25519(class_private), authentic)
    return open_blob(keys["encrypt"], blob[:-32], aad)


def class_subkeys(key):
    return {use: hkdf(b"", lp(key), f"class {use}") for use in ("encrypt", "child", "nonce")}


def child_subkeys(key):
    return {use: hkdf(b"", lp(key), f"child {use}") for use in ("encrypt", "nonce", "mac")}


# Opening a form

def find_protector(form, kind, identifier=0):
    matches = [p for p in form.protectors if p.kind == kind and identifier in (0, p.id)]
    demand(len(matches) == 1, f"{len(matches)} protectors of that kind", "ENOENT")
    return matches[0]


def passcode_key(protector, passcode):
    return argon2id(passcode, protector.salt, protector.memory_kib, protector.passes,
                    protector.lanes)


def check_device(data, device):
    """Parses and checks everything that needs the device key alone."""
    form = parse_form(data)
    demand(form.device_key_id == device["id"], "sealed to another device key", "EXDEV")
    demand(hmac.compare_digest(hmac_sha256(device["mac"], data[:-TRAILER]), data[-96:-64]),
           "device MAC")
    return form


def open_bag_keys(form, device, protector, secret, hardware=None):
    """K_bag and K_akpu (or None). The secret of a passcode protector is the passcode key."""
    verifier, kek = protector_keys(protector.kind, protector.salt, secret, device["kek"], hardware)
    demand(verifier == protector.verifier, "wrong secret", "EKEYREJECTED")
    bag_key = unseal(kek, form.uuid, protector.aad(form.uuid, 1), protector.sealed_bag)
    akpu_key = None
    if protector.kind == PASSCODE:
        akpu_key = unseal(kek, form.uuid, protector.aad(form.uuid, 2), protector.sealed_akpu)
    return bag_key, akpu_key


def check_recovery_mac(data, uuid, bag_key):
    demand(hmac.compare_digest(hmac_sha256(form_mac_key(uuid, bag_key), data[:-TRAILER]),
                               data[-64:-32]), "recovery MAC")


def open_class_keys(form, device, bag_key, akpu_key):
    """Class number to class key, every copy opened and compared; akpu only with K_akpu."""
    keys = {}
    for record in form.class_keys:
        if not record.copies or (record.number == AKPU and akpu_key is None):
            continue
        wrappings = wrapping_keys(record.number, form.uuid, bag_key, akpu_key, device)
        copies = {unseal(key, form.uuid, record.aad(form.uuid), sealed)
                  for key, sealed in zip(wrappings, record.sealed, strict=True)}
        demand(len(copies) == 1, f"copies of {CLASS_NAMES[record.number]} differ")
        keys[record.number] = copies.pop()
    return keys

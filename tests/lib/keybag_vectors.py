# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes the known-answer vectors in keybag/vectors from the reference implementation.

  PYTHONPATH=tests python3 -m lib.keybag_vectors                compare them with what it says now
  PYTHONPATH=tests python3 -m lib.keybag_vectors --write        write them
  PYTHONPATH=tests python3 -m lib.keybag_vectors --seeds F.seeds  make a folder of the forms, records
                                                                or blobs (F) in them, for fuzzing

Every input is the start of SHA-256("keybag vector <name>"), so nothing in them was chosen."""

import hashlib
import pathlib
import struct
import sys

from . import keybag_reference as kb, sealed_file
from .reference_crypto import argon2_library, argon2id, hkdf_extract, hmac_sha256, x25519

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "keybag" / "vectors"
LICENCE = "# SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later\n"
# Inputs are fixed here so that vectors can be made where libargon2 is missing; checked where not.
ARGON2_MEMORY_KIB, ARGON2_PASSES, ARGON2_LANES = 1024, 3, 2
ARGON2_ANSWER = bytes.fromhex(
    "46d71b4d1f9a3f26f366ae8daf7e3e35bfe047acfff207a552604b4cc1d99b0c")

# RFC 7748, 6.1: the private halves, and what they agree on.
RFC7748_ALICE = bytes.fromhex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a")
RFC7748_BOB = bytes.fromhex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb")
RFC7748_SHARED = bytes.fromhex("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742")


def sample(name, length=32):
    return hashlib.sha256(f"keybag vector {name}".encode()).digest()[:length]


DEVICE_KEY = sample("device key")
DEVICE = kb.device_subkeys(DEVICE_KEY)
UUID = sample("uuid", 16)
BAG_KEY, AKPU_KEY = sample("K_bag"), sample("K_akpu")
PASSCODE = b"correct horse battery staple"
RECOVERY_CODE, ESCROW_SECRET = sample("recovery code", 16), sample("escrow secret", 32)
HARDWARE = sample("S", 32)


class Document:
    """One file of sections of "name = hex" lines; long values go on in indented lines."""

    def __init__(self, title):
        self.sections = {}
        self.text = LICENCE + "".join(f"# {line}\n" for line in title.strip().splitlines())

    def section(self, name, **values):
        self.text += f"\n[{name}]\n"
        self.sections[name] = values
        for key, value in values.items():
            digits = value.hex()
            lines = [digits[i:i + 80] for i in range(0, len(digits), 80)] or [""]
            for start, line in zip([f"{key} ="] + [""] * len(lines), lines):
                self.text += f"{start:12} {line}".rstrip() + "\n"


def u32(value):
    return struct.pack("<I", value)


def derivation(document, label, salt, material, length=32):
    document.section(label, salt=salt, material=material, info=kb.info(label),
                     prk=hkdf_extract(salt, material), okm=kb.hkdf(salt, material, label, length))


def keys_file():
    document = Document("""
Every derivation of docs/format.md, Keys: okm = HKDF-SHA-256(salt, material, info).
device key, K_bag, K_akpu, passcode key, S and secrets can be read off the materials.""")
    for name, length in kb.DEVICE_LABELS.items():
        derivation(document, f"device {name}", b"", kb.lp(DEVICE_KEY), length)
    secrets = {kb.PASSCODE: sample("passcode key"), kb.RECOVERY: RECOVERY_CODE,
               kb.ESCROW: ESCROW_SECRET, kb.NONE: None}
    for kind, secret in secrets.items():
        name = kb.KIND_NAMES[kind]
        material = kb.protector_material(kind, secret, DEVICE["kek"])
        for use in ("verifier", "kek"):
            derivation(document, f"{name} {use}", sample(f"{name} salt"), material)
    material = kb.protector_material(kb.PASSCODE, secrets[kb.PASSCODE], DEVICE["kek"], HARDWARE)
    for use in ("verifier", "kek"):
        salt, label = sample("passcode salt"), f"passcode {use}"
        document.section(f"{label} with S", salt=salt, material=material, info=kb.info(label),
                         prk=hkdf_extract(salt, material), okm=kb.hkdf(salt, material, label))
    derivation(document, "form mac", UUID, kb.lp(BAG_KEY))
    for name, key in (("aku, cku", BAG_KEY), ("akpu", AKPU_KEY)):
        label, material = "this device only", kb.lp(key) + kb.lp(DEVICE["tdo"])
        document.section(f"{label}: {name}", salt=UUID, material=material, info=kb.info(label),
                         prk=hkdf_extract(UUID, material), okm=kb.hkdf(UUID, material, label))
    for kind in ("class", "child"):
        for use in ("encrypt", "child", "nonce") if kind == "class" else ("encrypt", "nonce", "mac"):
            derivation(document, f"{kind} {use}", b"", kb.lp(sample(f"{kind} key")))
    for use in ("encrypt", "nonce"):
        derivation(document, f"seal {use}", UUID, kb.lp(sample("X")))
    derivation(document, "unless open authentic", b"", kb.lp(sample("class D")))
    agreed = [sample(f"unless open {part}") for part in ("shared", "ephemeral", "public", "authentic")]
    for use in ("encrypt", "nonce"):
        derivation(document, f"unless open {use}", b"", b"".join(map(kb.lp, agreed)))
    return document


def passcode_file():
    document = Document("""
Argon2id version 0x13 of a passcode (ASCII), and of the published test of its authors.""")
    document.section("passcode", passcode=PASSCODE, salt=sample("argon2 salt"),
                     memory_kib=u32(ARGON2_MEMORY_KIB), passes=u32(ARGON2_PASSES),
                     lanes=u32(ARGON2_LANES), key=ARGON2_ANSWER)
    document.section("published", passcode=b"password", salt=b"somesalt", memory_kib=u32(65536),
                     passes=u32(2), lanes=u32(1), key=bytes.fromhex(
                         "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7"))
    return document


def seal_file():
    document = Document("""
sealed = seal(X, AAD, plaintext) with the 16 fresh bytes given; docs/format.md, Sealing.""")
    lengths = {"key": (96, 32), "nothing but content": (0, 1), "record": (32, 136)}
    for name, (aad_length, length) in lengths.items():
        aad = (sample(f"{name} aad") * 3)[:aad_length]
        plaintext, fresh = (sample(f"{name} text") * 5)[:length], sample(f"{name} fresh", 16)
        document.section(name, uuid=UUID, x=sample("X"), aad=aad, plaintext=plaintext, fresh=fresh,
                         sealed=kb.seal(sample("X"), UUID, aad, plaintext, fresh))
    return document


def make_protector(form, identifier, kind, secret, opaque=b"", hardware=None):
    """Adds a protector. Its fresh bytes are samples named after it."""
    name = f"{form.uuid.hex()} protector {identifier}"
    kdf = (ARGON2_MEMORY_KIB, ARGON2_PASSES, ARGON2_LANES) if kind == kb.PASSCODE else (0, 0, 0)
    salt = sample("argon2 salt") if kind == kb.PASSCODE else sample(f"{name} salt")
    verifier, kek = kb.protector_keys(kind, salt, secret, DEVICE["kek"], hardware)
    protector = kb.Protector(identifier, kind, salt, verifier, b"", b"", *kdf, opaque)
    protector.sealed_bag = kb.seal(kek, form.uuid, protector.aad(form.uuid, 1), BAG_KEY,
                                   sample(f"{name} fresh", 16))
    if kind == kb.PASSCODE:
        protector.sealed_akpu = kb.seal(kek, form.uuid, protector.aad(form.uuid, 2), AKPU_KEY,
                                        sample(f"{name} fresh akpu", 16))
    form.protectors.append(protector)


def make_class_keys(form, akpu_copies, private_half=sample("class B")):
    """Adds the class keys, samples too; akpu_copies None: no record of akpu."""
    for number, name in kb.CLASS_NAMES.items():
        if number == kb.AKPU and akpu_copies is None:
            continue
        key = kb.ClassKey(number, key_generation=2 if number == kb.AK else 1)
        if number == kb.B:
            key.algorithm, key.public = kb.X25519, x25519(private_half)
        wrappings = kb.wrapping_keys(number, form.uuid, BAG_KEY, AKPU_KEY, DEVICE)
        key.copies = akpu_copies if number == kb.AKPU else len(wrappings)
        for copy in range(key.copies):
            fresh = sample(f"{form.uuid.hex()} class {name} fresh {copy}", 16)
            key.sealed.append(kb.seal(wrappings[copy], form.uuid, key.aad(form.uuid),
                                      private_half if number == kb.B else sample(f"class {name}"), fresh))
        form.class_keys.append(key)


def empty_form(name, kind, owner):
    return kb.Form(kind, owner, sample(f"{name} uuid", 16), DEVICE["id"], 7)


def user_form():
    """Everything a form can have, unknown optional tags before, between and after the others."""
    form = empty_form("user", kb.TYPE_USER, 1000)
    form.recovery_choice = 1
    form.unknown = [(0x0000, b"first"), (0x0007, b""), (0x0011, sample("unknown")), (0x7FFF, b"z")]
    make_protector(form, 1, kb.PASSCODE, ARGON2_ANSWER, opaque=b"of the helper")
    make_protector(form, 2, kb.RECOVERY, RECOVERY_CODE)
    make_protector(form, 5, kb.ESCROW, ESCROW_SECRET)
    make_class_keys(form, akpu_copies=1)
    return form


def hardware_form():
    form = empty_form("hardware", kb.TYPE_USER, 0)
    make_protector(form, 3, kb.PASSCODE, ARGON2_ANSWER, hardware=HARDWARE)
    form.login_salt = form.protectors[0].salt
    make_class_keys(form, akpu_copies=1)
    return form


def guarded_form():
    """A passcode that says that it wants the hardware's secret: versions before it refuse it."""
    form = empty_form("guarded", kb.TYPE_USER, 1002)
    make_protector(form, 2, kb.PASSCODE, ARGON2_ANSWER, opaque=b"what the TPM is asked with", hardware=HARDWARE)
    form.hardware = 1
    make_class_keys(form, akpu_copies=1)
    return form


def without_passcode_form():
    form = empty_form("without passcode", kb.TYPE_USER, 1001)
    form.recovery_choice = 2
    make_protector(form, 4, kb.NONE, None)
    make_class_keys(form, akpu_copies=0)
    return form


def system_form():
    form = empty_form("system", kb.TYPE_SYSTEM, kb.OWNER_NONE)
    make_protector(form, 1, kb.NONE, None)
    make_class_keys(form, akpu_copies=None)
    return form


def rfc7748_form():
    """The pair of class B is Alice's. Not in form.txt."""
    form = empty_form("rfc 7748", kb.TYPE_USER, 1002)
    make_protector(form, 1, kb.PASSCODE, ARGON2_ANSWER)
    make_class_keys(form, akpu_copies=1, private_half=RFC7748_ALICE)
    return form


FORMS = {"user": user_form, "hardware": hardware_form, "guarded": guarded_form, "without passcode": without_passcode_form,
         "system": system_form}


def seal_form(form):
    return form.to_bytes(DEVICE["mac"], kb.form_mac_key(form.uuid, BAG_KEY))


def form_file():
    document = Document("""
Whole sealed forms under one device key. Integers are little-endian, as in the form. Protectors:
passcode key as in passcode.txt; with S (hardware) in the form of that name.
Class keys: SHA-256("keybag vector class <name>").""")
    document.section("common", device_key=DEVICE_KEY, bag_key=BAG_KEY, akpu_key=AKPU_KEY,
                     passcode_key=ARGON2_ANSWER, recovery_code=RECOVERY_CODE,
                     escrow=ESCROW_SECRET, hardware=HARDWARE)
    for name, make in FORMS.items():
        form = make()
        document.section(name, owner=u32(form.owner), uuid=form.uuid, form=seal_form(form))
    return document


def record_file():
    document = Document("""
The record of guesses and wraps: content, and whole under the device key of form.txt.""")
    wraps = {kb.AK: (2, 3), kb.DKU: (1, kb.MOST_STEPS), kb.AKPU: (9, 0)}
    samples = {"new": (1, 0, {}), "used": (2**40 + 5, 6, wraps)}
    for name, (sequence, failures, slots) in samples.items():
        fresh = sample(f"record {name}", 16)
        record = kb.make_record(DEVICE, UUID, sequence, failures, slots, fresh)
        content = kb.unseal(DEVICE["counter"], UUID, UUID + record[:16], record[16:])
        document.section(name, uuid=UUID, sequence=struct.pack("<Q", sequence),
                         failures=u32(failures), content=content, fresh=fresh, record=record)
    return document


def blob_file():
    document = Document("""
Blobs of the three kinds, one of class B, and a MAC by a child key. AAD is the caller's. Of class B: the
private halves of the class and of the ephemeral pair, what they agree on, and K_auth; once more with the pairs
of RFC 7748, 6.1 (Alice the class).""")
    class_key, child_key = sample("class ak"), sample("child key")
    by_class, by_child = kb.class_subkeys(class_key), kb.child_subkeys(child_key)
    domain, aad = sample("domain", 16), b"row 17"
    kinds = {"wrapped secret": (0, class_key, by_class["encrypt"], by_class["nonce"], b"s3cret"),
             "wrapped child key": (kb.BLOB_CHILD_KEY, class_key, by_class["child"],
                                   by_class["nonce"], child_key),
             "by a child key": (kb.BLOB_BY_CHILD, child_key, by_child["encrypt"],
                                by_child["nonce"], (sample("long") * 4)[:100])}
    for name, (flags, key, encrypt, nonce_key, plaintext) in kinds.items():
        header, fresh = kb.blob_header(flags, kb.AK, 2, domain), sample(f"blob {name}", 16)
        document.section(name, key=key, flags=bytes([flags]), domain=domain, generation=u32(2),
                         aad=aad, plaintext=plaintext, fresh=fresh,
                         blob=kb.make_blob(encrypt, nonce_key, header, aad, plaintext, fresh))
    authentic = kb.authentic_key(sample("class D"))
    for name, private, ephemeral in (("unless open", sample("class B"), sample("ephemeral")),
                                     ("unless open, RFC 7748", RFC7748_ALICE, RFC7748_BOB)):
        header, fresh = kb.blob_header(0, kb.B, 1, domain), sample(f"blob {name}", 16)
        document.section(name, private=private, ephemeral=ephemeral,
                         shared=x25519(ephemeral, x25519(private)), authentic=authentic, flags=b"\0",
                         domain=domain, generation=u32(1), aad=aad, plaintext=b"s3cret", fresh=fresh,
                         blob=kb.make_pair_blob(ephemeral, x25519(private), authentic, header, aad, b"s3cret",
                                                fresh))
    document.section("mac by a child key", key=child_key, message=b"index term",
                     mac=hmac_sha256(by_child["mac"], b"index term"))
    return document


def sealed_file_file():
    document = Document("""
Sealed files, docs/sealed-file.md. Header and file key are those of "common"; the wrapped file key in the header is the blob of
a class key that is SHA-256("keybag vector class A"). Byte i of a plaintext is i % 251. Of files that are too long for this
page only the SHA-256 is here.""")
    file_key, keys = sample("file key"), kb.class_subkeys(sample("class A"))
    aad, fresh = sealed_file.header_aad(kb.A, UUID), sample("blob of a file key", 16)
    blob = kb.make_blob(keys["encrypt"], keys["nonce"], kb.blob_header(0, kb.A, 1, bytes(16)), aad, file_key, fresh)
    header = aad + blob
    key, prefix = sealed_file.derive(header, file_key)
    document.section("common", file_key=file_key, header=header, key=key, prefix=prefix)
    for name, length in (("empty", 0), ("one chunk", 100), ("a full chunk", sealed_file.CHUNK),
                         ("two chunks", sealed_file.CHUNK + 1)):
        whole = sealed_file.seal(header, file_key, bytes(i % 251 for i in range(length)))
        values = {"length": u32(length), "sha256": hashlib.sha256(whole).digest()}
        if length <= 100:
            values["sealed_file"] = whole
        document.section(name, **values)
    return document


FILES = {"keys.txt": keys_file, "passcode.txt": passcode_file, "seal.txt": seal_file,
         "form.txt": form_file, "record.txt": record_file, "blob.txt": blob_file, "sealed_file.txt": sealed_file_file}


def check_argon2():
    """Whether libargon2 agrees with the passcode vector; None where it is missing."""
    if argon2_library() is None:
        return None
    return argon2id(PASSCODE, sample("argon2 salt"), ARGON2_MEMORY_KIB, ARGON2_PASSES,
                    ARGON2_LANES) == ARGON2_ANSWER


def differing():
    """Names of files that are not what the reference makes."""
    return [name for name, make in FILES.items()
            if not (FOLDER / name).is_file() or (FOLDER / name).read_text() != make().text]


def write_seeds(folder):
    """One file for each value named like the folder. Of forms also the TLVs alone, of records the
    content, as the fuzzers take them."""
    folder.mkdir(parents=True, exist_ok=True)
    for values in FILES[f"{folder.stem}.txt"]().sections.values():
        parts = [values[name] for name in (folder.stem, "content") if name in values]
        if "form" in values:
            parts.append(values["form"][kb.HEADER:-kb.TRAILER])
        for part in parts:
            (folder / hashlib.sha256(part).hexdigest()[:16]).write_bytes(part)


def main():
    if len(sys.argv) == 3 and sys.argv[1] == "--seeds":
        write_seeds(pathlib.Path(sys.argv[2]))
        return
    if sys.argv[1:] == ["--write"]:
        FOLDER.mkdir(exist_ok=True)
        for name, make in FILES.items():
            (FOLDER / name).write_text(make().text)
    elif sys.argv[1:]:
        sys.exit(__doc__)
    wrong = differing()
    if check_argon2() is False:
        wrong.append("passcode.txt (libargon2 disagrees)")
    sys.exit(f"not what the reference says: {', '.join(wrong)}" if wrong else 0)


if __name__ == "__main__":
    main()

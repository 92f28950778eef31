#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The reference implementation itself: published answers for its algorithms, forms it opens and
refuses, and vectors that are still what it says."""

import hashlib
import os
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from lib import keybag_reference as kb, keybag_secrets, keybag_vectors as vectors, keychain_backup, tap  # noqa: E402
from lib import reference_crypto as crypto  # noqa: E402

unhex = bytes.fromhex
KEY = unhex("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4")


def test_aes():
    """AES-256: FIPS 197, C.3; key schedule: A.3"""
    block = unhex("00112233445566778899aabbccddeeff")
    tap.equal(crypto.AES(bytes(range(32))).encrypt(block).hex(), "8ea2b7ca516745bfeafc49904b496089")
    keys = b"".join(crypto.aes_round_keys(KEY))
    tap.equal(len(keys), 240)
    tap.equal(keys[32:36].hex(), "9ba35411", "w8")
    tap.equal(keys[236:].hex(), "706c631e", "w59")


def test_aes_decryption_schedule():
    """AES-256: the decryption schedule undoes the encryption one"""
    inverse = [crypto.SBOX.index(n) for n in range(256)]
    unshift = [crypto.SHIFT_ROWS.index(n) for n in range(16)]
    keys = crypto.aes_decryption_round_keys(crypto.aes_round_keys(KEY))
    block = bytes(range(16))
    state = crypto.xor(crypto.AES(KEY).encrypt(block), keys[0])
    for number, key in enumerate(keys[1:], start=1):
        state = bytes(inverse[state[i]] for i in unshift)
        if number < 14:
            state = crypto.mix_columns(state, (14, 11, 13, 9))
        state = crypto.xor(state, key)
    tap.equal(state, block)


def test_cmac():
    """CMAC-AES-256: NIST SP 800-38B, D.3"""
    message = unhex("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
                    "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710")
    for length, answer in ((0, "028962f61b7bf89efc6b551f4667d983"),
                           (16, "28a7023f452e8f82bd4bf28d8c37c35c"),
                           (40, "aaf3d8f1de5640c232f5b169b9c911e6"),
                           (64, "e1992190549f6ed5696a2c056c315410")):
        tap.equal(crypto.cmac(KEY, message[:length]).hex(), answer, f"{length} bytes")


def test_gcm():
    """AES-256-GCM: test cases 13, 14 and 16 of the GCM specification"""
    zero = bytes(32)
    tap.equal(crypto.gcm_encrypt(zero, bytes(12), b"", b"").hex(),
              "530f8afbc74536b9a963b4f1c4cb738b", "case 13")
    tap.equal(crypto.gcm_encrypt(zero, bytes(12), b"", bytes(16)).hex(),
              "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919", "case 14")
    key = unhex("feffe9928665731c6d6a8f9467308308") * 2
    nonce, aad = unhex("cafebabefacedbaddecaf888"), unhex("feedfacedeadbeef") * 2 + unhex("abaddad2")
    plaintext = unhex("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                      "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39")
    sealed = crypto.gcm_encrypt(key, nonce, aad, plaintext)
    tap.equal(sealed.hex(), "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
              "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b")
    tap.equal(crypto.gcm_decrypt(key, nonce, aad, sealed), plaintext)
    for at in range(len(sealed)):
        damaged = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1:]
        tap.equal(crypto.gcm_decrypt(key, nonce, aad, damaged), None)


def test_hkdf():
    """HKDF-SHA-256: RFC 5869, A.1 and A.3"""
    prk = crypto.hkdf_extract(unhex("000102030405060708090a0b0c"), b"\x0b" * 22)
    tap.equal(crypto.hkdf_expand(prk, unhex("f0f1f2f3f4f5f6f7f8f9"), 42).hex(),
              "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865")
    prk = crypto.hkdf_extract(b"", b"\x0b" * 22)
    tap.equal(crypto.hkdf_expand(prk, b"", 42).hex(),
              "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8")


def test_x25519():
    """X25519: RFC 7748, 5.2"""
    tap.equal(crypto.x25519(
        unhex("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4"),
        unhex("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c")).hex(),
        "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552")
    tap.equal(crypto.x25519((9).to_bytes(32, "little")).hex(),
              "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079")


def test_agreement():
    """X25519 of two pairs: RFC 7748, 6.1; and the reference opens what it sealed by that"""
    alice, bob = vectors.RFC7748_ALICE, vectors.RFC7748_BOB
    tap.equal(crypto.x25519(alice).hex(), "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a")
    tap.equal(crypto.x25519(bob).hex(), "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f")
    tap.equal(crypto.x25519(alice, crypto.x25519(bob)), vectors.RFC7748_SHARED)
    tap.equal(crypto.x25519(bob, crypto.x25519(alice)), vectors.RFC7748_SHARED)
    for name in ("unless open", "unless open, RFC 7748"):
        values = vectors.blob_file().sections[name]
        tap.equal(kb.open_pair_blob(values["private"], values["authentic"], values["blob"], values["aad"]),
                  values["plaintext"], name)


def test_memory_forms():
    """SHA-256 states and hash key powers are what the algorithms compute with"""
    inner, outer = (struct.unpack("<8I", state) for state in crypto.hmac_states(KEY))

    def finish(state, message):
        length = struct.pack(">Q", 8 * (64 + len(message)))
        block = (message + b"\x80").ljust(56, b"\0") + length
        return struct.pack(">8I", *crypto.sha256_compress(state, block))

    tap.equal(finish(outer, finish(inner, b"message")), crypto.hmac_sha256(KEY, b"message"))
    subkey = int.from_bytes(crypto.AES(KEY).encrypt(bytes(16)), "big")
    square = crypto.ghash_multiply(subkey, subkey)
    for power, stored in zip((subkey, square, crypto.ghash_multiply(square, subkey)),
                             crypto.ghash_powers(KEY)):
        doubled = power << 1 if power < 1 << 127 else (power << 1) ^ (0xC2 << 120 | 1 << 128 | 1)
        tap.equal(int.from_bytes(stored, "little"), doubled, "power of the hash key")


def test_argon2id():
    """Argon2id: the test of its authors, and the vector"""
    if crypto.argon2_library() is None:
        tap.skip("libargon2 is not installed")
    tap.equal(crypto.argon2id(b"password", b"somesalt", 65536, 2, 1).hex(),
              "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7")
    tap.ok(vectors.check_argon2(), "the vector")


def test_vectors():
    """the vectors are what the reference says"""
    tap.equal(vectors.differing(), [], "files that differ")


def class_keys(form, kind, secret, hardware=None):
    """Opens a form of the vectors all the way."""
    device, parsed = vectors.DEVICE, kb.check_device(form, vectors.DEVICE)
    bag_key, akpu_key = kb.open_bag_keys(parsed, device, kb.find_protector(parsed, kind), secret,
                                         hardware)
    kb.check_recovery_mac(form, parsed.uuid, bag_key)
    return kb.open_class_keys(parsed, device, bag_key, akpu_key)


def test_opens_forms():
    """every protector of every form opens every class it should"""
    every = {number: vectors.sample(f"class {name}") for number, name in kb.CLASS_NAMES.items()}
    migrating = {number: key for number, key in every.items() if number != kb.AKPU}
    user = vectors.seal_form(vectors.user_form())
    tap.equal(class_keys(user, kb.PASSCODE, vectors.ARGON2_ANSWER), every, "passcode")
    tap.equal(class_keys(user, kb.RECOVERY, vectors.RECOVERY_CODE), migrating, "recovery code")
    tap.equal(class_keys(user, kb.ESCROW, vectors.ESCROW_SECRET), migrating, "escrow")
    hardware = vectors.seal_form(vectors.hardware_form())
    tap.equal(class_keys(hardware, kb.PASSCODE, vectors.ARGON2_ANSWER, vectors.HARDWARE), every, "S")
    for make in (vectors.without_passcode_form, vectors.system_form):
        tap.equal(class_keys(vectors.seal_form(make()), kb.NONE, None), migrating, make.__name__)


def refused(error, function, *arguments):
    try:
        function(*arguments)
    except kb.Refused as refusal:
        tap.equal(refusal.error, error, str(refusal))
        return
    raise AssertionError(f"not refused with {error}")


def test_refuses_forms():
    """wrong secret, other device, missing S and damage are told apart"""
    user, hardware = (vectors.seal_form(make()) for make in (vectors.user_form, vectors.hardware_form))
    refused("EKEYREJECTED", class_keys, user, kb.PASSCODE, bytes(32))
    refused("EKEYREJECTED", class_keys, hardware, kb.PASSCODE, vectors.ARGON2_ANSWER)
    refused("EXDEV", kb.check_device, user, kb.device_subkeys(bytes(32)))
    for at in (0, 9, 20, 700, len(user) - 96, len(user) - 33, len(user) - 1):
        damaged = user[:at] + bytes([user[at] ^ 1]) + user[at + 1:]
        refused("EBADMSG", kb.check_device, damaged, vectors.DEVICE)
    # Damage whose SHA-256 was put right again is seen by the MACs and the seals.
    for at in (len(user) - 96, 700):
        damaged = user[:at] + bytes([user[at] ^ 1]) + user[at + 1:-32]
        damaged += hashlib.sha256(damaged).digest()
        refused("EBADMSG", kb.check_device, damaged, vectors.DEVICE)
    damaged = user[:-64] + bytes(32)
    damaged += hashlib.sha256(damaged).digest()
    refused("EBADMSG", class_keys, damaged, kb.PASSCODE, vectors.ARGON2_ANSWER)


def test_backup():
    """a backup opens: on its device all of it, elsewhere what moves, and nothing where a byte of it is damaged"""
    whole, items = vectors.backup_file().sections["file"]["file"], vectors.backup_items()
    tap.equal(keychain_backup.open_backup(whole, vectors.ARGON2_ANSWER, vectors.DEVICE), items)
    elsewhere = keychain_backup.open_backup(whole, vectors.ARGON2_ANSWER)
    tap.equal((elsewhere[0], elsewhere[1].name, elsewhere[1].attributes), (items[0], "b at h", None))
    tap.equal(keychain_backup.open_backup(whole, vectors.ARGON2_ANSWER, kb.device_subkeys(bytes(32)) | {
        "id": vectors.DEVICE["id"], "tdo": vectors.DEVICE["tdo"]}), items, "the one thing of the device")
    refused("EKEYREJECTED", keychain_backup.open_backup, whole, bytes(32))
    for at in range(0, len(whole), 7):
        try:
            keychain_backup.open_backup(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1:], vectors.ARGON2_ANSWER, vectors.DEVICE)
        except kb.Refused:
            continue
        raise AssertionError(f"byte {at} may be changed")


def test_records_and_blobs():
    """records and blobs open, and do not when any byte is damaged"""
    wraps = {kb.AK: (2, 3)}
    record = kb.make_record(vectors.DEVICE, vectors.UUID, 5, 4, wraps, bytes(16))
    tap.equal(kb.open_record(vectors.DEVICE, vectors.UUID, record), (5, 4, wraps))
    keys = kb.class_subkeys(vectors.sample("class ak"))
    header = kb.blob_header(0, kb.AK, 1, bytes(16))
    blob = kb.make_blob(keys["encrypt"], keys["nonce"], header, b"aad", b"secret", bytes(16))
    tap.equal(kb.open_blob(keys["encrypt"], blob, b"aad"), b"secret")
    refused("EBADMSG", kb.open_blob, keys["encrypt"], blob, b"aae")
    refused("EBADMSG", kb.open_blob, keys["child"], blob, b"aad")
    for at in range(len(blob)):
        damaged = blob[:at] + bytes([blob[at] ^ 1]) + blob[at + 1:]
        refused("EBADMSG", kb.open_blob, keys["encrypt"], damaged, b"aad")
    for at in range(0, len(record), 5):
        damaged = record[:at] + bytes([record[at] ^ 1]) + record[at + 1:]
        refused("EBADMSG", kb.open_record, vectors.DEVICE, vectors.UUID, damaged)


def test_every_secret():
    """every secret is found from the passcode, the device key and the sealed form"""
    if crypto.argon2_library() is None:
        tap.skip("libargon2 is not installed")
    form = vectors.seal_form(vectors.user_form())
    secrets = keybag_secrets.every_secret(form, vectors.DEVICE_KEY, secret=vectors.PASSCODE)
    tap.equal(secrets["passcode/key"], vectors.ARGON2_ANSWER)
    tap.equal(secrets["bag/key"], vectors.BAG_KEY)
    tap.equal(secrets["akpu/key"], vectors.AKPU_KEY)
    for name in kb.CLASS_NAMES.values():
        tap.equal(secrets[f"class/{name}/key"], vectors.sample(f"class {name}"))
        tap.equal(len(secrets[f"class/{name}/encrypt/round keys"]), 240)
    tap.ok(secrets["passcode/verifier"] in form, "the verifier being in the form")
    tap.equal([name for name, needle in secrets.needles() if needle in form], [], "secrets in the form")
    tap.equal(max(len(needle) for _, needle in secrets.needles()), 16)


tap.main()

#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# vm: fresh
"""The module against the reference implementation (tests/lib/keybag_reference.py), both ways: it
opens what the reference sealed with the known answers of keybag/vectors, and the reference opens
what the module sealed."""

import ctypes
import errno
import fcntl
import os
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from lib import keybag_reference as kb, keybag_vectors as vectors, tap  # noqa: E402
from lib.reference_crypto import hmac_sha256, x25519  # noqa: E402

READ, WRITE = 2, 1
SET_DEVICE_KEY, CREATE, LOAD, READ_FORM, BEGIN_TRY, UNLOCK, EVICT = (
    0x10, 0x11, 0x12, 0x13, 0x16, 0x18, 0x1F)
BIND, RESTRICT, WRAP, UNWRAP, CHILD_CREATE, CHILD_OPEN, OPERATE = (
    0x30, 0x31, 0x40, 0x41, 0x43, 0x44, 0x46)
CHILD_ENCRYPT, CHILD_DECRYPT, CHILD_MAC = 4, 5, 6
REQUEST, EVICTED, BY_UUID = 2, 12, 3
DOMAIN, AAD = vectors.sample("domain", 16), b"row 17"
AUTHENTIC = kb.authentic_key(vectors.sample("class D"))
HOLD = []       # what addresses in arguments point to


def ioctl(descriptor, number, layout, *values, direction=READ | WRITE, data=b""):
    """Runs a command; returns its result and the fields of the structure after it."""
    arguments = bytearray(struct.pack("<" + layout, *values) + data)
    request = direction << 30 | len(arguments) << 16 | 0xBD << 8 | number
    result = fcntl.ioctl(descriptor, request, arguments, True)
    return result, struct.unpack_from("<" + layout, arguments)


def address(data):
    """The address of a copy of data, or of that many bytes to write to; kept for the whole run."""
    HOLD.append(ctypes.create_string_buffer(data, len(data)) if isinstance(data, bytes)
                else ctypes.create_string_buffer(data))
    return ctypes.addressof(HOLD[-1])


def memory(place, length):
    return ctypes.string_at(place, length)


def open_device():
    return os.open("/dev/keybag", os.O_RDWR | os.O_CLOEXEC)


CONTROL = open_device()


def set_device_key():
    ioctl(CONTROL, EVICT, "IIII", EVICTED, 0, 0, 0, direction=WRITE)
    _, fields = ioctl(CONTROL, SET_DEVICE_KEY, "QiI16s", address(vectors.DEVICE_KEY), 0, 0, bytes(16))
    return fields[3]


def load(form, uuid):
    """Loads a form with a record that knows of no failures; returns the new record."""
    first, place = kb.make_record(vectors.DEVICE, uuid, 9, 0, {}, bytes(16)), address(512)
    _, fields = ioctl(CONTROL, LOAD, "QQQIIII16sQII", address(form), address(first), 0, len(form),
                      len(first), 0, 0, bytes(16), place, 512, 0)
    tap.equal(fields[7], uuid, "uuid")
    return memory(place, fields[10])


def secret_fields(kind, secret, hardware):
    return (address(secret) if secret else 0, address(hardware) if hardware else 0,
            len(secret or b""), len(hardware or b""), kind, 0)


def unlock(uuid, kind, secret, hardware=None):
    """Returns the state after it and the record."""
    place = address(512)
    _, fields = ioctl(CONTROL, BEGIN_TRY, "16sQQIIQII", uuid, 0, 0, 0, 0, place, 512, 0)
    _, fields = ioctl(CONTROL, UNLOCK, "16sQ QQIIII IIII QII QII", uuid, fields[1],
                      *secret_fields(kind, secret, hardware), 0, REQUEST, 0, 0, 0, 0, 0, place, 512, 0)
    return fields[14], memory(place, fields[17])


def bound(uuid):
    descriptor = open_device()
    ioctl(descriptor, BIND, "IiII16s", BY_UUID, 0, 0, 0, uuid)
    ioctl(descriptor, RESTRICT, "IIII16s", 0x3FF, 0x1FDE, 1, 0x3FF, DOMAIN, direction=WRITE)
    return descriptor


def unwrap(descriptor, blob, aad):
    place = address(4096)
    length, _ = ioctl(descriptor, UNWRAP, "IIIIQ", len(blob), len(aad), 4096, 0, place,
                      direction=WRITE, data=blob + aad)
    return memory(place, length)


def open_child(descriptor, blob, aad):
    return ioctl(descriptor, CHILD_OPEN, "IIII", len(blob), len(aad), 0, 0, direction=WRITE,
                 data=blob + aad)[0]


def operate(descriptor, operation, child, given, aad):
    place = address(8192)
    _, fields = ioctl(descriptor, OPERATE, "IiIIIiIIIIQQQQ", operation, 0, 0, child, 0, 0, len(given),
                      len(aad), 0, 8192, address(given), address(aad) if aad else 0, 0, place)
    tap.ok(fields[1] > 0, f"operation {operation}: {fields[1]}")
    return memory(place, fields[1])


def fails(error, function, *arguments):
    try:
        function(*arguments)
    except OSError as failure:
        tap.equal(errno.errorcode[failure.errno], error)
        return
    raise AssertionError(f"no {error}")


def test_device_key_id():
    """the device-key id is that of the vectors"""
    tap.equal(set_device_key(), vectors.DEVICE["id"])


def test_forms_load_and_unlock():
    """forms of the vectors load, read back the same, and open with their secrets"""
    secrets = {"user": (kb.PASSCODE, vectors.ARGON2_ANSWER),
               "hardware": (kb.PASSCODE, vectors.ARGON2_ANSWER, vectors.HARDWARE),
               "guarded": (kb.PASSCODE, vectors.ARGON2_ANSWER, vectors.HARDWARE)}
    for name, make in vectors.FORMS.items():
        form = make()
        data, place = vectors.seal_form(form), address(kb.LARGEST)
        sequence, failures, wraps = kb.open_record(vectors.DEVICE, form.uuid, load(data, form.uuid))
        tap.ok(sequence > 9 and failures == 0 and not wraps, "the record of the load")
        _, fields = ioctl(CONTROL, READ_FORM, "16sQQII", form.uuid, 0, place, kb.LARGEST, 0)
        tap.equal(fields[1], 7, "bag_generation")
        tap.equal(memory(place, fields[4]), data, name)
        if name in secrets:
            state, record = unlock(form.uuid, *secrets[name])
            tap.equal(state, 2, "unlocked")
            tap.equal(kb.open_record(vectors.DEVICE, form.uuid, record)[1], 0, "failures")


def test_wrong_secrets():
    """a wrong passcode, and the right one without its S, are counted in a record that opens"""
    uuid = vectors.hardware_form().uuid
    fails("EKEYREJECTED", unlock, uuid, kb.PASSCODE, vectors.ARGON2_ANSWER)
    fails("EKEYREJECTED", unlock, uuid, kb.PASSCODE, bytes(32), vectors.HARDWARE)
    place = address(512)
    _, fields = ioctl(CONTROL, BEGIN_TRY, "16sQQIIQII", uuid, 0, 0, 0, 0, place, 512, 0)
    tap.equal(kb.open_record(vectors.DEVICE, uuid, memory(place, fields[7]))[1], 3, "failures")


def test_blobs_open():
    """blobs of the vectors open: a secret, a child key, and what that sealed"""
    descriptor = bound(vectors.user_form().uuid)
    sections = vectors.blob_file().sections
    secret, mac = sections["wrapped secret"], sections["mac by a child key"]
    tap.equal(unwrap(descriptor, secret["blob"], AAD), secret["plaintext"])
    fails("EBADMSG", unwrap, descriptor, secret["blob"], b"row 18")
    child = open_child(descriptor, sections["wrapped child key"]["blob"], AAD)
    sealed = sections["by a child key"]
    tap.equal(operate(descriptor, CHILD_DECRYPT, child, sealed["blob"], AAD), sealed["plaintext"])
    tap.equal(operate(descriptor, CHILD_MAC, child, mac["message"], b""), mac["mac"])
    os.close(descriptor)


def test_pairs_agree():
    """blobs of class B open: that of the vectors, and one by the pairs of RFC 7748, 6.1"""
    form = vectors.rfc7748_form()
    load(vectors.seal_form(form), form.uuid)
    rfc = vectors.blob_file().sections["unless open, RFC 7748"]
    tap.equal(rfc["shared"], vectors.RFC7748_SHARED)
    for uuid, section in ((vectors.user_form().uuid, "unless open"), (form.uuid, "unless open, RFC 7748")):
        values, descriptor = vectors.blob_file().sections[section], bound(uuid)
        if section != "unless open":
            fails("ENOKEY", unwrap, descriptor, values["blob"], AAD)
            unlock(uuid, kb.PASSCODE, vectors.ARGON2_ANSWER)
        tap.equal(unwrap(descriptor, values["blob"], AAD), values["plaintext"], section)
        fails("EBADMSG", unwrap, descriptor, values["blob"], b"row 18")
        # The public half alone, which whoever reads the form has, makes no blob.
        forged = kb.make_pair_blob(values["ephemeral"], x25519(values["private"]), None, values["blob"][:24], AAD,
                                   b"forged", bytes(16))
        fails("EBADMSG", unwrap, descriptor, forged, AAD)
        os.close(descriptor)
    # Sealed to Alice's public half by the module: opened by her private half and K_auth.
    descriptor, place = bound(form.uuid), address(4096)
    length, _ = ioctl(descriptor, WRAP, "IIIIIIQQ", kb.B, 0, 6, len(AAD), 4096, 0, address(b"s3cret"), place,
                      direction=WRITE, data=AAD)
    tap.equal(kb.open_pair_blob(vectors.RFC7748_ALICE, AUTHENTIC, memory(place, length), AAD), b"s3cret")
    os.close(descriptor)


def test_reference_opens_blobs():
    """the reference opens what the module wraps, in every class"""
    descriptor = bound(vectors.user_form().uuid)
    for number, name in kb.CLASS_NAMES.items():
        keys, place = kb.class_subkeys(vectors.sample(f"class {name}")), address(4096)
        length, _ = ioctl(descriptor, WRAP, "IIIIIIQQ", number, 0, 6, len(AAD), 4096, 0,
                          address(b"s3cret"), place, direction=WRITE, data=AAD)
        blob = memory(place, length)
        tap.equal(blob[:24], kb.blob_header(0, number, 2 if number == kb.AK else 1, DOMAIN), name)
        if number == kb.B:
            tap.equal(kb.open_pair_blob(vectors.sample("class B"), AUTHENTIC, blob, AAD), b"s3cret", name)
            continue
        tap.equal(kb.open_blob(keys["encrypt"], blob, AAD), b"s3cret", name)

        length, _ = ioctl(descriptor, CHILD_CREATE, "IIIIQ", number, 0, len(AAD), 4096, place,
                          direction=WRITE, data=AAD)
        blob = memory(place, length)
        child_key = kb.open_blob(keys["child"], blob, AAD)
        tap.equal(len(child_key), 32)
        child = open_child(descriptor, blob, AAD)
        blob = operate(descriptor, CHILD_ENCRYPT, child, b"of a child", b"")
        subkeys = kb.child_subkeys(child_key)
        tap.equal(kb.open_blob(subkeys["encrypt"], blob, b""), b"of a child", name)
        tap.equal(operate(descriptor, CHILD_MAC, child, b"m", b""), hmac_sha256(subkeys["mac"], b"m"))
    os.close(descriptor)


def test_reference_opens_created():
    """the reference opens a bag the module made, with and without a passcode"""
    salt, secret = vectors.sample("created salt"), vectors.sample("created passcode key")
    for kind, kdf in ((kb.PASSCODE, (64, 1, 1)), (kb.NONE, (0, 0, 0))):
        form_place, record_place = address(kb.LARGEST), address(512)
        passcode = secret if kind == kb.PASSCODE else None
        opaque = b"opaque"
        _, fields = ioctl(CONTROL, CREATE, "II16s IIIIQ32s QQIIII QII QII", kb.TYPE_USER, 1234,
                          bytes(16), *kdf, len(opaque), address(opaque), salt,
                          *secret_fields(kind, passcode, None),
                          form_place, kb.LARGEST, 0, record_place, 512, 0)
        data, record = memory(form_place, fields[17]), memory(record_place, fields[20])
        form = kb.check_device(data, vectors.DEVICE)
        protector = kb.find_protector(form, kind)
        tap.equal((form.owner, form.uuid, protector.opaque, protector.salt),
                  (1234, fields[2], opaque, salt))
        keys = kb.open_bag_keys(form, vectors.DEVICE, protector, passcode)
        kb.check_recovery_mac(data, form.uuid, keys[0])
        opened = kb.open_class_keys(form, vectors.DEVICE, *keys)
        tap.equal(set(opened), set(kb.CLASS_NAMES) - ({kb.AKPU} if kind == kb.NONE else set()))
        tap.equal(len(set(opened.values())), len(opened), "different class keys")
        public = next(key.public for key in form.class_keys if key.number == kb.B)
        tap.equal(x25519(opened[kb.B]), public, "public half of class B")
        tap.equal(kb.open_record(vectors.DEVICE, form.uuid, record)[1:], (0, {}), "record")


tap.main()

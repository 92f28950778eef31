#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The codec against the reference implementation: both give the same verdict on each sealed form,
and where they accept one both write the same bytes."""

import hashlib
import os
import random
import struct
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from lib import keybag_reference as kb, keybag_vectors, tap  # noqa: E402

TOOL = os.path.join(os.path.dirname(__file__), "../../build/tests/unit/tools/form_verdicts")
ROUNDS = 6000
BASES = [make().tlvs() for make in keybag_vectors.FORMS.values()]
VALUES = [0, 1, 2, 3, 4, 5, 6, 7, 12, 13, 60, 64, 0x7F, 0x80, 0xFF]
TAGS = [0x8000, 0x8001, 0x0001, 0x8002, 0x8003, 0x8004, 0x8005, 0x0006, 0x8006, 0x0007, 0x0009, 0x8009, 0x800F, 0x8010,
        0x0010, 0x0011, 0x8020, 0x0021, 0x7FFF, 0xFFFF]


def sealed(head):
    """A trailer whose SHA-256 is right; the codec leaves the MACs to its callers."""
    whole = head + bytes(64)
    return whole + hashlib.sha256(whole).digest()


def reference_verdict(form):
    try:
        parsed = kb.parse_form(form)
    except kb.Refused as error:
        return error.error
    return "ok " + kb.encode(parsed.tlvs()).hex()


def codec_verdicts(forms):
    given = b"".join(struct.pack("<I", len(form)) + form for form in forms)
    done = subprocess.run([TOOL], input=given, stdout=subprocess.PIPE, check=True)
    return done.stdout.decode().splitlines()


def compare(forms):
    """Fails where they differ; returns how many were accepted."""
    verdicts = codec_verdicts(forms)
    tap.equal(len(verdicts), len(forms), "verdicts")
    for form, verdict in zip(forms, verdicts):
        tap.equal(verdict, reference_verdict(form), f"codec, then reference, on {form.hex()}")
    return sum(verdict.startswith("ok") for verdict in verdicts)


def damage_field(source, tlvs):
    """One byte or word of the fixed part of a value, where a rule is most likely to notice."""
    place = source.randrange(len(tlvs))
    tag, value = tlvs[place]
    if value:
        at = source.randrange(min(len(value), 60))
        new = (struct.pack("<I", source.choice(VALUES)) if source.random() < 0.3
               else bytes([source.choice(VALUES)]))
        tlvs[place] = tag, value[:at] + new[:len(value) - at] + value[at + len(new):]


def edit(source, tlvs):
    place, other = source.randrange(len(tlvs)), source.randrange(len(tlvs))
    tag, value = tlvs[place]
    match source.randrange(8):
        case 0:
            tlvs[place], tlvs[other] = tlvs[other], tlvs[place]
        case 1:
            tlvs.insert(other, tlvs[place])
        case 2:
            del tlvs[place]
        case 3:
            tlvs[place] = tag, value[:source.randrange(len(value) + 1)]
        case 4:
            tlvs[place] = tag, value + bytes(source.choice([1, 4, 60, 1024]))
        case 5:
            tlvs[place] = source.choice(TAGS), value
        case 6:
            tlvs.insert(other, (source.choice(TAGS), source.randbytes(source.choice([0, 4, 9]))))
            tlvs.sort(key=lambda tlv: tlv[0] & 0x7FFF)
        case _:
            damage_field(source, tlvs)


def test_same_verdict_on_vectors():
    """the same on the vectors"""
    tap.equal(compare([sealed(kb.encode(tlvs)) for tlvs in BASES]), len(BASES), "accepted")


def test_same_verdict_on_edited_forms():
    """the same on thousands of forms whose TLVs were edited"""
    source, forms = random.Random(6), []
    for _ in range(ROUNDS):
        tlvs = list(source.choice(BASES))
        for _ in range(source.choice([1, 1, 2, 3])):
            if tlvs:
                (damage_field if source.random() < 0.4 else edit)(source, tlvs)
        forms.append(sealed(kb.encode(tlvs)))
    accepted = compare(forms)
    tap.diagnose(f"{accepted} of {ROUNDS} accepted")
    tap.ok(ROUNDS // 20 < accepted < ROUNDS * 9 // 10, "a mixture of accepted and refused forms")


def test_same_verdict_on_damaged_bytes():
    """the same on forms whose bytes were damaged, header included"""
    source, forms = random.Random(7), []
    for _ in range(ROUNDS):
        head = bytearray(kb.encode(source.choice(BASES)))
        for _ in range(source.choice([1, 2, 5])):
            head[source.randrange(source.choice([16, 120, len(head)]))] = source.choice(VALUES)
        if source.random() < 0.2:
            del head[source.randrange(len(head)):]
            if len(head) >= 16:
                struct.pack_into("<I", head, 12, len(head) + 96)
        forms.append(sealed(bytes(head)))
    compare(forms)


tap.main()

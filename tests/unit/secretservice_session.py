#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The session algorithm of the Secret Service, against a reference of its own: pow(), HMAC and AES in Python."""

import hashlib
import hmac
import pathlib
import random
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests"))
from lib import tap  # noqa: E402
from lib.reference_crypto import AES, xor  # noqa: E402

TOOL = TOP / "build/tests/secretservice/session_tool"
PRIME = int("FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B"
            "302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE6"
            "49286651ECE65381FFFFFFFFFFFFFFFF", 16)

if not TOOL.exists():
    print("1..0 # SKIP the tool is not built")
    sys.exit(4)
tool = subprocess.Popen([TOOL], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
generator = random.Random(20260112)


def ask(*words):
    tool.stdin.write(" ".join(word if isinstance(word, str) else word.hex() or "-" for word in words) + "\n")
    tool.stdin.flush()
    answer = tool.stdout.readline().split()
    return answer[0] if answer[0].startswith("E") else [b"" if word == "-" else bytes.fromhex(word) for word in answer]


def key_of(shared):
    """HKDF-SHA-256 without salt and info, 16 bytes."""
    extracted = hmac.digest(bytes(32), shared.to_bytes(128, "big"), hashlib.sha256)
    return hmac.digest(extracted, b"\x01", hashlib.sha256)[:16]


def encrypt(key, iv, text):
    aes, out = AES(key), b""
    padding = 16 - len(text) % 16
    text += bytes([padding] * padding)
    for at in range(0, len(text), 16):
        iv = aes.encrypt(xor(text[at:at + 16], iv))
        out += iv
    return out


def agree(private, peer, size):
    got = ask("agree", private.to_bytes(32, "big"), peer.to_bytes(size, "big"))
    tap.equal(got, [pow(2, private, PRIME).to_bytes(128, "big"), key_of(pow(peer, private, PRIME))], f"{private:x} {peer:x}")


def short(value):
    """The first exponent from a random one on whose power has a zero in front."""
    exponent = generator.getrandbits(256)
    while value(exponent) >> 1016:
        exponent += 1
    return exponent


def test_agreement():
    """keys agree with the reference's"""
    for _ in range(20):
        private, other = generator.getrandbits(256), generator.getrandbits(256)
        agree(private, pow(2, other, PRIME), 128)


def test_zeros_in_front():
    """public keys that have fewer bytes than others, with their zeros or without, or too many; shared secrets as well"""
    private = generator.getrandbits(256)
    other = short(lambda exponent: pow(2, exponent, PRIME))
    peer = pow(2, other, PRIME)
    for size in (127, 128, 129, 200):
        agree(private, peer, size)
    agree(short(lambda exponent: pow(2, exponent, PRIME)), pow(2, generator.getrandbits(256), PRIME), 128)
    peer = pow(2, generator.getrandbits(256), PRIME)
    agree(short(lambda exponent: pow(peer, exponent, PRIME)), peer, 128)
    agree(private, 2, 1)


def test_refused():
    """a value that is no element of the group, or tells the shared secret, is refused"""
    for number, size in ((0, 0), (0, 1), (0, 128), (1, 1), (1, 128), (PRIME - 1, 128), (PRIME, 128), (PRIME + 2, 128),
                         ((1 << 1024) - 1, 128), (1 << 1024, 129), (1 << 2000, 300)):
        tap.equal(ask("agree", b"\x05", number.to_bytes(size, "big")), "EINVAL", f"{number:x}, {size} bytes")
    agree(5, PRIME - 2, 128)


def test_own_keys():
    """a key pair of its own each time, with a private key that is not small"""
    answers = [ask("answer", pow(2, 77, PRIME).to_bytes(128, "big")) for _ in range(4)]
    tap.equal(len({own for own, _ in answers}), 4, "public keys")
    for own, key in answers:
        tap.equal(key, key_of(pow(int.from_bytes(own, "big"), 77, PRIME)), "the key that the other side derives")


def test_offer():
    """the side that begins: its public key goes with its private one, and with that it agrees"""
    offers = [ask("offer", b"") for _ in range(4)]
    tap.equal(len({private for private, _ in offers}), 4, "private keys")
    for private, public in offers:
        tap.equal((len(private), public), (32, pow(2, int.from_bytes(private, "big"), PRIME).to_bytes(128, "big")), "public key")
        agree(int.from_bytes(private, "big"), pow(2, 77, PRIME), 128)


def test_cipher():
    """encrypted here, opened there, and the other way round; a fresh IV each time"""
    key, ivs = generator.randbytes(16), set()
    for length in (0, 1, 15, 16, 17, 31, 32, 1000):
        text = generator.randbytes(length)
        iv, data = ask("encrypt", key, text)
        ivs.add(iv)
        tap.equal(data, encrypt(key, iv, text), f"{length} bytes")
        iv = generator.randbytes(16)
        tap.equal(ask("decrypt", key, iv, encrypt(key, iv, text)), [text], f"{length} bytes of the reference")
    tap.equal(len(ivs), 8, "IVs")


def test_not_a_secret():
    """no IV, no whole blocks, no padding: refused"""
    key, iv = generator.randbytes(16), generator.randbytes(16)
    data = encrypt(key, iv, b"a secret of some length")
    for wrong in ((iv[:15], data), (b"", data), (iv + b"x", data), (iv, data[:-1]), (iv, b""), (iv, data[:16]),
                  (iv, data[:-1] + bytes([data[-1] ^ 1]))):
        tap.equal(ask("decrypt", key, *wrong), "EINVAL", f"{len(wrong[0])} and {len(wrong[1])} bytes")


tap.main()

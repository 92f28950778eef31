# SPDX-License-Identifier: GPL-2.0-or-later
"""The algorithms of docs/format.md, written from their standards with nothing but the standard
library, so that the module's answers are checked against something that shares no code with it.
Slow and not constant-time: for tests only."""

import ctypes
import ctypes.util
import functools
import hashlib
import hmac
import struct


def xor(a, b):
    return bytes(x ^ y for x, y in zip(a, b, strict=True))


# AES (FIPS 197). A state is 16 bytes, column by column, as the standard numbers them.

def gf_double(x):
    return (x << 1) ^ (0x11B if x & 0x80 else 0)


def gf_multiply(x, y):
    product = 0
    while y:
        if y & 1:
            product ^= x
        x, y = gf_double(x), y >> 1
    return product


def make_sbox():
    # 3 generates the field: the inverse of its n-th power is its (255 - n)-th.
    powers = [1]
    while len(powers) < 255:
        powers.append(gf_multiply(powers[-1], 3))
    inverses = {power: powers[-n % 255] for n, power in enumerate(powers)}
    sbox = []
    for x in range(256):
        inverse = inverses.get(x, 0)
        rotations = [(inverse << n | inverse >> (8 - n)) & 0xFF for n in range(5)]
        sbox.append(rotations[0] ^ rotations[1] ^ rotations[2] ^ rotations[3] ^ rotations[4] ^ 0x63)
    return sbox


SBOX = make_sbox()
TIMES = {n: [gf_multiply(x, n) for x in range(256)] for n in (1, 2, 3, 9, 11, 13, 14)}
SHIFT_ROWS = [(4 * (column + row) + row) % 16 for column in range(4) for row in range(4)]


def mix_columns(state, factors=(2, 3, 1, 1)):
    mixed = bytearray()
    for column in range(0, 16, 4):
        for row in range(4):
            byte = 0
            for k in range(4):
                byte ^= TIMES[factors[(k - row) % 4]][state[column + k]]
            mixed.append(byte)
    return bytes(mixed)


@functools.lru_cache(maxsize=4096)
def aes_round_keys(key):
    """The encryption key schedule: a list of 16-byte round keys."""
    words = [key[i:i + 4] for i in range(0, len(key), 4)]
    per_key, constant = len(words), 1
    while len(words) < 4 * (per_key + 7):
        word = words[-1]
        if len(words) % per_key == 0:
            word = bytes(SBOX[b] for b in word[1:] + word[:1])
            word = bytes([word[0] ^ constant]) + word[1:]
            constant = gf_double(constant)
        elif len(words) % per_key == 4 and per_key > 6:
            word = bytes(SBOX[b] for b in word)
        words.append(xor(words[-per_key], word))
    return [b"".join(words[i:i + 4]) for i in range(0, len(words), 4)]


def aes_decryption_round_keys(round_keys):
    """The schedule of the equivalent inverse cipher, which AES-NI keeps beside the other one."""
    inner = [mix_columns(key, (14, 11, 13, 9)) for key in reversed(round_keys[1:-1])]
    return [round_keys[-1]] + inner + [round_keys[0]]


def make_round_tables():
    """SubBytes, ShiftRows and MixColumns of one byte at a time: by its place in the state and its
    value, what it adds to the state after the round."""
    tables = []
    for place in range(16):
        column, row = divmod(SHIFT_ROWS.index(place), 4)
        factors = [(8 * (15 - 4 * column - k), TIMES[(2, 3, 1, 1)[(row - k) % 4]]) for k in range(4)]
        tables.append([sum(times[byte] << shift for shift, times in factors) for byte in SBOX])
    return tables


ROUND = make_round_tables()


class AES:
    def __init__(self, key):
        self.round_keys = aes_round_keys(key)

    def encrypt(self, block):
        state = xor(block, self.round_keys[0])
        for round_key in self.round_keys[1:-1]:
            mixed = int.from_bytes(round_key, "big")
            for table, byte in zip(ROUND, state):
                mixed ^= table[byte]
            state = mixed.to_bytes(16, "big")
        return xor(bytes(SBOX[state[i]] for i in SHIFT_ROWS), self.round_keys[-1])


# CMAC (NIST SP 800-38B)

def cmac_subkeys(key):
    def double(block):
        value = int.from_bytes(block, "big") << 1
        if value >> 128:
            value ^= 1 << 128 | 0x87
        return value.to_bytes(16, "big")

    first = double(AES(key).encrypt(bytes(16)))
    return first, double(first)


def cmac(key, message):
    cipher, (whole, padded) = AES(key), cmac_subkeys(key)
    blocks = [message[i:i + 16] for i in range(0, len(message), 16)] or [b""]
    if len(blocks[-1]) == 16:
        blocks[-1] = xor(blocks[-1], whole)
    else:
        blocks[-1] = xor((blocks[-1] + b"\x80").ljust(16, b"\0"), padded)
    state = bytes(16)
    for block in blocks:
        state = cipher.encrypt(xor(state, block))
    return state


# GCM (NIST SP 800-38D), 96-bit nonces

@functools.lru_cache(maxsize=4096)
def ghash_multiples(y):
    """y times x to the power of 0 to 127."""
    multiples = []
    while len(multiples) < 128:
        multiples.append(y)
        y = y >> 1 ^ (0xE1 << 120 if y & 1 else 0)
    return multiples


def ghash_multiply(x, y):
    product = 0
    for bit, multiple in zip(f"{x:0128b}", ghash_multiples(y)):
        if bit == "1":
            product ^= multiple
    return product


def gcm_tag(cipher, nonce, aad, ciphertext):
    key, state = int.from_bytes(cipher.encrypt(bytes(16)), "big"), 0
    data = aad + bytes(-len(aad) % 16) + ciphertext + bytes(-len(ciphertext) % 16)
    data += struct.pack(">QQ", 8 * len(aad), 8 * len(ciphertext))
    for i in range(0, len(data), 16):
        state = ghash_multiply(state ^ int.from_bytes(data[i:i + 16], "big"), key)
    return xor(cipher.encrypt(nonce + struct.pack(">I", 1)), state.to_bytes(16, "big"))


def gcm_stream(cipher, nonce, data):
    out = b""
    for number, i in enumerate(range(0, len(data), 16), start=2):
        block = data[i:i + 16]
        out += xor(block, cipher.encrypt(nonce + struct.pack(">I", number))[:len(block)])
    return out


def gcm_encrypt(key, nonce, aad, plaintext):
    """Ciphertext and tag."""
    cipher = AES(key)
    ciphertext = gcm_stream(cipher, nonce, plaintext)
    return ciphertext + gcm_tag(cipher, nonce, aad, ciphertext)


def gcm_decrypt(key, nonce, aad, sealed):
    """The plaintext, or None where authentication fails."""
    cipher, ciphertext, tag = AES(key), sealed[:-16], sealed[-16:]
    if gcm_tag(cipher, nonce, aad, ciphertext) != tag:
        return None
    return gcm_stream(cipher, nonce, ciphertext)


# HMAC-SHA-256 and HKDF (RFC 2104, RFC 5869)

def hmac_sha256(key, message):
    return hmac.digest(key, message, "sha256")


def hkdf_extract(salt, material):
    return hmac_sha256(salt or bytes(32), material)


def hkdf_expand(prk, info, length):
    out, block = b"", b""
    for number in range(1, -(-length // 32) + 1):
        block = hmac_sha256(prk, block + info + bytes([number]))
        out += block
    return out[:length]


# X25519 (RFC 7748)

def x25519(scalar, point=(9).to_bytes(32, "little")):
    prime = 2**255 - 19
    k = int.from_bytes(scalar, "little") & ~7 & (1 << 255) - 1 | 1 << 254
    x1 = int.from_bytes(point, "little") & (1 << 255) - 1
    x2, z2, x3, z3, swapped = 1, 0, x1, 1, 0
    for bit in range(254, -1, -1):
        if swapped != k >> bit & 1:
            x2, z2, x3, z3 = x3, z3, x2, z2
        swapped = k >> bit & 1
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        da, cb, aa, bb = d * a, c * b, a * a, b * b
        x3, z3 = (da + cb) ** 2 % prime, x1 * (da - cb) ** 2 % prime
        e = aa - bb
        x2, z2 = aa * bb % prime, e * (aa + 121665 * e) % prime
    if swapped:
        x2, z2 = x3, z3
    return (x2 * pow(z2, prime - 2, prime) % prime).to_bytes(32, "little")


# Argon2id (RFC 9106), by libargon2: what keybagd uses, and the only reference at hand

def argon2_library():
    """The library, or None where it is not installed."""
    name = ctypes.util.find_library("argon2")
    try:
        return ctypes.CDLL(name or "libargon2.so.1")
    except OSError:
        return None


def argon2id(passcode, salt, memory_kib, passes, lanes):
    library = argon2_library()
    if library is None:
        raise RuntimeError("libargon2 is missing: install the package libargon2-1")
    out = ctypes.create_string_buffer(32)
    size = ctypes.c_size_t
    error = library.argon2id_hash_raw(
        ctypes.c_uint32(passes), ctypes.c_uint32(memory_kib), ctypes.c_uint32(lanes),
        passcode, size(len(passcode)), salt, size(len(salt)), out, size(32))
    if error:
        raise ValueError(f"libargon2: error {error}")
    return out.raw


# Values that implementations keep in memory besides the keys themselves

def sha256_constants():
    primes = [n for n in range(2, 312) if all(n % d for d in range(2, n))]

    def root(value, power):
        low, high = 0, value
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if middle**power <= value else (low, middle - 1)
        return low & 0xFFFFFFFF

    return ([root(p << 64, 2) for p in primes[:8]], [root(p << 96, 3) for p in primes])


SHA256_START, SHA256_ROUNDS = sha256_constants()


def sha256_compress(state, block):
    def rotate(x, n):
        return (x >> n | x << (32 - n)) & 0xFFFFFFFF

    w = list(struct.unpack(">16I", block))
    for i in range(16, 64):
        s0 = rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ w[i - 15] >> 3
        s1 = rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ w[i - 2] >> 10
        w.append((w[i - 16] + s0 + w[i - 7] + s1) & 0xFFFFFFFF)
    a, b, c, d, e, f, g, h = state
    for constant, word in zip(SHA256_ROUNDS, w):
        s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)
        t1 = h + s1 + (e & f ^ ~e & g) + constant + word
        s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)
        t2 = s0 + (a & b ^ a & c ^ b & c)
        a, b, c, d, e, f, g, h = ((t1 + t2) & 0xFFFFFFFF, a, b, c,
                                  (d + t1) & 0xFFFFFFFF, e, f, g)
    return [(x + y) & 0xFFFFFFFF for x, y in zip(state, (a, b, c, d, e, f, g, h))]


def hmac_states(key):
    """The two SHA-256 states an HMAC key is kept as: eight words each, in x86 byte order."""
    block = (hashlib.sha256(key).digest() if len(key) > 64 else key).ljust(64, b"\0")
    return [struct.pack("<8I", *sha256_compress(SHA256_START, bytes(b ^ pad for b in block)))
            for pad in (0x36, 0x5C)]


def ghash_powers(key, count=16):
    """H, H^2, .. as PCLMULQDQ code keeps them: bytes reversed, times x, reduced."""
    subkey = int.from_bytes(AES(key).encrypt(bytes(16)), "big")
    power, powers = subkey, []
    for _ in range(count):
        doubled = power << 1
        if doubled >> 128:
            doubled ^= 1 << 128 | 0xC2000000000000000000000000000001
        powers.append(doubled.to_bytes(16, "little"))
        power = ghash_multiply(power, subkey)
    return powers

# SPDX-License-Identifier: GPL-2.0-or-later
"""Every secret that a sealed form, the device key and the secret of one protector lead to, and what
ciphers make of them in memory: what a search of RAM looks for.

  PYTHONPATH=tests python3 -m lib.keybag_secrets FORM DEVICE_KEY [passcode|recovery|escrow|none [SECRET [S]]]

prints "name hex" lines. All arguments but the kind are files, read as they are, whole.

Names are paths, so that a prefix says what must be gone when:
  passcode/ recovery/ escrow/ none/   once unlock has returned
  bag/ akpu/                          once unlock has returned
  device/                             after evict; device/key once the key was set
  class/<name>/key, class/<name>/...  while that class is not available; .../key always"""

import pathlib
import sys

from . import keybag_reference as kb
from .reference_crypto import (AES, aes_decryption_round_keys, aes_round_keys, cmac_subkeys,
                               ghash_powers, hkdf_expand, hkdf_extract, hmac_states, x25519)


class Secrets(dict):
    """Name to bytes. What is in public is in the sealed form too, so finding it proves nothing."""

    def __init__(self):
        super().__init__()
        self.public = set()

    def hmac_key(self, name, key):
        """A key and the two SHA-256 states that stand for it."""
        self[name] = key
        self[f"{name}/hmac inner"], self[f"{name}/hmac outer"] = hmac_states(key)

    def aes_key(self, name, key):
        schedule = aes_round_keys(key)
        self[name] = key
        self[f"{name}/round keys"] = b"".join(schedule)
        self[f"{name}/decryption round keys"] = b"".join(aes_decryption_round_keys(schedule))

    def gcm_key(self, name, key):
        """The hash key H as the standard has it, and its powers as PCLMULQDQ code has them."""
        self.aes_key(name, key)
        self[f"{name}/H"] = AES(key).encrypt(bytes(16))
        for exponent, power in enumerate(ghash_powers(key), start=1):
            self[f"{name}/H^{exponent}"] = power

    def cmac_key(self, name, key):
        self.aes_key(name, key)
        self[f"{name}/K1"], self[f"{name}/K2"] = cmac_subkeys(key)

    def derive(self, name, salt, material, labels, length=32):
        """HKDF with its intermediate key; labels maps names to labels. Returns what it derived."""
        prk = hkdf_extract(salt, material)
        self[f"{name}/material"] = material
        self.hmac_key(f"{name}/prk", prk)
        for leaf, label in labels.items():
            self[f"{name}/{leaf}"] = hkdf_expand(prk, kb.info(label), length)
        return [self[f"{name}/{leaf}"] for leaf in labels]

    def sealing_key(self, name, uuid, key):
        """A key that seals inside the bag."""
        self[name] = key
        encrypt, nonce = self.derive(f"{name}/seal", uuid, kb.lp(key),
                                     {"encrypt": "seal encrypt", "nonce": "seal nonce"})
        self.gcm_key(f"{name}/seal/encrypt", encrypt)
        self.cmac_key(f"{name}/seal/nonce", nonce)

    def class_key(self, name, key):
        self[f"{name}/key"] = key
        uses = {use: f"class {use}" for use in ("encrypt", "child", "nonce")}
        encrypt, child, nonce = self.derive(name, b"", kb.lp(key), uses)
        self.gcm_key(f"{name}/encrypt", encrypt)
        self.gcm_key(f"{name}/child", child)
        self.cmac_key(f"{name}/nonce", nonce)

    def authentic_key(self, name, key):
        """K_auth, which the class key of D gives beside its ciphers."""
        self[f"{name}/authentic"] = kb.authentic_key(key)

    def pair_blob(self, name, private_half, authentic, blob):
        """Values that class B makes of its pair and of the ephemeral one to seal a blob."""
        shared, ephemeral = x25519(private_half, blob[-32:]), blob[-32:]
        self[f"{name}/shared"] = shared
        # Mostly public halves, and K_auth.
        self.public.add(f"{name}/material")
        material = b"".join(map(kb.lp, (shared, ephemeral, x25519(private_half), authentic)))
        encrypt, nonce = self.derive(name, b"", material, {use: f"unless open {use}" for use in ("encrypt", "nonce")})
        self.gcm_key(f"{name}/encrypt", encrypt)
        self.cmac_key(f"{name}/nonce", nonce)

    def child_key(self, name, key):
        """A child key, which is in a blob and not in the sealed form."""
        self[f"{name}/key"] = key
        uses = {use: f"child {use}" for use in ("encrypt", "nonce", "mac")}
        encrypt, nonce, mac = self.derive(name, b"", kb.lp(key), uses)
        self.gcm_key(f"{name}/encrypt", encrypt)
        self.cmac_key(f"{name}/nonce", nonce)
        self.hmac_key(f"{name}/mac", mac)

    def needles(self, size=16):
        """(name, bytes) of each piece of @size bytes worth looking for, each once; of a shorter
        secret the whole. Pieces with few different bytes, such as padding, are left out."""
        seen = set()
        for name, value in self.items():
            for at in range(0, max(len(value) - size, 0) + 1, size):
                piece = value[at:at + size]
                if name not in self.public and len(set(piece)) > 4 and piece not in seen:
                    seen.add(piece)
                    yield (name if len(value) <= size else f"{name}+{at}"), piece


def device_secrets(secrets, device_key, uuid):
    device = kb.device_subkeys(device_key)
    secrets["device/key"] = device_key
    names = [name for name in device if name != "id"]
    secrets.derive("device", b"", kb.lp(device_key), {name: f"device {name}" for name in names})
    secrets.hmac_key("device/mac", device["mac"])
    for name in ("counter", "dk", "dku"):
        secrets.sealing_key(f"device/{name}", uuid, device[name])
    return device


def protector_secrets(secrets, form, protector, device, secret, hardware):
    """K_bag and K_akpu, adding how the protector leads there."""
    kind = kb.KIND_NAMES[protector.kind]
    if protector.kind == kb.PASSCODE:
        secrets[f"{kind}/text"] = secret
        secret = kb.passcode_key(protector, secret)
    if secret:
        secrets[f"{kind}/key"] = secret
    if hardware:
        secrets[f"{kind}/S"] = hardware
    bag_key, akpu_key = kb.open_bag_keys(form, device, protector, secret, hardware)
    material = kb.protector_material(protector.kind, secret, device["kek"], hardware)
    secrets.derive(kind, protector.salt, material,
                   {use: f"{kind} {use}" for use in ("verifier", "kek")})
    secrets.public.add(f"{kind}/verifier")
    secrets.sealing_key(f"{kind}/kek", form.uuid, secrets[f"{kind}/kek"])
    return bag_key, akpu_key


def every_secret(data, device_key, kind=kb.PASSCODE, secret=None, hardware=None, identifier=0):
    """Secrets of a sealed form, after all its MACs and seals were checked. @secret is the passcode
    itself, or the secret of another kind of protector; without one only what the device key gives."""
    secrets = Secrets()
    form = kb.check_device(data, kb.device_subkeys(device_key))
    device = device_secrets(secrets, device_key, form.uuid)
    if secret is None and kind != kb.NONE:
        return secrets
    protector = kb.find_protector(form, kind, identifier)
    bag_key, akpu_key = protector_secrets(secrets, form, protector, device, secret, hardware)
    kb.check_recovery_mac(data, form.uuid, bag_key)

    for name, key in (("bag", bag_key), ("akpu", akpu_key)):
        if key is None:
            continue
        secrets.sealing_key(f"{name}/key", form.uuid, key)
        wrapping, = secrets.derive(f"{name}/this device only", form.uuid,
                                   kb.lp(key) + kb.lp(device["tdo"]), {"key": "this device only"})
        secrets.sealing_key(f"{name}/this device only/key", form.uuid, wrapping)
    mac, = secrets.derive("bag/form mac", form.uuid, kb.lp(bag_key), {"key": "form mac"})
    secrets.hmac_key("bag/form mac/key", mac)
    for number, key in kb.open_class_keys(form, device, bag_key, akpu_key).items():
        secrets.class_key(f"class/{kb.CLASS_NAMES[number]}", key)
        if number == kb.D:
            secrets.authentic_key("class/D", key)
    return secrets


def main(arguments):
    if not 2 <= len(arguments) <= 5:
        sys.exit(__doc__)
    kinds = {name: kind for kind, name in kb.KIND_NAMES.items()}
    kind = kinds[arguments.pop(2)] if len(arguments) > 2 else kb.PASSCODE
    try:
        found = every_secret(*(pathlib.Path(name).read_bytes() for name in arguments[:2]), kind,
                             *(pathlib.Path(name).read_bytes() for name in arguments[2:]))
    except kb.Refused as error:
        sys.exit(f"{arguments[0]}: {error}")
    for name, value in found.items():
        print(name.replace(" ", "_"), value.hex())


if __name__ == "__main__":
    main(sys.argv[1:])

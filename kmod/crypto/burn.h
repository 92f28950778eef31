/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Overwriting what ciphers leave on the kernel stack, and in the registers.
 *
 * The AES-NI driver leaves the GHASH key there, the SHA-256 drivers leave the key of HKDF; both
 * survive the death of the task. Depths below the caller, measured: GCM 928 bytes, of which those
 * with key material 864; setkey 784; HKDF 1680. An interrupt saves 168 more.
 */
#ifndef _KEYBAG_BURN_H
#define _KEYBAG_BURN_H

/* After GCM, CMAC and their setkey. Call from the frame that called the cipher, or one above. */
void keybag_burn_cipher(void);

/* After SHA-256, HMAC, HKDF and X25519: 4 KiB. */
void keybag_burn_hash(void);

/*
 * After HMAC alone. That of the kernel's library reaches 560 bytes down on x86-64; elsewhere that
 * is not known. That of its API reaches as far as HKDF.
 */
static inline void keybag_burn_mac(void)
{
#if defined(KEYBAG_HMAC_LIBRARY) && defined(CONFIG_X86_64)
	keybag_burn_cipher();
#else
	keybag_burn_hash();
#endif
}

/*
 * Overwrites the vector registers, for a processor that will not return to what it was doing. In
 * any context. Nothing is done on architectures other than x86-64 and arm64.
 */
void keybag_vectors_clear(void);

#endif /* _KEYBAG_BURN_H */

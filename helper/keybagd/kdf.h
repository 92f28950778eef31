/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From passcode to passcode key: Argon2id, RFC 9106.
 */
#ifndef KEYBAGD_KDF_H
#define KEYBAGD_KDF_H

#include "libkeybag/keybag.h"

#include "common/secret.h"

/*
 * The default cost: the second recommended choice of RFC 9106 (section 4), 64 MiB and 3 passes, with one
 * lane instead of four. Lanes only help who computes them side by side; the daemon does not, so that
 * more of them would be a gift to the attacker.
 */
#define KDF_DEFAULT_MEMORY_KIB	65536
#define KDF_DEFAULT_PASSES	3
#define KDF_DEFAULT_LANES	1

#define KDF_MIN_MEMORY_KIB	64
#define KDF_MAX_MEMORY_KIB	262144
#define KDF_MAX_PASSES		100
#define KDF_MAX_LANES		4

/* The least that is advised against guessing of a stolen disk (OWASP, 2023). */
#define KDF_WEAK_MEMORY_KIB	19456

/*
 * Derives KEYBAG_PASSCODE_KEY_SIZE bytes and wipes @passcode, on failure too. All its memory is locked
 * and wiped; call it on a stack that is wiped afterwards (worker.h). Returns 0, -ENOMEM or -EINVAL.
 */
int kdf_derive(const struct keybag_kdf *cost, const uint8_t salt[KEYBAG_SALT_SIZE],
	       struct secret *passcode, struct secret *ret_key);

#endif /* KEYBAGD_KDF_H */

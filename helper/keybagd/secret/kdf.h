/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From passcode to passcode key: Argon2id, RFC 9106.
 */
#ifndef KEYBAGD_KDF_H
#define KEYBAGD_KDF_H

#include "libkeybag/keybag.h"

#include "common/secret.h"

/*
 * Derives KEYBAG_PASSCODE_KEY_SIZE bytes and wipes @passcode, on failure too. All its memory is locked
 * and wiped; call it on a stack that is wiped afterwards (worker.h). Returns 0, -ENOMEM or -EINVAL.
 */
int kdf_derive(const struct keybag_kdf *cost, const uint8_t salt[KEYBAG_SALT_SIZE],
	       struct secret *passcode, struct secret *ret_key);

#endif /* KEYBAGD_KDF_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A secret as the caller gave it.
 */
#ifndef _KEYBAG_CREDENTIAL_H
#define _KEYBAG_CREDENTIAL_H

#include <linux/types.h>
#include "uapi/keybag.h"

/**
 * struct keybag_credential - a secret that opens a protector
 * @kind: enum keybag_protector_kind
 * @id: of the protector, 0: the only one of that kind
 * @length: of @secret
 * @hardware_length: of @hardware
 * @secret: passcode key, recovery code, escrow secret
 * @hardware: S
 */
struct keybag_credential {
	u32 kind;
	u32 id;
	u32 length;
	u32 hardware_length;
	u8 secret[KEYBAG_MAX_SECRET] __aligned(16);
	u8 hardware[KEYBAG_MAX_HARDWARE_SECRET] __aligned(16);
};

/*
 * Copies it in from user memory. ERR_PTR(-EINVAL) where kind and lengths do not go together,
 * -EFAULT, -ENOMEM.
 */
struct keybag_credential *keybag_credential_copy(const struct keybag_secret *secret);

/* Wipes and frees it; NULL and ERR_PTR() are fine. */
void keybag_credential_free(struct keybag_credential *credential);

#endif /* _KEYBAG_CREDENTIAL_H */

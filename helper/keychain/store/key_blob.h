/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Wrapped child keys as the file has them.
 */
#ifndef KEYCHAIN_KEY_BLOB_H
#define KEYCHAIN_KEY_BLOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "helper/libkeybag/keybag.h"

#define KEY_BLOB_SIZE	(32 + KEYBAG_BLOB_OVERHEAD)

/*
 * Whether the bytes look like a wrapped child key of that class and the keychain's domain. A flipped byte of the header may
 * look like a lock, or like a key that is not for the keychain, which the kernel tells before it looks at the rest: such a key
 * is damaged.
 */
bool key_blob_plausible(const uint8_t *blob, size_t length, uint32_t class_number);

#endif

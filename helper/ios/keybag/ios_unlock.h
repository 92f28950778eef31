/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A backup keybag opened with the backup's password.
 */
#ifndef IOS_UNLOCK_H
#define IOS_UNLOCK_H

#include "helper/common/secret.h"
#include "helper/ios/crypto/ios_crypto.h"
#include "ios_keybag.h"

/* The keybag of a present backup says 10 millions; more than this would keep the machine busy for minutes. */
#define IOS_MAX_ITERATIONS	100000000U

/* Class keys, in locked memory, in the order of the keybag's. */
struct ios_class_keys {
	const struct ios_keybag *keybag;
	struct secret keys;
	uint32_t open;		/* bits of those that are there */
};

#define IOS_CLASS_KEYS_NONE ((struct ios_class_keys){ 0 })

/*
 * Derives the key and opens every class key that it alone wraps: those that the device's key wraps, too, stay closed.
 * Returns 0; -EKEYREJECTED (the password is wrong), -ERANGE (iterations beyond IOS_MAX_ITERATIONS), -EOPNOTSUPP (no
 * keybag that a password opens), -ENOMEM. A class key that is damaged stays closed. @keybag outlives @ret_keys.
 */
int ios_unlock(const struct ios_keybag *keybag, const struct secret *password, struct ios_class_keys *ret_keys);
void ios_class_keys_free(struct ios_class_keys *keys);

#define CLEANUP_CLASS_KEYS CLEANUP(ios_class_keys_free)

/*
 * Unwraps a key that is wrapped for class @number. Returns 0; -ENOKEY (the keybag has no such class key), -EXDEV (only the
 * device opens it), -EBADMSG, -ENOMEM.
 */
int ios_unwrap_for_class(const struct ios_class_keys *keys, uint32_t number, const uint8_t *wrapped, size_t length,
			 uint8_t ret_key[IOS_KEY_SIZE]);

#endif

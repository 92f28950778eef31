/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An item's data in a backup: its attributes and its secret under a key of its own, which is wrapped for its class.
 *
 *   u32 version ‖ u32 class ‖ u32 length (version 1 and up) ‖ wrapped key ‖ ciphertext ‖ tag (version 2 and up)
 *
 * Little-endian. Versions 0 and 1 are AES-CBC of the secret alone; 2 and 3 AES-GCM of a property list and of DER. Bit 31 of
 * the version says that the nonce is the one of all such items, and that all before the wrapped key is authenticated.
 */
#ifndef IOS_ITEM_BLOB_H
#define IOS_ITEM_BLOB_H

#include "helper/ios/keybag/ios_unlock.h"

struct ios_blob {
	uint32_t version;
	uint32_t class;			/* without its generation */
	struct secret plain;		/* with room behind its length */
};

#define IOS_BLOB_NONE ((struct ios_blob){ 0 })

/*
 * Returns 0; -EPROTONOSUPPORT (another version), -EACCES (one with access control, which the device decides about), -EXDEV,
 * -ENOKEY (see ios_unwrap_for_class()), -EBADMSG, -E2BIG (more than @maximum bytes), -ENOMEM. What could be read of version
 * and class is in @ret_blob, of each answer.
 */
int ios_blob_open(const struct ios_class_keys *keys, const uint8_t *bytes, size_t length, size_t maximum,
		  struct ios_blob *ret_blob);
void ios_blob_free(struct ios_blob *blob);

#define CLEANUP_BLOB CLEANUP(ios_blob_free)

#endif

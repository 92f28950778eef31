/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A row's secret: AES-256-GCM under a random key of its own, which the class key wraps in the
 * kernel. Padded to a multiple of 20 bytes. Each opening asks the kernel.
 */
#ifndef KEYCHAIN_ROW_SECRET_H
#define KEYCHAIN_ROW_SECRET_H

#include "helper/keychain/store/row.h"
#include "helper/libkeybag/keybag.h"

#define SECRET_MAX		(1024 * 1024)	/* bytes of one item's value */
#define SECRET_STEP		20
#define SECRET_KEY_BLOB_SIZE	(STORE_ROW_KEY_SIZE + KEYBAG_BLOB_OVERHEAD)

struct sealed_secret {
	uint8_t row_key[SECRET_KEY_BLOB_SIZE];
	uint8_t *bytes;		/* nonce, ciphertext, tag; NULL: the item has no secret */
	size_t length;
};

void sealed_secret_release(struct sealed_secret *sealed);

/*
 * Seals @secret, data or a dictionary of ROW_FLAG_FIELDS, for the row, whose class_number and uuid
 * are set; sets the row's seal, binding and flags. NULL: no secret. Returns 0 or a negative errno
 * of a key.
 */
int secret_seal(struct store *store, struct row *row, const struct value *secret,
		struct sealed_secret *ret_sealed);

/* Moves the row key to another class, inside the kernel; sets the row's binding. */
int secret_change_class(struct store *store, struct row *row, uint32_t class_number,
			struct sealed_secret *sealed);

/*
 * Opens what secret_seal() made, for a row that is open. *ret_secret is data, decrypted in place,
 * or a dictionary, or NULL without a secret. -EBADMSG: damaged.
 */
int secret_open(struct store *store, const struct row *row, const struct sealed_secret *sealed,
		struct value **ret_secret);

/*
 * The columns rowkey and secret of a row. Returns 0, -EBADMSG, -ENOMEM, or -EREMOTEIO with @outcome
 * set.
 */
int secret_read(struct store *store, const struct row *row, struct sealed_secret *ret_sealed,
		struct outcome *outcome);

#endif

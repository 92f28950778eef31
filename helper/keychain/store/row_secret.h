/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A row's secret: AES-256-GCM under a random key of its own, which the class key wraps in the
 * kernel. Padded to a multiple of 20 bytes. Each opening asks the kernel.
 */
#ifndef KEYCHAIN_ROW_SECRET_H
#define KEYCHAIN_ROW_SECRET_H

#include "helper/keychain/store/row.h"

#define SECRET_MAX		(1024 * 1024)	/* bytes of one item's value */
#define SECRET_STEP		20

void sealed_secret_release(struct sealed_secret *sealed);

/*
 * Seals @secret, data or a dictionary of ROW_FLAG_FIELDS, for the row, whose class_number and uuid
 * are set; sets the row's seal, binding and flags. NULL: no secret.
 */
enum fault secret_seal(struct store *store, struct row *row, const struct value *secret,
		       struct sealed_secret *ret_sealed);

/* Moves the row key to another class, inside the kernel; sets the row's binding. */
enum fault secret_change_class(struct store *store, struct row *row, uint32_t class_number,
			       struct sealed_secret *sealed);

/*
 * Moves the row key between a keybag and a backup keybag, whose descriptors these are, inside the kernel; it keeps its class.
 * Sets the row's binding. FAULT_DEVICE: the backup is of another device, where the class stays.
 */
enum fault secret_move(struct store *store, struct row *row, int from, int to, struct sealed_secret *sealed);

/*
 * Opens what secret_seal() made, for a row that is open. *ret_secret is data, decrypted in place,
 * or a dictionary, or NULL without a secret.
 */
enum fault secret_open(struct store *store, const struct row *row, const struct sealed_secret *sealed,
		       struct value **ret_secret);

/* The columns rowkey and secret of a row. */
enum fault secret_read(struct store *store, const struct row *row, struct sealed_secret *ret_sealed);

/* Opens the secret of an open row, which is read unless the row holds it. *ret_secret as of secret_open(). */
enum fault secret_get(struct store *store, const struct row *row, struct value **ret_secret);

#endif

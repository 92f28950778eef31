/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The file device.tpm: a device key, sealed in a TPM. docs/format.md has its bytes.
 */
#ifndef TPM_SEALED_KEY_H
#define TPM_SEALED_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bytes.h"
#include "common/tpm_exchange.h"

#define SEALED_KEY_NAME		TPM_EXCHANGE_NAME
#define SEALED_KEY_PUBLIC	256
#define SEALED_KEY_PRIVATE	384

/* An object that only its TPM opens, as TPM2B_PUBLIC and TPM2B_PRIVATE. */
struct sealed_object {
	uint16_t public_length;
	uint16_t private_length;
	uint8_t public_area[SEALED_KEY_PUBLIC];
	uint8_t private_area[SEALED_KEY_PRIVATE];
};

/* Writes at most 4 + SEALED_KEY_PUBLIC + SEALED_KEY_PRIVATE bytes. Returns their end. */
uint8_t *sealed_object_write(const struct sealed_object *object, uint8_t *ret_bytes);

/* All that is left of @reader. */
bool sealed_object_read(struct bytes_reader *reader, struct sealed_object *ret_object);

struct sealed_key {
	uint8_t id[TPM_EXCHANGE_ID];			/* of the key */
	uint8_t storage_name[SEALED_KEY_NAME];		/* of the primary key it is sealed under */
	uint8_t endorsement_name[SEALED_KEY_NAME];	/* of the same template's in the endorsement hierarchy; zeros: not known */
	struct sealed_object object;
};

/* Writes at most TPM_EXCHANGE_FILE bytes. Returns their number. */
size_t sealed_key_write(const struct sealed_key *sealed, uint8_t ret_bytes[TPM_EXCHANGE_FILE]);

/* Returns TPM_DONE, TPM_DAMAGED or TPM_NEWER. */
enum tpm_verdict sealed_key_read(const uint8_t *bytes, size_t length, struct sealed_key *ret_sealed);

#endif /* TPM_SEALED_KEY_H */

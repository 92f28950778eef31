/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bytes that a sealed form keeps of a secret that the TPM guards: docs/format.md.
 */
#ifndef TPM_GUARDED_FILE_H
#define TPM_GUARDED_FILE_H

#include "common/tpm_exchange.h"
#include "sealed_key.h"

struct guarded_file {
	uint32_t index;
	uint8_t index_name[SEALED_KEY_NAME];		/* once it was written */
	uint8_t storage_name[SEALED_KEY_NAME];		/* as in struct sealed_key */
	uint8_t endorsement_name[SEALED_KEY_NAME];
	struct sealed_object object;
};

/* Writes at most TPM_EXCHANGE_FILE bytes. Returns their number. */
size_t guarded_file_write(const struct guarded_file *file, uint8_t ret_bytes[TPM_EXCHANGE_FILE]);

/* Returns TPM_DONE, TPM_DAMAGED or TPM_NEWER. */
enum tpm_verdict guarded_file_read(const uint8_t *bytes, size_t length, struct guarded_file *ret_file);

#endif /* TPM_GUARDED_FILE_H */

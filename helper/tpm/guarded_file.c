// SPDX-License-Identifier: GPL-2.0-or-later
#include "guarded_file.h"

#include "bytes.h"

#define VERSION	1

size_t guarded_file_write(const struct guarded_file *file, uint8_t ret_bytes[TPM_EXCHANGE_FILE])
{
	uint8_t *at = bytes_put_number(ret_bytes, VERSION, 4);

	at = bytes_put_number(at, file->index, 4);
	at = bytes_put(at, file->index_name, SEALED_KEY_NAME);
	at = bytes_put(at, file->storage_name, SEALED_KEY_NAME);
	at = bytes_put(at, file->endorsement_name, SEALED_KEY_NAME);
	at = sealed_object_write(&file->object, at);
	return (size_t)(at - ret_bytes);
}

enum tpm_verdict guarded_file_read(const uint8_t *bytes, size_t length, struct guarded_file *ret_file)
{
	struct bytes_reader reader = { bytes, length };
	const uint8_t *version = bytes_take(&reader, 4), *index = bytes_take(&reader, 4), *names = bytes_take(&reader, 3 * SEALED_KEY_NAME);
	struct guarded_file file = { 0 };

	if (!version || !bytes_number(version, 4))
		return TPM_DAMAGED;
	if (bytes_number(version, 4) > VERSION)
		return TPM_NEWER;
	if (!index || !names || !sealed_object_read(&reader, &file.object))
		return TPM_DAMAGED;
	file.index = bytes_number(index, 4);
	memcpy(file.index_name, names, SEALED_KEY_NAME);
	memcpy(file.storage_name, names + SEALED_KEY_NAME, SEALED_KEY_NAME);
	memcpy(file.endorsement_name, names + 2 * SEALED_KEY_NAME, SEALED_KEY_NAME);
	if ((file.index & ~(uint32_t)TPM_EXCHANGE_INDEX_MASK) != TPM_EXCHANGE_INDEX)
		return TPM_DAMAGED;
	*ret_file = file;
	return TPM_DONE;
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "sealed_key.h"

#include <openssl/sha.h>
#include <string.h>

#include "bytes.h"

#define MAGIC		"KEYBAG\0\2"
#define MAGIC_SIZE	8
#define VERSION		1

uint8_t *sealed_object_write(const struct sealed_object *object, uint8_t *ret_bytes)
{
	uint8_t *at = bytes_put_number(ret_bytes, object->public_length, 2);

	at = bytes_put_number(at, object->private_length, 2);
	at = bytes_put(at, object->public_area, object->public_length);
	return bytes_put(at, object->private_area, object->private_length);
}

bool sealed_object_read(struct bytes_reader *reader, struct sealed_object *ret_object)
{
	const uint8_t *lengths = bytes_take(reader, 4), *public_area, *private_area;

	if (!lengths)
		return false;
	ret_object->public_length = (uint16_t)bytes_number(lengths, 2);
	ret_object->private_length = (uint16_t)bytes_number(lengths + 2, 2);
	if (ret_object->public_length > SEALED_KEY_PUBLIC || ret_object->private_length > SEALED_KEY_PRIVATE)
		return false;
	public_area = bytes_take(reader, ret_object->public_length);
	private_area = bytes_take(reader, ret_object->private_length);
	if (!public_area || !private_area || reader->left)
		return false;
	memcpy(ret_object->public_area, public_area, ret_object->public_length);
	memcpy(ret_object->private_area, private_area, ret_object->private_length);
	return true;
}

size_t sealed_key_write(const struct sealed_key *sealed, uint8_t ret_bytes[TPM_EXCHANGE_FILE])
{
	const size_t length = MAGIC_SIZE + 4 + 4 + TPM_EXCHANGE_ID + (size_t)2 * SEALED_KEY_NAME + 2 + 2 + sealed->object.public_length +
			      sealed->object.private_length + SHA256_DIGEST_LENGTH;
	uint8_t *at = bytes_put(ret_bytes, MAGIC, MAGIC_SIZE);

	at = bytes_put_number(at, VERSION, 4);
	at = bytes_put_number(at, (uint32_t)length, 4);
	at = bytes_put(at, sealed->id, TPM_EXCHANGE_ID);
	at = bytes_put(at, sealed->storage_name, SEALED_KEY_NAME);
	at = bytes_put(at, sealed->endorsement_name, SEALED_KEY_NAME);
	at = sealed_object_write(&sealed->object, at);
	SHA256(ret_bytes, (size_t)(at - ret_bytes), at);
	return length;
}

static enum tpm_verdict read_areas(struct bytes_reader *reader, struct sealed_key *ret_sealed)
{
	const uint8_t *id = bytes_take(reader, TPM_EXCHANGE_ID), *storage = bytes_take(reader, SEALED_KEY_NAME),
		      *endorsement = bytes_take(reader, SEALED_KEY_NAME);
	struct sealed_key sealed = { 0 };

	if (!id || !storage || !endorsement || !sealed_object_read(reader, &sealed.object))
		return TPM_DAMAGED;
	memcpy(sealed.id, id, sizeof(sealed.id));
	memcpy(sealed.storage_name, storage, sizeof(sealed.storage_name));
	memcpy(sealed.endorsement_name, endorsement, sizeof(sealed.endorsement_name));
	*ret_sealed = sealed;
	return TPM_DONE;
}

enum tpm_verdict sealed_key_read(const uint8_t *bytes, size_t length, struct sealed_key *ret_sealed)
{
	struct bytes_reader reader = { bytes, length };
	const uint8_t *magic, *version, *size;
	uint8_t digest[SHA256_DIGEST_LENGTH];

	if (length < SHA256_DIGEST_LENGTH || length > TPM_EXCHANGE_FILE)
		return TPM_DAMAGED;
	reader.left -= SHA256_DIGEST_LENGTH;
	SHA256(bytes, reader.left, digest);
	if (memcmp(digest, bytes + reader.left, sizeof(digest)) != 0)
		return TPM_DAMAGED;
	magic = bytes_take(&reader, MAGIC_SIZE);
	version = bytes_take(&reader, 4);
	size = bytes_take(&reader, 4);
	if (!magic || !version || !size || memcmp(magic, MAGIC, MAGIC_SIZE) != 0 || bytes_number(size, 4) != length)
		return TPM_DAMAGED;
	if (bytes_number(version, 4) != VERSION)
		return bytes_number(version, 4) > VERSION ? TPM_NEWER : TPM_DAMAGED;
	return read_areas(&reader, ret_sealed);
}

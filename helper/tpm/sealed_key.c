// SPDX-License-Identifier: GPL-2.0-or-later
#include "sealed_key.h"

#include <openssl/sha.h>
#include <string.h>

#define MAGIC		"KEYBAG\0\2"
#define MAGIC_SIZE	8
#define VERSION		1

struct reader {
	const uint8_t *at;
	size_t left;
};

static uint8_t *put(uint8_t *at, const void *bytes, size_t length)
{
	memcpy(at, bytes, length);
	return at + length;
}

static uint8_t *put_number(uint8_t *at, uint32_t number, size_t size)
{
	for (size_t i = 0; i < size; i++)
		*at++ = (uint8_t)(number >> 8 * i);
	return at;
}

static const uint8_t *take(struct reader *reader, size_t length)
{
	const uint8_t *bytes = reader->at;

	if (length > reader->left)
		return NULL;
	reader->at += length;
	reader->left -= length;
	return bytes;
}

static uint32_t number(const uint8_t *bytes, size_t size)
{
	uint32_t value = 0;

	for (size_t i = size; i-- > 0;)
		value = value << 8 | bytes[i];
	return value;
}

size_t sealed_key_write(const struct sealed_key *sealed, uint8_t ret_bytes[TPM_EXCHANGE_FILE])
{
	const size_t length = MAGIC_SIZE + 4 + 4 + TPM_EXCHANGE_ID + (size_t)2 * SEALED_KEY_NAME + 2 + 2 + sealed->public_length +
			      sealed->private_length + SHA256_DIGEST_LENGTH;
	uint8_t *at = put(ret_bytes, MAGIC, MAGIC_SIZE);

	at = put_number(at, VERSION, 4);
	at = put_number(at, (uint32_t)length, 4);
	at = put(at, sealed->id, TPM_EXCHANGE_ID);
	at = put(at, sealed->storage_name, SEALED_KEY_NAME);
	at = put(at, sealed->endorsement_name, SEALED_KEY_NAME);
	at = put_number(at, sealed->public_length, 2);
	at = put_number(at, sealed->private_length, 2);
	at = put(at, sealed->public_area, sealed->public_length);
	at = put(at, sealed->private_area, sealed->private_length);
	SHA256(ret_bytes, (size_t)(at - ret_bytes), at);
	return length;
}

static enum tpm_verdict read_areas(struct reader *reader, struct sealed_key *ret_sealed)
{
	const uint8_t *id = take(reader, TPM_EXCHANGE_ID), *storage = take(reader, SEALED_KEY_NAME),
		      *endorsement = take(reader, SEALED_KEY_NAME), *lengths = take(reader, 4), *public_area, *private_area;
	struct sealed_key sealed = { 0 };

	if (!id || !storage || !endorsement || !lengths)
		return TPM_DAMAGED;
	sealed.public_length = (uint16_t)number(lengths, 2);
	sealed.private_length = (uint16_t)number(lengths + 2, 2);
	if (sealed.public_length > SEALED_KEY_PUBLIC || sealed.private_length > SEALED_KEY_PRIVATE)
		return TPM_DAMAGED;
	public_area = take(reader, sealed.public_length);
	private_area = take(reader, sealed.private_length);
	if (!public_area || !private_area || reader->left)
		return TPM_DAMAGED;
	memcpy(sealed.id, id, sizeof(sealed.id));
	memcpy(sealed.storage_name, storage, sizeof(sealed.storage_name));
	memcpy(sealed.endorsement_name, endorsement, sizeof(sealed.endorsement_name));
	memcpy(sealed.public_area, public_area, sealed.public_length);
	memcpy(sealed.private_area, private_area, sealed.private_length);
	*ret_sealed = sealed;
	return TPM_DONE;
}

enum tpm_verdict sealed_key_read(const uint8_t *bytes, size_t length, struct sealed_key *ret_sealed)
{
	struct reader reader = { bytes, length };
	const uint8_t *magic, *version, *size;
	uint8_t digest[SHA256_DIGEST_LENGTH];

	if (length < SHA256_DIGEST_LENGTH || length > TPM_EXCHANGE_FILE)
		return TPM_DAMAGED;
	reader.left -= SHA256_DIGEST_LENGTH;
	SHA256(bytes, reader.left, digest);
	if (memcmp(digest, bytes + reader.left, sizeof(digest)) != 0)
		return TPM_DAMAGED;
	magic = take(&reader, MAGIC_SIZE);
	version = take(&reader, 4);
	size = take(&reader, 4);
	if (!magic || !version || !size || memcmp(magic, MAGIC, MAGIC_SIZE) != 0 || number(size, 4) != length)
		return TPM_DAMAGED;
	if (number(version, 4) != VERSION)
		return number(version, 4) > VERSION ? TPM_NEWER : TPM_DAMAGED;
	return read_areas(&reader, ret_sealed);
}

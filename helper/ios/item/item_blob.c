// SPDX-License-Identifier: GPL-2.0-or-later
#include "item_blob.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

#define DEFAULT_NONCE	0x80000000U
#define CLASS_MASK	0xf
#define FIRST_CONTROL	4	/* versions with access control */
#define LAST_CONTROL	6

/* SHA-256 of "keychainblobstaticiv" and a line feed, of which it is the beginning. */
static const uint8_t default_nonce[12] = { 0x1e, 0xa0, 0x5c, 0xa9, 0x98, 0x2e, 0x87, 0xdc, 0xf1, 0x45, 0xe8, 0x24 };

struct cursor {
	const uint8_t *at;
	size_t left;
};

static bool take_u32(struct cursor *cursor, uint32_t *ret_number)
{
	if (cursor->left < sizeof(*ret_number))
		return false;
	memcpy(ret_number, cursor->at, sizeof(*ret_number));
	*ret_number = le32toh(*ret_number);
	cursor->at += sizeof(*ret_number);
	cursor->left -= sizeof(*ret_number);
	return true;
}

static int check_version(uint32_t version)
{
	if (version >= FIRST_CONTROL && version <= LAST_CONTROL)
		return -EACCES;
	return version < FIRST_CONTROL ? 0 : -EPROTONOSUPPORT;
}

/* In place: the ciphertext is no secret, what takes its place is. */
static int open_content(struct ios_blob *blob, const uint8_t *key, bool nonce, const uint8_t *head, size_t head_length)
{
	int64_t length;
	int result;

	if (blob->version >= 2)
		return ios_gcm_open(key, nonce ? default_nonce : NULL, nonce ? head : NULL, nonce ? head_length : 0,
				    blob->plain.data, blob->plain.length);
	result = ios_cbc(key, blob->plain.data, blob->plain.length);
	length = result ? result : ios_unpadded(blob->plain.data, blob->plain.length);
	if (length < 0)
		return (int)length;
	blob->plain.length = (size_t)length;
	return 0;
}

int ios_blob_open(const struct ios_class_keys *keys, const uint8_t *bytes, size_t length, size_t maximum,
		  struct ios_blob *ret_blob)
{
	CLEANUP_SECRET struct secret key = SECRET_NONE;
	struct cursor cursor = { bytes, length };
	uint32_t first, class = 0, wrapped = IOS_WRAPPED_SIZE;
	size_t tag, head;
	int result;

	*ret_blob = IOS_BLOB_NONE;
	if (!take_u32(&cursor, &first))
		return -EBADMSG;
	ret_blob->version = first & ~DEFAULT_NONCE;
	result = check_version(ret_blob->version);
	if (result)
		return result;
	if (!take_u32(&cursor, &class) || (ret_blob->version && !take_u32(&cursor, &wrapped)))
		return -EBADMSG;
	ret_blob->class = class & CLASS_MASK;
	head = length - cursor.left;
	tag = ret_blob->version >= 2 ? IOS_TAG_SIZE : 0;
	if (cursor.left < tag || wrapped > cursor.left - tag)
		return -EBADMSG;
	if (cursor.left > maximum)
		return -E2BIG;
	if (secret_new(&key, IOS_KEY_SIZE) < 0 || secret_new(&ret_blob->plain, cursor.left + 1) < 0)
		return -ENOMEM;
	result = ios_unwrap_for_class(keys, class, cursor.at, wrapped, key.data);
	if (result)
		return result;
	memcpy(ret_blob->plain.data, cursor.at + wrapped, cursor.left - wrapped);
	ret_blob->plain.length = cursor.left - wrapped - tag;
	return open_content(ret_blob, key.data, first & DEFAULT_NONCE, bytes, head);
}

void ios_blob_free(struct ios_blob *blob)
{
	secret_free(&blob->plain);
}

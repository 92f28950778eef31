// SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later
#include "blob.h"
#include "bytes.h"

/* Other offsets in the header. */
#define HEADER_VERSION		0
#define HEADER_FLAGS		1
#define HEADER_ZERO		3
#define HEADER_KEY_GENERATION	4
#define HEADER_DOMAIN		8

void kb_blob_header_write(u8 *out, const struct kb_blob_header *header)
{
	out[HEADER_VERSION] = KB_BLOB_VERSION;
	out[HEADER_FLAGS] = header->flags;
	out[KB_BLOB_CLASS] = header->class;
	out[HEADER_ZERO] = 0;
	kb_put_le32(out + HEADER_KEY_GENERATION, header->key_generation);
	memcpy(out + HEADER_DOMAIN, header->domain, KB_DOMAIN_SIZE);
}

int kb_blob_header_read(struct kb_blob_header *header, const u8 *blob, size_t length)
{
	/* The version comes first: of a newer one nothing else is known. */
	if (length && blob[HEADER_VERSION] > KB_BLOB_VERSION)
		return -EPROTONOSUPPORT;
	if (length <= KB_BLOB_OVERHEAD || blob[HEADER_VERSION] != KB_BLOB_VERSION ||
	    blob[HEADER_ZERO])
		return -EINVAL;

	header->flags = blob[HEADER_FLAGS];
	header->class = blob[KB_BLOB_CLASS];
	header->key_generation = kb_get_le32(blob + HEADER_KEY_GENERATION);
	memcpy(header->domain, blob + HEADER_DOMAIN, KB_DOMAIN_SIZE);

	if (header->flags & ~KB_BLOB_FLAGS || header->flags == KB_BLOB_FLAGS)
		return -EINVAL;
	if (!kb_class_valid(header->class) || !header->key_generation)
		return -EINVAL;
	/* It has no child keys, and a blob of it has an ephemeral public half. */
	if (header->class == KB_CLASS_B &&
	    (header->flags || length <= kb_blob_overhead(KB_CLASS_B)))
		return -EINVAL;
	return 0;
}

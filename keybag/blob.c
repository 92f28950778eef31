// SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later
#include "blob.h"
#include "bytes.h"

/* Offsets in the header. */
#define VERSION		0
#define FLAGS		1
#define CLASS		2
#define ZERO		3
#define KEY_GENERATION	4
#define DOMAIN		8

void kb_blob_header_write(u8 *out, const struct kb_blob_header *header)
{
	out[VERSION] = KB_BLOB_VERSION;
	out[FLAGS] = header->flags;
	out[CLASS] = header->class;
	out[ZERO] = 0;
	kb_put_le32(out + KEY_GENERATION, header->key_generation);
	memcpy(out + DOMAIN, header->domain, KB_DOMAIN_SIZE);
}

int kb_blob_header_read(struct kb_blob_header *header, const u8 *blob, size_t length)
{
	/* The version comes first: of a newer one nothing else is known. */
	if (length && blob[VERSION] > KB_BLOB_VERSION)
		return -EPROTONOSUPPORT;
	if (length <= KB_BLOB_OVERHEAD || blob[VERSION] != KB_BLOB_VERSION || blob[ZERO])
		return -EINVAL;

	header->flags = blob[FLAGS];
	header->class = blob[CLASS];
	header->key_generation = kb_get_le32(blob + KEY_GENERATION);
	memcpy(header->domain, blob + DOMAIN, KB_DOMAIN_SIZE);

	if (header->flags & ~KB_BLOB_FLAGS || header->flags == KB_BLOB_FLAGS)
		return -EINVAL;
	if (!kb_class_find(header->class) || !header->key_generation)
		return -EINVAL;
	return 0;
}

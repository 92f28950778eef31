/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later */
/*
 * Header of a wrapped blob (docs/format.md, Blobs).
 */
#ifndef KEYBAG_BLOB_H
#define KEYBAG_BLOB_H

#include "class.h"

#define KB_BLOB_VERSION		1
#define KB_BLOB_HEADER_SIZE	24
#define KB_BLOB_NONCE_SIZE	12
#define KB_BLOB_TAG_SIZE	16
#define KB_BLOB_OVERHEAD	(KB_BLOB_HEADER_SIZE + KB_BLOB_NONCE_SIZE + KB_BLOB_TAG_SIZE)
#define KB_BLOB_EPHEMERAL_SIZE	32	/* class B: public half at the end of a blob */
#define KB_DOMAIN_SIZE		16
#define KB_BLOB_CLASS		2	/* where the class is in it */

#define KB_BLOB_CHILD_KEY	0x01	/* the content is a child key */
#define KB_BLOB_BY_CHILD	0x02	/* sealed by a child key */
#define KB_BLOB_FLAGS		0x03

struct kb_blob_header {
	u8 flags;		/* KB_BLOB_* */
	u8 class;		/* kb_class_valid() */
	u32 key_generation;
	u8 domain[KB_DOMAIN_SIZE];
};

/* Length of a blob of @class beyond that of its content. */
static inline size_t kb_blob_overhead(unsigned int class)
{
	return class == KB_CLASS_B ? KB_BLOB_OVERHEAD + KB_BLOB_EPHEMERAL_SIZE : KB_BLOB_OVERHEAD;
}

/* Writes KB_BLOB_HEADER_SIZE bytes. */
void kb_blob_header_write(u8 *out, const struct kb_blob_header *header);

/*
 * Reads and checks a header. @length is that of the whole blob.
 * Returns 0, -EPROTONOSUPPORT for a newer version, or -EINVAL for anything else that no blob has:
 * too short to hold one byte of content, unknown class or flags, both flags, a flag of class B,
 * byte 3 not zero, key_generation zero.
 */
int kb_blob_header_read(struct kb_blob_header *header, const u8 *blob, size_t length);

#endif /* KEYBAG_BLOB_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The format of sealed files, docs/sealed-file.md: a header, and chunks by the construction STREAM over
 * AES-256-GCM. Bytes and keys only: no files, no keybag.
 */
#ifndef KEYBAGCTL_SEALED_FILE_H
#define KEYBAGCTL_SEALED_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/cleanup.h"
#include "libkeybag/keybag.h"

#define SEALED_VERSION		1
#define SEALED_KEY_SIZE		32
#define SEALED_BLOB_SIZE	(KEYBAG_BLOB_OVERHEAD + SEALED_KEY_SIZE)
/* The part before the wrapped file key, which is the associated data of its wrap. */
#define SEALED_AAD_SIZE		36
#define SEALED_HEADER_SIZE	(SEALED_AAD_SIZE + SEALED_BLOB_SIZE)

#define SEALED_CHUNK_SIZE	65536	/* of plaintext; the last one may have less */
#define SEALED_TAG_SIZE		16
#define SEALED_CHUNK_ROOM	(SEALED_CHUNK_SIZE + SEALED_TAG_SIZE)

/* Writes all of a header but the wrapped file key, whose place is at sealed_header_blob(). */
void sealed_header_write(uint8_t header[SEALED_HEADER_SIZE], uint32_t class_number,
			 const uint8_t uuid[KEYBAG_UUID_SIZE]);

/*
 * Whether @length bytes are a header. Returns 0, -EINVAL (no sealed file), -EBADMSG (damaged), or -EPROTONOSUPPORT (a
 * newer version). What it says is not authenticated until the file key is unwrapped.
 */
int sealed_header_check(const uint8_t *header, size_t length);

/* Fields of a header that was checked. */
uint32_t sealed_header_class(const uint8_t header[SEALED_HEADER_SIZE]);
const uint8_t *sealed_header_uuid(const uint8_t header[SEALED_HEADER_SIZE]);

static inline uint8_t *sealed_header_blob(uint8_t header[SEALED_HEADER_SIZE])
{
	return header + SEALED_AAD_SIZE;
}

/* The chunks of one file, in their order. */
struct sealed_chunks;

/*
 * @header: whole. @file_key: SEALED_KEY_SIZE bytes, which the caller wipes. @seal: to seal, otherwise to open. Returns
 * 0, or -ENOMEM where libcrypto fails.
 */
int sealed_chunks_new(const uint8_t header[SEALED_HEADER_SIZE], const uint8_t *file_key, bool seal,
		      struct sealed_chunks **ret_chunks);
void sealed_chunks_free(struct sealed_chunks *chunks);

static inline void sealed_chunks_cleanup(struct sealed_chunks **chunks)
{
	sealed_chunks_free(*chunks);
}

#define CLEANUP_CHUNKS CLEANUP(sealed_chunks_cleanup)

/*
 * Seals the next chunk in place. @chunk has SEALED_TAG_SIZE bytes of room behind @length. All but the last one have
 * SEALED_CHUNK_SIZE bytes, and the last one is empty only in an empty file. Returns the new length, -EINVAL for
 * another length or after the last one, -EFBIG after 2^32 chunks, -ENOMEM.
 */
ssize_t sealed_chunks_seal(struct sealed_chunks *chunks, uint8_t *chunk, size_t length, bool last);

/*
 * Opens the next chunk in place. @last: nothing follows it. Returns the length of the plaintext, or -EBADMSG, and
 * then what is in @chunk is wiped.
 */
ssize_t sealed_chunks_open(struct sealed_chunks *chunks, uint8_t *chunk, size_t length, bool last);

#endif /* KEYBAGCTL_SEALED_FILE_H */

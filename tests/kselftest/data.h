/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One function for each data command, and a table of all of them.
 *
 * Every function returns what the command returned (the length of the result, a number), or a
 * negative errno.
 */
#ifndef KEYBAG_SELFTEST_DATA_H
#define KEYBAG_SELFTEST_DATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <keybag.h>

#define MAX_BLOB	(KEYBAG_MAX_PAYLOAD + KEYBAG_BLOB_OVERHEAD)
#define CHILD_BLOB	(32 + KEYBAG_BLOB_OVERHEAD)

/* The header of the first release has no such blobs. */
#ifndef KEYBAG_BLOB_OVERHEAD_B
#define KEYBAG_BLOB_OVERHEAD_B	84
#endif

/* Length of a blob of the class beyond that of its content. */
static inline __u32 blob_overhead(__u32 class)
{
	return class == KEYBAG_CLASS_B ? KEYBAG_BLOB_OVERHEAD_B : KEYBAG_BLOB_OVERHEAD;
}

/* Offsets in a blob, docs/format.md. */
enum blob_offset {
	BLOB_VERSION	= 0,
	BLOB_FLAGS	= 1,
	BLOB_CLASS	= 2,
	BLOB_ZERO	= 3,
	BLOB_GENERATION	= 4,
	BLOB_DOMAIN	= 8,
	BLOB_NONCE	= 24,
	BLOB_CIPHERTEXT	= 36,
};

struct aad {
	const void *bytes;
	size_t length;
};

#define NO_AAD		((struct aad){})
#define AAD_OF(text)	((struct aad){ (text), sizeof(text) - 1 })

/* Whether each of them is @value. */
bool bytes_are(const __u8 *bytes, size_t length, __u8 value);

/* @blob has room for the result. */
int data_wrap(int fd, __u32 class, const void *plaintext, size_t length, struct aad aad,
	      __u8 *blob);
/* GENERATE; @plaintext may be NULL. */
int data_generate(int fd, __u32 class, void *plaintext, size_t length, struct aad aad, __u8 *blob);
/* @plaintext has room for the result. */
int data_unwrap(int fd, const __u8 *blob, size_t length, struct aad aad, void *plaintext);
/* Into the same descriptor's bag when @target is -1. */
int data_rewrap(int fd, int target, __u32 class, const __u8 *blob, size_t length, struct aad aad,
		struct aad new_aad, __u8 *new_blob);

/* The same with a structure of the caller's, which is sent as it is. */
int data_wrap_raw(int fd, const struct keybag_wrap *wrap, struct aad aad);
int data_unwrap_raw(int fd, const struct keybag_unwrap *unwrap, const __u8 *blob, size_t length,
		    struct aad aad);

int child_create(int fd, __u32 class, struct aad aad, __u8 *blob);
int child_open(int fd, const __u8 *blob, size_t length, struct aad aad);
int child_close(int fd, int child);
/* By OPERATE. */
int child_encrypt(int fd, int child, const void *plaintext, size_t length, struct aad aad,
		  __u8 *blob);
int child_decrypt(int fd, int child, const __u8 *blob, size_t length, struct aad aad,
		  void *plaintext);
int child_mac(int fd, int child, const void *message, size_t length, __u8 mac[KEYBAG_MAC_SIZE]);

int data_operate(int fd, struct keybag_item *item);
int data_batch(int fd, struct keybag_item *items, __u32 count);

struct keybag_item item_wrap(__u32 class, const void *plaintext, size_t length, struct aad aad,
			     __u8 *blob);
struct keybag_item item_unwrap(const __u8 *blob, size_t length, struct aad aad, void *plaintext,
			       size_t capacity);

#endif /* KEYBAG_SELFTEST_DATA_H */

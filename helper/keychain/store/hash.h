/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lookup hashes: what rows are found by without opening them. HMACs under keys that never leave the
 * kernel, so that a stolen file says nothing about accounts and servers.
 */
#ifndef KEYCHAIN_HASH_H
#define KEYCHAIN_HASH_H

#include "helper/keychain/store/schema.h"
#include "helper/keychain/store/store.h"

struct hash_job {
	enum lookup lookup;
	char table[5], column[5];	/* what is hashed, besides its bytes */
	const void *bytes;
	size_t length;
	uint8_t hash[HASH_SIZE];	/* out */
};

/*
 * All of them in as few calls of the kernel as may be. FAULT_LOCKED before first unlock; FAULT_ABSENT, without
 * @create, where no such key exists yet, so that there are no rows either.
 */
enum fault hash_all(struct store *store, struct hash_job *jobs, size_t count, bool create);

/* Fills in all but the key and the result. @buffer as in attribute_bytes(). */
void hash_prepare(struct hash_job *job, enum item_class item_class,
		  const struct attribute *attribute, const struct value *value, char *buffer);

/*
 * The bytes that stand for an item's uniqueness; @attributes has them, or their default counts.
 * To be wiped and freed; NULL without memory.
 */
uint8_t *hash_unique_bytes(enum item_class item_class, const struct value *attributes,
			   size_t *ret_length);

/* Key of rows of that protection class. */
enum lookup hash_lookup(uint32_t class_number);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Own attributes: pairs of texts that programs name as they like, the attribute "attr" of every class of item. Their
 * bytes, whether one set has another, and what is hashed of them.
 */
#ifndef KEYCHAIN_OWN_H
#define KEYCHAIN_OWN_H

#include "helper/keychain/store/hash.h"

#define OWN_NAME	"attr"
#define OWN_MAX_PAIRS	128
#define OWN_MAX_NAME	VALUE_MAX_KEY
#define OWN_MAX_BYTES	61440		/* of all names and values of an item: they come in one request */
#define OWN_MAX_HASHES	(OWN_MAX_PAIRS + 1)

/* The bytes of names and values of @pairs together. */
size_t own_size(const struct value *pairs);

/* Pairs in the order of their names. Returns the length; @bytes NULL: only that. */
size_t own_encode(const struct value *pairs, uint8_t *bytes);
/* FAULT_DAMAGED where own_encode() has not made it, or FAULT_MEMORY. Bounded and total. */
enum fault own_decode(const uint8_t *bytes, size_t length, struct value **ret_pairs);

/* Whether @pairs has each pair of @wanted; @exact: and no other. NULL is the set of none. */
bool own_has(const struct value *pairs, const struct value *wanted, bool exact);

/* Whether a column of hashes has this one. */
bool own_hashed(const uint8_t *hashes, size_t count, const uint8_t hash[HASH_SIZE]);

/* Hash jobs of pairs: of the whole set, and of each. To be released. */
struct own_jobs {
	struct hash_job *jobs;	/* room for OWN_MAX_HASHES; the first is of the set */
	size_t count;		/* 0: there are no pairs */
	uint8_t *bytes;		/* what they hash */
	size_t length;
};

/*
 * Fills @jobs->jobs, but for the keys. FAULT_MEMORY; FAULT_TOO_LONG: too many pairs. The hashes are the same for every
 * class of item.
 */
enum fault own_jobs_make(struct own_jobs *jobs, const struct value *pairs);
/* Wipes. */
void own_jobs_release(struct own_jobs *jobs);

#endif

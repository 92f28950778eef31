/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rights of a descriptor, or of an in-kernel user, to its bag.
 */
#ifndef _KEYBAG_ACCESS_H
#define _KEYBAG_ACCESS_H

#include <linux/atomic.h>
#include <linux/err.h>
#include <linux/nospec.h>
#include <linux/types.h>
#include "../../keybag/blob.h"
#include "../bag/bag.h"

/* Use of an access that is good for one operation. */
enum keybag_use {
	KEYBAG_USE_READY,
	KEYBAG_USE_BUSY,	/* an operation is running */
	KEYBAG_USE_SPENT,	/* one succeeded */
};

/**
 * struct keybag_grant - what an access permits
 * @domain: blobs carry it, others are not opened; zero until it is set
 * @rights: KEYBAG_RIGHT_*
 * @classes: KEYBAG_CLASS_BIT()
 */
struct keybag_grant {
	u8 domain[KEYBAG_DOMAIN_SIZE] __aligned(sizeof(u64));
	u32 rights;
	u32 classes;
};

/**
 * struct keybag_access - rights to one bag
 * @bag: holds a reference; NULL until the descriptor is bound, then constant
 * @grants: the one in effect, and room for the next
 * @grant: index of the one in effect; keybag_access_grant() reads it
 * @limited: @once or @deadline apply, constant
 * @privileged: bound with CAP_SYS_ADMIN, or of a part of the kernel: told of records to save, and
 *	has budgets of its own (set before @bag, then constant)
 * @once: good for one successful data operation, constant
 * @deadline: boot clock, ns; 0: none, constant
 * @use: enum keybag_use, of one that is good @once
 *
 * A grant in effect does not change: RESTRICT fills in the other, puts that into effect, and waits
 * for the stays that had begun. So each operation sees one of them whole, and when RESTRICT returns
 * none runs with the former.
 */
struct keybag_access {
	struct keybag_bag *bag;
	struct keybag_grant grants[2];
	unsigned int grant;
	bool limited;
	bool privileged;
	bool once;
	u64 deadline;
	atomic_t use;
};

/*
 * The grant in effect. Call in a stay, once for each operation: a second call may find another.
 * Out of a stay only a single word of it means anything.
 */
static __always_inline const struct keybag_grant *
keybag_access_grant(const struct keybag_access *access)
{
	/* Pairs with the release in file.c, by the dependency of the address. */
	return &access->grants[READ_ONCE(access->grant)];
}

/*
 * Begins and ends one command that may do data operations: two of them at a time would make an
 * access that is good once good twice. Returns 0, -EKEYEXPIRED or -EBUSY.
 */
int keybag_access_claim_limited(struct keybag_access *access);
void keybag_access_release_limited(struct keybag_access *access);

/* Says that a data operation succeeded. */
void keybag_access_spend_limited(struct keybag_access *access);

/* Whether @access has run out: past its deadline, or spent. */
bool keybag_access_expired(const struct keybag_access *access);

static inline int keybag_access_claim(struct keybag_access *access)
{
	return unlikely(access->limited) ? keybag_access_claim_limited(access) : 0;
}

static inline void keybag_access_release(struct keybag_access *access)
{
	if (unlikely(access->limited))
		keybag_access_release_limited(access);
}

static inline void keybag_access_spend(struct keybag_access *access)
{
	if (unlikely(access->limited))
		keybag_access_spend_limited(access);
}

/*
 * The slot of @class if @grant, that of @access, permits @right on it. Call in a stay. @class is a
 * valid one. Errors: -EKEYREVOKED, -EKEYEXPIRED, -EACCES, -ENOENT (the bag has no such key). That
 * the key is available is for the caller to see.
 */
static __always_inline struct keybag_slot *
keybag_access_slot(const struct keybag_access *access, const struct keybag_grant *grant, u32 right,
		   unsigned int class)
{
	struct keybag_bag *bag = access->bag;
	/* It comes from callers: not beyond the array even where its check is only predicted. */
	struct keybag_slot *slot = &bag->slots[array_index_nospec(class, KB_CLASS_SLOTS)];

	if (unlikely(bag->gone))
		return ERR_PTR(-EKEYREVOKED);
	if (unlikely(access->limited) && keybag_access_expired(access))
		return ERR_PTR(-EKEYEXPIRED);
	if (unlikely(!(grant->rights & right) || !(grant->classes & KEYBAG_CLASS_BIT(class))))
		return ERR_PTR(-EACCES);
	if (unlikely(!slot->key_generation))
		return ERR_PTR(-ENOENT);
	return slot;
}

/* Why a class key is not there: a backup keybag has all but those of another device or owner. */
static inline int keybag_access_unavailable(const struct keybag_access *access)
{
	return access->bag->type == KEYBAG_TYPE_BACKUP ? -EXDEV : -ENOKEY;
}

/* Fills in the header of a new blob of the class. Call in a stay. */
static inline void keybag_access_header(const struct keybag_grant *grant,
					struct kb_blob_header *header, unsigned int class,
					u32 key_generation, u8 flags)
{
	header->flags = flags;
	header->class = class;
	header->key_generation = key_generation;
	memcpy(header->domain, grant->domain, KEYBAG_DOMAIN_SIZE);
}

#endif /* _KEYBAG_ACCESS_H */

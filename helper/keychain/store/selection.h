/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Conditions by which rows of one table are selected: select.h.
 */
#ifndef KEYCHAIN_SELECTION_H
#define KEYCHAIN_SELECTION_H

#include "helper/keychain/store/own.h"
#include "helper/keychain/store/row.h"

#define SELECT_MAX_TERMS 130

/* A selection. Whoever makes it keeps it, and what it points to, while the selection is under way. */
struct selection {
	enum item_class item_class;	/* a stored one */
	/* Equality of columns of lookup hashes. */
	struct {
		const struct attribute *attribute;
		uint8_t hash[LOOKUP_KEYS][HASH_SIZE];
	} terms[SELECT_MAX_TERMS];
	size_t term_count;
	/* Own attributes: each that a row has to have, or the one of its whole set. */
	uint8_t own[OWN_MAX_HASHES][LOOKUP_KEYS][HASH_SIZE];
	size_t own_count;
	bool own_none;			/* only rows without any */
	bool usable[LOOKUP_KEYS];	/* there are hashes by that key */
	const char *const *groups;	/* NULL: all there are, but for @except */
	size_t group_count;
	const char *except;		/* NULL: none */
	bool synchronizable[2];		/* whether rows that are not are looked for, and those that are */
	const char *protection;		/* NULL: any */
	bool by_created, by_modified;
	int64_t created, modified;	/* milliseconds */
	bool secrets;			/* rows come with their sealed secrets */
};

#endif

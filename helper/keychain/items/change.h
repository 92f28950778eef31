/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Changes of items, in bounded memory: one entry an item, and of too many that anything may have happened.
 */
#ifndef KEYCHAIN_CHANGE_H
#define KEYCHAIN_CHANGE_H

#include <stdbool.h>
#include <stddef.h>

#include "helper/keychain/store/row.h"

#define CHANGES_MAX	256

enum change_kind {
	CHANGE_ADDED = 1,
	CHANGE_CHANGED,
	CHANGE_REMOVED,
	CHANGE_ANYTHING,	/* to any item of the group */
};

struct change {
	enum change_kind kind;
	enum item_class item_class;
	uint8_t uuid[ROW_UUID_SIZE];
	char *group;
};

struct changes {
	struct change *list;	/* CHANGES_MAX, or NULL */
	size_t count;
	bool anything;		/* of any group; the list is empty then */
};

/*
 * Notes it. An item has one entry in each group: what was added and then changed is added, what was removed and then added
 * is changed, else the later one counts. Where there is no room, or no memory, all
 * that is known of the items of a group becomes one entry, CHANGE_ANYTHING; where that does not do, @anything.
 */
void changes_note(struct changes *changes, enum change_kind kind, enum item_class item_class,
		  const uint8_t uuid[ROW_UUID_SIZE], const char *group);
void changes_note_anything(struct changes *changes);

bool changes_empty(const struct changes *changes);

/* Leaves it empty. */
void changes_release(struct changes *changes);

#endif

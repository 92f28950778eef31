/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Property lists, by libplist, within bounds. What comes out of it belongs to the list and lives as long.
 */
#ifndef IOS_PLIST_READ_H
#define IOS_PLIST_READ_H

#include <plist/plist.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "helper/common/cleanup.h"
#include "plist_bounds.h"

/* @max_nodes: PLIST_MAX_NODES or fewer. Returns 0; -E2BIG, -EBADMSG or -ENOMEM as plist_bounds_check(). */
int plist_read(const uint8_t *bytes, size_t length, uint32_t max_nodes, plist_t *ret_list);

static inline void plist_read_cleanup(plist_t *list)
{
	plist_free(*list);
}

#define CLEANUP_PLIST CLEANUP(plist_read_cleanup)

/* The member of a dictionary; NULL: @dictionary is none, or has none of that name. */
plist_t plist_read_member(plist_t dictionary, const char *name);

/* The content of a node of that type, or NULL, 0, false. */
const uint8_t *plist_read_data(plist_t node, size_t *ret_length);
const char *plist_read_text(plist_t node);
bool plist_read_number(plist_t node, uint64_t *ret_number);
bool plist_read_boolean(plist_t node);

/*
 * The object that a member of an object stands for, in an archive of NSKeyedArchiver: @objects is its array. NULL: there is
 * none, or it is the archive's null.
 */
plist_t plist_read_archived(plist_t objects, plist_t node);

#endif

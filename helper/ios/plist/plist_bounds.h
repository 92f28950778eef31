/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether a property list may be given to libplist, which goes as deep as the file says, and makes a node again for each
 * reference to it: so that a small file may take all of the stack, or of the memory.
 */
#ifndef IOS_PLIST_BOUNDS_H
#define IOS_PLIST_BOUNDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PLIST_MAX_DEPTH	32
/* With every reference followed: a file, and the attributes of one item. */
#define PLIST_MAX_NODES		4000000U
#define PLIST_MAX_NODES_OF_ITEM	1024U

bool plist_bounds_is_binary(const uint8_t *bytes, size_t length);

/* Returns 0; -E2BIG: deeper than above, or more than @max_nodes; -EBADMSG: no property list, binary or XML; -ENOMEM. */
int plist_bounds_check(const uint8_t *bytes, size_t length, uint32_t max_nodes);

#endif

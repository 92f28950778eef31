/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An entry of the keychain in a backup, made a query for an add.
 */
#ifndef IOS_ITEM_H
#define IOS_ITEM_H

#include <plist/plist.h>

#include "helper/ios/keybag/ios_unlock.h"
#include "helper/keychain/base/value.h"

/* Classes of items, in the order of the keychain's file: "genp" and so on. NULL behind the last one. */
extern const char *const ios_item_classes[];

struct ios_item {
	struct value *query;	/* class, pdmn, attributes and v_Data */
	struct value *group;	/* the access group it had, a text; NULL: none */
	const char *protection;	/* "ak" and so on; "": not known */
};

#define IOS_ITEM_NONE ((struct ios_item){ .protection = "" })

/*
 * Opens @entry of class @item_class. Returns NULL, or why it is none: an IOS_LEFT_* of ios_exchange.h, with ret_item->protection
 * as far as it is known. *@ret_memory: whether it was for want of memory, which ends all.
 */
const char *ios_item_open(const struct ios_class_keys *keys, const char *item_class, plist_t entry, struct ios_item *ret_item,
			  bool *ret_memory);
void ios_item_free(struct ios_item *item);

#define CLEANUP_ITEM CLEANUP(ios_item_free)

#endif

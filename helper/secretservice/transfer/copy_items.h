/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Copies the items of one collection.
 */
#ifndef SECRETSERVICE_COPY_ITEMS_H
#define SECRETSERVICE_COPY_ITEMS_H

#include <stdbool.h>
#include <stddef.h>

#include "peer.h"
#include "record.h"

struct copy_tally {
	size_t added, renewed, present, left;
};

struct copy {
	struct peer *from, *to;
	bool keychain_limits;		/* those of the keychain hold for what is copied */
	bool dry_run;
	struct copy_tally total;	/* of all collections; left counts collections that are locked as well */
};

/*
 * @target: the path of the collection that they go to; NULL: there is none yet, and nothing is written. @present: its items.
 * @called: the collection, for people. Returns 0, or a negative errno where one of the services is gone.
 */
int copy_items(struct copy *copy, const struct record_list *items, const char *target, const struct record_list *present,
	       const char *called, struct copy_tally *ret_tally);

#endif /* SECRETSERVICE_COPY_ITEMS_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Items without their secrets, of one class or of all, and how many were left out because they are locked.
 */
#ifndef KEYCHAIN_CLI_LISTING_H
#define KEYCHAIN_CLI_LISTING_H

#include "arguments.h"

struct listing {
	struct value *items;
	struct value *withheld;		/* names of protection classes, as keys */
	int64_t withheld_count, damaged_count, lost_count;
	struct value *locked;		/* reference, class and dates of those that are known to match */
};

/*
 * Asks for the items that match the query of @arguments; of classes that have not all of its attributes there are
 * none. Without --strict locked ones are counted only. Returns an exit status. Release with listing_free().
 */
int listing_read(struct keychain_client *client, const struct arguments *arguments, struct listing *ret_listing);

void listing_free(struct listing *listing);

/* Leaves the items that have each of the words in service, server, account or label, in upper or lower case. */
int listing_keep(struct listing *listing, const char *const *words, size_t count);

/*
 * Prints it as JSON, as attributes, or as lines: columns on a terminal, otherwise fields with tabs between
 * them. Tells what was left out. Returns an exit status.
 */
int listing_print(const struct arguments *arguments, const struct listing *listing);

#endif

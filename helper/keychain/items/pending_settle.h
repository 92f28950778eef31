/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Additions that waited (pending.h), carried out as if they were made anew.
 */
#ifndef KEYCHAIN_PENDING_SETTLE_H
#define KEYCHAIN_PENDING_SETTLE_H

#include "helper/keychain/items/request.h"

/* Counts of additions, by what pending_settle() has made of them. */
struct pending_outcome {
	size_t added;
	size_t colliding, refused, damaged;	/* which wait no more, and are kept */
};

/*
 * Carries out all that wait, in one transaction, in their order; each is gone from there once it is an item. Nothing is
 * done while they cannot be opened, and where the file cannot be written: they wait on. @request is one of its own,
 * without a caller; its changes are those made. Returns whether there was anything to do.
 */
bool pending_settle(struct request *request, struct pending_outcome *ret_outcome);

/* Carries out one that was opened, request->pending, whatever class of it may be locked. Returns a status. */
int pending_carry_out(struct request *request, const struct value *addition);

#endif

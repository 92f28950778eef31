/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One request under way.
 */
#ifndef KEYCHAIN_REQUEST_H
#define KEYCHAIN_REQUEST_H

#include "helper/keychain/items/change.h"
#include "helper/keychain/items/groups.h"
#include "helper/keychain/items/outcome.h"
#include "helper/keychain/items/query.h"
#include "helper/keychain/store/pending_row.h"
#include "helper/keychain/store/store.h"

struct engine;

struct request {
	struct engine *engine;
	struct store *store;
	const struct engine_caller *caller;
	const struct value *source;	/* the whole request */
	const struct value *query, *update, *options;
	const struct pending_row *pending;	/* an addition that waited is carried out (pending.h); NULL: none */
	struct outcome outcome;		/* details go into the answer */
	struct value *result;		/* NULL: none */
	struct changes changes;		/* that it makes */
	bool committed;			/* they are made */
	size_t waiting;			/* items that it has wait for the next unlock */
};

/* Members of { options: {...} }; absent: false, 0, NULL. Wrong types are refused before. */
bool option_boolean(const struct request *request, const char *name);
int64_t option_number(const struct request *request, const char *name);
const struct value *option_value(const struct request *request, const char *name);

/*
 * The status for what the store has answered, with text and details: the only place where one becomes the other. 0 for
 * FAULT_NONE. @class_number: the protection class that a fault of a key is about, 0: none in particular.
 */
int request_status(struct request *request, enum fault fault, uint32_t class_number);

/* Notes that the request makes this of an item, for those who watch; nothing comes of it unless it is committed. */
void request_note(struct request *request, enum change_kind kind, const struct row *row, const char *group);

/* The time of what it does, in milliseconds since 1970: now, or when an addition that waited was made. */
int64_t request_time(const struct request *request);

/*
 * Commits what the request has changed. With the option dry_run nothing is: the transaction stays open, and is
 * rolled back with the end of the request as is one that failed. Returns a status.
 */
int request_commit(struct request *request);

#endif

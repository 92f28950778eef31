/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One request under way.
 */
#ifndef KEYCHAIN_REQUEST_H
#define KEYCHAIN_REQUEST_H

#include "helper/keychain/items/groups.h"
#include "helper/keychain/items/query.h"
#include "helper/keychain/store/store.h"

struct engine;

struct request {
	struct engine *engine;
	struct store *store;
	const struct engine_caller *caller;
	const struct value *source;	/* the whole request */
	const struct value *query, *update, *options;
	struct outcome outcome;		/* details go into the answer */
	struct value *result;		/* NULL: none */
};

/* Of { options: {...} }; absent: false, 0, NULL. Wrong types are refused before. */
bool option_boolean(const struct request *request, const char *name);
int64_t option_number(const struct request *request, const char *name);
const struct value *option_value(const struct request *request, const char *name);

/* Status, text and details for a negative errno of the store. */
int request_key_error(struct request *request, int error, uint32_t class_number);

#endif

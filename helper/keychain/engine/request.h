/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One request under way, and the operations on it.
 */
#ifndef KEYCHAIN_REQUEST_H
#define KEYCHAIN_REQUEST_H

#include "helper/keychain/engine/engine.h"
#include "helper/keychain/engine/groups.h"
#include "helper/keychain/engine/query.h"
#include "helper/keychain/store/store.h"

struct engine {
	struct store store;
	bool system;
};

struct request {
	struct engine *engine;
	struct store *store;
	const struct engine_caller *caller;
	const struct value *source;	/* the whole request */
	const struct value *query, *update, *options;
	struct outcome outcome;		/* details go into the answer */
	struct value *result;		/* NULL: none */
};

/* Each returns a status, with request->outcome set unless it is success. */
int operation_add(struct request *request);
int operation_add_all(struct request *request);
int operation_copy(struct request *request);
int operation_update(struct request *request);
int operation_delete(struct request *request);
int operation_upsert(struct request *request);
int operation_change_class(struct request *request);
int operation_move(struct request *request);
int operation_purge(struct request *request);

/* Of { options: {...} }; absent: false, 0, NULL. Wrong types are refused before. */
bool option_boolean(const struct request *request, const char *name);
int64_t option_number(const struct request *request, const char *name);
const struct value *option_value(const struct request *request, const char *name);

#endif

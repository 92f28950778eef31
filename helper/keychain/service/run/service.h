/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests that the service answers by itself, without an engine: who the caller is, which keychains there
 * are.
 */
#ifndef KEYCHAIND_SERVICE_H
#define KEYCHAIND_SERVICE_H

#include "engine_cache.h"
#include "helper/keychain/service/grants/identity.h"
#include "helper/keychain/service/peer/connection.h"

struct service_call {
	struct engine_cache *cache;
	struct connection *connection;
	const struct identity *identity;
	const struct keychain_id *keychain;	/* the one the request names, or the default one */
	bool by_default;			/* it names none */
	bool administers;			/* root, who named the keychain's owner */
	const struct value *request;
};

/*
 * The answer, or NULL: the operation is the engine's. *@ret_ours tells NULL from out of memory, or from connection->held:
 * the answer comes when there is something to tell.
 */
struct value *service_execute(const char *operation, const struct service_call *call,
			      bool *ret_ours);

/* The answer to who was granted no access group. NULL without memory. */
struct value *service_no_groups(const struct identity *identity);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KEYCHAIND_REQUEST_H
#define KEYCHAIND_REQUEST_H

#include "engine_cache.h"
#include "helper/keychain/service/peer/connection.h"

/*
 * Carries out one message of a connection and answers it. Returns 0, or a negative errno: the
 * connection is of no more use. Descriptors of @incoming that it does not need for an answer to come are left there.
 */
int request_handle(struct engine_cache *cache, struct connection *connection,
		   struct incoming *incoming);

/*
 * Answers the request of a connection that watches, which was held, now that there is something to tell. Returns as
 * request_handle().
 */
int request_resume(struct engine_cache *cache, struct connection *connection);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KEYCHAIND_ON_BEHALF_H
#define KEYCHAIND_ON_BEHALF_H

#include "engine_cache.h"
#include "helper/keychain/service/grants/identity.h"
#include "helper/keychain/service/peer/connection.h"

/*
 * The process that a request of @connection, whose identity is known, is asked on behalf of: that of @pidfd, looked at now.
 * It is the caller's, for identity_free(). NULL: *ret_answer says why not; or NULL as well without memory.
 */
struct identity *on_behalf_of(struct engine_cache *cache, const struct connection *connection, int pidfd,
			      struct value **ret_answer);

#endif

// SPDX-License-Identifier: LGPL-2.1-or-later
#include "find.h"

#include "client.h"
#include "helper/keychain/transport/request.h"
#include "items.h"
#include "query.h"

const char *find_alone(unsigned int flags)
{
	return (flags & (KEYCHAIN_RETURN_ATTRIBUTES | KEYCHAIN_RETURN_SECRET | KEYCHAIN_RETURN_REFERENCE)) ==
	       KEYCHAIN_RETURN_REFERENCE ? "v_PersistentRef" : NULL;
}

int find_request(struct keychain_client *client, const struct keychain_query *query, unsigned int flags, size_t limit,
		 struct value **ret_request)
{
	struct value *request;
	int status = query_check(client, query);

	if (status)
		return status;
	request = request_new("copy", value_copy(query->dictionary));
	request_set(&request, "query", "m_Limit", limit == KEYCHAIN_NO_LIMIT ?
		    value_string("m_LimitAll") : value_integer(limit > INT64_MAX ? INT64_MAX : (int64_t)limit));
	if (flags & KEYCHAIN_RETURN_ATTRIBUTES)
		request_set(&request, "query", "r_Attributes", value_boolean(true));
	if (flags & KEYCHAIN_RETURN_SECRET)
		request_set(&request, "query", "r_Data", value_boolean(true));
	/* A secret that comes alone is no bytes where the item has none: with the reference beside it, it is not there. */
	if (flags & KEYCHAIN_RETURN_REFERENCE || (flags & KEYCHAIN_RETURN_SECRET && !(flags & KEYCHAIN_RETURN_ATTRIBUTES)))
		request_set(&request, "query", "r_PersistentRef", value_boolean(true));
	if (flags & KEYCHAIN_PARTIAL)
		request_set(&request, "options", "partial", value_boolean(true));
	if (flags & KEYCHAIN_LOCKED_REFERENCES)
		request_set(&request, "options", "locked_references", value_boolean(true));
	if (!request)
		return client_fail(client, errSecAllocate, "out of memory");
	*ret_request = request;
	return 0;
}

int keychain_find(struct keychain_client *client, const struct keychain_query *query,
		  unsigned int flags, size_t limit, struct keychain_items **ret_items)
{
	struct value *request, *answer = NULL;
	struct keychain_items *items;
	int status = find_request(client, query, flags, limit, &request);

	if (!status)
		status = client_execute(client, request, &answer);
	if (status)
		return status;
	items = items_new(answer, find_alone(flags));
	if (!items)
		return client_fail(client, errSecAllocate, "out of memory");
	*ret_items = items;
	return 0;
}

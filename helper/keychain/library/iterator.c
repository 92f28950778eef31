// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * All that matches, a page at a time.
 */
#include <stdlib.h>

#include "client.h"
#include "find.h"
#include "helper/keychain/transport/page.h"
#include "items.h"

struct keychain_iterator {
	struct keychain_client *client;
	struct value *request;		/* for the next page; NULL: there is none */
	unsigned int flags;
};

int keychain_iterate(struct keychain_client *client, const struct keychain_query *query, unsigned int flags,
		     struct keychain_iterator **ret_iterator)
{
	struct keychain_iterator *iterator = calloc(1, sizeof(*iterator));
	int status;

	if (!iterator)
		return client_fail(client, errSecAllocate, "out of memory");
	iterator->client = client;
	iterator->flags = flags;
	status = find_request(client, query, flags, KEYCHAIN_NO_LIMIT, &iterator->request);
	if (!status && client_add_target(client, iterator->request) < 0)
		status = client_fail(client, errSecAllocate, "out of memory");
	if (status)
		keychain_iterator_free(iterator);
	else
		*ret_iterator = iterator;
	return status;
}

/* Asks for what follows @answer, if there is more. */
static int go_on(struct keychain_iterator *iterator, const struct value *answer)
{
	bool more = value_get(answer, "cursor");
	int result = more ? page_continue(iterator->request, answer) : 0;

	if (!more || result < 0) {
		value_free(iterator->request);
		iterator->request = NULL;
	}
	return result;
}

int keychain_iterator_next(struct keychain_iterator *iterator, struct keychain_items **ret_items)
{
	struct value *answer = NULL;
	int status;

	*ret_items = NULL;
	if (!iterator->request)
		return 0;
	status = client_execute_page(iterator->client, iterator->request, &answer);
	if (status)
		return status;
	if (go_on(iterator, answer) < 0) {
		value_free(answer);
		return client_fail(iterator->client, errSecAllocate, "out of memory");
	}
	*ret_items = items_new(answer, find_alone(iterator->flags));
	return *ret_items ? 0 : client_fail(iterator->client, errSecAllocate, "out of memory");
}

void keychain_iterator_free(struct keychain_iterator *iterator)
{
	if (!iterator)
		return;
	value_free(iterator->request);
	free(iterator);
}

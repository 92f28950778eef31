// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * All that matches, a page at a time.
 */
#include <errno.h>
#include <stdlib.h>

#include "client.h"
#include "find.h"
#include "helper/common/cancellation.h"
#include "helper/keychain/transport/page.h"
#include "items.h"

struct keychain_iterator {
	struct keychain_client *client;
	struct value *request;		/* for the next page; NULL: there is none */
	unsigned int flags;
	struct owned_descriptor behalf;	/* what the client's was when it was made */
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
	iterator->behalf = BEHALF_NONE;
	status = find_request(client, query, flags, KEYCHAIN_NO_LIMIT, &iterator->request);
	if (!status && client_add_target(client, iterator->request) < 0)
		status = client_fail(client, errSecAllocate, "out of memory");
	if (!status && client_copy_behalf(&client->behalf, &iterator->behalf) < 0)
		status = client_fail(client, errSecAllocate, "out of descriptors");
	if (status)
		keychain_iterator_free(iterator);
	else
		*ret_iterator = iterator;
	return status;
}

/* *ret_next: the request for what follows @answer; NULL: that is all. Returns 0 or -ENOMEM. */
static int make_next(const struct keychain_iterator *iterator, const struct value *answer, struct value **ret_next)
{
	*ret_next = NULL;
	if (!value_get(answer, "cursor"))
		return 0;
	*ret_next = value_copy(iterator->request);
	if (*ret_next && page_continue(*ret_next, answer) == 0)
		return 0;
	value_free(*ret_next);
	return -ENOMEM;
}

/* On behalf of the same process as before, whatever the client was told since. */
static int ask_for_page(struct keychain_iterator *iterator, struct value **ret_answer)
{
	struct keychain_client *client = iterator->client;
	const struct owned_descriptor behalf = client->behalf;
	int status;

	client->behalf = iterator->behalf;
	status = client_execute_page(client, iterator->request, ret_answer);
	client->behalf = behalf;
	return status;
}

int keychain_iterator_next(struct keychain_iterator *iterator, struct keychain_items **ret_items)
{
	struct value *answer = NULL, *next;
	struct keychain_items *items;
	int status;

	if (!iterator->request) {
		*ret_items = NULL;
		return 0;
	}
	status = ask_for_page(iterator, &answer);
	if (status)
		return status;
	if (page_is_endless(answer, iterator->request)) {
		value_free(answer);
		return client_fail(iterator->client, errSecInternal, "%s", keychain_status_text(errSecInternal));
	}
	items = items_new(answer, find_alone(iterator->flags));
	/* The page may be asked for again where it cannot be given out, or what follows it cannot be asked for. */
	if (!items || make_next(iterator, items->answer, &next) < 0) {
		keychain_items_free(items);
		return client_fail(iterator->client, errSecAllocate, "out of memory");
	}
	value_free(iterator->request);
	iterator->request = next;
	*ret_items = items;
	return 0;
}

void keychain_iterator_free(struct keychain_iterator *iterator)
{
	NOT_CANCELLED;

	if (!iterator)
		return;
	value_free(iterator->request);
	client_forget_behalf(&iterator->behalf);
	free(iterator);
}

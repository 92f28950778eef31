// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The requests of the typed interface.
 */
#include <string.h>

#include "client.h"
#include "helper/common/utf8.h"
#include "helper/keychain/transport/request.h"
#include "query.h"

/* Whether @text can be sent; else the error is noted. */
static int check_text(struct keychain_client *client, const char *function, const char *text)
{
	if (text && utf8_valid(text, strlen(text)))
		return 0;
	return client_fail(client, errSecParam, "%s: %s", function,
			   text ? "text that is not UTF-8" : "a name is missing");
}

/* { op, query, @part: { @key: @text } }. NULL without memory. Takes @query. */
static struct value *bulk_request(const char *operation, struct value *query, const char *part,
				  const char *key, const char *text)
{
	struct value *request = request_new(operation, query);

	request_set(&request, part, key, value_string(text));
	return request;
}

/* An operation on many items, which tells how many. */
static int bulk(struct keychain_client *client, struct value *request, unsigned int flags,
		uint64_t *ret_count)
{
	struct value *answer = NULL;
	int status;

	if (flags & KEYCHAIN_DRY_RUN)
		request_set(&request, "options", "dry_run", value_boolean(true));
	status = client_execute(client, request, &answer);
	if (!status && ret_count)
		*ret_count = (uint64_t)value_as_integer(value_get(value_get(answer, "result"),
								  "count"));
	value_free(answer);
	return status;
}

static int add(struct keychain_client *client, const struct keychain_query *item,
	       const char *operation, bool wants_reference, struct value **ret_answer)
{
	struct value *request;
	int status = query_check(client, item);

	if (client)
		client->pending = false;
	if (status)
		return status;
	request = request_new(operation, value_copy(item->dictionary));
	if (wants_reference)
		request_set(&request, "query", "r_PersistentRef", value_boolean(true));
	if (item->seal_while_locked)
		request_set(&request, "options", "seal_while_locked", value_boolean(true));
	status = client_execute(client, request, ret_answer);
	client->pending = !status && value_as_integer(value_get(*ret_answer, "pending")) > 0;
	return status;
}

int keychain_add(struct keychain_client *client, const struct keychain_query *item,
		 uint8_t *ret_reference)
{
	struct value *answer = NULL;
	const void *reference;
	size_t length = 0;
	int status = add(client, item, "add", ret_reference, &answer);

	if (!status && ret_reference) {
		reference = value_bytes(value_get(answer, "result"), &length);
		if (reference && length == KEYCHAIN_REFERENCE_SIZE)
			memcpy(ret_reference, reference, length);
		else
			status = client_fail(client, errSecInternal,
					     "the service returned no reference");
	}
	value_free(answer);
	return status;
}

int keychain_upsert(struct keychain_client *client, const struct keychain_query *item,
		    bool *ret_added)
{
	struct value *answer = NULL;
	int status = add(client, item, "upsert", false, &answer);

	if (!status && ret_added)
		*ret_added = value_as_boolean(value_get(answer, "added"));
	value_free(answer);
	return status;
}

int keychain_update(struct keychain_client *client, const struct keychain_query *query,
		    const struct keychain_query *changes)
{
	struct value *request;
	int status = query_check(client, query);

	if (!status)
		status = query_check(client, changes);
	if (status)
		return status;
	request = request_new("update", value_copy(query->dictionary));
	if (request && value_set(request, "update", value_copy(changes->dictionary)) < 0) {
		value_free(request);
		request = NULL;
	}
	return client_execute(client, request, NULL);
}

int keychain_change_class(struct keychain_client *client, const struct keychain_query *query,
			  enum keychain_accessible accessible, unsigned int flags,
			  uint64_t *ret_count)
{
	const char *name = keychain_accessible_name(accessible);
	int status = query_check(client, query);

	if (!status && !name)
		status = client_fail(client, errSecParam,
				     "keychain_change_class: no protection class");
	if (status)
		return status;
	return bulk(client, bulk_request("change-class", value_copy(query->dictionary), "update",
					 "pdmn", name), flags, ret_count);
}

int keychain_delete(struct keychain_client *client, const struct keychain_query *query)
{
	int status = query_check(client, query);

	if (status)
		return status;
	return client_execute(client, request_new("delete", value_copy(query->dictionary)), NULL);
}

int keychain_move(struct keychain_client *client, const char *from, const char *to,
		  unsigned int flags, uint64_t *ret_count)
{
	struct value *query;
	int status = check_text(client, "keychain_move", from);

	if (!status)
		status = check_text(client, "keychain_move", to);
	if (status)
		return status;
	query = value_dictionary();
	if (value_set(query, "agrp", value_string(from)) < 0 ||
	    value_set(query, "sync", value_string("syna")) < 0) {
		value_free(query);
		query = NULL;
	}
	return bulk(client, bulk_request("move", query, "update", "agrp", to), flags, ret_count);
}

int keychain_purge(struct keychain_client *client, const char *application, unsigned int flags,
		   uint64_t *ret_count)
{
	int status = check_text(client, "keychain_purge", application);

	if (status)
		return status;
	return bulk(client, bulk_request("purge", value_dictionary(), "options", "application",
					 application), flags, ret_count);
}

int keychain_create(struct keychain_client *client, const char *name)
{
	int status = check_text(client, "keychain_create", name);

	return status ? status
		      : client_execute(client, request_named("keychain-create", name), NULL);
}

int keychain_remove(struct keychain_client *client, const char *name)
{
	int status = check_text(client, "keychain_remove", name);

	return status ? status
		      : client_execute(client, request_named("keychain-delete", name), NULL);
}

int keychain_default(struct keychain_client *client, char ret_name[KEYCHAIN_NAME_SIZE])
{
	struct value *answer = NULL;
	int status = client_execute(client, request_plain("keychain-default"), &answer);
	const char *name = value_as_string(value_get(value_get(answer, "result"), "default"));

	if (!status && name && strlen(name) < KEYCHAIN_NAME_SIZE)
		strcpy(ret_name, name);
	else if (!status)
		status = client_fail(client, errSecInternal, "the service returned no name");
	value_free(answer);
	return status;
}

int keychain_set_default(struct keychain_client *client, const char *name)
{
	int status = check_text(client, "keychain_set_default", name);

	return status ? status
		      : client_execute(client, request_named("keychain-default", name), NULL);
}

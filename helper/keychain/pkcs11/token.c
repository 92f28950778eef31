// SPDX-License-Identifier: LGPL-2.1-or-later
#include "token.h"

#include <string.h>
#include <unistd.h>

#include "helper/keychain/certificate/key_type.h"
#include "helper/keychain/transport/wire.h"

/* A service that hangs is an error of the token, and no end of the program's patience. */
#define REQUEST_NS	UINT64_C(20000000000)
#define PRESENT_NS	UINT64_C(10000000000)

static struct keychain_client *client;

CK_RV token_open(void)
{
	if (keychain_client_new(&client))
		return CKR_HOST_MEMORY;
	keychain_client_set_time_limit(client, REQUEST_NS);
	return CKR_OK;
}

void token_close(void)
{
	keychain_client_free(client);
	client = NULL;
}

void token_abandon(void)
{
	client = NULL;
}

static CK_RV result_of(int status)
{
	switch (status) {
	case errSecSuccess:
		return CKR_OK;
	case errSecInteractionNotAllowed:
		return CKR_USER_NOT_LOGGED_IN;
	case errSecItemNotFound:
		return CKR_OBJECT_HANDLE_INVALID;
	case errSecAllocate:
		return CKR_HOST_MEMORY;
	default:
		return CKR_DEVICE_ERROR;
	}
}

CK_RV token_present(void)
{
	struct keychain_query *query;
	struct keychain_items *items = NULL;
	int status;

	/* Where no keychain is installed nothing is asked and nothing waits. */
	if (access(KEYCHAIN_SOCKET, F_OK) < 0)
		return CKR_TOKEN_NOT_PRESENT;
	query = keychain_query_new(KEYCHAIN_CERTIFICATE);
	keychain_client_set_time_limit(client, PRESENT_NS);
	status = query ? keychain_find(client, query, KEYCHAIN_PARTIAL, 1, &items) : errSecAllocate;
	keychain_client_set_time_limit(client, REQUEST_NS);
	keychain_items_free(items);
	keychain_query_free(query);
	if (status == errSecAllocate)
		return CKR_HOST_MEMORY;
	return !status || status == errSecItemNotFound || status == errSecInteractionNotAllowed ? CKR_OK : CKR_TOKEN_NOT_PRESENT;
}

CK_RV token_unlocked(void)
{
	switch (keychain_wait(client, KEYCHAIN_WHEN_UNLOCKED, 0)) {
	case errSecSuccess:
		return CKR_OK;
	case errSecInteractionNotAllowed:
		return CKR_USER_NOT_LOGGED_IN;
	default:
		return CKR_TOKEN_NOT_PRESENT;
	}
}

static const struct {
	enum keychain_class class;
	enum keychain_attribute id;
	int key_class;			/* enum key_class; -1: not asked for */
	unsigned int flags;
} kinds[] = {
	[TOKEN_CERTIFICATES] = { KEYCHAIN_CERTIFICATE, KEYCHAIN_PUBLIC_KEY_HASH, -1, KEYCHAIN_RETURN_ATTRIBUTES | KEYCHAIN_RETURN_SECRET },
	[TOKEN_PUBLIC_KEYS] = { KEYCHAIN_KEY, KEYCHAIN_APPLICATION_LABEL, KEY_PUBLIC,
				KEYCHAIN_RETURN_ATTRIBUTES | KEYCHAIN_RETURN_SECRET },
	[TOKEN_PRIVATE_KEYS] = { KEYCHAIN_KEY, KEYCHAIN_APPLICATION_LABEL, KEY_PRIVATE, KEYCHAIN_RETURN_ATTRIBUTES },
	[TOKEN_LOCKED_IDENTITIES] = { KEYCHAIN_IDENTITY, KEYCHAIN_PUBLIC_KEY_HASH, -1, KEYCHAIN_LOCKED_REFERENCES },
};

static struct keychain_query *query_of(enum token_items kind, struct der id)
{
	struct keychain_query *query = keychain_query_new(kinds[kind].class);

	if (query && kinds[kind].key_class >= 0)
		keychain_query_set_number(query, KEYCHAIN_KEY_CLASS, kinds[kind].key_class);
	if (query && id.left)
		keychain_query_set_data(query, kinds[kind].id, id.at, id.left);
	return query;
}

static int find(enum token_items kind, struct der id, size_t limit, struct keychain_items **ret_items)
{
	struct keychain_query *query = query_of(kind, id);
	int status = query ? keychain_find(client, query, kinds[kind].flags | KEYCHAIN_RETURN_REFERENCE | KEYCHAIN_PARTIAL, limit, ret_items) :
		     errSecAllocate;

	keychain_query_free(query);
	return status;
}

CK_RV token_find(enum token_items kind, struct der id, struct keychain_items **ret_items)
{
	int status = find(kind, id, KEYCHAIN_NO_LIMIT, ret_items);

	/* None, or none that can be told of. */
	if (status == errSecItemNotFound || status == errSecInteractionNotAllowed) {
		*ret_items = NULL;
		return CKR_OK;
	}
	return result_of(status);
}

CK_RV token_find_one(enum token_items kind, struct der id, struct keychain_items **ret_items)
{
	return result_of(find(kind, id, 1, ret_items));
}

CK_RV token_read(const uint8_t reference[KEYCHAIN_REFERENCE_SIZE], bool secret, struct keychain_items **ret_items)
{
	unsigned int flags = KEYCHAIN_RETURN_ATTRIBUTES | (secret ? KEYCHAIN_RETURN_SECRET : 0);
	struct keychain_query *query = keychain_query_new_reference(reference);
	int status = query ? keychain_find(client, query, flags, 1, ret_items) : errSecAllocate;

	keychain_query_free(query);
	return result_of(status);
}

struct der token_secret(const struct keychain_items *items, size_t index)
{
	size_t length = 0;
	const void *bytes = keychain_items_secret(items, index, &length);

	return der_of(bytes, length);
}

struct der token_data(const struct keychain_items *items, size_t index, enum keychain_attribute attribute)
{
	size_t length = 0;
	const void *bytes = keychain_items_data(items, index, attribute, &length);

	return der_of(bytes, length);
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "note.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "library.h"

/* The creator of these items, four letters as a number: "ssnt". */
#define NOTE_CREATOR	0x73736e74
#define NOTE_SERVICE	"org.freedesktop.Secret.Service"

/* Service and account make an item unique: the kind is part of the account, so that an alias takes no label's place. */
static struct keychain_query *query_of(const char *kind, const char *name)
{
	struct keychain_query *query = keychain_query_new(KEYCHAIN_GENERIC_PASSWORD);
	char account[NOTE_NAME_SIZE];

	snprintf(account, sizeof(account), "%s:%s", kind, name);

	keychain_query_set_text(query, KEYCHAIN_SERVICE, NOTE_SERVICE);
	keychain_query_set_text(query, KEYCHAIN_ACCOUNT, account);
	keychain_query_set_number(query, KEYCHAIN_CREATOR, NOTE_CREATOR);
	return query;
}

static int copy_text(const char *text, char **ret_text)
{
	*ret_text = text ? strdup(text) : NULL;
	return !text ? errSecItemNotFound : *ret_text ? 0 : errSecAllocate;
}

int note_read(const char *keychain, const char *kind, const char *name, char **ret_text)
{
	struct keychain_client *client = library_own_client(keychain);
	struct keychain_query *query = query_of(kind, name);
	struct keychain_items *items;
	int status = client ? keychain_find(client, query, KEYCHAIN_RETURN_ATTRIBUTES, 1, &items) : errSecAllocate;

	keychain_query_free(query);
	if (status)
		return status;
	status = copy_text(keychain_items_text(items, 0, KEYCHAIN_DESCRIPTION, NULL), ret_text);
	keychain_items_free(items);
	return status;
}

static int remove_note(struct keychain_client *client, const struct keychain_query *query)
{
	int status = keychain_delete(client, query);

	return status == errSecItemNotFound ? 0 : status;
}

int note_write(const char *keychain, const char *kind, const char *name, const char *text)
{
	struct keychain_client *client = library_own_client(keychain);
	struct keychain_query *query = query_of(kind, name);
	int status = client ? 0 : errSecAllocate;

	if (!status && text) {
		keychain_query_set_text(query, KEYCHAIN_DESCRIPTION, text);
		keychain_query_set_boolean(query, KEYCHAIN_INVISIBLE, true);
		keychain_query_set_accessible(query, KEYCHAIN_ALWAYS);
		status = keychain_upsert(client, query, NULL);
	} else if (!status) {
		status = remove_note(client, query);
	}
	keychain_query_free(query);
	return status;
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "note.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "library.h"

/* The creator of these items, four letters as a number: "ssnt". */
#define NOTE_CREATOR	0x73736e74
#define NOTE_SERVICE	"org.freedesktop.Secret.Service"

static struct keychain_query *query_of_all(void)
{
	struct keychain_query *query = keychain_query_new(KEYCHAIN_GENERIC_PASSWORD);

	keychain_query_set_text(query, KEYCHAIN_SERVICE, NOTE_SERVICE);
	keychain_query_set_number(query, KEYCHAIN_CREATOR, NOTE_CREATOR);
	return query;
}

/* Service and account make an item unique: the kind is part of the account, so that an alias takes no label's place. */
static struct keychain_query *query_of(const char *kind, const char *name)
{
	struct keychain_query *query = query_of_all();
	char account[NOTE_NAME_SIZE];

	snprintf(account, sizeof(account), "%s:%s", kind, name);
	keychain_query_set_text(query, KEYCHAIN_ACCOUNT, account);
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

/* The name of a note of that kind; NULL: it is of another one. */
static const char *name_of(const struct keychain_items *items, size_t at, const char *kind)
{
	const char *account = keychain_items_text(items, at, KEYCHAIN_ACCOUNT, NULL);
	size_t length = strlen(kind);

	return account && !strncmp(account, kind, length) && account[length] == ':' ? account + length + 1 : NULL;
}

int note_remove_all(const char *keychain, const char *kind, const char *text)
{
	struct keychain_client *client = library_own_client(keychain);
	struct keychain_query *query = query_of_all();
	struct keychain_items *items = NULL;
	const char *name;
	int status;

	keychain_query_set_text(query, KEYCHAIN_DESCRIPTION, text);
	status = client ? keychain_find(client, query, KEYCHAIN_RETURN_ATTRIBUTES, KEYCHAIN_NO_LIMIT, &items) : errSecAllocate;
	keychain_query_free(query);
	for (size_t at = 0; !status && at < keychain_items_count(items); at++) {
		name = name_of(items, at, kind);
		if (name)
			status = note_write(keychain, kind, name, NULL);
	}
	keychain_items_free(items);
	return status == errSecItemNotFound ? 0 : status;
}

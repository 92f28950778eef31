// SPDX-License-Identifier: GPL-2.0-or-later
#include "collection_names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "helper/common/cleanup.h"
#include "helper/common/utf8.h"
#include "helper/keychain/base/reserved_names.h"
#include "library.h"
#include "lock_state.h"
#include "note.h"
#include "session_keychain.h"

#define DEFAULT_ALIAS	"default"
#define SESSION_ALIAS	"session"
#define ALIAS_KIND	"alias"

/* The keychain of the machine's CA certificates is no collection of secrets. */
static void add_name(struct collection_names *names, const char *name)
{
	if (!name || strlen(name) >= KEYCHAIN_NAME_SIZE || !strcmp(name, SYSTEM_ROOTS_KEYCHAIN) || names->count == COLLECTIONS_MAX)
		return;
	strcpy(names->names[names->count++], name);
}

static bool has_name(const struct collection_names *names, const char *name)
{
	for (size_t at = 0; at < names->count; at++) {
		if (!strcmp(names->names[at], name))
			return true;
	}
	return false;
}

/* @list: [ { name, … } ]. */
static void add_names(const struct value *list, struct collection_names *names)
{
	names->count = 0;
	for (size_t at = 0; at < value_count(list); at++)
		add_name(names, value_as_name(value_get(value_at(list, at), "name")));
	if (!has_name(names, FIRST_COLLECTION))
		add_name(names, FIRST_COLLECTION);
	names->session_is_made = has_name(names, LOGIN_TIME_KEYCHAIN);
	if (!names->session_is_made)
		add_name(names, LOGIN_TIME_KEYCHAIN);
}

int collection_names_list(struct collection_names *ret_names)
{
	struct keychain_client *client = library_any_client();
	struct value *list;
	int status = client ? call_plain(client, "keychains", &list) : errSecAllocate;

	if (status)
		return status;
	add_names(list, ret_names);
	value_free(list);
	return 0;
}

int collection_names_find(const char *name)
{
	struct collection_names names;
	int status;

	if (!strcmp(name, FIRST_COLLECTION) || session_keychain_is(name))
		return 0;
	status = collection_names_list(&names);
	return status ? status : has_name(&names, name) ? 0 : errSecItemNotFound;
}

/* Letters, digits, '-' and '_' of the label, with room for a number behind. */
static void name_like(const char *label, char name[KEYCHAIN_NAME_SIZE])
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
	size_t length = 0;

	for (; *label && length < KEYCHAIN_NAME_SIZE - 5; label++) {
		if (strchr(allowed, *label) && (length || *label != '-'))
			name[length++] = *label;
	}
	name[length] = 0;
	if (!length)
		strcpy(name, "collection");
}

/* A keychain of the collection's name "session" could not have a path like its own. */
static bool is_reserved(const char *name)
{
	return !strcmp(name, SYSTEM_ROOTS_KEYCHAIN) || !strcmp(name, SESSION_ALIAS);
}

/*
 * A name that is made again is no longer what they stood for. Both ends of a keychain's life: another program may have deleted it, or
 * this have failed then.
 */
static void forget_aliases(const char *name)
{
	note_remove_all(FIRST_COLLECTION, ALIAS_KIND, name);
}

int collection_names_create(const char *label, char ret_name[KEYCHAIN_NAME_SIZE])
{
	struct collection_names names;
	char like[KEYCHAIN_NAME_SIZE];
	int status = collection_names_list(&names);
	struct keychain_client *client;

	ret_name[0] = 0;
	if (status)
		return status;
	name_like(label, like);
	strcpy(ret_name, like);
	for (unsigned int number = 2; has_name(&names, ret_name) || is_reserved(ret_name); number++)
		snprintf(ret_name, KEYCHAIN_NAME_SIZE, "%.58s-%u", like, number);
	forget_aliases(ret_name);
	client = library_own_client(NULL);
	return client ? keychain_create(client, ret_name) : errSecAllocate;
}

int collection_names_remove(const char *name)
{
	struct keychain_client *client = library_own_client(NULL);
	int status = client ? keychain_remove(client, name) : errSecAllocate;

	if (!status)
		forget_aliases(name);
	return status;
}

static int default_name(char ret_name[KEYCHAIN_NAME_SIZE])
{
	struct keychain_client *client = library_own_client(NULL);

	return client ? keychain_default(client, ret_name) : errSecAllocate;
}

/* A name that was set and is no longer one is none. */
int collection_names_of_alias(const char *alias, char ret_name[KEYCHAIN_NAME_SIZE])
{
	CLEANUP_FREE char *set = NULL;
	const char *name;
	int status;

	if (!strcmp(alias, DEFAULT_ALIAS))
		return default_name(ret_name);
	if (!strcmp(alias, SESSION_ALIAS)) {
		strcpy(ret_name, LOGIN_TIME_KEYCHAIN);
		return 0;
	}
	if (strlen(alias) >= KEYCHAIN_NAME_SIZE || !utf8_valid(alias, strlen(alias)))
		return errSecItemNotFound;
	status = note_read(FIRST_COLLECTION, ALIAS_KIND, alias, &set);
	/* Without a keybag nothing can be read, and each collection has its name. */
	if (status == errSecNotAvailable && lock_state_now() == LOCK_STATE_GONE)
		status = errSecItemNotFound;
	if (status && status != errSecItemNotFound)
		return status;
	name = set ? set : alias;
	if (strlen(name) >= KEYCHAIN_NAME_SIZE)
		return errSecItemNotFound;
	status = collection_names_find(name);
	if (!status)
		strcpy(ret_name, name);
	return status;
}

bool collection_names_may_set_alias(const char *alias, const char *name)
{
	bool is_session = name && session_keychain_is(name);

	if (!strcmp(alias, SESSION_ALIAS))
		return is_session;
	return strcmp(alias, DEFAULT_ALIAS) || !is_session;
}

int collection_names_set_alias(const char *alias, const char *name)
{
	struct keychain_client *client;

	/* As it is already. */
	if (!strcmp(alias, SESSION_ALIAS))
		return 0;
	if (strcmp(alias, DEFAULT_ALIAS))
		return note_write(FIRST_COLLECTION, ALIAS_KIND, alias, name);
	client = library_own_client(NULL);
	return client ? keychain_set_default(client, name ? name : FIRST_COLLECTION) : errSecAllocate;
}

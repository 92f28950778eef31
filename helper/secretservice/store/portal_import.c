// SPDX-License-Identifier: GPL-2.0-or-later
#include "portal_import.h"

#include <string.h>

#include "collection_names.h"
#include "helper/daemon/log.h"
#include "helper/secretservice/bus/attributes.h"
#include "helper/secretservice/bus/secret_pipe.h"
#include "item.h"
#include "lock_state.h"
#include "portal_copy.h"
#include "session_keychain.h"
#include "soft_lock.h"

#define APPLICATION	"app_id"
#define SCHEMA		"org.freedesktop.portal.Secret"

/* Without the portal's schema only what has nothing else: it may be another program's item about that application. */
static int search(struct item_list *list, const char *keychain, const char *application)
{
	struct attributes attributes = { .count = 1, .pairs[0] = { APPLICATION, application } };
	int status = item_list_search(list, keychain, &attributes, true);

	attributes_put(&attributes, ATTRIBUTE_SCHEMA, ATTRIBUTE_SCHEMA_NONE);
	if (!status)
		status = item_list_search(list, keychain, &attributes, true);
	attributes_put(&attributes, ATTRIBUTE_SCHEMA, SCHEMA);
	return status ? status : item_list_search(list, keychain, &attributes, false);
}

/* Not in the session, which ends with the login: an application keeps what it has encrypted. */
static int search_all(struct item_list *list, const char *application)
{
	struct collection_names names;
	int status = collection_names_list(&names);

	for (size_t at = 0; !status && at < names.count; at++) {
		if (!session_keychain_is(names.names[at]))
			status = search(list, names.names[at], application);
	}
	item_list_sort(list);
	return status;
}

static int copy_of_item(const struct item *item, struct secret *ret_secret)
{
	size_t length;
	const void *bytes = item_secret(item, &length);

	return portal_copy(bytes, length, ret_secret);
}

/* A program's lock is opened by the passcode. Where there is none the secret is given, and the collection stays locked for others. */
static bool is_locked_by_program(const char *keychain)
{
	return soft_lock_is_set(keychain) && lock_state_has_passcode();
}

static int read_secret(const struct item_entry *entry, struct secret *ret_secret)
{
	struct item item;
	int status;

	if (entry->locked || is_locked_by_program(entry->keychain))
		return errSecInteractionNotAllowed;
	status = item_read(entry->keychain, entry->uuid, true, &item);
	if (status)
		return status;
	status = item.found ? copy_of_item(&item, ret_secret) : errSecInteractionNotAllowed;
	item_release(&item);
	return status;
}

/* It was found a moment ago: where its secret is damaged, as where it was removed since, none is read. */
static int tell_gone(const char *application, const struct item_entry *entry)
{
	log_error("the portal's secret of the application '%s' in the collection '%s' was removed just now, or is damaged: if the application "
		  "gets none when it is started again, restore the keychain from a backup, or remove that item, by secret-tool clear app_id "
		  "'%s', and it gets a new one", application, entry->keychain, application);
	return errSecDecode;
}

static void tell(const char *application, const struct item_entry *entry, int status)
{
	if (!status)
		log_notice("the application '%s' keeps the portal's secret that was in the collection '%s'", application, entry->keychain);
	if (status == errSecDecode)
		log_error("the portal's secret of the application '%s' in the collection '%s' is empty or longer than %d bytes, and it gets no "
			  "other, which would not open what it has encrypted: remove that item, by secret-tool clear app_id '%s', and it gets a "
			  "new one", application, entry->keychain, SECRET_PIPE_MAX, application);
}

int portal_import_find(const char *application, struct secret *ret_secret)
{
	struct item_list list = { 0 };
	int status = search_all(&list, application);

	if (!status)
		status = list.count ? read_secret(&list.entries[0], ret_secret) : errSecItemNotFound;
	if (list.count && status == errSecItemNotFound)
		status = tell_gone(application, &list.entries[0]);
	else if (list.count)
		tell(application, &list.entries[0], status);
	item_list_free(&list);
	return status;
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "portal_secret.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "collection_names.h"
#include "helper/common/cleanup.h"
#include "helper/common/printable.h"
#include "helper/daemon/log.h"
#include "library.h"
#include "lock_state.h"
#include "note.h"

/* The creator of these items, four letters as a number: "ssps". */
#define SECRET_CREATOR	0x73737073
#define SECRET_SERVICE	"org.freedesktop.impl.portal.Secret"
#define NOTE_KIND	"portal"
#define NOTE_TEXT	"made"

bool portal_application_valid(const char *application)
{
	size_t length = strlen(application);

	return length < PORTAL_APPLICATION_SIZE && printable_text(application, length);
}

/* Service and account make an item unique. An account of its own for "". */
static struct keychain_query *query_of(const char *application)
{
	struct keychain_query *query = keychain_query_new(KEYCHAIN_GENERIC_PASSWORD);
	char account[PORTAL_APPLICATION_SIZE + 8];

	snprintf(account, sizeof(account), "app_id:%s", application);
	keychain_query_set_text(query, KEYCHAIN_SERVICE, SECRET_SERVICE);
	keychain_query_set_text(query, KEYCHAIN_ACCOUNT, account);
	keychain_query_set_number(query, KEYCHAIN_CREATOR, SECRET_CREATOR);
	return query;
}

static int copy_secret(const struct keychain_items *items, struct secret *ret_secret)
{
	size_t length;
	const void *bytes = keychain_items_secret(items, 0, &length);

	if (!bytes || length != PORTAL_SECRET_SIZE)
		return errSecDecode;
	if (secret_new(ret_secret, length) < 0)
		return errSecAllocate;
	memcpy(ret_secret->data, bytes, length);
	ret_secret->length = length;
	return 0;
}

static int find(const char *application, struct secret *ret_secret)
{
	struct keychain_client *client = library_own_client(FIRST_COLLECTION);
	struct keychain_query *query = query_of(application);
	struct keychain_items *items;
	int status = client ? keychain_find(client, query, KEYCHAIN_RETURN_SECRET, 1, &items) : errSecAllocate;

	keychain_query_free(query);
	if (status)
		return status;
	status = copy_secret(items, ret_secret);
	keychain_items_free(items);
	return status;
}

/* 0: none was ever made. What is damaged the keychain tells as if it were absent. */
static int check_never_made(const char *application)
{
	CLEANUP_FREE char *text = NULL;
	int status = note_read(FIRST_COLLECTION, NOTE_KIND, application, &text);

	return status == errSecItemNotFound ? 0 : status ? status : errSecDecode;
}

static int remove_item(const char *application)
{
	struct keychain_client *client = library_own_client(FIRST_COLLECTION);
	struct keychain_query *query = query_of(application);
	int status = client ? keychain_delete(client, query) : errSecAllocate;

	keychain_query_free(query);
	return status;
}

static int add(const char *application, const struct secret *secret)
{
	struct keychain_client *client = library_own_client(FIRST_COLLECTION);
	struct keychain_query *query = query_of(application);
	int status = client ? 0 : errSecAllocate;

	keychain_query_set_boolean(query, KEYCHAIN_INVISIBLE, true);
	keychain_query_set_accessible(query, KEYCHAIN_WHEN_UNLOCKED);
	keychain_query_set_secret(query, secret->data, secret->length);
	if (!status)
		status = keychain_add(client, query, NULL);
	keychain_query_free(query);
	return status;
}

static int make(const char *application, struct secret *ret_secret)
{
	CLEANUP_SECRET struct secret made = SECRET_NONE;
	int status;

	if (secret_new(&made, PORTAL_SECRET_SIZE) < 0)
		return errSecAllocate;
	if (getrandom(made.data, PORTAL_SECRET_SIZE, 0) != PORTAL_SECRET_SIZE)
		return errSecIO;
	made.length = PORTAL_SECRET_SIZE;
	status = add(application, &made);
	if (status)
		return status;
	status = note_write(FIRST_COLLECTION, NOTE_KIND, application, NOTE_TEXT);
	/* Nobody has it yet. */
	if (status)
		remove_item(application);
	else
		*ret_secret = secret_take(&made);
	return status;
}

int portal_secret_get(const char *application, struct secret *ret_secret)
{
	int status;

	*ret_secret = SECRET_NONE;
	if (lock_state_now() != LOCK_STATE_UNLOCKED)
		return errSecInteractionNotAllowed;
	status = find(application, ret_secret);
	if (status == errSecItemNotFound) {
		status = check_never_made(application);
		if (!status)
			status = make(application, ret_secret);
	}
	if (status == errSecDecode)
		log_error("the portal's secret of the application '%s' is damaged, and it gets no other, which would not open what it has "
			  "encrypted: restore the keychain from a backup, or have the secret forgotten by keybag-secret-service "
			  "--forget-application='%s'", application, application);
	return status;
}

int portal_secret_forget(const char *application)
{
	int status, removed;

	if (lock_state_now() == LOCK_STATE_GONE || lock_state_now() == LOCK_STATE_BEFORE_FIRST_UNLOCK)
		return errSecInteractionNotAllowed;
	status = remove_item(application);
	if (status && status != errSecItemNotFound)
		return status;
	/* There was one, if one of both was there. */
	removed = check_never_made(application) == errSecDecode ? 0 : status;
	status = note_write(FIRST_COLLECTION, NOTE_KIND, application, NULL);
	return status ? status : removed;
}

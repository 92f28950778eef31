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
#include "helper/secretservice/bus/secret_pipe.h"
#include "library.h"
#include "lock_state.h"
#include "note.h"
#include "portal_copy.h"
#include "portal_import.h"
#include "put_aside.h"

/* The creator of these items, four letters as a number: "ssps". */
#define SECRET_CREATOR	0x73737073
#define SECRET_SERVICE	"org.freedesktop.impl.portal.Secret"
#define NOTE_KIND	"portal"
#define NOTE_MADE	"made"
#define NOTE_FORGOTTEN	"forgotten"

/* The note says it. */
enum past {
	NEVER_MADE,
	MADE,
	FORGOTTEN,	/* whatever was there before counts no more */
};

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

static int find(const char *application, struct secret *ret_secret)
{
	struct keychain_client *client = library_own_client(FIRST_COLLECTION);
	struct keychain_query *query = query_of(application);
	struct keychain_items *items;
	const void *bytes;
	size_t length;
	int status = client ? keychain_find(client, query, KEYCHAIN_RETURN_SECRET, 1, &items) : errSecAllocate;

	keychain_query_free(query);
	if (status)
		return status;
	bytes = keychain_items_secret(items, 0, &length);
	status = portal_copy(bytes, length, ret_secret);
	keychain_items_free(items);
	return status;
}

/* NEVER_MADE also of a note that is damaged: the keychain tells that as if it were absent. */
static int read_past(const char *application, enum past *ret_past)
{
	CLEANUP_FREE char *text = NULL;
	int status = note_read(FIRST_COLLECTION, NOTE_KIND, application, &text);

	*ret_past = status ? NEVER_MADE : strcmp(text, NOTE_FORGOTTEN) ? MADE : FORGOTTEN;
	return status == errSecItemNotFound ? 0 : status;
}

static int note(const char *application, const char *text)
{
	return note_write(FIRST_COLLECTION, NOTE_KIND, application, text);
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

static int make(struct secret *ret_secret)
{
	CLEANUP_SECRET struct secret made = SECRET_NONE;

	if (secret_new(&made, PORTAL_SECRET_SIZE) < 0)
		return errSecAllocate;
	if (getrandom(made.data, PORTAL_SECRET_SIZE, 0) != PORTAL_SECRET_SIZE)
		return errSecIO;
	made.length = PORTAL_SECRET_SIZE;
	*ret_secret = secret_take(&made);
	return 0;
}

/* Where the note fails the secret stays: it may be there all the same, and the next call finds both as they are. */
static int keep(const char *application, const struct secret *secret)
{
	int status = add(application, secret);

	return status ? status : note(application, NOTE_MADE);
}

/* Where one may be lost there is no new one: with a damaged file its note went as well, and an import may have put it into any. */
static int make_first(const char *application, struct secret *ret_secret)
{
	char lost[KEYCHAIN_NAME_SIZE];
	int status = put_aside_look(NULL, lost);

	if (status)
		return status;
	if (!*lost)
		return make(ret_secret);
	log_error("the application '%s' gets no secret of the portal's: the file of the keychain '%s' was damaged and put aside, and may have "
		  "one, without which it would not open what it has encrypted: restore that file from a backup, or have it get a new one by "
		  "keybag-secret-service --forget-application='%s'; 'keychainctl keychains list' shows files that were put aside", application,
		  lost, application);
	return errSecDecode;
}

static int tell_damaged(const char *application)
{
	log_error("the portal's secret of the application '%s' is damaged, and it gets no other, which would not open what it has "
		  "encrypted: restore the keychain from a backup, or have the secret forgotten by keybag-secret-service "
		  "--forget-application='%s'", application, application);
	return errSecDecode;
}

static int find_or_make(const char *application, struct secret *ret_secret)
{
	enum past past = NEVER_MADE;
	int found = find(application, ret_secret);
	int status = found && found != errSecItemNotFound ? found : read_past(application, &past);

	if (status == errSecDecode || (!status && found && past == MADE))
		return tell_damaged(application);
	if (status)
		return status;
	/* It has no note where the service was killed, or the keychain did not answer, between the two. */
	if (!found)
		return past == MADE ? 0 : note(application, NOTE_MADE);
	status = past == FORGOTTEN ? make(ret_secret) : portal_import_find(application, ret_secret);
	if (status == errSecItemNotFound)
		status = make_first(application, ret_secret);
	return status ? status : keep(application, ret_secret);
}

int portal_secret_get(const char *application, struct secret *ret_secret)
{
	int status;

	*ret_secret = SECRET_NONE;
	if (lock_state_now() != LOCK_STATE_UNLOCKED)
		return errSecInteractionNotAllowed;
	status = find_or_make(application, ret_secret);
	if (status)
		secret_free(ret_secret);
	return status;
}

int portal_secret_forget(const char *application)
{
	char lost[KEYCHAIN_NAME_SIZE] = "";
	enum past past;
	int status, removed;

	if (lock_state_now() == LOCK_STATE_GONE || lock_state_now() == LOCK_STATE_BEFORE_FIRST_UNLOCK)
		return errSecInteractionNotAllowed;
	removed = remove_item(application);
	if (removed && removed != errSecItemNotFound)
		return removed;
	status = read_past(application, &past);
	if (!status && removed && past == NEVER_MADE)
		status = put_aside_look(NULL, lost);
	/* There was one, if one of both was there; or there may have been. */
	if (!status && removed && past != MADE && !*lost)
		return errSecItemNotFound;
	return status ? status : note(application, NOTE_FORGOTTEN);
}

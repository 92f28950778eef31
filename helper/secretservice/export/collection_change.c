// SPDX-License-Identifier: GPL-2.0-or-later
#include "collection_change.h"

#include "announce.h"
#include "helper/secretservice/client/listed.h"
#include "helper/secretservice/client/seen.h"
#include "helper/secretservice/store/collection_names.h"
#include "helper/secretservice/store/library.h"
#include "helper/secretservice/store/note.h"
#include "helper/secretservice/store/soft_lock.h"

#define LABEL_KIND	"label"
#define LABEL_NAME	"collection"

static int make(const char *label, const char *alias, char ret_keychain[KEYCHAIN_NAME_SIZE])
{
	int status = collection_names_create(label, ret_keychain);
	/* It may be made all the same, when nobody waits for the answer any more. */
	bool made = *ret_keychain && (!status || status == errSecNotAvailable || status == errSecIO);

	if (!status && *label)
		status = note_write(ret_keychain, LABEL_KIND, LABEL_NAME, label);
	if (!status && *alias)
		status = collection_names_set_alias(alias, ret_keychain);
	if (status && made) {
		/* The caller is told that there is none. */
		library_begin();
		collection_names_remove(ret_keychain);
	}
	return status;
}

static void tell(const char *member, const char *keychain)
{
	announce_collection(member, keychain);
	announce_collections();
}

int collection_make(const char *label, const char *alias, char ret_keychain[KEYCHAIN_NAME_SIZE])
{
	int status = make(label, alias, ret_keychain);

	if (!status)
		tell("CollectionCreated", ret_keychain);
	return status;
}

int collection_set_label(const char *keychain, const char *label)
{
	int status = note_write(keychain, LABEL_KIND, LABEL_NAME, label);

	if (!status)
		announce_collection_label(keychain, label);
	return status;
}

int collection_delete(const char *keychain)
{
	int status = collection_names_remove(keychain);

	if (status)
		return status;
	soft_lock_forget(keychain);
	seen_forget_of_all(keychain, NULL);
	listed_forget_of_all(keychain);
	tell("CollectionDeleted", keychain);
	return 0;
}

void collection_read_label(const char *keychain, char **ret_label)
{
	*ret_label = NULL;
	note_read(keychain, LABEL_KIND, LABEL_NAME, ret_label);
}

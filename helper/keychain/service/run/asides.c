// SPDX-License-Identifier: GPL-2.0-or-later
#include "asides.h"

#include <dirent.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "helper/keychain/store/aside.h"
#include "helper/keychain/store/beside.h"
#include "helper/keychain/store/owner.h"
#include "keychains.h"

#define LOOKUP_SIZE	16384
#define ACCOUNTS	2	/* names that an owner may have in the files */

void asides_account(const struct keychain_id *of, char ret_name[ACCOUNT_NAME_SIZE])
{
	struct passwd entry, *found = NULL;
	char buffer[LOOKUP_SIZE];

	*ret_name = 0;
	if (!of->system && !getpwuid_r(of->owner, &entry, buffer, sizeof(buffer), &found) && found)
		snprintf(ret_name, ACCOUNT_NAME_SIZE, "%s", found->pw_name);
}

/* Where in a name it says why the file is aside; NULL: it is not one. */
static const char *reason_in(const char *name)
{
	const char *damaged = strstr(name, KEYCHAIN_SUFFIX ASIDE_DAMAGED);
	const char *other = strstr(name, KEYCHAIN_SUFFIX ASIDE_KEYBAG);
	const char *found = other ? other : damaged;

	return found && !beside_is(name) ? found : NULL;
}

static int is_aside(const struct dirent *entry)
{
	return reason_in(entry->d_name) != NULL;
}

static bool is_among(const char *account, const char *const accounts[ACCOUNTS])
{
	for (size_t i = 0; *account && i < ACCOUNTS; i++)
		if (!strcmp(accounts[i], account))
			return true;
	return false;
}

static int add(struct value *list, const struct keychain_id *of, const char *folder, const char *name,
	       const char *const accounts[ACCOUNTS], bool every)
{
	char path[PATH_MAX + NAME_MAX + 2], recorded[OWNER_ACCOUNT_SIZE] = "";
	const char *reason = reason_in(name);
	bool other = strstr(name, ASIDE_KEYBAG), damaged = strstr(name, ASIDE_DAMAGED);
	int64_t items = -1;
	struct value *entry;
	struct stat status;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (stat(path, &status))
		return 0;
	if (!damaged)
		items = owner_look(path, recorded);
	if (!every && other && !of->system && !is_among(recorded, accounts))
		return 0;
	entry = value_dictionary();
	value_set(entry, "keychain", value_string_of(name, (size_t)(reason - name)));
	value_set(entry, "file", value_string(path));
	value_set(entry, "reason", value_string(damaged ? "damaged" : "other-keybag"));
	if (items >= 0)
		value_set(entry, "items", value_integer(items));
	value_set(entry, "bytes", value_integer((int64_t)status.st_size));
	return value_append(list, entry);
}

struct value *asides_list(const struct keychain_id *of, const char *account, bool every)
{
	struct value *list = value_array();
	char folder[PATH_MAX], present[ACCOUNT_NAME_SIZE];
	const char *const accounts[ACCOUNTS] = { present, account };
	struct dirent **entries = NULL;
	int count = -1, error = 0;

	asides_account(of, present);
	if (!keychains_folder(of, folder, sizeof(folder)))
		count = scandir(folder, &entries, is_aside, alphasort);
	for (int i = 0; i < count; i++) {
		if (!error && list)
			error = add(list, of, folder, entries[i]->d_name, accounts, every);
		free(entries[i]);
	}
	free(entries);
	if (!error)
		return list;
	value_free(list);
	return NULL;
}

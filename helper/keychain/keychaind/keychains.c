// SPDX-License-Identifier: GPL-2.0-or-later
#include "keychains.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helper/keychain/libkeychain/keychain-status.h"
#include "roots.h"

#define SUFFIX	".db"

/* What SQLite keeps beside a database. */
static const char *const companions[] = { "-wal", "-shm", "-journal" };

static int folder_path(const struct keychain_id *id, char *ret_path, size_t size)
{
	int length = id->system ? snprintf(ret_path, size, KEYCHAIN_STATE_FOLDER "/system") :
				  snprintf(ret_path, size, KEYCHAIN_STATE_FOLDER "/%u", id->owner);

	return length < 0 || (size_t)length >= size ? errSecNotAvailable : 0;
}

static int status_of(int error)
{
	switch (error) {
	case ENOSPC:
	case EDQUOT:
		return errSecDiskFull;
	case EROFS:
		return errSecReadOnly;
	case EIO:
		return errSecIO;
	default:
		return errSecNotAvailable;
	}
}

int keychains_path(const struct keychain_id *id, char *ret_path, size_t size)
{
	char folder[PATH_MAX];
	int status = folder_path(id, folder, sizeof(folder));
	int length;

	if (!status && mkdir(folder, 0700) < 0 && errno != EEXIST)
		status = status_of(errno);
	if (status)
		return status;
	length = snprintf(ret_path, size, "%s/%s" SUFFIX, folder, id->name);
	return length < 0 || (size_t)length >= size ? errSecNotAvailable : 0;
}

static bool look(const struct keychain_id *id, const char *companion, struct stat *ret_status)
{
	char path[PATH_MAX + KEYCHAIN_NAME_SIZE + 16];
	char folder[PATH_MAX];

	if (folder_path(id, folder, sizeof(folder)))
		return false;
	snprintf(path, sizeof(path), "%s/%s" SUFFIX "%s", folder, id->name, companion);
	return stat(path, ret_status) == 0;
}

bool keychains_is_roots(const struct keychain_id *id)
{
	return !id->system && !strcmp(id->name, ROOTS_KEYCHAIN);
}

bool keychains_exists(const struct keychain_id *id)
{
	struct stat status;

	return !strcmp(id->name, DEFAULT_KEYCHAIN) || keychains_is_roots(id) ||
	       look(id, "", &status);
}

bool keychains_file(const struct keychain_id *id, struct stat *ret_status)
{
	return look(id, "", ret_status);
}

static uint64_t bytes_of(const struct keychain_id *id)
{
	struct stat status;
	uint64_t bytes = look(id, "", &status) ? (uint64_t)status.st_size : 0;

	return bytes + (look(id, "-wal", &status) ? (uint64_t)status.st_size : 0);
}

bool keychains_over_quota(const struct keychain_id *id)
{
	return bytes_of(id) > MAX_KEYCHAIN_BYTES;
}

static int is_database(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name);

	return length > strlen(SUFFIX) && length - strlen(SUFFIX) < KEYCHAIN_NAME_SIZE &&
	       !strcmp(entry->d_name + length - strlen(SUFFIX), SUFFIX);
}

static int scan(const struct keychain_id *of, struct dirent ***ret_entries)
{
	char folder[PATH_MAX];
	int count;

	*ret_entries = NULL;
	if (folder_path(of, folder, sizeof(folder)))
		return 0;
	count = scandir(folder, ret_entries, is_database, alphasort);
	return count < 0 ? 0 : count;
}

static void free_entries(struct dirent **entries, int count)
{
	int i;

	for (i = 0; i < count; i++)
		free(entries[i]);
	free(entries);
}

size_t keychains_count(const struct keychain_id *of)
{
	struct dirent **entries;
	int count = scan(of, &entries);

	free_entries(entries, count);
	return (size_t)count;
}

static int add_entry(struct value *list, const struct keychain_id *id)
{
	struct value *entry = value_dictionary();

	value_set(entry, "name", value_string(id->name));
	value_set(entry, "bytes", value_integer((int64_t)bytes_of(id)));
	value_set(entry, "default", value_boolean(!strcmp(id->name, DEFAULT_KEYCHAIN)));
	return value_append(list, entry);
}

struct value *keychains_list(const struct keychain_id *of)
{
	struct value *list = value_array();
	struct keychain_id id = *of;
	struct dirent **entries;
	int count = scan(of, &entries);
	int result = list ? 0 : -ENOMEM;
	int i;

	for (i = 0; i < count && !result; i++) {
		size_t length = strlen(entries[i]->d_name) - strlen(SUFFIX);

		memcpy(id.name, entries[i]->d_name, length);
		id.name[length] = 0;
		if (keychain_name_valid(id.name))
			result = add_entry(list, &id);
	}
	free_entries(entries, count);
	if (!result)
		return list;
	value_free(list);
	return NULL;
}

int keychains_remove(const struct keychain_id *id)
{
	char path[PATH_MAX], beside[PATH_MAX + 16];
	int status = keychains_path(id, path, sizeof(path));
	size_t i;

	if (status)
		return status;
	if (unlink(path) < 0 && errno != ENOENT)
		return status_of(errno);
	for (i = 0; i < sizeof(companions) / sizeof(companions[0]); i++) {
		snprintf(beside, sizeof(beside), "%s%s", path, companions[i]);
		if (unlink(beside) < 0 && errno != ENOENT)
			return status_of(errno);
	}
	return 0;
}

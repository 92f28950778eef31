// SPDX-License-Identifier: GPL-2.0-or-later
#include "other_store.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "helper/common/cleanup.h"

#define SECTION		"[FdoSecrets]"
#define KEY		"Enabled"

static const struct {
	const char *called;
	const char *folder, *ending;	/* of its files, below the folder for data; NULL: its settings tell */
	const char *settings;
} stores[OTHER_STORES] = {
	[OTHER_STORE_KWALLET] = { "KWallet", "kwalletd", ".kwl", NULL },
	[OTHER_STORE_OO7] = { "oo7", "keyrings/v1", ".keyring", NULL },
	[OTHER_STORE_KEEPASSXC] = { "KeePassXC", NULL, NULL, "keepassxc/keepassxc.ini" },
};

const char *other_store_called(enum other_store store)
{
	return stores[store].called;
}

/* A pattern of the shell's would take none that begins with a dot. */
static bool is_of_store(const char *name, const char *ending)
{
	size_t length = strlen(name), end = strlen(ending);

	return *name != '.' && length > end && !strcmp(name + length - end, ending);
}

static bool has_content(int folder, const char *name)
{
	struct stat status;

	return !fstatat(folder, name, &status, 0) && status.st_size > 0;
}

static bool has_files(const char *path, const char *ending)
{
	CLEANUP_FOLDER DIR *folder = opendir(path);
	struct dirent *entry;

	while (folder && (entry = readdir(folder))) {
		if (is_of_store(entry->d_name, ending) && has_content(dirfd(folder), entry->d_name))
			return true;
	}
	return false;
}

/* KEY, blanks, =, blanks, true. */
static bool says_yes(const char *line)
{
	const char *value = line + strlen(KEY);

	if (strncasecmp(line, KEY, strlen(KEY)))
		return false;
	value += strspn(value, " ");
	if (*value != '=')
		return false;
	value += 1 + strspn(value + 1, " ");
	return !strcasecmp(value, "true");
}

static void cut_end(char *line)
{
	size_t length = strlen(line);

	while (length && strchr(" \t\r\n", line[length - 1]))
		line[--length] = 0;
}

static bool is_enabled(const char *path)
{
	bool within = false, found = false;
	CLEANUP_FREE char *line = NULL;
	CLEANUP_FILE FILE *file = fopen(path, "re");
	size_t size = 0;

	while (file && !found && getline(&line, &size, file) >= 0) {
		cut_end(line);
		if (*line == '[')
			within = !strcmp(line, SECTION);
		found = within && says_yes(line);
	}
	return found;
}

static bool join(char ret_path[OTHER_STORE_PLACE_SIZE], const char *folder, const char *below)
{
	return snprintf(ret_path, OTHER_STORE_PLACE_SIZE, "%s/%s", folder, below) < OTHER_STORE_PLACE_SIZE;
}

bool other_store_is_used(enum other_store store, const char *data, const char *settings, char ret_place[OTHER_STORE_PLACE_SIZE])
{
	const char *ending = stores[store].ending;
	size_t length;

	if (!ending)
		return join(ret_place, settings, stores[store].settings) && is_enabled(ret_place);
	if (!join(ret_place, data, stores[store].folder) || !has_files(ret_place, ending))
		return false;
	length = strlen(ret_place);
	return snprintf(ret_place + length, OTHER_STORE_PLACE_SIZE - length, "/*%s", ending) < (int)(OTHER_STORE_PLACE_SIZE - length);
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "config_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/paths.h"
#include "common/settings_file.h"
#include "daemon/log.h"

#define MAIN_FILE	"keybagd.conf"
#define DROP_INS	"keybagd.conf.d"

/* The later one goes before. */
static const char *const folders[] = { KEYBAG_VENDOR_FOLDER, KEYBAG_SOCKET_FOLDER, KEYBAG_CONFIG_FOLDER };

static const char *name_of(const char *path)
{
	return strrchr(path, '/') + 1;
}

static int by_name(const void *one, const void *other)
{
	return strcmp(name_of(*(char *const *)one), name_of(*(char *const *)other));
}

/* Takes @path, which is NULL without memory; in the place of the drop-in that has its name, if there is one. */
static int config_files_add(struct config_files *files, size_t first, char *path)
{
	char **paths;
	size_t i;

	if (!path)
		return -ENOMEM;
	for (i = first; i < files->count; i++)
		if (!strcmp(name_of(files->paths[i]), name_of(path))) {
			free(files->paths[i]);
			files->paths[i] = path;
			return 0;
		}
	paths = reallocarray(files->paths, files->count + 1, sizeof(*paths));
	if (!paths) {
		free(path);
		return -ENOMEM;
	}
	files->paths = paths;
	files->paths[files->count++] = path;
	return 0;
}

static char *config_files_join(const char *folder, const char *name)
{
	char *path;

	return asprintf(&path, "%s/%s", folder, name) < 0 ? NULL : path;
}

/* Package managers and editors leave files of other names there. */
static bool is_drop_in(const char *name)
{
	size_t length = strlen(name);

	return name[0] != '.' && length > strlen(".conf") && !strcmp(name + length - strlen(".conf"), ".conf");
}

static int find_drop_ins(struct config_files *files, size_t first, const char *path)
{
	CLEANUP_FOLDER DIR *folder = opendir(path);
	const struct dirent *entry;
	int result = 0;

	if (!folder && errno == ENOENT && settings_file_leads_nowhere(path))
		return -ENOLINK;
	if (!folder)
		return errno == ENOENT ? 0 : -errno;
	while (!result) {
		errno = 0;
		entry = readdir(folder);
		if (!entry)
			return -errno;
		if (is_drop_in(entry->d_name))
			result = config_files_add(files, first, config_files_join(path, entry->d_name));
	}
	return result;
}

int config_files_find(struct config_files *files)
{
	const size_t count = sizeof(folders) / sizeof(folders[0]);
	int failed = 0, result;
	size_t i;

	*files = (struct config_files){ 0 };
	for (i = 0; i < count; i++)
		if (config_files_add(files, files->count, config_files_join(folders[i], MAIN_FILE)) < 0)
			failed = -ENOMEM;
	for (i = 0; i < count; i++) {
		CLEANUP_FREE char *path = config_files_join(folders[i], DROP_INS);

		if (settings_file_leads_nowhere(folders[i])) {
			log_warning("%s is not used: %s", folders[i], settings_file_problem(-ENOLINK));
			failed = -ENOLINK;
		}
		result = path ? find_drop_ins(files, count, path) : -ENOMEM;
		if (result < 0) {
			log_warning("%s/" DROP_INS " is not used: %s", folders[i], settings_file_problem(result));
			failed = result;
		}
	}
	if (files->count > count)
		qsort(files->paths + count, files->count - count, sizeof(*files->paths), by_name);
	return failed;
}

void config_files_free(struct config_files *files)
{
	size_t i;

	for (i = 0; i < files->count; i++)
		free(files->paths[i]);
	free(files->paths);
	*files = (struct config_files){ 0 };
}

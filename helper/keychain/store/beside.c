// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/store/beside.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "helper/common/cleanup.h"

static const char *const suffixes[] = { BESIDE_WAL, BESIDE_SHARED, "-journal" };

#define SUFFIXES (sizeof(suffixes) / sizeof(suffixes[0]))

bool beside_is(const char *name)
{
	size_t length = strlen(name);

	for (unsigned int i = 0; i < SUFFIXES; i++) {
		size_t suffix = strlen(suffixes[i]);

		if (length > suffix && !strcmp(name + length - suffix, suffixes[i]))
			return true;
	}
	return false;
}

static int remove_file(const char *path, const char *suffix)
{
	char *name CLEANUP_FREE = NULL;

	if (asprintf(&name, "%s%s", path, suffix) < 0)
		return -ENOMEM;
	return unlink(name) && errno != ENOENT ? -errno : 0;
}

int beside_remove_logs(const char *path)
{
	int error = 0;

	for (unsigned int i = 0; !error && i < SUFFIXES; i++)
		error = remove_file(path, suffixes[i]);
	return error;
}

int beside_remove(const char *path)
{
	/* The database last: the WAL of one that is gone would be taken for that of the next one. */
	int error = beside_remove_logs(path);

	return error ? error : remove_file(path, "");
}

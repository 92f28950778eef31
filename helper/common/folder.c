// SPDX-License-Identifier: LGPL-2.1-or-later
#include "folder.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* A folder that is there stays as it is: it is somebody's. */
static int make_one(const char *path, mode_t mode, bool exactly)
{
	if (mkdir(path, mode) < 0)
		return errno == EEXIST ? 0 : -1;
	return exactly ? chmod(path, mode) : 0;
}

static int make_all(const char *path, mode_t mode, bool exactly)
{
	char part[PATH_MAX];

	if ((size_t)snprintf(part, sizeof(part), "%s", path) >= sizeof(part)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = 0;
		if (make_one(part, 0755, exactly) < 0)
			return -1;
		*slash = '/';
	}
	return make_one(part, mode, exactly);
}

int folder_make_all(const char *path, mode_t mode)
{
	return make_all(path, mode, false);
}

int folder_make_shared(const char *path)
{
	return make_all(path, 0755, true);
}

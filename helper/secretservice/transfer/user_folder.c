// SPDX-License-Identifier: GPL-2.0-or-later
#include "user_folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helper/common/cleanup.h"
#include "helper/daemon/name_owner.h"
#include "helper/daemon/service_manager.h"

/* NULL: it is not there, or is no path from the root on. */
static const char *path_of(char *const *variables, const char *name)
{
	const char *value = variables ? NULL : getenv(name);
	size_t length = strlen(name);

	for (; variables && *variables && !value; variables++) {
		if (!strncmp(*variables, name, length) && (*variables)[length] == '=')
			value = *variables + length + 1;
	}
	return value && *value == '/' ? value : NULL;
}

bool user_folder(sd_bus *session, const char *variable, const char *below, char ret_path[PATH_MAX])
{
	CLEANUP(bus_texts_free) char **variables = NULL;
	const char *folder, *home;

	if (session)
		manager_environment(session, &variables);
	folder = variable ? path_of(variables, variable) : NULL;
	home = path_of(variables, "HOME");
	if (folder)
		return snprintf(ret_path, PATH_MAX, "%s", folder) < PATH_MAX;
	return home && snprintf(ret_path, PATH_MAX, "%s/%s", home, below) < PATH_MAX;
}

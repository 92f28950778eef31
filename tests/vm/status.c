// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A GNU make function, $(exit-with FILE): ends make with the exit status that
 * FILE holds, unless that is 0. make by itself turns every failure into 2, and
 * `make vm` promises to pass on the status of its command.
 */
#include <gnumake.h>
#include <stdio.h>
#include <stdlib.h>

int plugin_is_GPL_compatible;

int status_gmk_setup(void);

static char *exit_with(const char *name, unsigned int count, char **arguments)
{
	FILE *file = fopen(arguments[0], "re");
	int status = 2;

	(void)name;
	(void)count;
	if (file) {
		if (fscanf(file, "%d", &status) != 1)
			status = 2;
		fclose(file);
		remove(arguments[0]);
	}
	if (status)
		exit(status);
	return NULL;
}

int status_gmk_setup(void)
{
	gmk_add_function("exit-with", exit_with, 1, 1, GMK_FUNC_DEFAULT);
	return 1;
}

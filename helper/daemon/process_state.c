// SPDX-License-Identifier: GPL-2.0-or-later
#include "process_state.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helper/common/cleanup.h"

char process_state(pid_t process, char ret_name[PROCESS_NAME_SIZE])
{
	FILE *file CLEANUP_FILE = NULL;
	char path[64], text[256] = "", *name, *end;

	*ret_name = 0;
	snprintf(path, sizeof(path), "/proc/%d/stat", process);
	file = process > 0 ? fopen(path, "re") : NULL;
	if (!file || !fgets(text, sizeof(text), file))
		return 0;
	/* The name may have any character. */
	name = strchr(text, '(');
	end = strrchr(text, ')');
	if (!name || !end || strncmp(end, ") ", 2))
		return 0;
	*end = 0;
	snprintf(ret_name, PROCESS_NAME_SIZE, "%s", name + 1);
	return end[2];
}

/* The same of a folder of /proc, if that is one of this program and account, but not this one. */
static char state_of(const char *folder)
{
	char path[300], name[PROCESS_NAME_SIZE];
	struct stat status;
	char state;

	if (strspn(folder, "0123456789") != strlen(folder) || atoi(folder) == getpid())
		return 0;
	snprintf(path, sizeof(path), "/proc/%s", folder);
	if (stat(path, &status) < 0 || status.st_uid != geteuid())
		return 0;
	state = process_state(atoi(folder), name);
	/* The kernel cuts names. */
	return strncmp(name, program_invocation_short_name, PROCESS_NAME_SIZE - 1) ? 0 : state;
}

bool process_before_is_dead(void)
{
	DIR *processes = opendir("/proc");
	bool dead = false, alive = !processes;
	struct dirent *entry;
	char state;

	while (!alive && (entry = readdir(processes))) {
		state = state_of(entry->d_name);
		dead |= state == 'Z';
		alive = state && state != 'Z' && state != 'X';
	}
	if (processes)
		closedir(processes);
	return dead && !alive;
}

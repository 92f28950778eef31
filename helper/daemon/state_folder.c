// SPDX-License-Identifier: GPL-2.0-or-later
#include "state_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helper/common/cleanup.h"
#include "log.h"

/* The state of a process of this program and account, as in proc(5); 0: it is none. */
static char state_of(const char *process)
{
	char path[300], text[256] = "", name[32], state;
	struct stat status;
	FILE *file;

	if (strspn(process, "0123456789") != strlen(process) || atoi(process) == getpid())
		return 0;
	snprintf(path, sizeof(path), "/proc/%s", process);
	if (stat(path, &status) < 0 || status.st_uid != geteuid())
		return 0;
	snprintf(path, sizeof(path), "/proc/%s/stat", process);
	file = fopen(path, "re");
	if (!file)
		return 0;
	if (!fgets(text, sizeof(text), file))
		*text = 0;
	fclose(file);
	if (sscanf(text, "%*d (%31[^)]) %c", name, &state) != 2 || strcmp(name, program_invocation_short_name))
		return 0;
	return state;
}

/*
 * Whether who has the lock is a process that has ended, but for a thread of it that closes what never closes: the thread
 * keeps all its descriptors, with the lock. It does nothing any more.
 */
static bool holder_is_dead(void)
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

int state_folder_open(const char *path)
{
	CLEANUP_FD int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat status;

	if (fd < 0 || fstat(fd, &status) < 0)
		goto fail;
	if (status.st_uid != geteuid() || status.st_mode & 022) {
		log_error("%s has to belong to uid %u, and nobody else may write to it", path,
			  geteuid());
		return -EPERM;
	}
	if ((status.st_mode & 0777) != 0700 && fchmod(fd, 0700) < 0)
		goto fail;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return take_descriptor(&fd);
	if (errno == EWOULDBLOCK && holder_is_dead()) {
		log_warning("the %s before this one has ended, but for a descriptor that does not close: going on",
			    program_invocation_short_name);
		return take_descriptor(&fd);
	}
	if (errno == EWOULDBLOCK) {
		log_error("another %s runs already: stop it first", program_invocation_short_name);
		return -EBUSY;
	}
fail:
	log_error("%s: %m", path);
	return -errno;
}

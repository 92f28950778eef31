// SPDX-License-Identifier: GPL-2.0-or-later
#include "edit_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "helper/common/cleanup.h"
#include "helper/common/ending.h"

#define NAME	"attributes"

/* Empty: there is none. */
static char made[PATH_MAX - sizeof(NAME) - 1];

/* In a handler of signals too, where readdir(3) is not allowed. */
static void empty(int folder)
{
	uint8_t entries[4096] __attribute__((aligned(8)));
	long length;

	while ((length = syscall(SYS_getdents64, folder, entries, sizeof(entries))) > 0) {
		for (long at = 0; at < length;) {
			const struct dirent64 *entry = (const void *)(entries + at);

			unlinkat(folder, entry->d_name, 0);
			at += entry->d_reclen;
		}
	}
}

void edit_folder_remove(void)
{
	int folder = *made ? open(made, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;

	if (folder < 0)
		return;
	empty(folder);
	close(folder);
	rmdir(made);
	*made = 0;
}

int edit_folder_make(char ret_path[PATH_MAX])
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	char folder[sizeof(made)];
	int descriptor;

	/* In memory, not on a disk: attributes are encrypted there. */
	snprintf(folder, sizeof(folder), "%s/keychainctl.XXXXXX", runtime && *runtime == '/' ? runtime : "/dev/shm");
	snprintf(ret_path, PATH_MAX, "%s", folder);
	if (!mkdtemp(folder))
		return -errno;
	memcpy(made, folder, sizeof(made));
	ending_add(edit_folder_remove);
	snprintf(ret_path, PATH_MAX, "%s/" NAME, folder);
	descriptor = open(ret_path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	return descriptor < 0 ? -errno : descriptor;
}

FILE *edit_folder_read(const char *path)
{
	CLEANUP_FD int descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat status;
	FILE *file;

	if (descriptor < 0 || fstat(descriptor, &status))
		return NULL;
	if (!S_ISREG(status.st_mode) || status.st_uid != geteuid()) {
		errno = EPERM;
		return NULL;
	}
	file = fdopen(descriptor, "r");
	if (file)
		descriptor = -1;
	return file;
}

// SPDX-License-Identifier: LGPL-2.1-or-later
#include "settings_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "cleanup.h"
#include "translate.h"

bool settings_file_leads_nowhere(const char *path)
{
	struct stat status;

	return lstat(path, &status) == 0 && S_ISLNK(status.st_mode) && stat(path, &status) < 0;
}

static bool is_settings(int fd)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		return false;
	return S_ISREG(status.st_mode) || (S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3));
}

int settings_file_open(const char *path, FILE **ret_file)
{
	CLEANUP_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int error = errno;

	if (fd < 0)
		return error == ENOENT && settings_file_leads_nowhere(path) ? -ENOLINK : -error;
	if (!is_settings(fd))
		return -EINVAL;
	*ret_file = fdopen(fd, "r");
	if (!*ret_file)
		return -errno;
	take_descriptor(&fd);
	return 0;
}

const char *settings_file_problem(int error)
{
	switch (error) {
	case -ENOLINK:
		return N_("it is a link to what is not there");
	case -EINVAL:
		return N_("it is no regular file");
	default:
		return strerrordesc_np(-error);
	}
}

bool settings_file_is_text(const char *line, size_t length)
{
	size_t end = length;

	while (end && strchr("\r\n", line[end - 1]))
		end--;
	return !memchr(line, 0, length) && !memchr(line, '\r', end);
}

char *settings_file_trim(char *line)
{
	static const char blanks[] = " \t\r\n";
	size_t length;

	line += strspn(line, blanks);
	for (length = strlen(line); length && strchr(blanks, line[length - 1]); length--)
		line[length - 1] = 0;
	return line;
}

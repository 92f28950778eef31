// SPDX-License-Identifier: GPL-2.0-or-later
#include "label.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "helper/common/cleanup.h"

bool label_matches(const char *label, const char *path)
{
	CLEANUP_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
	char text[LABEL_SIZE];
	ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (length < 0)
		return false;
	text[length] = 0;
	/* Some end with a line feed, some with a NUL. */
	text[strcspn(text, "\n")] = 0;
	return !strcmp(text, label);
}

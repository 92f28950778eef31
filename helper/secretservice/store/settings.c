// SPDX-License-Identifier: GPL-2.0-or-later
#include "settings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helper/common/cleanup.h"
#include "helper/daemon/log.h"

#define PLAIN	"plain"

static void close_file(FILE **file)
{
	if (*file)
		fclose(*file);
}

/* NULL with errno: there is none, or none that can be read. A pipe in its place would hold everybody up. */
static FILE *open_settings(void)
{
	CLEANUP_FD int fd = open(SETTINGS_FILE, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat status;
	FILE *file;

	if (fd < 0 || fstat(fd, &status) < 0)
		return NULL;
	if (!S_ISREG(status.st_mode)) {
		errno = EINVAL;
		return NULL;
	}
	file = fdopen(fd, "r");
	if (file)
		take_descriptor(&fd);
	return file;
}

/* Without blanks around it, in place. */
static char *trim(char *line)
{
	static const char blanks[] = " \t\r\n";
	size_t length;

	line += strspn(line, blanks);
	for (length = strlen(line); length && strchr(blanks, line[length - 1]); length--)
		line[length - 1] = 0;
	return line;
}

/* NAME=WORD, taken apart in place. Whether it has no mistake. */
static bool read_line(char *line, bool *refuses)
{
	char *equals = strchr(line, '='), *word;

	if (!*line || *line == '#')
		return true;
	if (!equals)
		return false;
	*equals = 0;
	word = trim(equals + 1);
	if (strcmp(trim(line), PLAIN))
		return false;
	*refuses = strcmp(word, "allow");
	return !*refuses || !strcmp(word, "refuse");
}

/* @tells: of mistakes, to the journal. What has one may be meant to refuse. */
static bool read_settings(bool tells)
{
	CLEANUP(close_file) FILE *file = open_settings();
	CLEANUP_FREE char *line = NULL;
	bool refuses = false, mistaken = !file && errno != ENOENT && errno != ENOTDIR;
	size_t size = 0;

	for (unsigned int number = 1; file && getline(&line, &size, file) > 0; number++) {
		if (read_line(trim(line), &refuses))
			continue;
		mistaken = true;
		if (tells)
			log_warning(SETTINGS_FILE ", line %u: a setting is 'plain=allow' or 'plain=refuse'; plain sessions are refused "
				    "until the line is mended", number);
	}
	if (file ? !feof(file) : mistaken) {
		mistaken = true;
		if (tells)
			log_warning(SETTINGS_FILE " cannot be read, so plain sessions are refused: %s", strerrordesc_np(errno));
	}
	return refuses || mistaken;
}

bool settings_refuse_plain(void)
{
	return read_settings(false);
}

void settings_check(void)
{
	read_settings(true);
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "settings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helper/common/cleanup.h"
#include "helper/common/settings_file.h"
#include "helper/daemon/log.h"

#define PLAIN	"plain"

/* NAME=WORD, taken apart in place. Whether it has no mistake. */
static bool read_line(char *line, bool *refuses)
{
	char *equals = strchr(line, '='), *word;

	if (!*line || *line == '#')
		return true;
	if (!equals)
		return false;
	*equals = 0;
	word = settings_file_trim(equals + 1);
	if (strcmp(settings_file_trim(line), PLAIN))
		return false;
	*refuses = strcmp(word, "allow");
	return !*refuses || !strcmp(word, "refuse");
}

static void tell_line(unsigned int number)
{
	log_warning(SETTINGS_FILE ", line %u: a setting is 'plain=allow' or 'plain=refuse'; plain sessions are refused until the line is "
		    "mended", number);
}

/* @tells: of mistakes, to the journal. What has one may be meant to refuse. */
static bool read_settings(bool tells)
{
	CLEANUP_FILE FILE *file = NULL;
	CLEANUP_FREE char *line = NULL;
	int result = settings_file_open(SETTINGS_FILE, &file);
	bool refuses = false, mistaken = false;
	unsigned int number = 0;
	size_t size = 0;
	ssize_t length;

	if (result == -ENOENT || result == -ENOTDIR)
		return false;
	while (!result && (length = getline(&line, &size, file)) >= 0) {
		number++;
		if (settings_file_is_text(line, (size_t)length) && read_line(settings_file_trim(line), &refuses))
			continue;
		mistaken = true;
		if (tells)
			tell_line(number);
	}
	if (!result && !feof(file))
		result = -errno;
	if (result && tells)
		log_warning(SETTINGS_FILE " cannot be read, so plain sessions are refused: %s", settings_file_problem(result));
	return refuses || mistaken || result;
}

bool settings_refuse_plain(void)
{
	return read_settings(false);
}

void settings_check(void)
{
	read_settings(true);
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "idle_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/io.h"
#include "store.h"

#define LINE_SIZE	16

uint32_t idle_file_read(const uint8_t uuid[KEYBAG_UUID_SIZE])
{
	CLEANUP_FD int fd = store_file(uuid, IDLE_SUFFIX, O_RDONLY);
	char line[LINE_SIZE], *end;
	unsigned long seconds;
	ssize_t length;

	if (fd < 0)
		return 0;
	length = read_all(fd, line, sizeof(line) - 1);
	if (length <= 0 || line[0] < '0' || line[0] > '9')
		return 0;
	line[length] = 0;
	seconds = strtoul(line, &end, 10);
	return strcmp(end, "\n") || seconds > KEYBAG_MAX_IDLE ? 0 : (uint32_t)seconds;
}

int idle_file_write(const uint8_t uuid[KEYBAG_UUID_SIZE], uint32_t seconds)
{
	char line[LINE_SIZE];
	int result;

	if (seconds) {
		snprintf(line, sizeof(line), "%u\n", seconds);
		result = store_write_new(uuid, IDLE_NEW_SUFFIX, line, strlen(line));
		if (!result)
			result = store_rename(uuid, IDLE_NEW_SUFFIX, IDLE_SUFFIX);
		if (result < 0)
			store_remove(uuid, IDLE_NEW_SUFFIX);
	} else {
		result = store_remove(uuid, IDLE_SUFFIX);
	}
	return result < 0 ? result : store_sync();
}

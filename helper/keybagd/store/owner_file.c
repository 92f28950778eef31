// SPDX-License-Identifier: GPL-2.0-or-later
#include "owner_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/io.h"
#include "store.h"

#define LINE_SIZE	(OWNER_NAME_SIZE + 16)

int owner_file_read(const uint8_t uuid[KEYBAG_UUID_SIZE], uid_t *ret_uid,
		    char ret_name[OWNER_NAME_SIZE])
{
	CLEANUP_FD int fd = store_file(uuid, OWNER_SUFFIX, O_RDONLY);
	char line[LINE_SIZE];
	char *name, *end;
	ssize_t length;
	unsigned long uid;

	if (fd < 0)
		return fd;
	length = read_all(fd, line, sizeof(line) - 1);
	if (length < 0)
		return length == -EMSGSIZE ? -EBADMSG : (int)length;
	line[length] = 0;
	uid = strtoul(line, &name, 10);
	end = strchr(name, '\n');
	if (name == line || *name != ' ' || !end || end == name + 1 ||
	    end - name > OWNER_NAME_SIZE || uid >= UINT32_MAX)
		return -EBADMSG;
	*end = 0;
	snprintf(ret_name, OWNER_NAME_SIZE, "%s", name + 1);
	*ret_uid = (uid_t)uid;
	return 0;
}

int owner_file_write(const uint8_t uuid[KEYBAG_UUID_SIZE], uid_t uid, const char *name)
{
	char line[LINE_SIZE];
	int result;

	snprintf(line, sizeof(line), "%u %s\n", uid, name);
	result = store_write_new(uuid, OWNER_NEW_SUFFIX, line, strlen(line));
	if (result < 0)
		return result;
	result = store_rename(uuid, OWNER_NEW_SUFFIX, OWNER_SUFFIX);
	if (result < 0) {
		store_remove(uuid, OWNER_NEW_SUFFIX);
		return result;
	}
	return store_sync();
}

int owner_file_remove(const uint8_t uuid[KEYBAG_UUID_SIZE])
{
	int result = store_remove(uuid, OWNER_SUFFIX);

	return result < 0 ? result : store_sync();
}

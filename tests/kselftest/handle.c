// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include "handle.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

void handle_payload(char text[PAYLOAD_TEXT], const __u8 *uuid)
{
	char *end = stpcpy(text, "attach ");
	unsigned int i;

	for (i = 0; i < KEYBAG_UUID_SIZE; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*end++ = '-';
		end += sprintf(end, "%02x", uuid[i]);
	}
}

int handle_add(const char *type, const char *description, const char *payload, int keyring)
{
	long serial = syscall(SYS_add_key, type, description, payload,
			      payload ? strlen(payload) : 0, keyring);

	return serial < 0 ? -errno : (int)serial;
}

int handle_keyctl(int operation, unsigned long a, unsigned long b, unsigned long c, unsigned long d)
{
	long result = syscall(SYS_keyctl, operation, a, b, c, d);

	return result < 0 ? -errno : (int)result;
}

int handle_for(const struct bag *bag)
{
	char payload[PAYLOAD_TEXT], description[32] = "system";

	handle_payload(payload, bag->uuid);
	if (bag->type == KEYBAG_TYPE_USER)
		snprintf(description, sizeof(description), "user:%u", bag->owner);
	return handle_add(KEYBAG_KEY_TYPE, description, payload, KEY_SPEC_PROCESS_KEYRING);
}

int handle_bind(int serial)
{
	struct keybag_bind bind = { .by = KEYBAG_BIND_SERIAL, .serial = serial };
	int fd = device_open(), result;

	if (fd < 0)
		return fd;
	result = command(fd, KEYBAG_IOC_BIND, &bind);
	if (result) {
		close(fd);
		return result;
	}
	return fd;
}

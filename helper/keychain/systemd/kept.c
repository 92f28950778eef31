// SPDX-License-Identifier: GPL-2.0-or-later
#include "kept.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <systemd/sd-daemon.h>

static const char *const words[] = { [KEPT_BEGUN] = "begun-", [KEPT_WAITING] = "waiting-" };

/* The process before has given names, too. */
static uint64_t next_number(void)
{
	static uint64_t number;

	while (!number)
		if (getrandom(&number, sizeof(number), 0) != sizeof(number))
			number = 0;
	return number++;
}

void kept_remove(const char name[KEPT_NAME_SIZE])
{
	if (*name)
		sd_notifyf(0, "FDSTOREREMOVE=1\nFDNAME=%s", name);
}

void kept_set(enum kept kept, int fd, char name[KEPT_NAME_SIZE])
{
	char message[128];

	kept_remove(name);
	snprintf(name, KEPT_NAME_SIZE, "%s%016" PRIx64, words[kept], next_number());
	snprintf(message, sizeof(message), "FDSTORE=1\nFDNAME=%s", name);
	sd_pid_notify_with_fds(0, 0, message, &fd, 1);
}

bool kept_read(const char *name, enum kept *ret_kept)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strncmp(name, words[i], strlen(words[i])))
			continue;
		*ret_kept = (enum kept)i;
		return true;
	}
	return false;
}

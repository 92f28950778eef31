// SPDX-License-Identifier: GPL-2.0-or-later
#include "hidden_keys.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helper/common/cleanup.h"
#include "helper/daemon/log.h"
#include "helper/sshagent/key/public_key.h"
#include "helper/sshagent/store/kept_keys.h"

#define FILE_NAME	"keybag-ssh-agent.hidden"

static char hidden[KEPT_KEYS_MAX][KEY_FINGERPRINT_SIZE];
static size_t count;
static int file = -1;

/* Its owner may put anything in its place: then it hides nothing, or what they want. */
static int open_file(void)
{
	const char *folder = getenv("XDG_RUNTIME_DIR");
	char path[PATH_MAX], own[32];
	struct stat status;
	CLEANUP_FD int fd = -1;

	snprintf(own, sizeof(own), "/run/user/%u", geteuid());
	if (snprintf(path, sizeof(path), "%s/" FILE_NAME, folder ? folder : own) >= (int)sizeof(path))
		return -1;
	/* The folder is named by the user: a new file there is not one of this program's group. */
	setfsgid(getgid());
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0600);
	setfsgid(getegid());
	if (fd < 0 || fstat(fd, &status) < 0 || !S_ISREG(status.st_mode) || status.st_uid != geteuid())
		return -1;
	return take_descriptor(&fd);
}

void hidden_keys_begin(void)
{
	char record[KEY_FINGERPRINT_SIZE];

	file = open_file();
	for (off_t at = 0; file >= 0 && count < KEPT_KEYS_MAX; at += (off_t)sizeof(record)) {
		if (pread(file, record, sizeof(record), at) != sizeof(record))
			return;
		if (!memchr(record, 0, sizeof(record)))
			continue;
		memcpy(hidden[count++], record, sizeof(record));
	}
}

void hidden_keys_end(void)
{
	cleanup_descriptor(&file);
	file = -1;
}

static void write_file(void)
{
	size_t length = count * sizeof(hidden[0]);

	if (file >= 0 && (pwrite(file, hidden, length, 0) != (ssize_t)length || ftruncate(file, (off_t)length) < 0))
		log_warning("which SSH keys are hidden cannot be noted, and they are seen when this program starts again: %s",
			    strerrordesc_np(errno));
}

static size_t find(const char *fingerprint)
{
	size_t at = 0;

	while (at < count && strcmp(hidden[at], fingerprint))
		at++;
	return at;
}

bool hidden_keys_has(const char *fingerprint)
{
	return find(fingerprint) < count;
}

void hidden_keys_add(const char *fingerprint)
{
	if (hidden_keys_has(fingerprint))
		return;
	/* As many as there are keys; what fills it are keys that were deleted since. */
	if (count == KEPT_KEYS_MAX)
		memmove(hidden[0], hidden[1], --count * sizeof(hidden[0]));
	snprintf(hidden[count], sizeof(hidden[count]), "%s", fingerprint);
	count++;
	write_file();
}

void hidden_keys_remove(const char *fingerprint)
{
	size_t at = find(fingerprint);

	if (at == count)
		return;
	memmove(hidden[at], hidden[at + 1], (--count - at) * sizeof(hidden[0]));
	write_file();
}

void hidden_keys_clear(void)
{
	count = 0;
	write_file();
}

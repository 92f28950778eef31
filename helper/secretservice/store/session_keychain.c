// SPDX-License-Identifier: GPL-2.0-or-later
#include "session_keychain.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <unistd.h>

#include "call.h"
#include "helper/common/cleanup.h"
#include "helper/daemon/log.h"
#include "library.h"

#define MARK	"keybag-secret-service.session"

static int mark = -1;	/* it has a byte: the keychain was removed in this login; -1: there is no such file */
static bool due = true;	/* it may have items of another login */
static bool told;	/* the journal was told why it cannot be removed */

/* Without the byte, as on a full disk, it is removed once too often. */
static void set_mark(void)
{
	if (mark >= 0 && pwrite(mark, "1", 1, 0) < 0)
		log_warning("the collection session will be emptied when this service starts again: %s", strerrordesc_np(errno));
}

/* Returns 0 or a status of libkeychain; then it is still due. */
static int remove_it(void)
{
	struct keychain_client *client = library_own_client(NULL);
	int status = client ? call_remove_keychain(client, SESSION_KEYCHAIN) : errSecAllocate;

	if (status && status != errSecItemNotFound) {
		if (!told)
			log_warning("what is left in the collection session cannot be removed yet: %s", library_message());
		told = true;
		return status;
	}
	due = told = false;
	set_mark();
	return 0;
}

/* Its owner may put anything in its place: then it says nothing. */
static int open_mark(void)
{
	const char *folder = getenv("XDG_RUNTIME_DIR");
	char path[PATH_MAX], own[32];
	struct stat status;
	int fd;

	snprintf(own, sizeof(own), "/run/user/%u", geteuid());
	if (snprintf(path, sizeof(path), "%s/" MARK, folder ? folder : own) >= (int)sizeof(path))
		return -1;
	/* The folder is named by the user: a new file there is not one of this program's group. */
	setfsgid(getgid());
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0600);
	setfsgid(getegid());
	if (fd < 0 || (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_uid == geteuid()))
		return fd;
	cleanup_descriptor(&fd);
	return -1;
}

void session_keychain_begin(void)
{
	char byte;

	mark = open_mark();
	due = mark < 0 || pread(mark, &byte, sizeof(byte), 0) != sizeof(byte);
	if (mark < 0)
		log_notice("the collection session is emptied whenever this service starts: there is no folder for files of this login "
			   "(XDG_RUNTIME_DIR)");
	if (due)
		remove_it();
}

void session_keychain_close(void)
{
	cleanup_descriptor(&mark);
	mark = -1;
}

void session_keychain_end_login(void)
{
	due = true;
	if (mark >= 0 && ftruncate(mark, 0) < 0)
		log_warning("the end of the login cannot be noted: %s", strerrordesc_np(errno));
	remove_it();
}

bool session_keychain_is(const char *keychain)
{
	return !strcmp(keychain, SESSION_KEYCHAIN);
}

bool session_keychain_is_clean(void)
{
	return !due || !remove_it();
}

int session_keychain_make(void)
{
	struct keychain_client *client;
	int status = due ? remove_it() : 0;

	if (status)
		return status;
	client = library_own_client(NULL);
	status = client ? keychain_create(client, SESSION_KEYCHAIN) : errSecAllocate;
	return status == errSecDuplicateItem ? 0 : status;
}

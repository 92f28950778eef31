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
#include "helper/userservice/login.h"
#include "library.h"

#define MARK	"keybag-secret-service.session"

static int mark = -1;	/* a line, of the login in which the keychain was removed, or is empty; -1: there is no such file */
static char present[LOGIN_SIZE];	/* this login */
static bool due = true;	/* it may have items of another login */
static bool told;	/* the journal was told why it cannot be removed */

/* Without the line, as on a full disk, it is removed once too often. What a longer one had behind it does not count. */
static void set_mark(void)
{
	char line[LOGIN_SIZE + 1];
	ssize_t length = snprintf(line, sizeof(line), "%s\n", present);
	ssize_t written = mark < 0 ? length : pwrite(mark, line, (size_t)length, 0);

	if (written != length)
		log_warning("the collection session will be emptied when this service starts again: %s",
			    strerrordesc_np(written < 0 ? errno : ENOSPC));
}

static bool mark_is_of(const char *login)
{
	char line[LOGIN_SIZE + 1];
	ssize_t length = mark < 0 ? -1 : pread(mark, line, sizeof(line) - 1, 0);
	char *end;

	if (length <= 0)
		return false;
	line[length] = 0;
	end = strchr(line, '\n');
	if (!end)
		return false;
	*end = 0;
	return login_is_same(line, login);
}

/* Returns 0 or a status of libkeychain; then it is still due. */
static int remove_it(void)
{
	struct keychain_client *client = library_own_client(NULL);
	int status = client ? call_remove_keychain(client, LOGIN_TIME_KEYCHAIN) : errSecAllocate;

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

bool session_keychain_begin(void)
{
	bool same;

	mark = open_mark();
	login_read(present);
	same = mark_is_of(present);
	due = !same;
	if (mark < 0)
		log_notice("the collection session is emptied whenever this service starts: there is no folder for files of this login "
			   "(XDG_RUNTIME_DIR)");
	if (due)
		remove_it();
	else
		set_mark();
	return same;
}

void session_keychain_note_login(const char *login)
{
	snprintf(present, sizeof(present), "%s", login);
	if (!due)
		set_mark();
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
	return !strcmp(keychain, LOGIN_TIME_KEYCHAIN);
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
	status = client ? keychain_create(client, LOGIN_TIME_KEYCHAIN) : errSecAllocate;
	return status == errSecDuplicateItem ? 0 : status;
}

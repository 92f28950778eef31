// SPDX-License-Identifier: GPL-2.0-or-later
#include "session_note.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/folder.h"
#include "common/paths.h"
#include "daemon/log.h"

#define FOLDER	KEYBAG_SOCKET_FOLDER "/sessions"
/* There once a daemon has kept notes: without it, the lack of a note says nothing. */
#define KEPT	"kept"

static int folder = -1;
static bool complete;	/* a daemon before this one has kept them */

static bool session_note_make(const char *name)
{
	CLEANUP_FD int fd = openat(folder, name, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	return fd >= 0;
}

static bool is_there(const char *name)
{
	return faccessat(folder, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

void session_note_open(void)
{
	if (folder_make_all(FOLDER, 0700) == 0)
		folder = open(FOLDER, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	complete = folder >= 0 && is_there(KEPT);
	if (folder < 0 || !session_note_make(KEPT))
		log_warning(FOLDER ": %m: at its next start keybagd locks every user without a session");
}

void session_note_keep(uid_t uid)
{
	char name[16];

	snprintf(name, sizeof(name), "%u", uid);
	if (folder < 0 || session_note_make(name))
		return;
	log_warning(FOLDER "/%s: %m", name);
	/* Better none than one that misses a user. */
	unlinkat(folder, KEPT, 0);
}

void session_note_drop(uid_t uid)
{
	char name[16];

	snprintf(name, sizeof(name), "%u", uid);
	if (folder >= 0)
		unlinkat(folder, name, 0);
}

bool session_note_had(uid_t uid)
{
	char name[16];

	snprintf(name, sizeof(name), "%u", uid);
	return !complete || is_there(name);
}

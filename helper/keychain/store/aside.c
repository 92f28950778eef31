// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/store/aside.h"
#include "helper/keychain/store/beside.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "helper/common/civil_date.h"
#include "helper/common/cleanup.h"
#include "helper/libkeybag/keybag.h"

#define STAMP_SIZE	40
#define ATTEMPTS	1000

static enum fault failed(const char *path, struct fault_reason *reason)
{
	return fault_because(reason, FAULT_FILE, "%s cannot be renamed: %s", path,
			     strerrordesc_np(errno));
}

static void make_stamp(char stamp[STAMP_SIZE])
{
	struct civil_date now = civil_date_of(time(NULL));

	snprintf(stamp, STAMP_SIZE, "%04d%02d%02dT%02d%02d%02dZ", now.year % 10000, now.month % 100, now.day % 100,
		 now.hour % 100, now.minute % 100, now.second % 100);
}

/* The folder's own entries are what has changed. */
static enum fault make_durable(const char *path, struct fault_reason *reason)
{
	char *folder CLEANUP_FREE = strdup(path);
	int fd CLEANUP_FD = -1;
	char *end = folder ? strrchr(folder, '/') : NULL;

	if (!folder)
		return FAULT_MEMORY;
	if (end)
		end[end == folder] = 0;
	fd = open(end ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 || fsync(fd) < 0 ? failed(path, reason) : FAULT_NONE;
}

/* The WAL before the database goes: one without its database would be taken for that of the next one of that name. */
static enum fault move_beside(const char *from, const char *to, struct fault_reason *reason)
{
	char *wal CLEANUP_FREE = NULL, *wal_to CLEANUP_FREE = NULL, *shared CLEANUP_FREE = NULL;

	if (asprintf(&wal, "%s" BESIDE_WAL, from) < 0 || asprintf(&wal_to, "%s" BESIDE_WAL, to) < 0 ||
	    asprintf(&shared, "%s" BESIDE_SHARED, from) < 0)
		return FAULT_MEMORY;
	/* There may be none, or it was moved before a crash. */
	if (rename(wal, wal_to) && errno != ENOENT)
		return failed(wal, reason);
	/* SQLite makes it anew. */
	return unlink(shared) && errno != ENOENT ? failed(shared, reason) : FAULT_NONE;
}

static enum fault move(const char *from, const char *to, struct fault_reason *reason)
{
	enum fault fault = move_beside(from, to, reason);

	if (!fault && rename(from, to))
		fault = failed(from, reason);
	return fault ? fault : make_durable(from, reason);
}

/* Returns a fault where that cannot be told: what is not seen may be there. */
static enum fault exists(const char *path, bool *ret_exists, struct fault_reason *reason)
{
	struct stat status;

	*ret_exists = !lstat(path, &status);
	if (*ret_exists || errno == ENOENT)
		return FAULT_NONE;
	return fault_because(reason, FAULT_FILE, "%s cannot be looked at: %s", path, strerrordesc_np(errno));
}

/* @name of what is not there yet: with a number behind it, if need be. */
static enum fault unused(const char *path, const char *kind, const char *name, char **ret_target,
			 struct fault_reason *reason)
{
	for (unsigned int attempt = 0; attempt < ATTEMPTS; attempt++) {
		char *target, number[16] = "";
		bool taken;
		enum fault fault;

		if (attempt)
			snprintf(number, sizeof(number), "-%u", attempt);
		if (asprintf(&target, "%s%s%s%s", path, kind, name, number) < 0)
			return FAULT_MEMORY;
		fault = exists(target, &taken, reason);
		if (!fault && !taken) {
			*ret_target = target;
			return FAULT_NONE;
		}
		free(target);
		if (fault)
			return fault;
	}
	return fault_because(reason, FAULT_FILE, "%s was put aside too often: remove some of "
			     "%s%s*", path, path, kind);
}

/* A name in a folder, and what it is looked at for. */
struct visit {
	const char *path;	/* of the database */
	const char *to;		/* what its names begin with from now on */
	const struct stat *file;
	char *found;		/* a name of that file */
};

/* Calls @each for names in the folder of @path that begin with its own and ASIDE_DAMAGED, until that fails. */
static enum fault visit_damaged(struct visit *visit,
				enum fault (*each)(struct visit *visit, const char *old, const char *suffix,
						   struct fault_reason *reason), struct fault_reason *reason)
{
	const char *name = strrchr(visit->path, '/');
	size_t length, folder_length;
	struct dirent *entry;
	DIR *folder;
	enum fault fault = FAULT_NONE;

	name = name ? name + 1 : visit->path;
	folder_length = (size_t)(name - visit->path);
	length = strlen(name);
	{
		char *path CLEANUP_FREE = folder_length ? strndup(visit->path, folder_length) : strdup(".");

		folder = path ? opendir(path) : NULL;
	}
	if (!folder)
		return failed(visit->path, reason);
	while (!fault && (entry = readdir(folder))) {
		char *old CLEANUP_FREE = NULL;

		if (strncmp(entry->d_name, name, length) ||
		    strncmp(entry->d_name + length, ASIDE_DAMAGED, strlen(ASIDE_DAMAGED)))
			continue;
		fault = asprintf(&old, "%.*s%s", (int)folder_length, visit->path, entry->d_name) < 0 ?
			 FAULT_MEMORY : each(visit, old, entry->d_name + length, reason);
	}
	closedir(folder);
	return fault;
}

static enum fault rename_one(struct visit *visit, const char *old, const char *suffix, struct fault_reason *reason)
{
	char *new CLEANUP_FREE = NULL;
	bool taken;
	enum fault fault;

	if (asprintf(&new, "%s%s", visit->to, suffix) < 0)
		return FAULT_MEMORY;
	fault = exists(new, &taken, reason);
	/* A file that was put aside is never overwritten: this one keeps its name. */
	if (fault || taken)
		return fault;
	return rename(old, new) ? failed(old, reason) : FAULT_NONE;
}

/* Names in the folder of @from that begin with its own and ASIDE_DAMAGED begin with @to instead. */
static enum fault rename_all(const char *from, const char *to, struct fault_reason *reason)
{
	struct visit visit = { .path = from, .to = to };

	return visit_damaged(&visit, rename_one, reason);
}

static enum fault find_one(struct visit *visit, const char *old, const char *suffix, struct fault_reason *reason)
{
	struct stat status;

	(void)suffix;
	(void)reason;
	if (visit->found || lstat(old, &status) || status.st_ino != visit->file->st_ino ||
	    status.st_dev != visit->file->st_dev)
		return FAULT_NONE;
	visit->found = strdup(old);
	return visit->found ? FAULT_NONE : FAULT_MEMORY;
}

/* The name that @path has been given already, by one who was cut off, or a new one. */
static enum fault name_for_damaged(const char *path, const struct stat *file, char **ret_target,
				   struct fault_reason *reason)
{
	struct visit visit = { .path = path, .file = file };
	char stamp[STAMP_SIZE];
	enum fault fault = file->st_nlink > 1 ? visit_damaged(&visit, find_one, reason) : FAULT_NONE;

	if (fault) {
		free(visit.found);
		return fault;
	}
	*ret_target = visit.found;
	if (visit.found)
		return FAULT_NONE;
	make_stamp(stamp);
	return unused(path, ASIDE_DAMAGED, stamp, ret_target, reason);
}

/* Gives @path a second name. *ret_linked: it has one; not where the file system knows no hard links. */
static enum fault give_name(const char *path, const struct stat *file, const char *target, bool *ret_linked,
			    struct fault_reason *reason)
{
	struct stat status;

	*ret_linked = (!lstat(target, &status) && status.st_ino == file->st_ino) || !link(path, target);
	if (*ret_linked || errno == EPERM || errno == EOPNOTSUPP || errno == ENOSYS || errno == EMLINK)
		return FAULT_NONE;
	return failed(path, reason);
}

static char *ready_name(const char *path)
{
	char *name;

	return asprintf(&name, "%s" ASIDE_READY, path) < 0 ? NULL : name;
}

enum fault aside_prepare(const char *path, const char *successor, struct fault_reason *reason)
{
	char *ready CLEANUP_FREE = ready_name(path);

	if (!ready)
		return FAULT_MEMORY;
	if (rename(successor, ready))
		return failed(successor, reason);
	/* Should something be left beside it, it would be that of the next one. */
	beside_remove(successor);
	return make_durable(path, reason);
}

enum fault aside_prepared(const char *path, bool *ret_prepared, struct fault_reason *reason)
{
	char *ready CLEANUP_FREE = ready_name(path);

	return ready ? exists(ready, ret_prepared, reason) : FAULT_MEMORY;
}

/* Until the last step the file @path is the old one, by two names. */
static enum fault exchange(const char *path, const struct stat *file, const char *ready, const char *target,
			   struct fault_reason *reason)
{
	bool linked;
	enum fault fault = give_name(path, file, target, &linked, reason);

	if (!fault)
		fault = move_beside(path, target, reason);
	if (!fault && !linked && rename(path, target))
		fault = failed(path, reason);
	if (!fault && rename(ready, path))
		fault = failed(ready, reason);
	return fault ? fault : make_durable(path, reason);
}

/* A crash between two renames has left no file @path. */
static enum fault finish_without_links(const char *path, const char *ready, char **ret_target, struct fault_reason *reason)
{
	if (asprintf(ret_target, "%s" ASIDE_DAMAGED "*", path) < 0)
		return FAULT_MEMORY;
	if (!rename(ready, path))
		return make_durable(path, reason);
	return failed(ready, reason);
}

enum fault aside_damaged(const char *path, char **ret_target, struct fault_reason *reason)
{
	char *ready CLEANUP_FREE = ready_name(path);
	char *target = NULL;
	struct stat file;
	enum fault fault;

	if (!ready)
		return FAULT_MEMORY;
	if (!lstat(path, &file)) {
		fault = name_for_damaged(path, &file, &target, reason);
		if (!fault)
			fault = exchange(path, &file, ready, target, reason);
	} else {
		fault = errno == ENOENT ? finish_without_links(path, ready, &target, reason) : failed(path, reason);
	}
	if (fault)
		free(target);
	else
		*ret_target = target;
	return fault;
}

int aside_forget(const char *path)
{
	char *ready CLEANUP_FREE = ready_name(path);

	if (!ready)
		return -ENOMEM;
	return unlink(ready) && errno != ENOENT ? -errno : 0;
}

static char *keybag_path(const char *path, const uint8_t *uuid)
{
	char text[KEYBAG_UUID_TEXT_SIZE], *target;

	keybag_uuid_format(uuid, text);
	return asprintf(&target, "%s" ASIDE_KEYBAG "%s", path, text) < 0 ? NULL : target;
}

enum fault aside_keybag(const char *path, const uint8_t *uuid, char **ret_target, struct fault_reason *reason)
{
	char name[KEYBAG_UUID_TEXT_SIZE + STAMP_SIZE] = "unknown-", *target;
	enum fault fault;

	if (uuid)
		keybag_uuid_format(uuid, name);
	else
		make_stamp(name + strlen(name));
	fault = unused(path, ASIDE_KEYBAG, name, &target, reason);
	if (fault)
		return fault;
	/* The WAL of one that somebody took away would be taken for this one's. */
	beside_remove(target);
	fault = rename_all(path, target, reason);
	if (!fault)
		fault = move(path, target, reason);
	if (fault)
		free(target);
	else
		*ret_target = target;
	return fault;
}

enum fault aside_exists(const char *path, const uint8_t uuid[ASIDE_UUID_SIZE], bool *ret_exists, struct fault_reason *reason)
{
	char *aside CLEANUP_FREE = keybag_path(path, uuid);

	return aside ? exists(aside, ret_exists, reason) : FAULT_MEMORY;
}

enum fault aside_restore(const char *path, const uint8_t uuid[ASIDE_UUID_SIZE], struct fault_reason *reason)
{
	char *aside CLEANUP_FREE = keybag_path(path, uuid);
	enum fault fault;

	if (!aside)
		return FAULT_MEMORY;
	/* The file itself last: while it is aside, the next request does this again. */
	fault = rename_all(aside, path, reason);
	return fault ? fault : move(aside, path, reason);
}

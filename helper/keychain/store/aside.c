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

#include "helper/common/cleanup.h"
#include "helper/libkeybag/keybag.h"

#define STAMP_SIZE	40
#define ATTEMPTS	1000

static int failed(const char *path, struct outcome *outcome)
{
	return outcome_fail(outcome, errSecNotAvailable, "%s cannot be renamed: %s", path,
			    strerrordesc_np(errno));
}

static void make_stamp(char stamp[STAMP_SIZE])
{
	struct tm fields;
	time_t now = time(NULL);

	gmtime_r(&now, &fields);
	strftime(stamp, STAMP_SIZE, "%Y%m%dT%H%M%SZ", &fields);
}

/* The folder's own entries are what has changed. */
static int make_durable(const char *path, struct outcome *outcome)
{
	char *folder CLEANUP_FREE = strdup(path);
	int fd CLEANUP_FD = -1;
	char *end = folder ? strrchr(folder, '/') : NULL;

	if (!folder)
		return outcome_no_memory(outcome);
	if (end)
		end[end == folder] = 0;
	fd = open(end ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 || fsync(fd) < 0 ? failed(path, outcome) : 0;
}

/* The WAL before the database goes: one without its database would be taken for that of the next one of that name. */
static int move_beside(const char *from, const char *to, struct outcome *outcome)
{
	char *wal CLEANUP_FREE = NULL, *wal_to CLEANUP_FREE = NULL, *shared CLEANUP_FREE = NULL;

	if (asprintf(&wal, "%s" BESIDE_WAL, from) < 0 || asprintf(&wal_to, "%s" BESIDE_WAL, to) < 0 ||
	    asprintf(&shared, "%s" BESIDE_SHARED, from) < 0)
		return outcome_no_memory(outcome);
	/* There may be none, or it was moved before a crash. */
	if (rename(wal, wal_to) && errno != ENOENT)
		return failed(wal, outcome);
	/* SQLite makes it anew. */
	return unlink(shared) && errno != ENOENT ? failed(shared, outcome) : 0;
}

static int move(const char *from, const char *to, struct outcome *outcome)
{
	int status = move_beside(from, to, outcome);

	if (!status && rename(from, to))
		status = failed(from, outcome);
	return status ? status : make_durable(from, outcome);
}

/* Returns a status where that cannot be told: what is not seen may be there. */
static int exists(const char *path, bool *ret_exists, struct outcome *outcome)
{
	struct stat status;

	*ret_exists = !lstat(path, &status);
	if (*ret_exists || errno == ENOENT)
		return 0;
	return outcome_fail(outcome, errSecNotAvailable, "%s cannot be looked at: %s", path, strerrordesc_np(errno));
}

/* @name of what is not there yet: with a number behind it, if need be. */
static int unused(const char *path, const char *kind, const char *name, char **ret_target,
		  struct outcome *outcome)
{
	for (unsigned int attempt = 0; attempt < ATTEMPTS; attempt++) {
		char *target, number[16] = "";
		bool taken;
		int status;

		if (attempt)
			snprintf(number, sizeof(number), "-%u", attempt);
		if (asprintf(&target, "%s%s%s%s", path, kind, name, number) < 0)
			return outcome_no_memory(outcome);
		status = exists(target, &taken, outcome);
		if (!status && !taken) {
			*ret_target = target;
			return 0;
		}
		free(target);
		if (status)
			return status;
	}
	return outcome_fail(outcome, errSecNotAvailable, "%s was put aside too often: remove some of "
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
static int visit_damaged(struct visit *visit, int (*each)(struct visit *visit, const char *old, const char *suffix,
							  struct outcome *outcome), struct outcome *outcome)
{
	const char *name = strrchr(visit->path, '/');
	size_t length, folder_length;
	struct dirent *entry;
	DIR *folder;
	int status = 0;

	name = name ? name + 1 : visit->path;
	folder_length = (size_t)(name - visit->path);
	length = strlen(name);
	{
		char *path CLEANUP_FREE = folder_length ? strndup(visit->path, folder_length) : strdup(".");

		folder = path ? opendir(path) : NULL;
	}
	if (!folder)
		return failed(visit->path, outcome);
	while (!status && (entry = readdir(folder))) {
		char *old CLEANUP_FREE = NULL;

		if (strncmp(entry->d_name, name, length) ||
		    strncmp(entry->d_name + length, ASIDE_DAMAGED, strlen(ASIDE_DAMAGED)))
			continue;
		status = asprintf(&old, "%.*s%s", (int)folder_length, visit->path, entry->d_name) < 0 ?
			 outcome_no_memory(outcome) : each(visit, old, entry->d_name + length, outcome);
	}
	closedir(folder);
	return status;
}

static int rename_one(struct visit *visit, const char *old, const char *suffix, struct outcome *outcome)
{
	char *new CLEANUP_FREE = NULL;
	bool taken;
	int status;

	if (asprintf(&new, "%s%s", visit->to, suffix) < 0)
		return outcome_no_memory(outcome);
	status = exists(new, &taken, outcome);
	/* A file that was put aside is never overwritten: this one keeps its name. */
	if (status || taken)
		return status;
	return rename(old, new) ? failed(old, outcome) : 0;
}

/* Names in the folder of @from that begin with its own and ASIDE_DAMAGED begin with @to instead. */
static int rename_all(const char *from, const char *to, struct outcome *outcome)
{
	struct visit visit = { .path = from, .to = to };

	return visit_damaged(&visit, rename_one, outcome);
}

static int find_one(struct visit *visit, const char *old, const char *suffix, struct outcome *outcome)
{
	struct stat status;

	(void)suffix;
	if (visit->found || lstat(old, &status) || status.st_ino != visit->file->st_ino ||
	    status.st_dev != visit->file->st_dev)
		return 0;
	visit->found = strdup(old);
	return visit->found ? 0 : outcome_no_memory(outcome);
}

/* The name that @path has been given already, by one who was cut off, or a new one. */
static int name_for_damaged(const char *path, const struct stat *file, char **ret_target, struct outcome *outcome)
{
	struct visit visit = { .path = path, .file = file };
	char stamp[STAMP_SIZE];
	int status = file->st_nlink > 1 ? visit_damaged(&visit, find_one, outcome) : 0;

	if (status) {
		free(visit.found);
		return status;
	}
	*ret_target = visit.found;
	if (visit.found)
		return 0;
	make_stamp(stamp);
	return unused(path, ASIDE_DAMAGED, stamp, ret_target, outcome);
}

/* Gives @path a second name. *ret_linked: it has one; not where the file system knows no hard links. */
static int give_name(const char *path, const struct stat *file, const char *target, bool *ret_linked,
		     struct outcome *outcome)
{
	struct stat status;

	*ret_linked = (!lstat(target, &status) && status.st_ino == file->st_ino) || !link(path, target);
	if (*ret_linked || errno == EPERM || errno == EOPNOTSUPP || errno == ENOSYS || errno == EMLINK)
		return 0;
	return failed(path, outcome);
}

static char *ready_name(const char *path)
{
	char *name;

	return asprintf(&name, "%s" ASIDE_READY, path) < 0 ? NULL : name;
}

int aside_prepare(const char *path, const char *successor, struct outcome *outcome)
{
	char *ready CLEANUP_FREE = ready_name(path);

	if (!ready)
		return outcome_no_memory(outcome);
	if (rename(successor, ready))
		return failed(successor, outcome);
	/* Should something be left beside it, it would be that of the next one. */
	beside_remove(successor);
	return make_durable(path, outcome);
}

int aside_prepared(const char *path, bool *ret_prepared, struct outcome *outcome)
{
	char *ready CLEANUP_FREE = ready_name(path);

	return ready ? exists(ready, ret_prepared, outcome) : outcome_no_memory(outcome);
}

/* Until the last step the file @path is the old one, by two names. */
static int exchange(const char *path, const struct stat *file, const char *ready, const char *target,
		    struct outcome *outcome)
{
	bool linked;
	int status = give_name(path, file, target, &linked, outcome);

	if (!status)
		status = move_beside(path, target, outcome);
	if (!status && !linked && rename(path, target))
		status = failed(path, outcome);
	if (!status && rename(ready, path))
		status = failed(ready, outcome);
	return status ? status : make_durable(path, outcome);
}

/* A crash between two renames has left no file @path. */
static int finish_without_links(const char *path, const char *ready, char **ret_target, struct outcome *outcome)
{
	if (asprintf(ret_target, "%s" ASIDE_DAMAGED "*", path) < 0)
		return outcome_no_memory(outcome);
	if (!rename(ready, path))
		return make_durable(path, outcome);
	return failed(ready, outcome);
}

int aside_damaged(const char *path, char **ret_target, struct outcome *outcome)
{
	char *ready CLEANUP_FREE = ready_name(path);
	char *target = NULL;
	struct stat file;
	int status;

	if (!ready)
		return outcome_no_memory(outcome);
	if (!lstat(path, &file)) {
		status = name_for_damaged(path, &file, &target, outcome);
		if (!status)
			status = exchange(path, &file, ready, target, outcome);
	} else {
		status = errno == ENOENT ? finish_without_links(path, ready, &target, outcome) : failed(path, outcome);
	}
	if (status)
		free(target);
	else
		*ret_target = target;
	return status;
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

int aside_keybag(const char *path, const uint8_t *uuid, char **ret_target, struct outcome *outcome)
{
	char name[KEYBAG_UUID_TEXT_SIZE + STAMP_SIZE] = "unknown-", *target;
	int status;

	if (uuid)
		keybag_uuid_format(uuid, name);
	else
		make_stamp(name + strlen(name));
	status = unused(path, ASIDE_KEYBAG, name, &target, outcome);
	if (status)
		return status;
	/* The WAL of one that somebody took away would be taken for this one's. */
	beside_remove(target);
	status = rename_all(path, target, outcome);
	if (!status)
		status = move(path, target, outcome);
	if (status)
		free(target);
	else
		*ret_target = target;
	return status;
}

int aside_exists(const char *path, const uint8_t uuid[ASIDE_UUID_SIZE], bool *ret_exists, struct outcome *outcome)
{
	char *aside CLEANUP_FREE = keybag_path(path, uuid);

	return aside ? exists(aside, ret_exists, outcome) : outcome_no_memory(outcome);
}

int aside_restore(const char *path, const uint8_t uuid[ASIDE_UUID_SIZE], struct outcome *outcome)
{
	char *aside CLEANUP_FREE = keybag_path(path, uuid);
	int status;

	if (!aside)
		return outcome_no_memory(outcome);
	/* The file itself last: while it is aside, the next request does this again. */
	status = rename_all(aside, path, outcome);
	return status ? status : move(aside, path, outcome);
}

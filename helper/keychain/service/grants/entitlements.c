// SPDX-License-Identifier: GPL-2.0-or-later
#include "entitlements.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include "entitlement.h"
#include "helper/common/cleanup.h"
#include "helper/daemon/log.h"
#include "helper/keychain/service/peer/executable.h"
#include "helper/keychain/service/peer/passing.h"
#include "place_watch.h"

#define MAX_FILES	4096
#define SUFFIX		".conf"
#define CHANGES                                                                     \
	(IN_CREATE | IN_DELETE | IN_CLOSE_WRITE | IN_MOVE | IN_ATTRIB | IN_MODIFY | \
	 IN_DELETE_SELF | IN_MOVE_SELF)

/* In order of their names. */
struct list {
	struct entitlement *files;
	size_t count;
};

/* Under the mutex: the files, and whether they have changed since. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct list current;
static unsigned int generation;	/* 0: they were never read */
static int unreadable;		/* why they cannot be read now: a negative errno, or 0 */
static int watch = -1;
static bool watched;		/* both folders are, or are absent: else every look is a reading */
static struct target *targets;	/* the folders, and links among the files: the watch stays with what was there */
static size_t target_count;
static struct place_watch places = PLACE_WATCH_NONE;	/* of the folders */
static bool stale;		/* the files are to be read again, whatever the watch has seen */

static const char *const folders[] = { ENTITLEMENTS_OF_ADMINISTRATOR, ENTITLEMENTS_OF_PACKAGES };

struct target {
	char *path;		/* of the link, or the folder */
	struct stat status;	/* of what is behind it; all zero: nothing */
};

static void look_at_target(const char *path, struct stat *ret_status)
{
	if (stat(path, ret_status) < 0)
		*ret_status = (struct stat){ 0 };
}

/* Before it is read, so that what changes meanwhile is seen. */
static void note_target(const char *path)
{
	struct target *larger;

	larger = reallocarray(targets, target_count + 1, sizeof(*targets));
	if (larger) {
		targets = larger;
		targets[target_count].path = strdup(path);
	}
	if (!larger || !targets[target_count].path) {
		stale = true;
		return;
	}
	look_at_target(path, &targets[target_count].status);
	target_count++;
}

static void note_link(const char *path)
{
	struct stat status;

	if (lstat(path, &status) == 0 && S_ISLNK(status.st_mode))
		note_target(path);
}

static void forget_targets(void)
{
	while (target_count)
		free(targets[--target_count].path);
	free(targets);
	targets = NULL;
}

/* The folders are the first ones. */
static bool targets_changed(size_t first)
{
	struct stat now;
	size_t i;

	for (i = first; i < target_count; i++) {
		const struct stat *then = &targets[i].status;

		look_at_target(targets[i].path, &now);
		if (now.st_dev != then->st_dev || now.st_ino != then->st_ino ||
		    now.st_size != then->st_size || now.st_mode != then->st_mode ||
		    now.st_uid != then->st_uid || now.st_ctim.tv_sec != then->st_ctim.tv_sec ||
		    now.st_ctim.tv_nsec != then->st_ctim.tv_nsec)
			return true;
	}
	return false;
}

static const char *base_name(const char *path)
{
	return strrchr(path, '/') + 1;
}

static int fail(struct entitlement *file, const char *path, const char *problem)
{
	*file = (struct entitlement){ .path = strdup(path), .problem = strdup(problem) };
	return file->path && file->problem ? 0 : -ENOMEM;
}

/* A file that cannot be looked at now is an error; what is wrong with one is noted in it. */
static int fail_of(struct entitlement *file, const char *path, int error)
{
	return error_is_passing(error) ? -error : fail(file, path, strerrordesc_np(error));
}

/* Fills @file. Returns 0 or a negative errno (passing.h). */
static int read_file(struct entitlement *file, const char *path)
{
	CLEANUP_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	static char text[ENTITLEMENT_MAX_FILE + 1];
	struct stat status;
	ssize_t length;
	char why[512];
	int result = 0;

	if (fd < 0 || fstat(fd, &status) < 0)
		return fail_of(file, path, errno);
	/* A link to /dev/null: takes away what a package grants. */
	if (S_ISCHR(status.st_mode))
		return fail(file, path, "masked");
	if (!S_ISREG(status.st_mode) || status.st_uid || status.st_mode & (S_IWGRP | S_IWOTH))
		return fail(file, path,
			    "it has to be a file of root's that nobody else may write to");
	length = read(fd, text, sizeof(text));
	if (length < 0)
		return fail_of(file, path, errno);
	errno = 0;
	if (entitlement_parse(file, path, text, (size_t)length) && file->executable) {
		result = executable_unfit(file->executable, why, sizeof(why));
		if (result > 0)
			file->problem = strdup(why);
	}
	if (!result && errno == ENOMEM)
		result = -ENOMEM;
	return result < 0 ? result : file->path && (!result || file->problem) ? 0 : -ENOMEM;
}

static bool is_present(const struct list *list, const char *name)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		if (!strcmp(base_name(list->files[i].path), name))
			return true;
	return false;
}

static int add_file(struct list *list, const char *folder, const char *name)
{
	struct entitlement *file;
	char path[512];
	int result;

	if (strlen(name) <= strlen(SUFFIX) || *name == '.' ||
	    strcmp(name + strlen(name) - strlen(SUFFIX), SUFFIX) || is_present(list, name))
		return 0;
	file = reallocarray(list->files, list->count + 1, sizeof(*list->files));
	if (!file)
		return -ENOMEM;
	list->files = file;
	file += list->count;
	*file = (struct entitlement){ 0 };
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	note_link(path);
	result = read_file(file, path);
	if (result < 0) {
		entitlement_clear(file);
		return result;
	}
	if (file->problem)
		log_warning("%s: %s", path, file->problem);
	list->count++;
	return 0;
}

static int read_entries(struct list *list, const char *path, DIR *folder)
{
	struct dirent *entry;
	int result = 0;

	while (!result && list->count < MAX_FILES) {
		errno = 0;
		entry = readdir(folder);
		if (!entry)
			return -errno;
		result = add_file(list, path, entry->d_name);
	}
	return result;
}

/* Returns 0 or a negative errno (passing.h). */
static int read_folder(struct list *list, const char *path)
{
	DIR *folder = opendir(path);
	struct stat status;
	int result = 0;

	if (!folder)
		return error_is_passing(errno) ? -errno : 0;
	if (fstat(dirfd(folder), &status) < 0)
		result = -errno;
	else if (status.st_uid || status.st_mode & (S_IWGRP | S_IWOTH))
		log_warning(
			"%s: ignored: it has to belong to root, and nobody else may write to it",
			path);
	else
		result = read_entries(list, path, folder);
	closedir(folder);
	return result;
}

static int by_name(const void *one, const void *other)
{
	const struct entitlement *first = one, *second = other;

	return strcmp(base_name(first->path), base_name(second->path));
}

/* A folder that is absent and appears is seen as a change of a target. */
static void start_watch(void)
{
	size_t i;

	if (watch >= 0)
		close(watch);
	watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	watched = watch >= 0;
	for (i = 0; i < sizeof(folders) / sizeof(folders[0]) && watched; i++)
		watched = inotify_add_watch(watch, folders[i], CHANGES) >= 0 || errno == ENOENT;
	place_watch_begin(&places, folders, sizeof(folders) / sizeof(folders[0]));
}

static void read_events(bool *ret_found)
{
	char events[4096];

	*ret_found = false;
	while (read(watch, events, sizeof(events)) > 0)
		*ret_found = true;
}

static bool changed(void)
{
	bool stirred, found;

	if (!watched || stale)
		return true;
	stirred = place_watch_stirred(&places, watch, &found);
	if (found)
		read_events(&found);
	return found || targets_changed(stirred ? 0 : sizeof(folders) / sizeof(folders[0]));
}

static void clear_list(struct list *list)
{
	for (size_t i = 0; i < list->count; i++)
		entitlement_clear(&list->files[i]);
	free(list->files);
	*list = (struct list){ 0 };
}

/* A list that is read in part would grant less, or more where a narrow file is left out: the one before counts on. */
static void keep_former(struct list *read, int error)
{
	clear_list(read);
	stale = true;
	if (error != unreadable)
		log_warning("the entitlement files cannot be read now: %s; %s", strerrordesc_np(-error),
			    generation ? "what they said before counts" : "nobody is granted anything until they can");
	unreadable = error;
}

/*
 * Under the mutex. The watch is there before the files are read, and what the folders are is noted before the watch:
 * what changes meanwhile is seen. It begins anew each time, as a folder may have been made again.
 */
static void refresh(void)
{
	struct list read = { 0 };
	int result = 0;
	size_t i;

	if (generation && !changed())
		return;
	stale = false;
	forget_targets();
	for (i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		note_target(folders[i]);
	start_watch();
	for (i = 0; i < sizeof(folders) / sizeof(folders[0]) && !result; i++)
		result = read_folder(&read, folders[i]);
	if (result) {
		keep_former(&read, result);
		return;
	}
	if (read.count)
		qsort(read.files, read.count, sizeof(*read.files), by_name);
	clear_list(&current);
	current = read;
	unreadable = 0;
	generation++;
}

void entitlements_reload(void)
{
	pthread_mutex_lock(&mutex);
	stale = true;
	refresh();
	if (!unreadable)
		log_notice("%zu entitlement files are read again", current.count);
	pthread_mutex_unlock(&mutex);
}

unsigned int entitlements_generation(void)
{
	unsigned int now;

	pthread_mutex_lock(&mutex);
	refresh();
	now = generation;
	pthread_mutex_unlock(&mutex);
	return now;
}

static bool names_executable(const struct entitlement *file)
{
	return file->executable;
}

static bool asks_privilege(const struct entitlement *file)
{
	return file->privileged;
}

/* Whether one of them that is in order does so. */
static bool any(bool (*does)(const struct entitlement *file))
{
	bool found = false;

	pthread_mutex_lock(&mutex);
	refresh();
	for (size_t i = 0; i < current.count && !found; i++)
		found = !current.files[i].problem && does(&current.files[i]);
	pthread_mutex_unlock(&mutex);
	return found;
}

bool entitlements_name_executables(void)
{
	return any(names_executable);
}

bool entitlements_ask_privilege(void)
{
	return any(asks_privilege);
}

/* foo@.service stands for its instances. */
static bool unit_matches(const char *wanted, const char *unit)
{
	const char *at = strchr(wanted, '@');
	size_t length = at ? (size_t)(at - wanted) + 1 : 0;

	if (!strcmp(wanted, unit))
		return true;
	return at && at[1] == '.' && !strncmp(wanted, unit, length) && strrchr(unit, '.') &&
	       !strcmp(strrchr(unit, '.'), at + 1);
}

static bool name_matches(const char *wanted, const struct identity *identity,
			 enum peer_kind kind)
{
	if (!wanted)
		return true;
	if (identity->kind != kind)
		return false;
	return kind == PEER_UNIT ? unit_matches(wanted, identity->name) :
				       !strcmp(wanted, identity->name);
}

static bool user_matches(const char *wanted, uid_t uid)
{
	char *end;
	unsigned long number;

	if (!wanted)
		return true;
	if (!strcmp(wanted, "root"))
		return uid == 0;
	number = strtoul(wanted, &end, 10);
	return !*end && number == uid;
}

static bool executable_matches(const struct entitlement *file, const struct identity *identity,
			       const struct connection *connection)
{
	const char *why;

	if (!file->executable)
		return true;
	if (!identity->knows_program)
		return false;
	if (executable_is(&identity->program, identity->uid, connection->peer.gid, file->executable,
			  &why))
		return true;
	if (why)
		log_notice("%s does not apply to process %d: %s", file->path, identity->pid, why);
	return false;
}

static bool label_matches(const struct entitlement *file, const struct identity *identity)
{
	const char *why;

	if (!file->label)
		return true;
	if (security_label_is(identity->label, file->label, &why)) {
		if (identity->label_kept)
			return true;
		why = "it has left its profile since it connected";
	}
	if (why)
		log_notice("%s does not apply to process %d: %s", file->path, identity->pid, why);
	return false;
}

static bool privilege_matches(const struct entitlement *file, const struct identity *identity)
{
	if (!file->privileged || identity->privileged)
		return true;
	log_notice("%s does not apply to process %d: it has neither CAP_SYS_ADMIN nor CAP_SYS_PTRACE", file->path, identity->pid);
	return false;
}

static bool matches(const struct entitlement *file, const struct identity *identity,
		    const struct connection *connection)
{
	if (file->problem)
		return false;
	return name_matches(file->unit, identity, PEER_UNIT) &&
	       name_matches(file->flatpak, identity, PEER_FLATPAK) &&
	       name_matches(file->snap, identity, PEER_SNAP) &&
	       name_matches(file->container, identity, PEER_CONTAINER) &&
	       user_matches(file->user, identity->uid) && label_matches(file, identity) &&
	       executable_matches(file, identity, connection) && privilege_matches(file, identity);
}

static int grant(struct identity *identity, const struct entitlement *file)
{
	identity->groups = entitlement_groups(file, &identity->uid, &identity->sources, &identity->tokens,
					      &identity->all_groups);
	identity->file = strdup(file->path);
	identity->by_executable = file->executable;
	identity->by_label = file->label;
	identity->by_privilege = file->privileged;
	identity->system = file->system;
	identity->on_behalf = file->on_behalf;
	if (file->application)
		identity->application = entitlement_application(file);
	if (file->prefix)
		identity->prefix = strdup(file->prefix);
	if (!identity->groups || !identity->file || (file->application && !identity->application) ||
	    (file->prefix && !identity->prefix))
		return -ENOMEM;
	return 0;
}

int entitlements_apply(struct identity *identity, const struct connection *connection)
{
	const struct entitlement *file = NULL;
	size_t i;
	int result;

	pthread_mutex_lock(&mutex);
	refresh();
	for (i = 0; i < current.count && !file; i++)
		if (matches(&current.files[i], identity, connection))
			file = &current.files[i];
	/* One that was never read may say that a program gets less. */
	if (!generation)
		result = unreadable;
	else if (file)
		result = grant(identity, file);
	else if (identity->kind == PEER_UNCONFINED)
		result = identity_grant_unconfined(identity);
	else
		result = identity_grant(identity, NULL, NULL);
	pthread_mutex_unlock(&mutex);
	return result;
}

static struct value *words_value(const struct words *words)
{
	struct value *array = value_array();
	size_t i;

	for (i = 0; i < words->count; i++)
		if (value_append(array, value_string(words->words[i])) < 0) {
			value_free(array);
			return NULL;
		}
	return array;
}

static void set_string(struct value *dictionary, const char *key, const char *text)
{
	if (text)
		value_set(dictionary, key, value_string(text));
}

static struct value *report_file(const struct entitlement *file)
{
	struct value *entry = value_dictionary();
	struct words groups = { 0 };
	char *application;
	const char **sources = NULL;
	bool tokens = false, all = false;
	size_t i;

	set_string(entry, "file", file->path);
	set_string(entry, "problem", file->problem);
	set_string(entry, "executable", file->executable);
	set_string(entry, "unit", file->unit);
	set_string(entry, "flatpak", file->flatpak);
	set_string(entry, "snap", file->snap);
	set_string(entry, "container", file->container);
	set_string(entry, "label", file->label);
	set_string(entry, "user", file->user);
	set_string(entry, "prefix", file->prefix);
	application = file->problem ? NULL : entitlement_application(file);
	set_string(entry, "application", application);
	free(application);
	groups.words = file->problem ? NULL : entitlement_groups(file, NULL, &sources, &tokens, &all);
	while (groups.words && groups.words[groups.count])
		groups.count++;
	value_set(entry, "groups", words_value(&groups));
	value_set(entry, "tokens", value_boolean(tokens));
	value_set(entry, "all-groups", value_boolean(all));
	value_set(entry, "system-keychain", value_boolean(file->system && !file->problem));
	value_set(entry, "privileged", value_boolean(file->privileged));
	value_set(entry, "on-behalf", value_boolean(file->on_behalf && !file->problem));
	for (i = 0; i < groups.count; i++)
		free(groups.words[i]);
	free(groups.words);
	free(sources);
	return entry;
}

struct value *entitlements_report(void)
{
	struct value *report = value_array();
	size_t i;

	pthread_mutex_lock(&mutex);
	refresh();
	for (i = 0; i < current.count && report; i++)
		if (value_append(report, report_file(&current.files[i])) < 0) {
			value_free(report);
			report = NULL;
		}
	pthread_mutex_unlock(&mutex);
	return report;
}

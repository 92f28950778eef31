// SPDX-License-Identifier: GPL-2.0-or-later
#include "account_name.h"

#include <errno.h>
#include <pthread.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/account_error.h"
#include "common/deadline.h"
#include "common/detached_thread.h"

#define BUFFER_SIZE	16384
#define STACK_SIZE	(256 * 1024)
#define SECOND_NS	UINT64_C(1000000000)

struct lookup {
	struct lookup *next;
	uid_t uid;
	char asked[OWNER_NAME_SIZE];	/* whether that is a name of @uid; "": what its name is */
	uint64_t deadline;		/* after that nobody waits for it */
	unsigned int users;		/* its thread, and who waits */
	bool done;
	int result;
	char name[OWNER_NAME_SIZE];
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct lookup *lookups;		/* mutex: those that are not done, the newest first */
static unsigned int lookup_count;	/* mutex */

static void make_condition(void)
{
	pthread_condattr_t attributes;

	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&changed, &attributes);
	pthread_condattr_destroy(&attributes);
}

static int take_name(const struct passwd *entry, char ret_name[OWNER_NAME_SIZE])
{
	if (strlen(entry->pw_name) >= OWNER_NAME_SIZE)
		return -ENAMETOOLONG;
	snprintf(ret_name, OWNER_NAME_SIZE, "%s", entry->pw_name);
	return 0;
}

/*
 * Looks at each account of /etc/passwd, as long as @visit returns true. Returns their number, or -1 where the file cannot be read
 * to its end, as at a line that is too long.
 */
static int each_in_file(bool (*visit)(const struct passwd *entry, void *context), void *context)
{
	struct passwd entry, *found = NULL;
	char buffer[BUFFER_SIZE];
	FILE *file = fopen("/etc/passwd", "re");
	int error, count = 0;

	if (!file)
		return -1;
	while (!(error = fgetpwent_r(file, &entry, buffer, sizeof(buffer), &found))) {
		count++;
		if (!visit(found, context))
			break;
	}
	fclose(file);
	return error && error != ENOENT ? -1 : count;
}

struct sought {
	uid_t uid;
	const char *name;	/* NULL: any */
	bool found;
	int result;		/* of what is done with it */
	char *ret_name;
};

static bool visit_named(const struct passwd *entry, void *context)
{
	struct sought *sought = context;

	if (entry->pw_uid != sought->uid || (sought->name && strcmp(entry->pw_name, sought->name)))
		return true;
	sought->found = true;
	if (sought->ret_name)
		sought->result = take_name(entry, sought->ret_name);
	return false;
}

static int from_file(uid_t uid, char ret_name[OWNER_NAME_SIZE])
{
	struct sought sought = { .uid = uid, .ret_name = ret_name, .result = -ENOENT };

	each_in_file(visit_named, &sought);
	return sought.result;
}

static bool in_file(uid_t uid, const char *name)
{
	struct sought sought = { .uid = uid, .name = name };

	each_in_file(visit_named, &sought);
	return sought.found;
}

static int from_services(uid_t uid, char ret_name[OWNER_NAME_SIZE])
{
	struct passwd entry, *found = NULL;
	char buffer[BUFFER_SIZE];
	int error = getpwuid_r(uid, &entry, buffer, sizeof(buffer), &found);

	return found ? take_name(found, ret_name) : account_error(error);
}

/* Whether @name leads to @uid: the services answer one name for a uid, not always the same. */
static int services_have(uid_t uid, const char *name)
{
	struct passwd entry, *found = NULL;
	char buffer[BUFFER_SIZE];
	int error = getpwnam_r(name, &entry, buffer, sizeof(buffer), &found);

	if (found)
		return found->pw_uid == uid ? 0 : -ENOENT;
	return account_error(error);
}

/* mutex held */
static void account_name_release(struct lookup *lookup)
{
	if (!--lookup->users)
		free(lookup);
}

static void *look_up(void *argument)
{
	struct lookup *lookup = argument;
	char name[OWNER_NAME_SIZE] = "";
	int result = *lookup->asked ? services_have(lookup->uid, lookup->asked) : from_services(lookup->uid, name);
	struct lookup **place;

	pthread_mutex_lock(&mutex);
	lookup->result = result;
	memcpy(lookup->name, name, sizeof(name));
	lookup->done = true;
	for (place = &lookups; *place != lookup; place = &(*place)->next)
		;
	*place = lookup->next;
	lookup_count--;
	account_name_release(lookup);
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&mutex);
	return NULL;
}

/* mutex held; NULL: none is under way. */
static struct lookup *find_lookup(uid_t uid, const char *asked)
{
	struct lookup *lookup = lookups;

	while (lookup && (lookup->uid != uid || strcmp(lookup->asked, asked)))
		lookup = lookup->next;
	return lookup;
}

/* The mutex is held, and there is a place. */
static int make_lookup(uid_t uid, const char *asked, struct lookup **ret_lookup)
{
	struct lookup *lookup = calloc(1, sizeof(*lookup));
	int result;

	if (!lookup)
		return -ENOMEM;
	lookup->uid = uid;
	snprintf(lookup->asked, sizeof(lookup->asked), "%s", asked);
	lookup->users = 1;
	lookup->deadline = deadline_after(ACCOUNT_SECONDS * SECOND_NS);
	result = detached_thread_start(look_up, lookup, STACK_SIZE);
	if (result < 0) {
		free(lookup);
		return result;
	}
	lookup->next = lookups;
	lookups = lookup;
	lookup_count++;
	*ret_lookup = lookup;
	return 0;
}

/* Until a lookup ends, as long as both deadlines allow. mutex held. Returns 0: look again; or -ETIMEDOUT. */
static int wait_for_change(uint64_t deadline, uint64_t other)
{
	uint64_t until = deadline < other ? deadline : other;
	struct timespec time = { .tv_sec = (time_t)(until / SECOND_NS), .tv_nsec = (long)(until % SECOND_NS) };

	if (!deadline_left(until))
		return -ETIMEDOUT;
	pthread_cond_timedwait(&changed, &mutex, &time);
	return 0;
}

/*
 * One that is under way, or a new one as soon as there is a place. Where the newest is overdue all are: the directory does not
 * answer, and a worker thread that waits for a place would only be missed by logins. mutex held.
 */
static int account_name_get(uid_t uid, const char *asked, uint64_t deadline, struct lookup **ret_lookup)
{
	int result = 0;

	while (!(*ret_lookup = find_lookup(uid, asked)) && lookup_count >= ACCOUNT_LOOKUPS)
		if (wait_for_change(deadline, lookups->deadline) < 0)
			return -EAGAIN;
	if (!*ret_lookup)
		result = make_lookup(uid, asked, ret_lookup);
	if (!result)
		(*ret_lookup)->users++;
	return result;
}

/* @asked: as in a lookup, whose name is left in @ret_name. */
static int ask_services(uid_t uid, const char *asked, char ret_name[OWNER_NAME_SIZE])
{
	uint64_t deadline = deadline_after(ACCOUNT_SECONDS * SECOND_NS);
	struct lookup *lookup;
	int result;

	pthread_once(&once, make_condition);
	pthread_mutex_lock(&mutex);
	result = account_name_get(uid, asked, deadline, &lookup);
	if (!result) {
		while (!lookup->done && !result)
			result = wait_for_change(deadline, lookup->deadline);
		if (lookup->done) {
			result = lookup->result;
			memcpy(ret_name, lookup->name, OWNER_NAME_SIZE);
		}
		account_name_release(lookup);
	}
	pthread_mutex_unlock(&mutex);
	return result;
}

int account_name(uid_t uid, char ret_name[OWNER_NAME_SIZE])
{
	int result = from_file(uid, ret_name);

	return result == -ENOENT ? ask_services(uid, "", ret_name) : result;
}

int account_has_name(uid_t uid, const char *name)
{
	char unused[OWNER_NAME_SIZE];

	if (in_file(uid, name))
		return 0;
	/* Names of a lookup are no longer, and none is empty. */
	return *name && strlen(name) < OWNER_NAME_SIZE ? ask_services(uid, name, unused) : -ENOENT;
}

bool account_is_local(uid_t uid)
{
	char unused[OWNER_NAME_SIZE];

	return from_file(uid, unused) != -ENOENT;
}

bool account_is_off_file(uid_t uid)
{
	struct sought sought = { .uid = uid };

	/* An empty file is none that is whole. */
	return each_in_file(visit_named, &sought) > 0 && !sought.found;
}

static bool visit_name(const struct passwd *entry, void *context)
{
	struct sought *sought = context;

	if (strcmp(entry->pw_name, sought->name))
		return true;
	sought->uid = entry->pw_uid;
	return false;
}

uid_t account_uid_in_file(const char *name)
{
	struct sought sought = { .uid = KEYBAG_UID_NONE, .name = name };

	each_in_file(visit_name, &sought);
	return sought.uid;
}

const char *account_name_error(int error)
{
	switch (error) {
	case -ETIMEDOUT:
	case -EAGAIN:
		return "the directory of accounts does not answer: try again when it does";
	default:
		return strerrordesc_np(-error);
	}
}

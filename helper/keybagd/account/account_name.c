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

#define BUFFER_SIZE	16384
#define STACK_SIZE	(256 * 1024)

struct lookup {
	struct lookup *next;
	uid_t uid;
	char asked[OWNER_NAME_SIZE];	/* whether that is a name of @uid; "": what its name is */
	struct timespec deadline;	/* CLOCK_MONOTONIC; of everybody who waits for it */
	unsigned int users;		/* its thread, and who waits */
	bool done;
	int result;
	char name[OWNER_NAME_SIZE];
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct lookup *lookups;		/* mutex: those that are not done */
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

static int from_file(uid_t uid, char ret_name[OWNER_NAME_SIZE])
{
	struct passwd entry, *found = NULL;
	char buffer[BUFFER_SIZE];
	FILE *file = fopen("/etc/passwd", "re");
	int result = -ENOENT;

	if (!file)
		return -ENOENT;
	while (!fgetpwent_r(file, &entry, buffer, sizeof(buffer), &found) && found)
		if (found->pw_uid == uid) {
			result = take_name(found, ret_name);
			break;
		}
	fclose(file);
	return result;
}

static bool in_file(uid_t uid, const char *name)
{
	struct passwd entry, *found = NULL;
	char buffer[BUFFER_SIZE];
	FILE *file = fopen("/etc/passwd", "re");
	bool has = false;

	if (!file)
		return false;
	while (!has && !fgetpwent_r(file, &entry, buffer, sizeof(buffer), &found) && found)
		has = found->pw_uid == uid && !strcmp(found->pw_name, name);
	fclose(file);
	return has;
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

static int start_thread(struct lookup *lookup)
{
	pthread_attr_t attributes;
	sigset_t all, before;
	pthread_t thread;
	int error;

	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attributes, STACK_SIZE);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&thread, &attributes, look_up, lookup);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	return -error;
}

/* One that is under way, or a new one. mutex held. */
static int account_name_get(uid_t uid, const char *asked, struct lookup **ret_lookup)
{
	struct lookup *lookup;
	int result;

	for (lookup = lookups; lookup; lookup = lookup->next)
		if (lookup->uid == uid && !strcmp(lookup->asked, asked)) {
			lookup->users++;
			*ret_lookup = lookup;
			return 0;
		}
	if (lookup_count >= ACCOUNT_LOOKUPS)
		return -EAGAIN;
	lookup = calloc(1, sizeof(*lookup));
	if (!lookup)
		return -ENOMEM;
	lookup->uid = uid;
	snprintf(lookup->asked, sizeof(lookup->asked), "%s", asked);
	lookup->users = 2;
	clock_gettime(CLOCK_MONOTONIC, &lookup->deadline);
	lookup->deadline.tv_sec += ACCOUNT_SECONDS;
	result = start_thread(lookup);
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

/* @asked: as in a lookup, whose name is left in @ret_name. */
static int ask_services(uid_t uid, const char *asked, char ret_name[OWNER_NAME_SIZE])
{
	struct lookup *lookup;
	int result;

	pthread_once(&once, make_condition);
	pthread_mutex_lock(&mutex);
	result = account_name_get(uid, asked, &lookup);
	if (!result) {
		while (!lookup->done && !result)
			result = -pthread_cond_timedwait(&changed, &mutex, &lookup->deadline);
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
	struct passwd entry, *found = NULL;
	char buffer[BUFFER_SIZE];
	FILE *file = fopen("/etc/passwd", "re");
	bool has_some = false, has = false;

	if (!file)
		return false;
	while (!has && !fgetpwent_r(file, &entry, buffer, sizeof(buffer), &found) && found) {
		has_some = true;
		has = found->pw_uid == uid;
	}
	fclose(file);
	return has_some && !has;
}

uid_t account_uid_in_file(const char *name)
{
	struct passwd entry, *found = NULL;
	char buffer[BUFFER_SIZE];
	FILE *file = fopen("/etc/passwd", "re");
	uid_t uid = KEYBAG_UID_NONE;

	if (!file)
		return uid;
	while (uid == KEYBAG_UID_NONE && !fgetpwent_r(file, &entry, buffer, sizeof(buffer), &found) && found)
		if (!strcmp(found->pw_name, name))
			uid = found->pw_uid;
	fclose(file);
	return uid;
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

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A directory of accounts that is slow, and one that does not answer: who waits for it, how long, and what nobody takes for
 * an answer.
 */
#include <errno.h>
#include <pthread.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "keybagd/account/account_name.h"
#include "keybagd/bag/owner_check.h"
#include "keybagd/log/event_log.h"
#include "keybagd/store/store.h"
#include "lib/tap.h"

#define CALLERS		32		/* as many as keybagd has worker threads */
#define SLOW_UID	987600000	/* from here on: answered after a while, as "slow-UID" */
#define SLOW_US		20000
#define STUCK_UID	987700000	/* from here on: not answered before stuck_go */
#define BROKEN_UID	987800000	/* an error, as of a server that is away */
#define GONE_UID	987800001	/* the directory has no such account */

int __wrap_getpwuid_r(uid_t uid, struct passwd *entry, char *buffer, size_t size, struct passwd **ret_found);
int __wrap_getpwnam_r(const char *name, struct passwd *entry, char *buffer, size_t size, struct passwd **ret_found);

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static unsigned int asked, at_once, most_at_once;	/* mutex; of the directory */
static bool stuck_go;					/* mutex */

static void begin_asking(uid_t uid)
{
	pthread_mutex_lock(&mutex);
	asked++;
	if (++at_once > most_at_once)
		most_at_once = at_once;
	while (uid >= STUCK_UID && uid < BROKEN_UID && !stuck_go)
		pthread_cond_wait(&changed, &mutex);
	pthread_mutex_unlock(&mutex);
}

static unsigned int value_of(const unsigned int *number)
{
	unsigned int value;

	pthread_mutex_lock(&mutex);
	value = *number;
	pthread_mutex_unlock(&mutex);
	return value;
}

static void end_asking(void)
{
	pthread_mutex_lock(&mutex);
	at_once--;
	pthread_mutex_unlock(&mutex);
}

int __wrap_getpwuid_r(uid_t uid, struct passwd *entry, char *buffer, size_t size, struct passwd **ret_found)
{
	*ret_found = NULL;
	if (uid >= BROKEN_UID)
		return uid == GONE_UID ? 0 : EIO;
	begin_asking(uid);
	usleep(SLOW_US);
	snprintf(buffer, size, "slow-%u", uid);
	*entry = (struct passwd){ .pw_name = buffer, .pw_uid = uid };
	*ret_found = entry;
	end_asking();
	return 0;
}

int __wrap_getpwnam_r(const char *name, struct passwd *entry, char *buffer, size_t size, struct passwd **ret_found)
{
	(void)name, (void)entry, (void)buffer, (void)size;
	*ret_found = NULL;
	return 0;
}

static bool event_expected;	/* that root accepts an account */

void event_log(const char *format, ...)
{
	(void)format;
	check(event_expected && strstr(format, "result=renamed"));
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

struct caller {
	pthread_t thread;
	uid_t uid;
	int result;
	double seconds;
	char name[OWNER_NAME_SIZE];
};

static struct caller callers[CALLERS];

static void *call(void *argument)
{
	struct caller *caller = argument;
	double before = now();

	caller->result = account_name(caller->uid, caller->name);
	caller->seconds = now() - before;
	return NULL;
}

/* Each of @count asks for a uid of its own, or all for the same. */
static void callers_start(uid_t first, unsigned int count, bool same)
{
	pthread_mutex_lock(&mutex);
	asked = 0;
	most_at_once = 0;
	pthread_mutex_unlock(&mutex);
	for (unsigned int i = 0; i < count; i++) {
		callers[i] = (struct caller){ .uid = first + (same ? 0 : i), .result = 1 };
		check(pthread_create(&callers[i].thread, NULL, call, &callers[i]) == 0);
	}
}

static void callers_wait(unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		check(pthread_join(callers[i].thread, NULL) == 0);
}

/* The number of those that had that result. */
static unsigned int with_result(unsigned int count, int result)
{
	unsigned int found = 0;

	for (unsigned int i = 0; i < count; i++)
		found += callers[i].result == result;
	return found;
}

static void test_slow(void)
{
	char expected[OWNER_NAME_SIZE];
	unsigned int i;

	callers_start(SLOW_UID, CALLERS, false);
	callers_wait(CALLERS);
	if (!check(with_result(CALLERS, 0) == CALLERS))
		printf("# %u of %d have an answer, %u have -EAGAIN\n", with_result(CALLERS, 0), CALLERS, with_result(CALLERS, -EAGAIN));
	for (i = 0; i < CALLERS; i++) {
		snprintf(expected, sizeof(expected), "slow-%u", SLOW_UID + i);
		check(!strcmp(callers[i].name, expected));
	}
	check(value_of(&asked) == CALLERS && value_of(&most_at_once) > 1 && value_of(&most_at_once) <= ACCOUNT_LOOKUPS);
	tap_test("a slow directory answers everybody who asks at once, some of them at a time");

	callers_start(SLOW_UID, CALLERS, true);
	callers_wait(CALLERS);
	check(with_result(CALLERS, 0) == CALLERS && value_of(&asked) < CALLERS);
	tap_test("and those who ask for the same together");
}

/* A test of an operation on a keybag whose account was in /etc/passwd. */
static bool is_deleted(uid_t uid)
{
	struct operation operation = { .info.owner_was_local = true };

	return owner_is_deleted(&operation, uid);
}

static void stuck_release(void)
{
	pthread_mutex_lock(&mutex);
	stuck_go = true;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&mutex);
}

static void test_stuck(void)
{
	char name[OWNER_NAME_SIZE];
	unsigned int i;
	double before;

	callers_start(STUCK_UID, CALLERS, false);
	callers_wait(CALLERS);
	check(with_result(CALLERS, -ETIMEDOUT) == ACCOUNT_LOOKUPS && with_result(CALLERS, -EAGAIN) == CALLERS - ACCOUNT_LOOKUPS);
	for (i = 0; i < CALLERS; i++)
		if (!check(callers[i].seconds > ACCOUNT_SECONDS - 1 && callers[i].seconds < ACCOUNT_SECONDS + 3))
			printf("# %d after %.2f s\n", callers[i].result, callers[i].seconds);
	check(value_of(&asked) == ACCOUNT_LOOKUPS);
	tap_test("a directory that does not answer is given its time, by those who wait for a place as well");

	before = now();
	for (i = 0; i < CALLERS; i++)
		check(account_name(STUCK_UID + i, name) == callers[i].result);
	check(now() - before < 1);
	tap_test("but once only: as long as nothing comes of it, nobody waits again");

	for (i = 0; i < CALLERS; i++)
		check(!is_deleted(STUCK_UID + i));
	check(!is_deleted(SLOW_UID));
	tap_test("whoever gets no answer does not take an account for deleted");

	stuck_release();
	for (before = now(); now() - before < 10 && account_name(STUCK_UID + CALLERS, name);)
		usleep(SLOW_US);
	check(account_name(STUCK_UID + CALLERS, name) == 0 && !strcmp(name, "slow-987700032"));
	tap_test("it is asked again when it answers");
}

static void test_deleted(void)
{
	struct operation operation = { 0 };

	check(!is_deleted(BROKEN_UID) && !is_deleted(SLOW_UID) && !is_deleted(0));
	check(is_deleted(GONE_UID) && !owner_is_deleted(&operation, GONE_UID));
	tap_test("an account is deleted that was in /etc/passwd, and that the directory does not have either");
}

static void test_note(void)
{
	static const char *const parts[] = { "bags/of/a/test", "bags/of/a", "bags/of", "bags" };
	char folder[] = "/tmp/account-name.XXXXXX";
	struct operation operation = { .uuid = { 1 } };
	size_t i;

	check(mkdtemp(folder) && chdir(folder) == 0 && store_open() == 0);
	check(owner_check(&operation, 0) == -EOWNERDEAD && strstr(operation.result.text, "is gone, as when a backup") &&
	      strstr(operation.result.text, "'keybagctl load --user root --renamed'"));
	tap_test("a keybag without the note of its account is not its uid's");

	operation = (struct operation){ .uuid = { 1 }, .accept_unnoted = true };
	check(owner_check(&operation, 0) == 0);
	operation = (struct operation){ .uuid = { 1 } };
	check(owner_check_loaded(&operation, 0) == 0);
	tap_test("unless that was proven, or it is loaded");

	operation = (struct operation){ .uuid = { 1 }, .accept_renamed = true };
	event_expected = true;
	check(owner_check(&operation, 0) == 0);
	event_expected = false;
	operation = (struct operation){ .uuid = { 1 } };
	check(owner_check(&operation, 0) == 0);
	tap_test("root accepts it once, and it is noted");

	check(store_remove(operation.uuid, OWNER_SUFFIX) == 0);
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		check(rmdir(parts[i]) == 0);
	check(chdir("/") == 0 && rmdir(folder) == 0);
}

int main(void)
{
	tap_start();
	test_note();
	test_slow();
	test_stuck();
	test_deleted();
	return tap_end();
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The service's databases, and files that take each other's place while they are open: what is written goes into the
 * one of the name, and what has become of a file is told. Engine and files are real.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include "helper/daemon/log.h"
#include "helper/keychain/base/json_parse.h"
#include "helper/keychain/include/keychain-status.h"
#include "helper/keychain/service/run/asides.h"
#include "helper/keychain/service/run/engine_cache.h"
#include "helper/keychain/service/run/keychains.h"
#include "helper/keychain/service/run/watchers.h"
#include "helper/libkeybag/backup.h"
#include "tests/keychain/fake_keybag.h"
#include "tests/unit/lib/tap.h"

#define FOLDER	"state/1000"
#define FILE	FOLDER "/login.db"
#define BACKUP	"backup.db"
#define ROUNDS	20

/* ---- stand-ins ---- */

struct keybag_client {
	int unused;
};

static struct keybag_client only;

int keybag_client_new(struct keybag_client **ret_client)
{
	*ret_client = &only;
	return 0;
}

void keybag_client_free(struct keybag_client *client)
{
	(void)client;
}

void keybag_client_set_time_limit(struct keybag_client *client, uint64_t nanoseconds)
{
	(void)client;
	(void)nanoseconds;
}

int keybag_client_keychain(struct keybag_client *client, const struct keybag_whose *whose)
{
	(void)client;
	(void)whose;
	return fake_keybag_open();
}

int keybag_client_backup_redeem(struct keybag_client *client, const struct keybag_whose *whose,
				const uint8_t number[KEYBAG_TICKET_SIZE])
{
	(void)client;
	(void)whose;
	(void)number;
	return -1;
}

void log_line(int priority, const char *format, ...)
{
	(void)priority;
	(void)format;
}

void asides_account(const struct keychain_id *of, char ret_name[ACCOUNT_NAME_SIZE])
{
	(void)of;
	*ret_name = 0;
}

void watchers_publish(const struct keychain_id *keychain, const struct changes *changes)
{
	(void)keychain;
	(void)changes;
}

void watchers_publish_anything(const struct keychain_id *keychain)
{
	(void)keychain;
}

bool watchers_of(const struct keychain_id *keychain)
{
	(void)keychain;
	return false;
}

/* ---- requests ---- */

static const struct keychain_id id = { .owner = 1000, .name = FIRST_KEYCHAIN };
static struct engine_cache cache;

/* The answer; NULL: the file cannot be opened. */
static struct value *ask(const char *text)
{
	static const char *const groups[] = { "test" };
	const struct engine_caller caller = { .uid = 1000, .groups = groups, .group_count = 1 };
	char why[ENGINE_WHY_SIZE];
	struct value *request = NULL, *answer = NULL;
	struct json_error error;
	struct engine *engine;

	check(!json_parse(text, strlen(text), VALUE_MAX_ENTRIES, &request, &error));
	if (!engine_cache_get(&cache, &id, &engine, why)) {
		answer = engine_execute(engine, &caller, request);
		engine_cache_put(&cache);
	}
	value_free(request);
	return answer;
}

static int status_of(const struct value *answer)
{
	return (int)value_as_integer(value_get(answer, "status"));
}

static int add(const char *account)
{
	char text[200];
	struct value *answer;
	int status;

	snprintf(text, sizeof(text), "{\"op\":\"add\",\"query\":{\"class\":\"genp\",\"acct\":\"%s\",\"v_Data\":{\"data\":\"YQ==\"}}}", account);
	answer = ask(text);
	status = status_of(answer);
	value_free(answer);
	return status;
}

static int find(const char *account)
{
	char text[200];
	struct value *answer;
	int status;

	snprintf(text, sizeof(text), "{\"op\":\"copy\",\"query\":{\"class\":\"genp\",\"acct\":\"%s\"}}", account);
	answer = ask(text);
	status = status_of(answer);
	value_free(answer);
	return status;
}

/* A listing of keychains asks for it. */
static int64_t count(void)
{
	char why[ENGINE_WHY_SIZE];
	struct engine *engine;
	int64_t items = -1;

	if (!engine_cache_get(&cache, &id, &engine, why)) {
		items = engine_count(engine);
		engine_cache_put(&cache);
	}
	return items;
}

/* Opens all anew: what is found now is in the file of that name. */
static void start_again(void)
{
	engine_cache_end(&cache);
	engine_cache_begin(&cache);
}

static void tidy(void)
{
	for (int step = 0; step < 3; step++)
		engine_cache_tidy(&cache);
}

/* ---- files ---- */

static void copy_file(const char *from, const char *to)
{
	int in = open(from, O_RDONLY | O_CLOEXEC), out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	check(in >= 0 && out >= 0 && sendfile(out, in, NULL, 1 << 30) > 0);
	close(in);
	close(out);
}

/* The first page of the items has nothing that makes sense, nor has that of any of their indexes. */
static void damage(void)
{
	static const char nothing[4096];
	sqlite3_stmt *select = NULL;
	sqlite3 *handle = NULL;
	off_t roots[40];
	size_t found = 0;
	int fd;

	engine_cache_close(&cache);
	check(sqlite3_open(FILE, &handle) == SQLITE_OK &&
	      sqlite3_prepare_v2(handle, "SELECT rootpage FROM sqlite_schema WHERE tbl_name='genp'", -1, &select, NULL) == SQLITE_OK);
	while (found < sizeof(roots) / sizeof(roots[0]) && sqlite3_step(select) == SQLITE_ROW)
		roots[found++] = sqlite3_column_int(select, 0);
	sqlite3_finalize(select);
	sqlite3_close(handle);
	fd = open(FILE, O_WRONLY | O_CLOEXEC);
	check(fd >= 0 && found > 2);
	for (size_t i = 0; i < found; i++)
		check(pwrite(fd, nothing, sizeof(nothing), (roots[i] - 1) * 4096) == sizeof(nothing));
	close(fd);
}

/* A file with one item, "first", and a copy of it that is whole. */
static void start(void)
{
	check(!system("rm -rf state " BACKUP) && !mkdir("state", 0700));
	check(fake_keybag_set("former"));
	engine_cache_begin(&cache);
	check(!add("first"));
	tidy();
	copy_file(FILE, BACKUP);
}

static void end(void)
{
	engine_cache_end(&cache);
}

/* The file of the name has the item that was added last, and that which was there. */
static void check_kept(const char *account)
{
	start_again();
	check(!find("first") && !find(account));
}

static void test_replaced(void)
{
	start();
	check(!add("lost"));
	check(!rename(FILE, "old.db"));
	copy_file(BACKUP, FILE);
	/* It sees that, and leaves the file alone. */
	tidy();
	check(!add("second"));
	check_kept("second");
	check(find("lost") == errSecItemNotFound);
	end();
	tap_test("a file was replaced, and was cleared up after: what is added then goes into the new one");

	start();
	for (int round = 0; round < ROUNDS; round++) {
		char name[20];

		snprintf(name, sizeof(name), "r%d", round);
		copy_file(BACKUP, "next.db");
		check(!find("first") && !find("first"));
		check(!rename(FILE, "old.db") && !rename("next.db", FILE));
		check(!add(name));
		check_kept(name);
	}
	end();
	tap_test("a file is replaced as soon as it was looked at");

	start();
	check(!find("first"));
	usleep(50000);
	check(!find("first"));
	check(!rename(FOLDER, "state/old") && !mkdir(FOLDER, 0700));
	copy_file(BACKUP, FILE);
	usleep(1100000);
	check(!add("second"));
	check_kept("second");
	end();
	tap_test("its folder was replaced: a second later that is seen");
}

static void test_damaged(void)
{
	start();
	damage();
	check(find("first") == errSecNotAvailable);
	tidy();
	check(!add("new"));
	tidy();
	check(!add("newer"));
	/* As an administrator does, who has read about that. */
	check(!rename(BACKUP, FILE));
	check(!add("second"));
	check_kept("second");
	end();
	tap_test("a damaged file was moved aside, then a good one put in the place of the new one: that one is used");
}

static void test_other_keybag(void)
{
	char why[ENGINE_WHY_SIZE];
	struct engine *engine;

	start();
	check(fake_keybag_set("another") && !add("other"));
	tidy();
	/* The same engine, with another file. */
	check(!engine_cache_get(&cache, &id, &engine, why) && engine_opened(engine) == 2);
	engine_cache_put(&cache);
	check(!rename(FILE, "others.db"));
	check(fake_keybag_set("former") && !find("first") && !add("second"));
	check_kept("second");
	end();
	tap_test("the file of another keybag gives its place to that of the former one");
}

static bool told(const char *detail)
{
	struct value *answer = ask("{\"op\":\"copy\",\"query\":{\"class\":\"genp\"}}");
	bool has = value_get(answer, detail);

	value_free(answer);
	return has;
}

static void test_told(void)
{
	start();
	damage();
	count();
	count();
	check(told("moved_aside") && !told("moved_aside"));
	end();
	tap_test("a damaged file was moved aside while keychains were listed: the next request is told, once");

	start();
	check(fake_keybag_set("another"));
	count();
	tidy();
	check(told("set_aside") && !told("set_aside"));
	end();
	tap_test("the same of a file of another keybag");

	start();
	damage();
	count();
	count();
	tidy();
	check(!rename(BACKUP, FILE));
	check(told("moved_aside") && !told("moved_aside") && !find("first"));
	end();
	tap_test("the same where its successor was replaced since");

	start();
	damage();
	count();
	count();
	tidy();
	check(!unlink(FILE));
	check(told("moved_aside") && !told("moved_aside"));
	end();
	tap_test("or removed");
}

int main(void)
{
	char folder[] = "/tmp/engine-files-XXXXXX";

	tap_start();
	check(mkdtemp(folder) && !chdir(folder));
	test_replaced();
	test_damaged();
	test_other_keybag();
	test_told();
	check(!system("rm -rf state *.db") && !rmdir(folder));
	return tap_end();
}

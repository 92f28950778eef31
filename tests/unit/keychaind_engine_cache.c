// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The service's databases, asked for by several threads at once that come and go: each is open once, belongs to one
 * thread at a time, and asks keybagd by that thread's client. Engines and files are stand-ins.
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>

#include "helper/common/secret.h"
#include "helper/daemon/log.h"
#include "helper/keychain/service/run/asides.h"
#include "helper/keychain/service/run/engine_cache.h"
#include "helper/keychain/service/run/keychains.h"
#include "helper/keychain/service/run/watchers.h"
#include "helper/keychain/include/keychain-status.h"
#include "helper/libkeybag/backup.h"
#include "tests/unit/lib/tap.h"

#define THREADS		6
#define NAMES		11	/* of one owner: more than stay open */
#define ROUNDS		40
#define REQUESTS	400

struct keybag_client {
	pthread_t thread;
};

struct engine {
	int (*keybag)(void *context);
	void *context;
	unsigned int name;
	atomic_bool used;
};

static atomic_uint open_engines[NAMES];
static atomic_bool present[NAMES];
static atomic_uint foreign_clients, second_engines, shared_engines, resurrected;

/* ---- stand-ins ---- */

int keybag_client_new(struct keybag_client **ret_client)
{
	*ret_client = calloc(1, sizeof(**ret_client));
	(*ret_client)->thread = pthread_self();
	return 0;
}

void keybag_client_free(struct keybag_client *client)
{
	memset(client, 0, sizeof(*client));
	free(client);
}

void keybag_client_set_time_limit(struct keybag_client *client, uint64_t nanoseconds)
{
	(void)client;
	(void)nanoseconds;
}

int keybag_client_keychain(struct keybag_client *client, const struct keybag_whose *whose)
{
	(void)whose;
	foreign_clients += !pthread_equal(client->thread, pthread_self());
	return 0;
}

int keybag_client_backup_redeem(struct keybag_client *client, const struct keybag_whose *whose,
				const uint8_t number[KEYBAG_TICKET_SIZE])
{
	(void)client;
	(void)whose;
	(void)number;
	return -1;
}

int locked_memory_new(void **ret_memory, size_t size)
{
	*ret_memory = calloc(1, size);
	return 0;
}

void locked_memory_free(void *memory, size_t size)
{
	(void)size;
	free(memory);
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

static unsigned int number_of(const char *name)
{
	return (unsigned int)(name[0] - 'a');
}

int keychains_path(const struct keychain_id *id, char *ret_path, size_t size)
{
	/* All are there, and the same; how many slashes tells which. */
	snprintf(ret_path, size, "%.*s", (int)number_of(id->name) + 1, "////////////////");
	return 0;
}

static bool moved;

bool keychains_file(const struct keychain_id *id, struct stat *ret_status)
{
	(void)id;
	return !moved && !stat("/", ret_status);
}

bool keychains_exists(const struct keychain_id *id)
{
	return present[number_of(id->name)];
}

unsigned int keychains_default_generation(void)
{
	return 0;
}

int keychains_default(struct keychain_id *id, char ret_gone[KEYCHAIN_NAME_SIZE])
{
	(void)id;
	*ret_gone = 0;
	return 0;
}

void watchers_publish(const struct keychain_id *keychain, const struct changes *changes)
{
	(void)keychain;
	(void)changes;
}

static atomic_uint published[NAMES];
static bool watched[NAMES];
static bool shut_out;	/* engines that no other program can use */

void watchers_publish_anything(const struct keychain_id *keychain)
{
	published[number_of(keychain->name)]++;
}

bool watchers_of(const struct keychain_id *keychain)
{
	return watched[number_of(keychain->name)];
}

bool engine_written_by_others(struct engine *engine)
{
	(void)engine;
	return false;
}

static atomic_int moves;	/* how often the file is exchanged while it is opened */

bool engine_moved(struct engine *engine)
{
	(void)engine;
	return moves && moves--;
}

static atomic_int forgotten;	/* how often cursors were made void */

void engine_forget_cursors(struct engine *engine)
{
	(void)engine;
	forgotten++;
}

unsigned int engine_opened(const struct engine *engine)
{
	(void)engine;
	return 1;
}

bool engine_alone(const struct engine *engine)
{
	(void)engine;
	return shut_out;
}

const char *keychain_status_text(int status)
{
	(void)status;
	return "";
}

int engine_open(const struct engine_settings *settings, struct engine **ret_engine, char ret_why[ENGINE_WHY_SIZE])
{
	unsigned int name = (unsigned int)strlen(settings->path) - 1;
	struct engine *engine = calloc(1, sizeof(*engine));

	(void)ret_why;
	engine->keybag = settings->keybag;
	engine->context = settings->context;
	engine->name = name;
	second_engines += atomic_fetch_add(&open_engines[name], 1) != 0;
	present[name] = true;
	*ret_engine = engine;
	return 0;
}

void engine_close(struct engine *engine)
{
	if (!engine)
		return;
	sched_yield();
	open_engines[engine->name]--;
	free(engine);
}

bool engine_untidy(const struct engine *engine)
{
	return engine->name % 2;
}

static unsigned int untold = NAMES;	/* the one that has something to tell */

bool engine_untold(const struct engine *engine)
{
	return engine->name == untold;
}

void engine_take_news(struct engine *engine, struct engine_news *news)
{
	(void)engine;
	(void)news;
}

void engine_give_news(struct engine *engine, struct engine_news *news)
{
	(void)engine;
	(void)news;
}

void engine_forget_news(struct engine_news *news)
{
	(void)news;
}

bool engine_may_settle(const struct engine *engine)
{
	return engine->name % 3;
}

void engine_settle(struct engine *engine)
{
	shared_engines += atomic_exchange(&engine->used, true);
	sched_yield();
	engine->used = false;
}

bool engine_tidy(struct engine *engine)
{
	shared_engines += atomic_exchange(&engine->used, true);
	sched_yield();
	engine->used = false;
	return false;
}

/* ---- threads ---- */

static void make_id(struct keychain_id *id, unsigned int name)
{
	*id = (struct keychain_id){ .owner = 1000, .name = { (char)('a' + name) } };
}

static void ask(struct engine_cache *cache, const struct keychain_id *id)
{
	char why[ENGINE_WHY_SIZE];
	struct engine *engine;
	int status = engine_cache_get(cache, id, &engine, why);

	if (status) {
		engine_cache_make(cache, id, why);
		return;
	}
	shared_engines += atomic_exchange(&engine->used, true);
	for (int i = 0; i < 3; i++) {
		engine->keybag(engine->context);
		sched_yield();
	}
	engine->used = false;
	engine_cache_put(cache);
}

static void take_away(struct engine_cache *cache, const struct keychain_id *id)
{
	char why[ENGINE_WHY_SIZE];
	struct engine *engine;

	if (engine_cache_get(cache, id, &engine, why))
		return;
	engine_cache_shut(cache);
	present[number_of(id->name)] = false;
	resurrected += open_engines[number_of(id->name)] != 0;
	sched_yield();
	engine_cache_put(cache);
}

static void *work(void *argument)
{
	unsigned int seed = (unsigned int)(size_t)argument;
	struct keychain_id id;

	for (int round = 0; round < ROUNDS; round++) {
		struct engine_cache cache = { 0 };

		engine_cache_begin(&cache);
		for (int request = 0; request < REQUESTS; request++) {
			make_id(&id, (unsigned int)rand_r(&seed) % (request % 3 ? 2 : NAMES));
			if (rand_r(&seed) % 50)
				ask(&cache, &id);
			else
				take_away(&cache, &id);
			if (rand_r(&seed) % 20 == 0)
				engine_cache_tidy(&cache);
			if (rand_r(&seed) % 20 == 0)
				engine_cache_settle(&cache);
			if (rand_r(&seed) % 100 == 0)
				engine_cache_close(&cache);
		}
		engine_cache_end(&cache);
	}
	return NULL;
}

static void test_threads(void)
{
	pthread_t threads[THREADS];
	unsigned int left = 0;

	for (size_t i = 0; i < THREADS; i++)
		check(!pthread_create(&threads[i], NULL, work, (void *)(i + 1)));
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	for (unsigned int i = 0; i < NAMES; i++)
		left += open_engines[i];
	check(!foreign_clients);
	check(!second_engines);
	check(!shared_engines);
	check(!resurrected);
	check(!left);
	tap_test("several threads at the same databases");
}

/* One that was waited for while it was removed is not made anew by that. */
static void test_removed(void)
{
	struct engine_cache cache = { 0 };
	char why[ENGINE_WHY_SIZE];
	struct engine *engine;
	struct keychain_id id;

	engine_cache_begin(&cache);
	make_id(&id, 3);
	present[3] = false;
	check(engine_cache_get(&cache, &id, &engine, why) == errSecNotAvailable && *why);
	check(!present[3]);
	check(!engine_cache_make(&cache, &id, why));
	check(engine_cache_make(&cache, &id, why) == errSecDuplicateItem);
	check(!engine_cache_get(&cache, &id, &engine, why));
	engine_cache_put(&cache);
	engine_cache_end(&cache);
	check(!open_engines[3]);
	tap_test("a keychain is made only by who makes it");
}

/* News of a file that was only counted is told to the next request, however late that comes. */
static void test_untold(void)
{
	struct engine_cache cache = { 0 };
	char why[ENGINE_WHY_SIZE];
	struct engine *engine;
	struct keychain_id id;

	untold = 0;
	engine_cache_begin(&cache);
	for (unsigned int i = 0; i < NAMES; i++) {
		make_id(&id, i);
		present[i] = true;
		check(!engine_cache_get(&cache, &id, &engine, why));
		engine_cache_put(&cache);
	}
	engine_cache_end(&cache);
	for (unsigned int i = 0; i < NAMES; i++)
		check(open_engines[i] == (i == untold));
	untold = NAMES;
	engine_cache_begin(&cache);
	make_id(&id, 0);
	check(!engine_cache_get(&cache, &id, &engine, why));
	engine_cache_put(&cache);
	engine_cache_end(&cache);
	check(!open_engines[0]);
	tap_test("a file that something is to be told of stays open until it was told");
}

static void get(struct engine_cache *cache, unsigned int name)
{
	char why[ENGINE_WHY_SIZE];
	struct engine *engine;
	struct keychain_id id;

	make_id(&id, name);
	if (check(!engine_cache_get(cache, &id, &engine, why)))
		engine_cache_put(cache);
}

/* Nobody asks for what is watched; it is open from the beginning on, so that what others do to it is seen. */
static void test_watched(void)
{
	struct engine_cache cache = { 0 }, other = { 0 };
	struct keychain_id id;

	engine_cache_begin(&cache);
	engine_cache_begin(&other);
	for (unsigned int i = 0; i < NAMES; i++)
		published[i] = 0;
	make_id(&id, 1);
	engine_cache_watch(&cache, &id);
	watched[1] = true;
	engine_cache_watch(&other, &id);
	check(open_engines[1] == 1 && !published[1]);
	get(&other, 1);
	check(!published[1]);
	/* Idle, then ended. */
	engine_cache_close(&other);
	check(open_engines[1] == 1);
	engine_cache_end(&other);
	check(open_engines[1] == 1);
	/* One of too many is closed all the same. */
	for (unsigned int i = 2; i < NAMES; i++)
		get(&cache, i);
	check(!open_engines[1] && !published[1]);
	get(&cache, 1);
	check(published[1] == 1 && !published[2]);
	/* One that shuts others out has nothing to be seen until it is closed. */
	shut_out = true;
	engine_cache_close(&cache);
	shut_out = false;
	check(!open_engines[1]);
	get(&cache, 1);
	check(published[1] == 2);
	/* It is gone: that is told once. */
	moved = true;
	present[1] = false;
	engine_cache_gone(&cache, &id);
	engine_cache_gone(&cache, &id);
	moved = false;
	present[1] = true;
	check(published[1] == 3 && !open_engines[1]);
	/* Nobody watches any more: the next thread that is idle closes what an ended one has left. */
	engine_cache_begin(&other);
	get(&other, 1);
	engine_cache_end(&other);
	check(open_engines[1] == 1);
	watched[1] = false;
	engine_cache_close(&cache);
	check(!open_engines[1]);
	engine_cache_end(&cache);
	tap_test("what is watched stays open, and where it was closed all the same anything may have changed");
}

/* A file that was exchanged before it was looked at would be written to without its name. */
static void test_exchanged(void)
{
	struct engine_cache cache = { 0 };
	char why[ENGINE_WHY_SIZE] = "";
	struct engine *engine;
	struct keychain_id id;

	engine_cache_begin(&cache);
	moves = 2;
	get(&cache, 4);
	check(!moves && open_engines[4] == 1);
	engine_cache_close(&cache);
	moves = 1000;
	make_id(&id, 4);
	check(engine_cache_get(&cache, &id, &engine, why) == errSecNotAvailable && *why && !open_engines[4]);
	moves = 0;
	get(&cache, 4);
	engine_cache_end(&cache);
	check(!open_engines[4]);
	tap_test("a file that is exchanged while it is opened is opened again");

	engine_cache_begin(&cache);
	get(&cache, 5);
	check(!forgotten);
	moved = true;
	get(&cache, 5);
	moved = false;
	check(forgotten == 1);
	get(&cache, 5);
	check(forgotten == 1);
	engine_cache_end(&cache);
	tap_test("where another file has its place, results go on in neither");
}

int main(void)
{
	tap_start();
	for (unsigned int i = 0; i < NAMES; i++)
		present[i] = true;
	test_threads();
	test_removed();
	test_untold();
	test_watched();
	test_exchanged();
	return tap_end();
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "wrong_passcode.h"

#include <argon2.h>
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/random.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

/* A minute longer than the kernel: KEYBAG_RECENT_WRONG_NS. */
#define SECONDS	360
#define MOST	64
#define SALT	16
#define HASH	32

struct memory {
	uint8_t salt[SALT];
	bool has_salt;
	size_t oldest;
	struct wrong {
		uint8_t uuid[KEYBAG_UUID_SIZE];
		uint8_t hash[HASH];
		time_t until;	/* CLOCK_BOOTTIME; 0: empty */
	} all[MOST];
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct memory *memory;	/* mutex; locked memory, NULL: none yet */
static int timer = -1;

static time_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_BOOTTIME, &time);
	return time.tv_sec;
}

/* mutex held. Without memory nothing is remembered. */
static bool is_ready(void)
{
	void *made;

	if (!memory && locked_memory_new(&made, sizeof(*memory)) == 0)
		memory = made;
	if (memory && !memory->has_salt)
		memory->has_salt = getrandom(memory->salt, SALT, 0) == SALT;
	return memory && memory->has_salt;
}

/* The key is one already that costs a guess its price: the hash is to be one way, no more. */
static bool hash_key(const struct secret *key, uint8_t ret_hash[HASH])
{
	return argon2id_hash_raw(1, 8, 1, key->data, key->length, memory->salt, SALT, ret_hash, HASH) == ARGON2_OK;
}

/* mutex held */
static void arm(void)
{
	struct itimerspec when = { 0 };

	for (size_t i = 0; i < MOST; i++)
		if (memory->all[i].until && (!when.it_value.tv_sec || memory->all[i].until < when.it_value.tv_sec))
			when.it_value.tv_sec = memory->all[i].until;
	if (timer >= 0)
		timerfd_settime(timer, TFD_TIMER_ABSTIME, &when, NULL);
}

static bool wrong_passcode_is_of(const struct wrong *wrong, const uint8_t uuid[KEYBAG_UUID_SIZE])
{
	return !memcmp(wrong->uuid, uuid, KEYBAG_UUID_SIZE);
}

bool wrong_passcode_known(const uint8_t uuid[KEYBAG_UUID_SIZE], const struct secret *key)
{
	uint8_t hash[HASH];
	bool known = false;

	pthread_mutex_lock(&mutex);
	if (memory && memory->has_salt && hash_key(key, hash))
		for (size_t i = 0; i < MOST; i++)
			if (memory->all[i].until > now() && wrong_passcode_is_of(&memory->all[i], uuid) &&
			    secret_bytes_equal(memory->all[i].hash, hash, HASH))
				known = true;
	pthread_mutex_unlock(&mutex);
	explicit_bzero(hash, sizeof(hash));
	return known;
}

void wrong_passcode_remember(const uint8_t uuid[KEYBAG_UUID_SIZE], const struct secret *key)
{
	pthread_mutex_lock(&mutex);
	if (is_ready()) {
		struct wrong *wrong = &memory->all[memory->oldest];

		if (hash_key(key, wrong->hash)) {
			memcpy(wrong->uuid, uuid, KEYBAG_UUID_SIZE);
			wrong->until = now() + SECONDS;
			memory->oldest = (memory->oldest + 1) % MOST;
			arm();
		}
	}
	pthread_mutex_unlock(&mutex);
}

static void forget_where(const uint8_t *uuid, time_t until)
{
	pthread_mutex_lock(&mutex);
	for (size_t i = 0; memory && i < MOST; i++)
		if ((!uuid || wrong_passcode_is_of(&memory->all[i], uuid)) && memory->all[i].until <= until)
			explicit_bzero(&memory->all[i], sizeof(memory->all[i]));
	if (memory)
		arm();
	pthread_mutex_unlock(&mutex);
}

void wrong_passcode_forget(const uint8_t uuid[KEYBAG_UUID_SIZE])
{
	forget_where(uuid, now() + SECONDS);
}

/* The salt, too: hashes that were left anywhere are of no use. */
void wrong_passcode_forget_all(void)
{
	pthread_mutex_lock(&mutex);
	if (memory) {
		explicit_bzero(memory, sizeof(*memory));
		arm();
	}
	pthread_mutex_unlock(&mutex);
}

static int wrong_passcode_on_time(sd_event_source *source, int fd, uint32_t events, void *context)
{
	uint64_t count;

	(void)source;
	(void)events;
	(void)context;
	if (read(fd, &count, sizeof(count)) > 0)
		forget_where(NULL, now());
	return 0;
}

int wrong_passcode_open_loop(sd_event *loop)
{
	timer = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	return timer < 0 ? -errno : sd_event_add_io(loop, NULL, timer, EPOLLIN, wrong_passcode_on_time, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The client and the watch of libkeybag while keybagd, for which there is a stand-in, refuses, hangs, ends or answers
 * what it should not.
 */
#include <fcntl.h>
#include <limits.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "common/handover.h"
#include "common/process_mark.h"
#include "common/protocol.h"
#include "lib/stand_in.h"
#include "lib/tap.h"
#include "libkeybag/keybag.h"

static struct stand_in keybagd;

static struct keybag_client *client_new(uint64_t limit_ns)
{
	struct keybag_client *client = NULL;

	check(keybag_client_new(&client) == 0);
	keybag_client_set_time_limit(client, limit_ns);
	return client;
}

static void reply_start(struct writer *writer, void *bytes, size_t capacity, struct message *request, uint64_t error)
{
	uint64_t id = 0;

	message_unsigned(request, KEY_ID, UINT64_MAX, &id);
	message_start(writer, bytes, capacity);
	message_add_unsigned(writer, KEY_VERSION, PROTOCOL_VERSION);
	message_add_unsigned(writer, KEY_ID, id);
	message_add_unsigned(writer, KEY_ERROR, error);
}

/* ---- refused before the request is read ---- */

static void refuse(struct stand_in *daemon, int fd)
{
	uint8_t bytes[256];
	struct writer writer;

	/* The request is there, and is not read. */
	stand_in_readable(daemon, fd);
	message_start(&writer, bytes, sizeof(bytes));
	message_add_unsigned(&writer, KEY_ID, 0);
	message_add_unsigned(&writer, KEY_ERROR, EDQUOT);
	message_add_text(&writer, KEY_MESSAGE, "too many connections");
	stand_in_send(fd, &writer, -1);
}

static void test_refused(void)
{
	const struct keybag_proof proof = { .kind = KEYBAG_PROTECTOR_PASSCODE, .text = "secret", .length = 6 };
	struct keybag_watch *watch = NULL;
	struct keybag_client *client;
	struct keybag_info *info = NULL;
	uint8_t uuid[KEYBAG_UUID_SIZE];

	stand_in_start(&keybagd, KEYBAG_SOCKET, refuse);
	client = client_new(LONG);
	for (int i = 0; i < 20; i++) {
		check(keybag_client_create(client, NULL, &proof, NULL, 0, uuid) == -EDQUOT);
		check(!strcmp(keybag_client_message(client), "too many connections"));
		check(keybag_client_status(client, NULL, &info) == -EDQUOT);
	}
	check(keybag_watch_new(NULL, &watch) == -EDQUOT && !watch);
	check(atomic_load(&keybagd.connections) == 41);
	keybag_client_free(client);
	stand_in_stop(&keybagd);
	tap_test("a refusal is told, also where the request was not read");
}

/* ---- limits ---- */

static void test_silent(void)
{
	struct keybag_watch *watch = NULL;
	uint64_t start = deadline_now();

	stand_in_start(&keybagd, KEYBAG_SOCKET, NULL);
	check(keybag_watch_new_within(NULL, 100 * MILLISECOND, &watch) == -ETIMEDOUT && !watch);
	check(deadline_now() - start < LONG);
	stand_in_stop(&keybagd);
	start = deadline_now();
	check(keybag_watch_new_within(NULL, 100 * MILLISECOND, &watch) == -ECONNREFUSED && !watch);
	check(deadline_now() - start < 5000 * MILLISECOND);
	tap_test("a watch is made within its limit, or not");
}

static bool same_uuid;		/* else each has another one, and takes its time */

static void list(struct stand_in *daemon, int fd)
{
	uint8_t bytes[MESSAGE_MAX_SIZE];
	uint8_t uuid[KEYBAG_UUID_SIZE] = { 1 }, reply[512];
	int descriptors[TRANSPORT_MAX_DESCRIPTORS];
	struct message request;
	struct writer writer;

	while (stand_in_receive(daemon, fd, bytes, &request, descriptors)) {
		if (!same_uuid) {
			usleep(60000);
			uuid[0]++;
		}
		reply_start(&writer, reply, sizeof(reply), &request, 0);
		message_add_bytes(&writer, KEY_UUID, uuid, sizeof(uuid));
		message_add_unsigned(&writer, KEY_OWNER, 0);
		message_add_unsigned(&writer, KEY_TYPE, KEYBAG_TYPE_USER);
		message_add_unsigned(&writer, KEY_STATE, KEYBAG_STATE_LOCKED);
		stand_in_send(fd, &writer, -1);
	}
}

static void test_list(void)
{
	struct keybag_info **infos = NULL;
	struct keybag_client *client;

	stand_in_start(&keybagd, KEYBAG_SOCKET, list);
	client = client_new(300 * MILLISECOND);
	check(keybag_client_list(client, &infos) == -ETIMEDOUT && !infos);
	keybag_client_free(client);
	same_uuid = true;
	client = client_new(LONG);
	check(keybag_client_list(client, &infos) == -EPROTO && !infos);
	check(*keybag_client_message(client));
	keybag_client_free(client);
	stand_in_stop(&keybagd);
	tap_test("a list without an end ends");
}

/* ---- who asks ---- */

static void tell_owner(struct stand_in *daemon, int fd)
{
	uint8_t bytes[MESSAGE_MAX_SIZE];
	int descriptors[TRANSPORT_MAX_DESCRIPTORS];
	uint8_t uuid[KEYBAG_UUID_SIZE] = { 1 }, reply[512];
	struct message request;
	struct writer writer;
	struct ucred peer;
	socklen_t length = sizeof(peer);

	while (!getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) &&
	       stand_in_receive(daemon, fd, bytes, &request, descriptors)) {
		reply_start(&writer, reply, sizeof(reply), &request, 0);
		message_add_bytes(&writer, KEY_UUID, uuid, sizeof(uuid));
		message_add_unsigned(&writer, KEY_OWNER, peer.uid);
		message_add_unsigned(&writer, KEY_TYPE, KEYBAG_TYPE_USER);
		message_add_unsigned(&writer, KEY_STATE, KEYBAG_STATE_LOCKED);
		stand_in_send(fd, &writer, -1);
	}
}

static uint32_t owner_told(struct keybag_client *client)
{
	struct keybag_info *info = NULL;
	uint32_t owner = UINT32_MAX;

	if (check(keybag_client_status(client, NULL, &info) == 0))
		owner = info->status.owner;
	keybag_info_free(info);
	return owner;
}

static void test_other_user(void)
{
	struct keybag_client *client;

	stand_in_start(&keybagd, KEYBAG_SOCKET, tell_owner);
	client = client_new(LONG);
	check(owner_told(client) == 0);
	check(seteuid(4711) == 0);
	check(owner_told(client) == 4711);
	check(seteuid(0) == 0);
	keybag_client_free(client);
	stand_in_stop(&keybagd);
	tap_test("whoever is another user by now asks as that one");
}

/* As programs do that become daemons. */
static void test_freed_in_child(void)
{
	struct keybag_client *client;
	int status = -1;
	pid_t child;

	stand_in_start(&keybagd, KEYBAG_SOCKET, tell_owner);
	client = client_new(LONG);
	check(owner_told(client) == 0);
	child = fork();
	if (!child) {
		close_range(3, UINT_MAX, 0);
		for (int i = 3; i < 40; i++)
			if (dup2(0, i) != i)
				_exit(1);
		keybag_client_free(client);
		for (int i = 3; i < 40; i++)
			if (fcntl(i, F_GETFD) < 0)
				_exit(2);
		_exit(0);
	}
	check(waitpid(child, &status, 0) == child && !status);
	keybag_client_free(client);
	stand_in_stop(&keybagd);
	tap_test("a child that frees its parent's client closes no file of its own");
}

/* ---- watches ---- */

static bool told_own;
static atomic_bool hangs;
static atomic_uint watches;

static void tell_event(int fd, const char *kind, uint32_t state)
{
	uint8_t uuid[KEYBAG_UUID_SIZE] = { 1 }, bytes[512];
	struct writer writer;

	message_start(&writer, bytes, sizeof(bytes));
	message_add_text(&writer, KEY_EVENT, kind);
	message_add_bytes(&writer, KEY_UUID, uuid, sizeof(uuid));
	message_add_unsigned(&writer, KEY_OWNER, 0);
	if (!strcmp(kind, KEY_STATE))
		message_add_unsigned(&writer, KEY_STATE, state);
	stand_in_send(fd, &writer, -1);
}

/* The first connection ends after an event. */
static void tell_events(struct stand_in *daemon, int fd)
{
	uint8_t bytes[MESSAGE_MAX_SIZE];
	int descriptors[TRANSPORT_MAX_DESCRIPTORS];
	struct message request;
	struct writer writer;
	uint8_t reply[64];
	uint32_t uid;

	if (!stand_in_receive(daemon, fd, bytes, &request, descriptors))
		return;
	told_own = message_u32(&request, KEY_UID, &uid) == 0 && uid == geteuid();
	while (atomic_load(&hangs))
		usleep(1000);
	reply_start(&writer, reply, sizeof(reply), &request, 0);
	stand_in_send(fd, &writer, -1);
	tell_event(fd, "of another kind", 0);
	tell_event(fd, KEY_STATE, KEYBAG_STATE_UNLOCKED);
	if (atomic_fetch_add(&watches, 1))
		stand_in_receive(daemon, fd, bytes, &request, descriptors);
}

static void test_watch(void)
{
	const struct keybag_whose own = { .by = KEYBAG_WHOSE_OWN };
	struct keybag_watch_event event = { 0 };
	struct keybag_watch *watch = NULL;
	uint64_t start;
	int result;

	atomic_store(&watches, 0);
	stand_in_start(&keybagd, KEYBAG_SOCKET, tell_events);
	check(keybag_watch_new(&own, &watch) == 0 && told_own);
	tap_test("root watches its own keybag, if it says so");

	check(keybag_watch_next(watch, LONG, &event) == 0 && event.event.state == KEYBAG_STATE_UNLOCKED);
	check(event.event.type == KEYBAG_EVENT_STATE && event.event.size == sizeof(event.event) && event.uuid[0] == 1);
	tap_test("an event says what it is, and one of another kind is passed over");

	atomic_store(&hangs, true);
	start = deadline_now();
	for (int i = 0; i < 50; i++) {
		result = keybag_watch_next(watch, 0, &event);
		check(result == -ETIMEDOUT || result == -ECONNREFUSED);
		usleep(1000);
	}
	check(keybag_watch_fd(watch) >= 0 && deadline_now() - start < LONG);
	atomic_store(&hangs, false);
	do {
		struct pollfd item = { .fd = keybag_watch_fd(watch), .events = POLLIN };

		check(item.fd >= 0 && poll(&item, 1, (int)(LONG / MILLISECOND)) == 1);
		result = keybag_watch_next(watch, 0, &event);
	} while (result == -ETIMEDOUT && deadline_now() - start < LONG);
	check(!result && event.event.state == KEYBAG_STATE_UNLOCKED);
	check(atomic_load(&keybagd.connections) == 2);
	keybag_watch_free(watch);
	stand_in_stop(&keybagd);
	tap_test("without waiting a watch connects again, step by step");
}

/* A program that was built with a shorter structure, and one with a longer. */
static void test_sizes(void)
{
	union {
		struct keybag_watch_event event;
		uint8_t bytes[sizeof(struct keybag_watch_event) + 16];
	} room;
	struct keybag_watch *watch = NULL;
	size_t i;

	for (size_t size = 20; size <= sizeof(room); size += sizeof(room) - 20) {
		stand_in_start(&keybagd, KEYBAG_SOCKET, tell_events);
		memset(&room, 0xff, sizeof(room));
		check(keybag_watch_new(NULL, &watch) == 0 && keybag_watch_next_sized(watch, LONG, &room, size) == 0);
		check(room.event.uuid[0] == 1 && room.event.owner == 0);
		check(size < sizeof(room.event) || room.event.event.size == sizeof(room.event.event) + 16);
		for (i = size; i < sizeof(room); i++)
			check(room.bytes[i] == 0xff);
		for (i = sizeof(room.event); i < size; i++)
			check(!room.bytes[i]);
		keybag_watch_free(watch);
		stand_in_stop(&keybagd);
	}
	tap_test("a structure is written in the program's length");
}

/* ---- outputs of what failed ---- */

static int answered_file;	/* goes with a reply; -1: none */

/* Says that it was done, and no more. */
static void do_all(struct stand_in *daemon, int fd)
{
	uint8_t bytes[MESSAGE_MAX_SIZE];
	int descriptors[TRANSPORT_MAX_DESCRIPTORS];
	struct message request;
	struct writer writer;
	uint8_t reply[64];

	while (stand_in_receive(daemon, fd, bytes, &request, descriptors)) {
		reply_start(&writer, reply, sizeof(reply), &request, 0);
		message_add_unsigned(&writer, KEY_FAILURES, 3);
		stand_in_send(fd, &writer, answered_file);
	}
}

static void test_outputs(void)
{
	struct keybag_settings settings = { .idle_own = 5 };
	struct keybag_attempt attempt = { .failures = 5 };
	char code[KEYBAG_RECOVERY_CODE_SIZE] = "";
	struct rlimit before, small;
	struct keybag_client *client;

	answered_file = -1;
	stand_in_start(&keybagd, KEYBAG_SOCKET, do_all);
	client = client_new(LONG);
	check(keybag_client_settings(client, NULL, &settings) == -EPROTO && settings.idle_own == 5);
	check(keybag_client_recovery_add(client, NULL, NULL, KEYBAG_RECOVERY_REPLACE, code, &attempt) == -EPROTO);
	check(!attempt.failures && !*code);
	tap_test("what failed writes no outputs");

	answered_file = handover_file(64);
	check(answered_file >= 0 && getrlimit(RLIMIT_NOFILE, &before) == 0);
	small = before;
	small.rlim_cur = (rlim_t)dup(0);
	close((int)small.rlim_cur);
	check(setrlimit(RLIMIT_NOFILE, &small) == 0);
	check(keybag_client_recovery_add(client, NULL, NULL, KEYBAG_RECOVERY_REPLACE, code, NULL) == -ECONNRESET);
	check(setrlimit(RLIMIT_NOFILE, &before) == 0);
	keybag_client_free(client);
	stand_in_stop(&keybagd);
	close(answered_file);
	tap_test("a code that was made and could not be taken over is not said not to have been made");
}

/* ---- cancellation ---- */

static int taken = -1;
static int told[2], answers[2];		/* pipes: the secret was taken; it is to be answered */

static void take_secret(struct stand_in *daemon, int fd)
{
	uint8_t bytes[MESSAGE_MAX_SIZE];
	int descriptors[TRANSPORT_MAX_DESCRIPTORS];
	struct message request;
	struct writer writer;
	uint8_t reply[64];
	char byte;

	if (stand_in_receive(daemon, fd, bytes, &request, descriptors)) {
		taken = descriptors[0];
		reply_start(&writer, reply, sizeof(reply), &request, EKEYREJECTED);
		if (write(told[1], "", 1) == 1 && read(answers[0], &byte, 1) == 1)
			stand_in_send(fd, &writer, -1);
	}
}

static void *unlock(void *context)
{
	const struct keybag_proof proof = { .kind = KEYBAG_PROTECTOR_PASSCODE, .text = "a secret", .length = 8 };

	/* The thread itself returns this: it was let to the end. */
	return keybag_client_unlock(context, NULL, &proof, 0, KEYBAG_REASON_REQUEST, NULL) == -EKEYREJECTED ? context : NULL;
}

static void test_cancelled(void)
{
	struct keybag_client *client;
	char bytes[8] = "";
	pthread_t thread;
	void *result = NULL;

	stand_in_start(&keybagd, KEYBAG_SOCKET, take_secret);
	client = client_new(LONG);
	check(pipe(told) == 0 && pipe(answers) == 0);
	check(pthread_create(&thread, NULL, unlock, client) == 0);
	check(read(told[0], bytes, 1) == 1);
	check(pread(taken, bytes, sizeof(bytes), 0) == sizeof(bytes) && !memcmp(bytes, "a secret", 8));
	check(pthread_cancel(thread) == 0);
	check(write(answers[1], "", 1) == 1);
	check(pthread_join(thread, &result) == 0 && result == client);
	check(pread(taken, bytes, sizeof(bytes), 0) == sizeof(bytes) && !memcmp(bytes, "\0\0\0\0\0\0\0", 8));
	close(taken);
	keybag_client_free(client);
	stand_in_stop(&keybagd);
	tap_test("a thread that is cancelled leaves no secret behind");
}

/* ---- processes ---- */

static void test_process_mark(void)
{
	uint64_t mark = process_mark(), child_mark;
	int status = -1;
	pid_t child;

	check(mark && process_mark() == mark);
	child = fork();
	if (!child) {
		child_mark = process_mark();
		if (!child_mark || child_mark == mark || process_mark() != child_mark)
			_exit(1);
		child = fork();
		if (!child)
			_exit(process_mark() == mark || process_mark() == child_mark);
		_exit(waitpid(child, &status, 0) != child || status || process_mark() != child_mark);
	}
	check(waitpid(child, &status, 0) == child && !status && process_mark() == mark);
	tap_test("a process is told from its children and theirs");
}

int main(void)
{
	char folder[] = "/tmp/keybag-client-XXXXXX";

	tap_start();
	test_process_mark();
	if (geteuid()) {
		tap_test("the rest # SKIP needs root, as keybagd has to be");
		return tap_end();
	}
	if (!mkdtemp(folder) || chmod(folder, 0755) || chdir(folder))
		return 1;
	test_refused();
	test_silent();
	test_list();
	test_other_user();
	test_freed_in_child();
	test_watch();
	test_sizes();
	test_outputs();
	test_cancelled();
	unlink(KEYBAG_SOCKET);
	rmdir(folder);
	return tap_end();
}

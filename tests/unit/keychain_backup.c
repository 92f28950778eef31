// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Backups, asked of the engine: what is in one comes back; each byte of it that is changed loses one part and no other; files
 * that were put together by others do no harm.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "helper/keychain/base/backup_frame.h"
#include "helper/keychain/base/json_parse.h"
#include "helper/keychain/include/keychain-status.h"
#include "helper/keychain/items/engine.h"
#include "tests/keychain/fake_keybag.h"
#include "tests/unit/lib/tap.h"

#define FRAMES	8	/* keys, items, end */
#define ITEMS	6

static char folder[] = "/dev/shm/keychain-XXXXXX", path[64];
static struct engine *engine;
static uint8_t ticket;
static bool elsewhere;

static int keybag(void *context)
{
	(void)context;
	return fake_keybag_open();
}

static int redeem(void *context, const uint8_t number[KEYBAG_TICKET_SIZE])
{
	(void)context;
	return number[1] ? -1 : fake_keybag_open_backup(elsewhere);
}

static void open_engine(void)
{
	const struct engine_settings settings = { .path = path, .keybag = keybag, .redeem = redeem, .owner = 1000 };
	char why[ENGINE_WHY_SIZE];

	check(engine_open(&settings, &engine, why) == 0);
}

/* A new database. */
static void clear(void)
{
	static const char *const suffixes[] = { "", "-wal", "-shm" };
	char name[80];

	engine_close(engine);
	for (unsigned int i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "%s%s", path, suffixes[i]);
		unlink(name);
	}
	open_engine();
}

/* Takes @request. */
static struct value *execute(struct value *request)
{
	const struct engine_caller caller = { .uid = 1000, .all_groups = true };
	struct value *answer = engine_execute(engine, &caller, request);

	value_free(request);
	return answer;
}

static struct value *ask(const char *text)
{
	struct value *request = NULL;

	check(json_parse(text, strlen(text), VALUE_MAX_ENTRIES, &request, NULL) == 0);
	return execute(request);
}

static int status_of(const struct value *answer)
{
	return (int)value_as_integer(value_get(answer, "status"));
}

static void must(const char *text)
{
	struct value *answer = ask(text);

	check(status_of(answer) == 0);
	value_free(answer);
}

static void add_items(void)
{
	static const char *const classes[ITEMS] = { "ak", "ck", "dk", "aku", "cku", "dku" };
	char text[256];

	for (unsigned int i = 0; i < ITEMS; i++) {
		snprintf(text, sizeof(text), "{\"op\":\"add\",\"query\":{\"class\":\"genp\",\"agrp\":\"g%u\",\"acct\":\"%s\",\"svce\":\"s\",\"pdmn\":\"%s\","
			 "\"v_Data\":{\"data\":\"c2VjcmV0\"}}}", i % 2, classes[i], classes[i]);
		must(text);
	}
}

static struct value *with_ticket(const char *operation)
{
	const uint8_t number[KEYBAG_TICKET_SIZE] = { ticket };
	struct value *request = value_dictionary();

	value_set(request, "op", value_string(operation));
	value_set(request, "ticket", value_data(number, sizeof(number)));
	return request;
}

static struct value *back_up(void)
{
	struct value *answer, *frames;

	ticket++;
	answer = execute(with_ticket("backup"));
	check(status_of(answer) == 0 && !value_get(answer, "cursor") && value_as_integer(value_get(answer, "items")) == ITEMS);
	frames = value_copy(value_get(answer, "result"));
	check(value_count(frames) == FRAMES);
	value_free(answer);
	return frames;
}

static void set_option(struct value *request, const char *option)
{
	if (!value_get(request, "options"))
		value_set(request, "options", value_dictionary());
	value_set(value_get(request, "options"), option, value_boolean(true));
}

/* Takes @frames. A session of its own. */
static struct value *restore(struct value *frames, bool replace, bool dry_run)
{
	struct value *request;

	ticket++;
	request = with_ticket("restore");
	value_set(request, "items", frames);
	if (replace)
		set_option(request, "replace");
	if (dry_run)
		set_option(request, "dry_run");
	return execute(request);
}

static int64_t counted(const struct value *answer, const char *what)
{
	return value_as_integer(value_get(value_get(answer, "result"), what));
}

static bool is_whole(const struct value *answer)
{
	return value_as_boolean(value_get(value_get(answer, "result"), "whole"));
}

/* Everything that there is, as it is told. */
static struct value *all_items(void)
{
	struct value *answer = ask("{\"op\":\"copy\",\"query\":{\"class\":\"genp\",\"m_Limit\":\"m_LimitAll\",\"r_Attributes\":true,\"r_Data\":true,"
				   "\"r_PersistentRef\":true}}");
	struct value *items = value_copy(value_get(answer, "result"));

	value_free(answer);
	return items;
}

static void test_there_and_back(void)
{
	struct value *before, *after, *frames, *answer;

	clear();
	add_items();
	before = all_items();
	frames = back_up();
	answer = restore(value_copy(frames), false, false);
	check(status_of(answer) == 0 && counted(answer, "kept") == ITEMS && counted(answer, "added") == 0 && is_whole(answer));
	value_free(answer);
	clear();
	answer = restore(value_copy(frames), false, true);
	check(status_of(answer) == 0 && counted(answer, "added") == ITEMS && is_whole(answer));
	value_free(answer);
	after = all_items();
	check(!value_count(after));
	value_free(after);
	answer = restore(value_copy(frames), false, false);
	check(status_of(answer) == 0 && counted(answer, "added") == ITEMS);
	value_free(answer);
	after = all_items();
	check(value_count(before) == ITEMS && value_equal(before, after));
	value_free(before);
	value_free(after);
	value_free(frames);
	tap_test("a backup has all items of all groups, and they come back with all that they had");
}

/* A copy of @frames in which one byte of one of them is another. */
static struct value *changed(const struct value *frames, size_t frame, size_t at)
{
	struct value *copy = value_copy(frames);
	size_t length;
	uint8_t *bytes = value_bytes_mutable(value_at(copy, frame), &length);

	bytes[at] ^= 0x11;
	return copy;
}

static size_t length_of(const struct value *frames, size_t frame)
{
	size_t length = 0;

	value_bytes(value_at(frames, frame), &length);
	return length;
}

static void test_every_byte(void)
{
	struct value *frames, *answer;

	clear();
	add_items();
	frames = back_up();
	clear();
	for (size_t frame = 0; frame < FRAMES; frame++)
		for (size_t at = 0; at < length_of(frames, frame); at++) {
			answer = restore(changed(frames, frame, at), true, true);
			if (at < BACKUP_FRAME_SIZE)
				check(status_of(answer) == errSecParam);
			else if (!frame)
				check(status_of(answer) == errSecDecode);
			else
				check(status_of(answer) == 0 && counted(answer, "damaged") == 1 && !is_whole(answer) &&
				      counted(answer, "added") == (frame == FRAMES - 1 ? ITEMS : ITEMS - 1));
			value_free(answer);
		}
	value_free(frames);
	tap_test("each byte that is changed is found, and loses one item alone");
}

/* The frames with these numbers. */
static struct value *chosen(const struct value *frames, const int *numbers, size_t count)
{
	struct value *array = value_array();

	for (size_t i = 0; i < count; i++)
		value_append(array, value_copy(value_at(frames, (size_t)numbers[i])));
	return array;
}

#define CHOSEN(frames, ...) chosen(frames, (const int[]){ __VA_ARGS__ }, sizeof((const int[]){ __VA_ARGS__ }) / sizeof(int))

static void test_order(void)
{
	struct value *frames, *answer;

	clear();
	add_items();
	frames = back_up();
	clear();
	must("{\"op\":\"add\",\"query\":{\"class\":\"genp\",\"agrp\":\"g0\",\"acct\":\"own\",\"pdmn\":\"ck\"}}");
	must("{\"op\":\"add\",\"query\":{\"class\":\"genp\",\"agrp\":\"g0\",\"acct\":\"passcode\",\"pdmn\":\"akpu\"}}");
	answer = restore(CHOSEN(frames, 1, 2), false, true);
	check(status_of(answer) == errSecParam);
	value_free(answer);
	answer = restore(CHOSEN(frames, 0, 1, 1, 2, 3, 4, 5, 6, 7), true, false);
	check(status_of(answer) == 0 && counted(answer, "added") == ITEMS && counted(answer, "damaged") == 1 &&
	      !counted(answer, "removed") && !is_whole(answer));
	value_free(answer);
	answer = restore(CHOSEN(frames, 0, 2, 1, 3, 4, 5, 6, 7), true, true);
	check(status_of(answer) == 0 && counted(answer, "damaged") == 1 && !is_whole(answer) && !counted(answer, "removed"));
	value_free(answer);
	answer = restore(CHOSEN(frames, 0, 1, 2, 3, 5, 6, 7), true, true);
	check(status_of(answer) == 0 && counted(answer, "replaced") == ITEMS - 1 && !is_whole(answer) && !counted(answer, "removed"));
	value_free(answer);
	answer = restore(CHOSEN(frames, 0, 1, 2, 3, 4, 5, 6), true, true);
	check(status_of(answer) == 0 && !is_whole(answer) && !counted(answer, "removed"));
	value_free(answer);
	answer = restore(CHOSEN(frames, 0, 7), true, true);
	check(status_of(answer) == 0 && !is_whole(answer) && !counted(answer, "removed"));
	value_free(answer);
	/* Whole: the item that it lacks goes, and the one that it cannot have stays. */
	answer = restore(value_copy(frames), true, false);
	check(status_of(answer) == 0 && counted(answer, "replaced") == ITEMS && is_whole(answer) && counted(answer, "removed") == 1);
	value_free(answer);
	answer = ask("{\"op\":\"copy\",\"query\":{\"class\":\"genp\",\"acct\":\"passcode\"}}");
	check(status_of(answer) == 0);
	value_free(answer);
	value_free(frames);
	tap_test("parts that are missing, moved or repeated are found, and nothing is removed then");
}

static struct value *restore_one(const struct value *frames, int frame)
{
	struct value *request = with_ticket("restore");

	value_set(request, "items", CHOSEN(frames, frame));
	return execute(request);
}

/* A request a frame, one of which fails and is made again. */
static void test_session(void)
{
	struct value *frames, *answer = NULL;

	clear();
	add_items();
	frames = back_up();
	clear();
	ticket++;
	for (int frame = 0; frame < FRAMES; frame++) {
		value_free(answer);
		if (frame == 1) {
			/* Its class is ak. */
			check(fake_keybag_set("locked"));
			answer = restore_one(frames, frame);
			check(status_of(answer) == errSecInteractionNotAllowed);
			check(fake_keybag_set("unlocked"));
			value_free(answer);
			value_free(restore_one(frames, 0));
			ticket++;
			value_free(restore_one(frames, 0));
		}
		answer = restore_one(frames, frame);
		check(status_of(answer) == 0);
	}
	check(is_whole(answer));
	value_free(answer);
	value_free(frames);
	tap_test("a session goes on from request to request");
}

static void test_elsewhere(void)
{
	struct value *frames, *answer, *told;

	clear();
	add_items();
	frames = back_up();
	clear();
	must("{\"op\":\"add\",\"query\":{\"class\":\"genp\",\"agrp\":\"g0\",\"acct\":\"mine\",\"pdmn\":\"aku\"}}");
	elsewhere = true;
	answer = restore(value_copy(frames), true, false);
	elsewhere = false;
	told = value_get(value_get(answer, "result"), "told");
	check(status_of(answer) == 0 && counted(answer, "added") == 3 && counted(answer, "elsewhere") == 3 && is_whole(answer));
	check(value_count(told) == 3 && !strcmp(value_as_string(value_get(value_at(told, 0), "name")), "genp: s, aku"));
	check(!counted(answer, "removed"));
	value_free(answer);
	value_free(frames);
	tap_test("on another device: what stays is named, and --replace leaves its classes alone");
}

static void test_refused(void)
{
	uint8_t number[KEYBAG_TICKET_SIZE] = { 1, 1 };
	struct value *request = with_ticket("backup"), *answer;

	value_set(request, "ticket", value_data(number, sizeof(number)));
	answer = execute(request);
	check(status_of(answer) == errSecNotAvailable);
	value_free(answer);
	request = with_ticket("backup");
	value_set(request, "ticket", value_data(number, 3));
	answer = execute(request);
	check(status_of(answer) == errSecParam);
	value_free(answer);
	clear();
	add_items();
	check(fake_keybag_set("locked"));
	ticket++;
	answer = execute(with_ticket("backup"));
	check(status_of(answer) == errSecInteractionNotAllowed);
	value_free(answer);
	check(fake_keybag_set("unlocked"));
	tap_test("void tickets, and a locked keybag");
}

static void test_frames(void)
{
	struct backup_frame frame = { .kind = BACKUP_FRAME_ITEM, .length = 7, .index = 1 }, read;
	uint8_t bytes[BACKUP_FRAME_SIZE], head[BACKUP_HEAD_SIZE];
	size_t length;

	backup_frame_write(bytes, &frame);
	check(backup_frame_read(bytes, &read) && read.kind == frame.kind && read.length == 7 && read.index == 1);
	for (size_t at = 0; at < sizeof(bytes); at++) {
		bytes[at] ^= 1;
		check(!backup_frame_read(bytes, &read));
		bytes[at] ^= 1;
	}
	for (int wrong = 0; wrong < 4; wrong++) {
		struct backup_frame other = frame;

		if (wrong == 0)
			other.length = 0;
		else if (wrong == 1)
			other.length = BACKUP_MAX_CONTENT + 1;
		else if (wrong == 2)
			other.index = 0;
		else
			other.kind = 4;
		backup_frame_write(bytes, &other);
		check(!backup_frame_read(bytes, &read));
	}
	backup_head_write(head, 1000);
	check(backup_head_read(head, &length) == 0 && length == 1000);
	head[8]++;
	check(backup_head_read(head, &length) == -EPROTONOSUPPORT);
	backup_head_write(head, BACKUP_MAX_FORM + 1);
	check(backup_head_read(head, &length) == -EBADMSG);
	backup_head_write(head, 0);
	check(backup_head_read(head, &length) == -EBADMSG);
	tap_test("heads of files and frames");
}

int main(void)
{
	tap_start();
	if (!mkdtemp(folder))
		return 1;
	snprintf(path, sizeof(path), "%s/k.db", folder);
	open_engine();
	test_frames();
	test_there_and_back();
	test_every_byte();
	test_order();
	test_session();
	test_elsewhere();
	test_refused();
	clear();
	engine_close(engine);
	return tap_end();
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Messages between client and daemon: what is written is read; anything else is refused, whatever it is.
 */
#include <errno.h>
#include <string.h>

#include "common/message.h"
#include "lib/random.h"
#include "lib/tap.h"

static size_t write_all_types(uint8_t *bytes, size_t capacity)
{
	struct writer writer;

	message_start(&writer, bytes, capacity);
	message_add_unsigned(&writer, "small", 7);
	message_add_unsigned(&writer, "large", UINT64_MAX);
	message_add_boolean(&writer, "true", true);
	message_add_boolean(&writer, "false", false);
	message_add_text(&writer, "text", "a text");
	message_add_bytes(&writer, "bytes", "\0\1\2", 3);
	message_add_bytes(&writer, "nothing", "", 0);
	return message_finish(&writer) ? 0 : writer.length;
}

static void test_round_trip(void)
{
	uint8_t bytes[512], three[3], four[4];
	const uint8_t *found;
	struct message message;
	uint64_t number = 0;
	uint32_t small = 0;
	bool yes = false, no = true;
	char text[16], narrow[6];
	size_t length = write_all_types(bytes, sizeof(bytes)), found_length;

	check(length > 0);
	check(message_parse(&message, bytes, length) == 0);
	check(message_u32(&message, "small", &small) == 0 && small == 7);
	check(message_unsigned(&message, "large", UINT64_MAX, &number) == 0 && number == UINT64_MAX);
	check(message_u32(&message, "large", &small) == -EPROTO);
	check(message_boolean(&message, "true", &yes) == 0 && yes);
	check(message_boolean(&message, "false", &no) == 0 && !no);
	check(message_boolean(&message, "small", &no) == -EPROTO);
	check(message_text(&message, "text", text, sizeof(text)) == 0 && !strcmp(text, "a text"));
	check(message_text(&message, "text", narrow, sizeof(narrow)) == -EPROTO);
	check(message_text(&message, "bytes", text, sizeof(text)) == -EPROTO);
	check(message_exact(&message, "bytes", three, 3) == 0 && !memcmp(three, "\0\1\2", 3));
	check(message_exact(&message, "bytes", four, 4) == -EPROTO);
	check(message_u32(&message, "absent", &small) == -ENOENT);
	check(message_unused(&message) && message_unused(&message)->key_length == 7);
	check(message_bytes(&message, "nothing", &found, &found_length) == 0 && found_length == 0);
	check(!message_unused(&message));
	tap_test("what is written is read");
}

static void test_capacity(void)
{
	uint8_t bytes[512];
	size_t needed = write_all_types(bytes, sizeof(bytes)), capacity;

	for (capacity = 0; capacity < needed; capacity++)
		check(write_all_types(bytes, capacity) == 0);
	check(write_all_types(bytes, needed) == needed);
	tap_test("a buffer that is too small is told, at every size");
}

static int parse(const char *bytes, size_t length)
{
	struct message message;

	return message_parse(&message, bytes, length);
}

#define refused(bytes) check(parse(bytes, sizeof(bytes) - 1) == -EPROTO)
#define taken(bytes) check(parse(bytes, sizeof(bytes) - 1) == 0)

static void test_refused(void)
{
	taken("\xa0");
	taken("\xbf\xff");
	taken("\xa1\x61k\x20");
	taken("\xa1\x61k\x01");
	refused("");
	refused("\xa1");
	refused("\xa1\x61k");
	refused("\xa0\xa0");
	refused("\x80");
	refused("\x01");
	refused("\xff");
	refused("\xbf\x61k\xff");
	refused("\xa1\x01\x01");
	refused("\xa1\x41k\x01");
	refused("\xa1\x60\x01");
	refused("\xa2\x61k\x01\x61k\x02");
	refused("\xa1\x61k\xa0");
	refused("\xa1\x61k\x80");
	refused("\xa1\x61k\xf6");
	refused("\xa1\x61k\xf7");
	refused("\xa1\x61k\xf9\x3c\x00");
	refused("\xa1\x61k\xfb\0\0\0\0\0\0\0\0");
	refused("\xa1\x61k\xc0\x61x");
	refused("\xa1\x61k\x7f\x61x\xff");
	refused("\xa1\x61k\x5f\x41x\xff");
	refused("\xa1\x61k\x5b\xff\xff\xff\xff\xff\xff\xff\xff");
	refused("\xbb\xff\xff\xff\xff\xff\xff\xff\xff");
	refused("\xa1\x78\x20" "12345678901234567890123456789012" "\x01");
	taken("\xa1\x78\x1f" "1234567890123456789012345678901" "\x01");
	tap_test("what is no flat map is refused");
}

static void test_count(void)
{
	uint8_t bytes[1024];
	struct message message;
	struct writer writer;
	char key[16];
	int fields, i;

	for (fields = MESSAGE_MAX_FIELDS; fields <= MESSAGE_MAX_FIELDS + 1; fields++) {
		message_start(&writer, bytes, sizeof(bytes));
		for (i = 0; i < fields; i++) {
			snprintf(key, sizeof(key), "k%d", i);
			message_add_unsigned(&writer, key, 1);
		}
		check(message_finish(&writer) == 0);
		check(message_parse(&message, bytes, writer.length) ==
		      (fields > MESSAGE_MAX_FIELDS ? -EPROTO : 0));
	}
	tap_test("the most fields there may be, and one more");
}

static void test_text_with_nul(void)
{
	struct message message;
	char text[8];

	check(message_parse(&message, "\xa1\x61k\x63" "a\0b", 7) == 0);
	check(message_text(&message, "k", text, sizeof(text)) == -EPROTO);
	tap_test("a text with a NUL inside is refused");
}

static void test_damaged(void)
{
	struct random random = { .state = 42 };
	uint8_t good[512], bytes[512];
	size_t length = write_all_types(good, sizeof(good));
	struct message message;
	int round, changes;

	for (round = 0; round < 300000; round++) {
		memcpy(bytes, good, sizeof(bytes));
		for (changes = (int)random_between(&random, 1, 4); changes; changes--)
			bytes[random_between(&random, 0, (u32)length - 1)] = (u8)random_u64(&random);
		/* The sanitizers judge. */
		if (message_parse(&message, bytes, random_between(&random, 0, (u32)length)) == 0)
			check(message.count <= MESSAGE_MAX_FIELDS);
	}
	tap_test("300000 damaged messages are read or refused within their bounds");
}

int main(void)
{
	tap_start();
	test_round_trip();
	test_capacity();
	test_refused();
	test_count();
	test_text_with_nul();
	test_damaged();
	return tap_end();
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Attributes and secrets in messages. The messages are never sent: the bus is a pair of sockets.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "helper/secretservice/bus/attributes.h"
#include "helper/secretservice/bus/wire_secret.h"
#include "tests/unit/lib/bus_message.h"
#include "tests/unit/lib/tap.h"

/* @count pairs of names of @length digits. */
static sd_bus_message *many(unsigned int count, int length, const char *value)
{
	sd_bus_message *message = new_message();
	char name[512];

	check(sd_bus_message_open_container(message, 'a', "{ss}") >= 0);
	for (unsigned int at = 0; at < count; at++) {
		snprintf(name, sizeof(name), "%0*u", length, at);
		check(sd_bus_message_append(message, "{ss}", name, value) >= 0);
	}
	check(sd_bus_message_close_container(message) >= 0);
	return readable(message);
}

static int read_many(unsigned int count, int length, const char *value)
{
	sd_bus_message *message = many(count, length, value);
	static struct attributes attributes;
	int result = attributes_read(message, &attributes);

	check(result || attributes.count == count);
	sd_bus_message_unref(message);
	return result;
}

static void test_read(void)
{
	sd_bus_message *message = new_message();
	struct attributes attributes;

	check(sd_bus_message_append(message, "a{ss}", 4, "one", "1", "", "", "xdg:schema", "org.example", "one", "2") >= 0);
	check(sd_bus_message_append(message, "s", "after") >= 0);
	readable(message);
	check(!attributes_read(message, &attributes) && attributes.count == 3);
	check(!strcmp(attributes_get(&attributes, "one"), "2") && !strcmp(attributes_get(&attributes, ""), ""));
	check(!strcmp(attributes_get(&attributes, ATTRIBUTE_SCHEMA), "org.example") && !attributes_get(&attributes, "two"));
	/* The rest is still to be read. */
	check(sd_bus_message_skip(message, "s") > 0);
	sd_bus_message_unref(message);
	tap_test("attributes are read, a name that comes twice with its last value");
}

static void test_limits(void)
{
	char *long_value = malloc(ATTRIBUTES_MAX_BYTES + 1);

	check(!read_many(0, 1, "") && !read_many(ATTRIBUTES_MAX, 3, "value"));
	check(read_many(ATTRIBUTES_MAX + 1, 3, "") == -E2BIG);
	check(!read_many(1, ATTRIBUTES_MAX_NAME, "") && read_many(1, ATTRIBUTES_MAX_NAME + 1, "") == -E2BIG);
	memset(long_value, 'x', ATTRIBUTES_MAX_BYTES);
	long_value[ATTRIBUTES_MAX_BYTES - 1] = 0;
	check(!read_many(1, 1, long_value));
	long_value[ATTRIBUTES_MAX_BYTES - 1] = 'x';
	long_value[ATTRIBUTES_MAX_BYTES] = 0;
	check(read_many(1, 1, long_value) == -E2BIG);
	free(long_value);
	tap_test("a set over a limit is refused");
}

static void test_other_types(void)
{
	sd_bus_message *message = new_message();
	struct attributes attributes;

	check(sd_bus_message_append(message, "a{sv}", 1, "x", "s", "y") >= 0);
	check(attributes_read(readable(message), &attributes) == -ENXIO);
	sd_bus_message_unref(message);
	message = new_message();
	check(attributes_read(readable(message), &attributes) < 0);
	sd_bus_message_unref(message);
	tap_test("what is no dictionary of texts is refused");
}

static void test_secret(void)
{
	struct wire_secret secret = { "/session/1", "iv", 2, "value", 5, "text/plain" }, read;
	sd_bus_message *message = new_message();

	check(!wire_secret_append(message, &secret));
	check(!wire_secret_read(readable(message), &read));
	check(!strcmp(read.session, "/session/1") && read.parameters_length == 2 && !memcmp(read.parameters, "iv", 2));
	check(read.length == 5 && !memcmp(read.value, "value", 5) && !strcmp(read.content_type, "text/plain"));
	sd_bus_message_unref(message);
	message = new_message();
	check(sd_bus_message_append(message, "(oays)", "/x", 0, "y") >= 0);
	check(wire_secret_read(readable(message), &read) < 0);
	sd_bus_message_unref(message);
	tap_test("a secret is read as it was written");
}

int main(void)
{
	tap_start();
	open_bus();
	test_read();
	test_limits();
	test_other_types();
	test_secret();
	sd_bus_close_unref(bus);
	return tap_end();
}

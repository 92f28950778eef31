// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Object paths of the Secret Service.
 */
#include <stdio.h>
#include <string.h>

#include "helper/secretservice/bus/path.h"
#include "tests/unit/lib/tap.h"

#define ID	"00112233445566778899aabbccddeeff"

static const uint8_t uuid[PATH_UUID_SIZE] = { 0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77,
					      0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff };

static struct path parse(const char *text)
{
	struct path path;

	path_parse(text, &path);
	return path;
}

static void test_kinds(void)
{
	struct path path;

	check(parse(SECRETS_PATH).kind == PATH_SERVICE);
	path = parse(COLLECTIONS_PATH "/login");
	check(path.kind == PATH_COLLECTION && !path.alias && !strcmp(path.name, "login"));
	path = parse(ALIASES_PATH "/default");
	check(path.kind == PATH_COLLECTION && path.alias && !strcmp(path.name, "default"));
	path = parse(COLLECTIONS_PATH "/login/" ID);
	check(path.kind == PATH_ITEM && !strcmp(path.name, "login") && !memcmp(path.uuid, uuid, sizeof(uuid)));
	path = parse(ALIASES_PATH "/default/" ID);
	check(path.kind == PATH_ITEM && path.alias);
	path = parse(SESSIONS_PATH "/12");
	check(path.kind == PATH_SESSION && path.number == 12);
	path = parse(PROMPTS_PATH "/1234567890123456789");
	check(path.kind == PATH_PROMPT && path.number == 1234567890123456789);
	tap_test("each kind of path is told apart");
}

static void test_odd(void)
{
	static const char *const odd[] = {
		"", "/", "/org", "/org/freedesktop", SECRETS_PATH "/", SECRETS_PATH "x", SECRETS_PATH "/other",
		COLLECTIONS_PATH, COLLECTIONS_PATH "/", COLLECTIONS_PATH "//", COLLECTIONS_PATH "x/login", ALIASES_PATH,
		COLLECTIONS_PATH "//" ID, COLLECTIONS_PATH "/login/", COLLECTIONS_PATH "/login/1", COLLECTIONS_PATH "/login/" ID "0",
		COLLECTIONS_PATH "/login/" ID "/", COLLECTIONS_PATH "/login/" ID "/" ID,
		COLLECTIONS_PATH "/login/00112233445566778899AABBCCDDEEFF", COLLECTIONS_PATH "/login/0011223344556677889 aabbccddeeff0",
		COLLECTIONS_PATH "/login/-0112233445566778899aabbccddeeff",
		/* Another spelling of what has one already, or of nothing. */
		COLLECTIONS_PATH "/_6c", COLLECTIONS_PATH "/_2D", COLLECTIONS_PATH "/_00", COLLECTIONS_PATH "/_", COLLECTIONS_PATH "/_2",
		COLLECTIONS_PATH "/a_", COLLECTIONS_PATH "/a_2", COLLECTIONS_PATH "/_2g", COLLECTIONS_PATH "/a-b", COLLECTIONS_PATH "/a.b",
		COLLECTIONS_PATH "/_2/" ID,
		SESSIONS_PATH, SESSIONS_PATH "/", SESSIONS_PATH "/0", SESSIONS_PATH "/01", SESSIONS_PATH "/-1", SESSIONS_PATH "/+1",
		SESSIONS_PATH "/1/", SESSIONS_PATH "/1x", SESSIONS_PATH "/ 1", SESSIONS_PATH "/12345678901234567890", PROMPTS_PATH "/s1",
	};

	for (size_t at = 0; at < sizeof(odd) / sizeof(*odd); at++) {
		if (!check(parse(odd[at]).kind == PATH_NONE))
			printf("# taken: %s\n", odd[at]);
	}
	tap_test("other paths are none of anything");
}

static void round_trip(const char *name, const char *escaped)
{
	char text[PATH_SIZE], wanted[PATH_SIZE + 32];
	struct path path;

	snprintf(wanted, sizeof(wanted), COLLECTIONS_PATH "/%s", escaped);
	path_of_collection(name, text);
	if (!check(!strcmp(text, wanted)))
		printf("# %s\n", text);
	path = parse(text);
	check(path.kind == PATH_COLLECTION && !strcmp(path.name, name));
	path_of_item(name, uuid, text);
	snprintf(wanted, sizeof(wanted), COLLECTIONS_PATH "/%s/" ID, escaped);
	check(!strcmp(text, wanted));
	path = parse(text);
	check(path.kind == PATH_ITEM && !strcmp(path.name, name) && !memcmp(path.uuid, uuid, sizeof(uuid)));
}

static void test_names(void)
{
	char longest[PATH_NAME_SIZE], escaped[3 * PATH_NAME_SIZE] = "", byte[2] = "", one[4];

	round_trip("login", "login");
	round_trip("my-work_2", "my_2dwork_5f2");
	round_trip("1st", "1st");
	round_trip("\xc3\xa4 /", "_c3_a4_20_2f");
	for (int value = 1; value < 256; value++) {
		byte[0] = (char)value;
		snprintf(one, sizeof(one), "_%02x", value);
		if ((value >= '0' && value <= '9') || (value >= 'A' && value <= 'Z') || (value >= 'a' && value <= 'z'))
			snprintf(one, sizeof(one), "%c", value);
		round_trip(byte, one);
	}
	memset(longest, '-', PATH_NAME_SIZE - 1);
	longest[PATH_NAME_SIZE - 1] = 0;
	for (int at = 0; at < PATH_NAME_SIZE - 1; at++)
		strcat(escaped, "_2d");
	round_trip(longest, escaped);
	tap_test("names come back from their paths, whatever is in them");
}

static void test_session(void)
{
	struct path path = parse(ALIASES_PATH "/session");

	round_trip(LOGIN_TIME_KEYCHAIN, "session");
	round_trip("session", "keychain_2esession");
	check(parse(COLLECTIONS_PATH "/secretservice_2dsession").kind == PATH_NONE);
	check(parse(COLLECTIONS_PATH "/secretservice_2dsession/" ID).kind == PATH_NONE);
	check(path.kind == PATH_COLLECTION && path.alias && !strcmp(path.name, "session"));
	tap_test("the collection session is a keychain of another name, and a keychain of that name another collection");
}

static void test_too_long(void)
{
	char text[512] = COLLECTIONS_PATH "/";

	for (int at = 0; at < PATH_NAME_SIZE; at++)
		strcat(text, "x");
	check(parse(text).kind == PATH_NONE);
	text[strlen(text) - 1] = 0;
	check(parse(text).kind == PATH_COLLECTION);
	tap_test("a name that is too long is none");
}

static void test_numbers(void)
{
	char text[PATH_SIZE];

	path_of_session(7, text);
	check(!strcmp(text, SESSIONS_PATH "/7"));
	path_of_prompt(80, text);
	check(!strcmp(text, PROMPTS_PATH "/80") && parse(text).number == 80);
	tap_test("sessions and prompts have numbers");
}

int main(void)
{
	tap_start();
	test_kinds();
	test_odd();
	test_names();
	test_session();
	test_too_long();
	test_numbers();
	return tap_end();
}

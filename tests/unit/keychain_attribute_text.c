// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Text that the command prints of an attribute it reads as the same attribute again, and none of it steers a terminal.
 */
#include <stdlib.h>
#include <string.h>

#include "helper/common/printable.h"
#include "helper/keychain/command/attribute_text.h"
#include "helper/keychain/base/json_format.h"
#include "helper/keychain/base/json_parse.h"
#include "lib/tap.h"

/* To be freed. */
static char *shown(const char *key, const struct value *value)
{
	char *text;
	size_t length;
	FILE *file = open_memstream(&text, &length);

	attribute_print_of(file, key, value);
	fclose(file);
	check(printable_text(text, length) && strlen(text) == length);
	return text;
}

/* Takes @value. */
static void comes_back(const char *key, struct value *value, const char *as)
{
	char *text = shown(key, value);
	struct value *again = attribute_value(key, text);

	if (!check(value_kind(again) == value_kind(value) && value_equal(again, value)) ||
	    !check(!as || !strcmp(text, as)))
		printf("# %s\n", text);
	value_free(again);
	value_free(value);
	free(text);
}

static void test_texts(void)
{
	static const struct {
		const char *text, *as;
	} texts[] = {
		{ "", "" },
		{ "anna", "anna" },
		{ "DOMAIN\\anna", "DOMAIN\\anna" },
		{ "hex", "hex" },
		{ "hex:6869", "text:hex:6869" },
		{ "base64:aGk=", "text:base64:aGk=" },
		{ "text:", "text:text:" },
		{ "two\nlines", "text:two\\x0alines" },
		/* Editors strip blanks at the ends of lines. */
		{ "a ", "text:a\\x20" },
		{ " a  ", "text: a \\x20" },
		{ " ", "text:\\x20" },
		{ "\\ ", "text:\\\\\\x20" },
		{ "two\n ", "text:two\\x0a\\x20" },
		{ "\\x0a\n", "text:\\\\x0a\\x0a" },
		{ "\x1b[2J", "text:\\x1b[2J" },
		{ "\x7f", "text:\\x7f" },
		{ "a\xc2\x9b" "31m", "text:a\\u009b31m" },
		{ "Fr\xc3\xa4ulein", "Fr\xc3\xa4ulein" },
		{ "\xf0\x9f\x94\x91", "\xf0\x9f\x94\x91" },
		{ "\xef\xbf\xbd", "\xef\xbf\xbd" },
		{ "exe.\xe2\x80\xae" "cod", "text:exe.\\u202ecod" },
		{ "\xd8\x9c\xe2\x80\x8e\xe2\x80\x8f", "text:\\u061c\\u200e\\u200f" },
		{ "\xe2\x80\xaa\xe2\x80\xab\xe2\x80\xac\xe2\x80\xad", "text:\\u202a\\u202b\\u202c\\u202d" },
		{ "\xe2\x81\xa6\xe2\x81\xa7\xe2\x81\xa8\xe2\x81\xa9", "text:\\u2066\\u2067\\u2068\\u2069" },
		{ "\xe2\x80\xa8\xe2\x80\xa9", "text:\\u2028\\u2029" },
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		comes_back("acct", value_string(texts[i].text), texts[i].as);
	comes_back("acct", value_string_of("a\0b", 3), "text:a\\x00b");
	tap_test("texts, those that look like data or would steer a terminal as well");
}

static void test_data(void)
{
	uint8_t bytes[256];

	for (int i = 0; i < 256; i++)
		bytes[i] = (uint8_t)i;
	comes_back("gena", value_data(bytes, sizeof(bytes)), NULL);
	comes_back("acct", value_data("hi", 2), "hex:6869");
	comes_back("acct", value_data("", 0), "hex:");
	comes_back("v_PersistentRef", value_data(bytes, 20), NULL);
	for (int first = 0; first < 256; first++) {
		bytes[0] = (uint8_t)first;
		comes_back("labl", value_data(bytes, 3), NULL);
	}
	tap_test("data, of any bytes, are told apart from text");
}

static void test_others(void)
{
	struct value *object = value_dictionary();

	value_set(object, "protection", value_string("ak"));
	value_set(object, "flags", value_integer(0));
	comes_back("accc", object, "{\"protection\":\"ak\",\"flags\":0}");
	comes_back("invi", value_boolean(true), "yes");
	comes_back("sync", value_boolean(false), "no");
	comes_back("port", value_integer(INT64_MIN), NULL);
	tap_test("booleans, numbers, access control objects");
}

/* Takes @value. */
static struct value *pair(const char *name, struct value *value)
{
	struct value *pairs = value_dictionary();

	value_set(pairs, name, value);
	return pairs;
}

static void test_pairs(void)
{
	static const char *const refused[] = { "app", "{", "{\"a\":1}", "{\"data\":\"eA==\"}", "[]", "\xff=a", "a=\xff" };
	struct value *two = pair("a", value_string("b"));
	char name[VALUE_MAX_KEY + 3];

	comes_back("attr", pair("app", value_string("mail")), "app=mail");
	comes_back("attr", pair("app", value_string("a=b c")), "app=a=b c");
	comes_back("attr", pair("", value_string("")), "=");
	comes_back("attr", pair("a=b", value_string("c")), "{\"a=b\":\"c\"}");
	comes_back("attr", pair("{", value_string("c")), "{\"{\":\"c\"}");
	comes_back("attr", pair("data", value_string("a")), "data=a");
	comes_back("attr", pair("data", value_string("a\n")), "{\"=data\":\"a\\n\"}");
	comes_back("attr", pair("==date", value_string("\033")), "{\"===date\":\"\\u001b\"}");
	comes_back("attr", pair("a\nb", value_string_of("c\0d", 3)), NULL);
	comes_back("attr", pair("a", value_string("hex:00")), NULL);
	value_set(two, "data", value_string("c"));
	comes_back("attr", two, "{\"a\":\"b\",\"data\":\"c\"}");
	comes_back("attr", value_dictionary(), NULL);
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		check(!attribute_value("attr", refused[i]));
	memset(name, 'x', sizeof(name));
	memcpy(name + VALUE_MAX_KEY + 1, "=", 2);
	check(!attribute_value("attr", name));
	tap_test("own attributes are NAME=VALUE, or JSON where that would not do");
}

static void test_mixed(void)
{
	static const char *const keys[] = { "crtr", "type" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		comes_back(keys[i], value_integer(105), "105");
		comes_back(keys[i], value_string("abcd"), "abcd");
		comes_back(keys[i], value_string("105"), "text:105");
		comes_back(keys[i], value_string("-1"), "text:-1");
		comes_back(keys[i], value_string("105 "), "text:105\\x20");
		comes_back(keys[i], value_string(" 105"), " 105");
		comes_back(keys[i], value_string("\n105"), "text:\\x0a105");
		comes_back(keys[i], value_string(""), "");
		comes_back(keys[i], value_string("a\nb"), "text:a\\x0ab");
		comes_back(keys[i], value_data("hi", 2), "hex:6869");
	}
	check(!attribute_value("port", "abcd"));
	tap_test("attributes that are a number or text");
}

static void test_refused(void)
{
	static const char *const texts[] = { "text:\\", "text:\\x", "text:\\x0", "text:\\xzz", "text:\\u202", "text:\\n",
					     "text:\\xff", "text:\\ud800", "hex:0", "hex:zz", "base64:!", "\xff" };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		check(!attribute_value("acct", texts[i]));
	check(!attribute_value("accc", "ak") && !attribute_value("accc", "[1]"));
	tap_test("what is no escape, no text and no data is refused");
}

/* As JSON and as text of a terminal. */
static void test_all(void)
{
	for (uint32_t character = 1; character < 0x3000; character++) {
		char text[8], *json;
		size_t length, size = character < 0x80 ? 1 : character < 0x800 ? 2 : 3;
		struct value *value, *again = NULL;

		text[0] = (char)(size == 1 ? character : size == 2 ? 0xc0 | character >> 6 : 0xe0 | character >> 12);
		for (size_t at = 1; at < size; at++)
			text[at] = (char)(0x80 | (character >> (6 * (size - 1 - at)) & 0x3f));
		text[size] = 0;
		value = value_string(text);
		check(!json_format(value, false, &json, &length) && printable_text(json, length));
		check(json_parse(json, length, VALUE_MAX_ENTRIES, &again, NULL) >= 0 && value_equal(again, value));
		json_free(json, length);
		value_free(again);
		comes_back("acct", value, NULL);
	}
	tap_test("every character comes back, from JSON too, and no control is shown");
}

int main(void)
{
	tap_start();
	test_texts();
	test_data();
	test_others();
	test_pairs();
	test_mixed();
	test_refused();
	test_all();
	return tap_end();
}

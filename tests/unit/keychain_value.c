// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Values, JSON of them, and requests that are made of them.
 */
#include <errno.h>
#include <locale.h>
#include <string.h>
#include <time.h>

#include "helper/keychain/base/json_date.h"
#include "helper/keychain/base/json_format.h"
#include "helper/keychain/base/json_parse.h"
#include "helper/keychain/transport/request.h"
#include "tests/unit/lib/tap.h"

static struct value *parse(const char *text)
{
	struct value *value = NULL;

	return json_parse(text, strlen(text), VALUE_MAX_ENTRIES, &value, NULL) ? NULL : value;
}

/* Parses, formats, and compares with @wanted; NULL: it has to be refused. */
static void becomes(const char *text, const char *wanted)
{
	struct value *value = parse(text), *again;
	size_t length;
	char *out;

	if (!wanted) {
		if (!check(!value))
			printf("# accepted: %s\n", text);
		value_free(value);
		return;
	}
	if (!check(value)) {
		printf("# refused: %s\n", text);
		return;
	}
	check(!json_format(value, false, &out, &length) && length == strlen(out));
	if (!check(!strcmp(out, wanted)))
		printf("# %s became %s\n", text, out);
	again = parse(out);
	check(value_equal(value, again));
	json_free(out, length);
	value_free(again);
	check(!json_format(value, true, &out, &length));
	again = parse(out);
	check(value_equal(value, again));
	json_free(out, length);
	value_free(again);
	value_free(value);
}

/* Short ones, and those that are longer than an entry has room for. */
static void test_keys(void)
{
	const char *const long_key = "a key of more than the twenty-three bytes that have room";
	const char *const keys[] = { "", "a", "acct", "accu", "seven77", "eight888", "eight889", "nine99999",
				     "twenty-three bytes: one", "twenty-three bytes: two", long_key, "a key of more" };
	const size_t count = sizeof(keys) / sizeof(keys[0]);
	struct value *dictionary = value_dictionary();

	for (size_t i = 0; i < count; i++) {
		check(!value_get(dictionary, keys[i]));
		check(!value_add(dictionary, keys[i], value_integer((int64_t)i)));
	}
	for (size_t i = 0; i < count; i++) {
		check(value_as_integer(value_get(dictionary, keys[i])) == (int64_t)i);
		check(!value_set(dictionary, keys[i], value_integer((int64_t)i + 100)));
	}
	check(value_count(dictionary) == count);
	check(!value_get(dictionary, "acc") && !value_get(dictionary, "acctt") && !value_get(dictionary, "eight88"));
	for (size_t i = 0; i < count; i++) {
		check(value_as_integer(value_get(dictionary, keys[i])) == (int64_t)i + 100);
		value_remove(dictionary, keys[i]);
		check(!value_get(dictionary, keys[i]) && value_count(dictionary) == count - i - 1);
	}
	check(value_add(dictionary, "a", NULL) == -ENOMEM && value_set(NULL, "a", value_null()) == -EINVAL);
	value_free(dictionary);
	tap_test("keys of all lengths");
}

static void test_json(void)
{
	becomes(" { \"a\" : [ 1 , -2, true,false , null ] } ", "{\"a\":[1,-2,true,false,null]}");
	becomes("9223372036854775807", "9223372036854775807");
	becomes("-9223372036854775808", "-9223372036854775808");
	becomes("9223372036854775808", "9.2233720368547758e+18");
	becomes("1.50", "1.5");
	becomes("1e2", "100.0");
	becomes("{\"data\":\"AAECAw==\"}", "{\"data\":\"AAECAw==\"}");
	becomes("{\"data\":\"\"}", "{\"data\":\"\"}");
	becomes("{\"data\":1}", "{\"data\":1}");
	becomes("{\"data\":\"AA==\",\"x\":1}", "{\"data\":\"AA==\",\"x\":1}");
	becomes("{\"date\":\"2026-11-22T20:00:00.123Z\"}", "{\"date\":\"2026-11-22T20:00:00."
							   "123Z\"}");
	becomes("{\"date\":\"1969-12-31T23:59:59.9999Z\"}", "{\"date\":\"1969-12-31T23:59:59."
							    "999Z\"}");
	becomes("{\"date\":\"2024-02-29T00:00:00Z\"}", "{\"date\":\"2024-02-29T00:00:00.000Z\"}");
	tap_test("JSON that is read and written");
	becomes("\"\\u0041\\u00e9\\u20ac\\ud83d\\ude00\\n\\/\"", "\"A\u00e9\u20ac\U0001f600\\n/\"");
	becomes("\"a\\u0000b\"", "\"a\\u0000b\"");
	tap_test("strings");
}

/* Read and, to the same text, written. INT64_MIN: it was not. */
static int64_t date_of(const char *text)
{
	char again[JSON_DATE_SIZE];
	int64_t milliseconds;

	if (!json_date_parse(text, &milliseconds))
		return INT64_MIN;
	json_date_format(milliseconds, again);
	return strcmp(text, again) ? INT64_MIN : milliseconds;
}

/* A zone that counts leap seconds is nothing to a date of JSON. */
static void test_zones(void)
{
	static const char *const zones[] = { "UTC", "right/UTC", "America/St_Johns" };
	char text[64], part[48];
	struct tm fields;
	time_t seconds;

	for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++) {
		setenv("TZ", zones[i], true);
		tzset();
		becomes("{\"date\":\"2026-11-22T20:00:00.123Z\"}", "{\"date\":\"2026-11-22T20:00:00.123Z\"}");
		becomes("{\"date\":\"1969-12-31T23:59:59.999Z\"}", "{\"date\":\"1969-12-31T23:59:59.999Z\"}");
		becomes("{\"date\":\"0001-01-01T00:00:00.000Z\"}", "{\"date\":\"0001-01-01T00:00:00.000Z\"}");
		becomes("{\"date\":\"9999-12-31T23:59:59.999Z\"}", "{\"date\":\"9999-12-31T23:59:59.999Z\"}");
		check(date_of("2026-11-22T20:00:00.123Z") == INT64_C(1795377600123));
	}
	unsetenv("TZ");
	tzset();
	/* Each hundredth day or so of the years 1 to 9999, and the ends of those months. */
	for (seconds = -62135596800; seconds < 253402300800; seconds += 8640000 + 40000) {
		gmtime_r(&seconds, &fields);
		strftime(part, sizeof(part), "-%m-%dT%H:%M:%S.000Z", &fields);
		snprintf(text, sizeof(text), "%04d%s", fields.tm_year + 1900, part);
		if (!check(date_of(text) == (int64_t)seconds * 1000))
			printf("# %s\n", text);
	}
	tap_test("dates, whatever the time zone");
}

static void test_refusals(void)
{
	static const char *const bad[] = {
		"",
		" ",
		"{",
		"[",
		"[1",
		"[1,",
		"[1,]",
		"{\"a\"}",
		"{\"a\":}",
		"{\"a\":1,}",
		"{a:1}",
		"{1:2}",
		"{null:1}",
		"nul",
		"tru",
		"01",
		"+1",
		".5",
		"1.",
		"1e",
		"0x1",
		"NaN",
		"Infinity",
		"1e999",
		"\"",
		"\"\\x\"",
		"\"\\u12\"",
		"\"\\ud800\"",
		"\"\\udc00\"",
		"\"\\ud800\\u0041\"",
		"\"\n\"",
		"\"\xff\"",
		"\"\xc0\x80\"",
		"\"\xe0\x80\x80\"",
		"\"\xed\xa0\x80\"",
		"\"\xf4\x90\x80\x80\"",
		"\"\xc3\"",
		"1 2",
		"{} {}",
		"{\"a\":1,\"a\":2}",
		"{\"\\u0000\":1}",
		"[[[[[[[[[1]]]]]]]]]",
		"{\"data\":\"A\"}",
		"{\"data\":\"AA\"}",
		"{\"data\":\"AB==\"}",
		"{\"data\":\"A===\"}",
		"{\"data\":\"AA=A\"}",
		"{\"data\":\"AA*=\"}",
		"{\"date\":\"2026-02-29T00:00:00Z\"}",
		"{\"date\":\"2026-04-31T00:00:00Z\"}",
		"{\"date\":\"1900-02-29T00:00:00Z\"}",
		"{\"date\":\"2026-00-01T00:00:00Z\"}",
		"{\"date\":\"2026-13-01T00:00:00Z\"}",
		"{\"date\":\"2026-12-00T00:00:00Z\"}",
		"{\"date\":\"2026-12-32T00:00:00Z\"}",
		"{\"date\":\"2026-01-01\"}",
		"{\"date\":\"2026-01-01T24:00:00Z\"}",
		"{\"date\":\"\"}",
		"{\"date\":\"0000-01-01T00:00:00Z\"}",
		"{\"date\":\"2026-01-01T00:00:00+01:00\"}",
		"'a'",
	};
	char *deep = malloc(1000001);

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		becomes(bad[i], NULL);
	memset(deep, '[', 1000000);
	deep[1000000] = 0;
	becomes(deep, NULL);
	free(deep);
	tap_test("JSON that is refused");
}

static void test_truncation(void)
{
	static const char text[] = "{\"query\":{\"acct\":\"\\u00e9\",\"v_Data\":{\"data\":\"AAEC\"}"
				   ","
				   "\"cdat\":{\"date\":\"2026-11-22T20:00:00Z\"},\"n\":[1,-2.5e3,"
				   "null]}}";

	for (size_t length = 0; length < sizeof(text) - 1; length++) {
		char *copy = malloc(length + 1);
		struct value *value = NULL;
		struct json_error error;

		memcpy(copy, text, length);
		check(json_parse(copy, length, VALUE_MAX_ENTRIES, &value, &error) == -EINVAL && error.message &&
		      error.offset <= length);
		free(copy);
	}
	tap_test("every beginning of a text is refused");
}

static void test_limits(void)
{
	char *text = malloc(8 * VALUE_MAX_ENTRIES + 16);
	struct value *most;
	size_t at = 0;

	text[at++] = '[';
	for (unsigned int i = 0; i < VALUE_MAX_ENTRIES; i++)
		at += (size_t)sprintf(text + at, i ? ",1" : "1");
	strcpy(text + at, "]");
	most = parse(text);
	check(value_count(most) == VALUE_MAX_ENTRIES);
	value_free(most);
	strcpy(text + at, ",1]");
	becomes(text, NULL);
	check(!json_parse(text, strlen(text), JSON_ANSWER, &most, NULL) && value_count(most) == VALUE_MAX_ENTRIES + 1);
	value_free(most);
	memset(text, 'k', VALUE_MAX_KEY + 3);
	memcpy(text, "{\"", 2);
	strcpy(text + VALUE_MAX_KEY + 3, "\":1}");
	becomes(text, NULL);
	free(text);
	tap_test("more entries than a request may have, and longer keys than there may be");
}

static void test_values(void)
{
	struct value *dictionary = value_dictionary(), *array = value_array(), *copy;
	size_t length;

	check(!value_set(dictionary, "a", value_integer(1)));
	check(!value_set(dictionary, "b", value_data("\0x", 2)));
	check(!value_set(dictionary, "a", value_string("two")));
	check(value_count(dictionary) == 2 && !strcmp(value_key_at(dictionary, 0), "a"));
	check(!strcmp(value_as_string(value_get(dictionary, "a")), "two"));
	check(!memcmp(value_bytes(value_get(dictionary, "b"), &length), "\0x", 2) && length == 2);
	check(value_set(dictionary, "c", NULL) == -ENOMEM &&
	      value_set(array, "c", value_null()) < 0);
	check(!value_append(array, value_copy(dictionary)) &&
	      value_append(dictionary, value_null()) < 0);
	check(value_equal(value_at(array, 0), dictionary) && !value_at(array, 1));
	copy = value_copy(array);
	check(value_equal(copy, array));
	value_remove(value_at(copy, 0), "a");
	check(!value_equal(copy, array) && value_count(value_at(copy, 0)) == 1);
	check(!value_as_integer(value_get(dictionary, "b")) && !value_get(NULL, "x"));
	check(!value_equal(value_get(dictionary, "a"), value_get(dictionary, "b")));
	value_truncate(value_get(dictionary, "b"), 1);
	value_bytes(value_get(dictionary, "b"), &length);
	check(length == 1);
	check(value_kind(NULL) == VALUE_NULL && !value_real(1e308 * 10));
	value_free(copy);
	value_free(array);
	value_free(dictionary);
	value_free(NULL);
	tap_test("values: set, append, copy, compare, remove");
}

/* NULL for a value is what there is without memory. */
static void test_requests(void)
{
	struct value *request = request_new("delete", value_dictionary());

	request_set(&request, "query", "acct", value_string("a"));
	request_set(&request, "options", "limit", value_integer(1));
	check(!strcmp(value_as_string(value_get(value_get(request, "query"), "acct")), "a"));
	check(value_as_integer(value_get(value_get(request, "options"), "limit")) == 1);
	request_set(&request, "options", "dry_run", NULL);
	check(!request);
	request_set(&request, "query", "acct", value_string("a"));
	check(!request);
	check(!request_new("delete", NULL));
	value_free(request);
	tap_test("requests: one that lacks a part is none");
}

/* A program may have chosen any: in many the point is a comma. */
static void test_locale(void)
{
	static const char *const names[] = { "de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "de_DE" };
	const char *found = NULL;

	for (unsigned int i = 0; !found && i < sizeof(names) / sizeof(names[0]); i++)
		found = setlocale(LC_ALL, names[i]);
	if (!found) {
		/* Made for this test, where its source is there. */
		setenv("LOCPATH", "build/tests/locale", 1);
		if (!system("mkdir -p build/tests/locale && localedef -i de_DE -f UTF-8 build/tests/locale/de_DE.UTF-8 "
			    ">/dev/null 2>&1"))
			found = setlocale(LC_ALL, "de_DE.UTF-8");
	}
	if (!found) {
		tap_test("numbers under a locale with a comma # SKIP no such locale, and no localedef to make it");
		return;
	}
	check(!strcmp(localeconv()->decimal_point, ","));
	becomes("0.25", "0.25");
	becomes("[1.5e3,-0.125]", "[1500.0,-0.125]");
	check(!strcmp(localeconv()->decimal_point, ","));
	setlocale(LC_ALL, "C");
	tap_test("numbers under a locale with a comma");
}

static void test_moves(void)
{
	struct value *array = value_array(), *from = value_array(), *dictionary = value_dictionary();

	check(!value_append_all(array, from) && !value_count(array));
	for (int64_t number = 0; number < 100; number++)
		check(!value_append(number < 30 ? array : from, value_integer(number)));
	check(!value_append_all(array, from) && value_count(array) == 100 && !value_count(from));
	for (size_t i = 0; i < 100; i++)
		check(value_as_integer(value_at(array, i)) == (int64_t)i);
	check(!value_append(from, value_null()) && value_append_all(dictionary, from) == -EINVAL && value_count(from) == 1);
	check(!value_add_once(dictionary, "key and more", 3, value_integer(1)));
	check(value_add_once(dictionary, "key", 3, value_integer(2)) == -EEXIST);
	check(!value_add_once(dictionary, "key", 0, value_integer(3)) && value_count(dictionary) == 2);
	check(value_as_integer(value_get(dictionary, "key")) == 1 && value_as_integer(value_get(dictionary, "")) == 3);
	value_free(array);
	value_free(from);
	value_free(dictionary);
	tap_test("entries that are moved, and keys that are added once");
}

int main(void)
{
	tap_start();
	test_keys();
	test_json();
	test_locale();
	test_zones();
	test_refusals();
	test_truncation();
	test_limits();
	test_values();
	test_requests();
	test_moves();
	return tap_end();
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "attribute_text.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attribute_name.h"
#include "helper/common/cleanup.h"
#include "helper/common/printable.h"
#include "helper/common/translate.h"
#include "helper/common/utf8.h"
#include "helper/keychain/base/json_date.h"
#include "helper/keychain/base/json_format.h"
#include "helper/keychain/base/json_parse.h"
#include "helper/keychain/include/keychain.h"

/* Beginnings of values that are not the text that follows. */
#define HEX	"hex:"
#define BASE64	"base64:"
#define TEXT	"text:"

static struct value *number_value(const char *text)
{
	char *end;
	long long number;

	errno = 0;
	number = strtoll(text, &end, 10);
	return !errno && end != text && !*end ? value_integer(number) : NULL;
}

/* As it is printed, without what strtoll(3) passes over. */
static bool is_number(const char *text)
{
	struct value *number = isspace((unsigned char)*text) ? NULL : number_value(text);

	value_free(number);
	return number;
}

static struct value *boolean_value(const char *text)
{
	if (!strcmp(text, "yes") || !strcmp(text, "true") || !strcmp(text, "1"))
		return value_boolean(true);
	if (!strcmp(text, "no") || !strcmp(text, "false") || !strcmp(text, "0"))
		return value_boolean(false);
	return NULL;
}

static int digit(char character)
{
	const char *digits = "0123456789abcdef";
	const char *found = strchr(digits, tolower((unsigned char)character));

	return character && found ? (int)(found - digits) : -1;
}

static struct value *hex_value(const char *text)
{
	struct value *data;
	uint8_t *bytes;
	size_t i, size, length = strlen(text);

	if (length % 2)
		return NULL;
	data = value_data_new(length / 2);
	bytes = value_bytes_mutable(data, &size);
	for (i = 0; data && i < length / 2; i++) {
		int high = digit(text[2 * i]), low = digit(text[2 * i + 1]);

		if (high < 0 || low < 0) {
			value_free(data);
			return NULL;
		}
		bytes[i] = (uint8_t)(high << 4 | low);
	}
	return data;
}

/* By the reader of JSON, which knows it as {"data": "..."}. */
static struct value *base64_value(const char *text)
{
	struct value *data = NULL;
	char *json;

	if (strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=") !=
	    strlen(text) || asprintf(&json, "{\"data\":\"%s\"}", text) < 0)
		return NULL;
	if (json_parse(json, strlen(json), VALUE_MAX_ENTRIES, &data, NULL) < 0)
		data = NULL;
	free(json);
	return data;
}

bool attribute_in_range(const char *key, const struct value *value)
{
	return strcmp(key, "port") || (value_as_integer(value) >= 0 && value_as_integer(value) <= UINT16_MAX);
}

bool is_accessible(const char *text)
{
	int i;

	for (i = KEYCHAIN_WHEN_UNLOCKED; i <= KEYCHAIN_WHEN_PASSCODE_SET_THIS_DEVICE; i++)
		if (!strcmp(keychain_accessible_name((enum keychain_accessible)i), text))
			return true;
	return false;
}

static enum attribute_type type_of(const char *key)
{
	const struct attribute_name *name = attribute_name_of(key);

	return name ? name->type : TYPE_TEXT;
}

const char *attribute_takes(const char *key, const char *text)
{
	if (type_of(key) == TYPE_OWN)
		return _("it takes NAME=VALUE in UTF-8, the name of at most 255 bytes, or JSON: {\"NAME\":\"VALUE\"}");
	if (!strncmp(text, TEXT, strlen(TEXT)))
		return _("behind text: a backslash is \\\\, a byte \\x0a, a character \\u202e, all of it UTF-8");
	if (!strcmp(key, "accc"))
		return _("it takes JSON: {\"protection\":\"ak\",\"flags\":0}");
	if (!strncmp(text, HEX, strlen(HEX)) || !strncmp(text, BASE64, strlen(BASE64)))
		return _("data is hex:0a0b, two digits a byte, or base64:Cgs=");
	if (!strcmp(key, "v_PersistentRef"))
		return _("it takes hexadecimal digits, two a byte");
	if (!strcmp(key, "pdmn"))
		return _("it takes ak, ck, dk, aku, cku, dku or akpu");
	if (!strcmp(key, "sync"))
		return _("it takes yes, no or any");
	switch (type_of(key)) {
	case TYPE_BOOLEAN:
		return _("it takes yes or no");
	case TYPE_CLASS:
		return _("it takes password, internet-password, certificate, key or identity");
	case TYPE_MIXED:
		return _("it takes a number, or text in UTF-8, of digits as text:105");
	case TYPE_NUMBER:
		return strcmp(key, "port") ? _("it takes a number") : _("it takes a number from 0 to 65535");
	default:
		return _("it takes text in UTF-8");
	}
}

/* @count hexadecimal digits; -1: they are not there. */
static int32_t digits(const char *text, int count)
{
	int32_t number = 0;

	for (; count; count--, text++) {
		if (digit(*text) < 0)
			return -1;
		number = number << 4 | digit(*text);
	}
	return number;
}

/* UTF-8 of a character up to U+FFFF; no surrogate is text, which the check of all of it finds. */
static size_t put_character(char *to, int32_t character)
{
	if (character < 0x80) {
		to[0] = (char)character;
		return 1;
	}
	if (character < 0x800) {
		to[0] = (char)(0xc0 | character >> 6);
		to[1] = (char)(0x80 | (character & 0x3f));
		return 2;
	}
	to[0] = (char)(0xe0 | character >> 12);
	to[1] = (char)(0x80 | (character >> 6 & 0x3f));
	to[2] = (char)(0x80 | (character & 0x3f));
	return 3;
}

/* Undoes the escapes of print_text(), which make a text no shorter. */
static struct value *escaped_value(const char *text)
{
	char *bytes CLEANUP_FREE = malloc(strlen(text) + 1);
	int32_t character;
	size_t length = 0;

	while (bytes && *text) {
		if (*text != '\\') {
			bytes[length++] = *text++;
		} else if (text[1] == '\\') {
			bytes[length++] = '\\';
			text += 2;
		} else if (text[1] == 'x' && (character = digits(text + 2, 2)) >= 0) {
			bytes[length++] = (char)character;
			text += 4;
		} else if (text[1] == 'u' && (character = digits(text + 2, 4)) >= 0) {
			length += put_character(bytes + length, character);
			text += 6;
		} else {
			return NULL;
		}
	}
	return bytes && utf8_valid(bytes, length) ? value_string_of(bytes, length) : NULL;
}

static struct value *access_control_value(const char *text)
{
	struct value *value = NULL;

	if (json_parse(text, strlen(text), VALUE_MAX_ENTRIES, &value, NULL) < 0)
		return NULL;
	if (value_is(value, VALUE_DICTIONARY))
		return value;
	value_free(value);
	return NULL;
}

/* NAME=VALUE. What is longer than a name may be is none. */
static struct value *pair_value(const char *text)
{
	const char *value = strchr(text, '=');
	struct value *pairs = value_dictionary();
	char name[VALUE_MAX_KEY + 1];
	bool good = value && (size_t)(value - text) < sizeof(name) && utf8_valid(text, strlen(text));

	if (good) {
		memcpy(name, text, (size_t)(value - text));
		name[value - text] = 0;
	}
	if (good && value_set(pairs, name, value_string(value + 1)) == 0)
		return pairs;
	value_free(pairs);
	return NULL;
}

static struct value *own_value(const char *text)
{
	struct value *value = NULL;

	if (!*text)
		return value_dictionary();
	if (*text != '{')
		return pair_value(text);
	if (json_parse(text, strlen(text), VALUE_MAX_ENTRIES, &value, NULL) < 0)
		return NULL;
	for (size_t i = 0; i < value_count(value); i++) {
		if (value_is(value_at(value, i), VALUE_STRING))
			continue;
		value_free(value);
		return NULL;
	}
	if (value_is(value, VALUE_DICTIONARY))
		return value;
	value_free(value);
	return NULL;
}

struct value *attribute_value(const char *key, const char *text)
{
	if (type_of(key) == TYPE_OWN)
		return own_value(text);
	if (!strncmp(text, HEX, strlen(HEX)))
		return hex_value(text + strlen(HEX));
	if (!strncmp(text, BASE64, strlen(BASE64)))
		return base64_value(text + strlen(BASE64));
	if (!strncmp(text, TEXT, strlen(TEXT)))
		return escaped_value(text + strlen(TEXT));
	if (!strcmp(key, "accc"))
		return access_control_value(text);
	if (!strcmp(key, "v_PersistentRef"))
		return hex_value(text);
	if (!strcmp(key, "sync") && !strcmp(text, "any"))
		return value_string("syna");
	if (!strcmp(key, "pdmn") && !is_accessible(text))
		return NULL;
	if (type_of(key) == TYPE_BOOLEAN)
		return boolean_value(text);
	if (type_of(key) == TYPE_NUMBER)
		return number_value(text);
	if (type_of(key) == TYPE_MIXED && is_number(text))
		return number_value(text);
	return utf8_valid(text, strlen(text)) ? value_string(text) : NULL;
}

static bool ends_blank(const char *text, size_t length)
{
	return length && text[length - 1] == ' ';
}

/* Whether attribute_value() takes it for the text that it is, also where an editor strips blanks at the ends of lines. */
static bool is_plain(const char *text, size_t length)
{
	return !ends_blank(text, length) && strncmp(text, HEX, strlen(HEX)) && strncmp(text, BASE64, strlen(BASE64)) &&
	       strncmp(text, TEXT, strlen(TEXT)) && printable_text(text, length);
}

static void print_text(FILE *file, const char *text, size_t length)
{
	size_t i, start = 0;

	if (is_plain(text, length)) {
		fwrite(text, 1, length, file);
		return;
	}
	fputs(TEXT, file);
	for (i = 0; i < length; i++) {
		if (text[i] != '\\')
			continue;
		printable_write(file, text + start, i - start);
		fputs("\\\\", file);
		start = i + 1;
	}
	printable_write(file, text + start, length - start - ends_blank(text, length));
	if (ends_blank(text, length))
		fputs("\\x20", file);
}

/* Prints a value without a text of its own, as an access control object is. */
static void print_json_value(FILE *file, const struct value *value)
{
	size_t length;
	char *text;

	if (json_format(value, false, &text, &length) < 0)
		return;
	fwrite(text, 1, length, file);
	json_free(text, length);
}

void attribute_print(FILE *file, const struct value *value)
{
	char date[JSON_DATE_SIZE];
	const uint8_t *bytes;
	size_t i, length;

	switch (value_kind(value)) {
	case VALUE_BOOLEAN:
		fputs(value_as_boolean(value) ? "yes" : "no", file);
		break;
	case VALUE_INTEGER:
		fprintf(file, "%" PRId64, value_as_integer(value));
		break;
	case VALUE_STRING:
		bytes = value_bytes(value, &length);
		print_text(file, (const char *)bytes, length);
		break;
	case VALUE_DATE:
		json_date_format(value_as_date(value), date);
		fputs(date, file);
		break;
	case VALUE_DATA:
		bytes = value_bytes(value, &length);
		fputs(HEX, file);
		for (i = 0; i < length; i++)
			fprintf(file, "%02x", bytes[i]);
		break;
	default:
		print_json_value(file, value);
	}
}

/* Whether it is one pair that pair_value() reads, and no terminal takes for more than text. */
static bool is_plain_pair(const struct value *pairs)
{
	const char *name = value_key_at(pairs, 0), *text = value_as_name(value_at(pairs, 0));

	return value_count(pairs) == 1 && text && *name != '{' && !strchr(name, '=') &&
	       printable_text(name, strlen(name)) && is_plain(text, strlen(text));
}

void attribute_print_of(FILE *file, const char *attribute, const struct value *value)
{
	const struct attribute_name *name = attribute_name_of(attribute);
	const char *text = value_as_name(value);

	if (!name)
		name = attribute_name_find(attribute);
	if (name && name->type == TYPE_OWN && is_plain_pair(value)) {
		fprintf(file, "%s=", value_key_at(value, 0));
		value = value_at(value, 0);
	}
	if (name && name->type == TYPE_MIXED && text && is_number(text))
		fputs(TEXT, file);
	attribute_print(file, value);
}

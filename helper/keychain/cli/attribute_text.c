// SPDX-License-Identifier: GPL-2.0-or-later
#include "attribute_text.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "helper/common/utf8.h"
#include "helper/keychain/common/json.h"
#include "helper/keychain/libkeychain/keychain.h"

static bool is_one_of(const char *key, const char *list)
{
	const char *found = strstr(list, key);

	return found && strlen(key) == 4 && (found - list) % 5 == 0;
}

static struct value *number_value(const char *text)
{
	char *end;
	long long number;

	errno = 0;
	number = strtoll(text, &end, 10);
	return !errno && end != text && !*end ? value_integer(number) : NULL;
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
	if (json_parse(json, strlen(json), &data, NULL) < 0)
		data = NULL;
	free(json);
	return data;
}

bool is_accessible(const char *text)
{
	int i;

	for (i = KEYCHAIN_WHEN_UNLOCKED; i <= KEYCHAIN_WHEN_PASSCODE_SET_THIS_DEVICE; i++)
		if (!strcmp(keychain_accessible_name((enum keychain_accessible)i), text))
			return true;
	return false;
}

static bool is_boolean(const char *key)
{
	return is_one_of(key,
			 "sync invi nega sign vrfy encr decr drve wrap unwp perm extr modi sens "
			 "asen next snrc vyrc cusi");
}

static bool is_number(const char *key)
{
	return is_one_of(key, "port crtr type kcls bsiz esiz ctyp cenc scrp");
}

const char *attribute_takes(const char *key, const char *text)
{
	if (!strncmp(text, "hex:", 4) || !strncmp(text, "base64:", 7))
		return "data is hex:0a0b, two digits a byte, or base64:Cgs=";
	if (!strcmp(key, "v_PersistentRef"))
		return "it takes hexadecimal digits, two a byte";
	if (!strcmp(key, "pdmn"))
		return "it takes ak, ck, dk, aku, cku, dku or akpu";
	if (!strcmp(key, "sync"))
		return "it takes yes, no or any";
	if (is_boolean(key))
		return "it takes yes or no";
	return is_number(key) ? "it takes a number" : "it takes text in UTF-8";
}

struct value *attribute_value(const char *key, const char *text)
{
	if (!strncmp(text, "hex:", 4))
		return hex_value(text + 4);
	if (!strncmp(text, "base64:", 7))
		return base64_value(text + 7);
	if (!strcmp(key, "v_PersistentRef"))
		return hex_value(text);
	if (!strcmp(key, "sync") && !strcmp(text, "any"))
		return value_string("syna");
	if (!strcmp(key, "pdmn") && !is_accessible(text))
		return NULL;
	if (is_boolean(key))
		return boolean_value(text);
	if (is_number(key))
		return number_value(text);
	return utf8_valid(text, strlen(text)) ? value_string(text) : NULL;
}

static void print_text(FILE *file, const char *text, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++) {
		unsigned char byte = (unsigned char)text[i];

		if (byte == '\\')
			fputs("\\\\", file);
		else if (byte < ' ' || byte == 0x7f)
			fprintf(file, "\\x%02x", byte);
		/* U+0080..U+009F, which some terminals take for control sequences. */
		else if (byte == 0xc2 && i + 1 < length && (unsigned char)text[i + 1] < 0xa0)
			fprintf(file, "\\u%04x", (unsigned char)text[++i]);
		else
			fputc(byte, file);
	}
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
		fputs("hex:", file);
		for (i = 0; i < length; i++)
			fprintf(file, "%02x", bytes[i]);
		break;
	default:
		fputs("?", file);
	}
}

// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Recursive descent over the text, at most VALUE_MAX_DEPTH deep. Decoded strings are built in a
 * buffer of the text's own size, which is wiped.
 */
#include "json_parse.h"
#include "json_date.h"
#include "real.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "helper/common/utf8.h"

struct parser {
	const char *text;
	size_t length;
	size_t max_entries;
	size_t at;
	unsigned int depth;
	char *scratch;			/* as long as the text, and a NUL */
	size_t scratch_length;
	const char *message;
};

static int parse_value(struct parser *parser, struct value **ret_value);

static int refuse(struct parser *parser, const char *message)
{
	if (!parser->message)
		parser->message = message;
	return -EINVAL;
}

static int peek(const struct parser *parser)
{
	return parser->at < parser->length ? (unsigned char)parser->text[parser->at] : -1;
}

static void skip_space(struct parser *parser)
{
	int next;

	while (next = peek(parser), next == ' ' || next == '\t' || next == '\n' || next == '\r')
		parser->at++;
}

static bool take(struct parser *parser, char character)
{
	if (peek(parser) != character)
		return false;
	parser->at++;
	return true;
}

static int word(struct parser *parser, const char *text, struct value *value,
		struct value **ret_value)
{
	size_t length = strlen(text);

	if (!value)
		return -ENOMEM;
	if (parser->length - parser->at < length ||
	    memcmp(parser->text + parser->at, text, length)) {
		value_free(value);
		return refuse(parser, "not a JSON value");
	}
	parser->at += length;
	*ret_value = value;
	return 0;
}

static void put(struct parser *parser, unsigned int byte)
{
	parser->scratch[parser->scratch_length++] = (char)byte;
}

/* Never longer than its escaped form. */
static void put_character(struct parser *parser, unsigned int code)
{
	if (code < 0x80) {
		put(parser, code);
	} else if (code < 0x800) {
		put(parser, 0xc0 | code >> 6);
		put(parser, 0x80 | (code & 0x3f));
	} else if (code < 0x10000) {
		put(parser, 0xe0 | code >> 12);
		put(parser, 0x80 | (code >> 6 & 0x3f));
		put(parser, 0x80 | (code & 0x3f));
	} else {
		put(parser, 0xf0 | code >> 18);
		put(parser, 0x80 | (code >> 12 & 0x3f));
		put(parser, 0x80 | (code >> 6 & 0x3f));
		put(parser, 0x80 | (code & 0x3f));
	}
}

static int hexadecimal(struct parser *parser, unsigned int *ret_code)
{
	unsigned int code = 0;

	for (int i = 0; i < 4; i++) {
		int next = peek(parser);

		if (next >= '0' && next <= '9')
			code = code << 4 | (unsigned int)(next - '0');
		else if ((next | 0x20) >= 'a' && (next | 0x20) <= 'f')
			code = code << 4 | (unsigned int)((next | 0x20) - 'a' + 10);
		else
			return refuse(parser, "\\u needs four hexadecimal digits");
		parser->at++;
	}
	*ret_code = code;
	return 0;
}

static int parse_escape(struct parser *parser)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	unsigned int code, low;
	int next = peek(parser);
	const char *found = next > 0 ? strchr(from, next) : NULL;

	if (found) {
		parser->at++;
		put(parser, (unsigned char)to[found - from]);
		return 0;
	}
	if (!take(parser, 'u'))
		return refuse(parser, "unknown escape");
	if (hexadecimal(parser, &code))
		return -EINVAL;
	if (code >= 0xd800 && code < 0xdc00) {
		if (!take(parser, '\\') || !take(parser, 'u') || hexadecimal(parser, &low) ||
		    low < 0xdc00 || low > 0xdfff)
			return refuse(parser, "half of a surrogate pair");
		code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
	} else if (code >= 0xdc00 && code < 0xe000) {
		return refuse(parser, "half of a surrogate pair");
	}
	put_character(parser, code);
	return 0;
}

/* A character of more than one byte, as it is. */
static int copy_character(struct parser *parser)
{
	size_t length = utf8_character(parser->text + parser->at, parser->length - parser->at);

	if (!length)
		return refuse(parser, "not UTF-8");
	while (length--)
		put(parser, (unsigned char)parser->text[parser->at++]);
	return 0;
}

/* Into scratch. */
static int parse_text(struct parser *parser)
{
	int error = 0;

	parser->scratch_length = 0;
	if (!take(parser, '"'))
		return refuse(parser, "a string has to come here");
	while (!error) {
		int next = peek(parser);

		if (next < 0)
			return refuse(parser, "the text ends inside a string");
		if (next < 0x20)
			return refuse(parser, "control character in a string");
		if (next >= 0x80) {
			error = copy_character(parser);
			continue;
		}
		parser->at++;
		if (next == '"')
			break;
		if (next == '\\')
			error = parse_escape(parser);
		else
			put(parser, (unsigned int)next);
	}
	return error;
}

static int parse_number(struct parser *parser, struct value **ret_value)
{
	char copy[64];
	size_t start = parser->at, length;
	bool whole = true;
	char *end;

	take(parser, '-');
	if (!take(parser, '0')) {
		if (peek(parser) < '1' || peek(parser) > '9')
			return refuse(parser, "not a JSON value");
		while (peek(parser) >= '0' && peek(parser) <= '9')
			parser->at++;
	}
	if (peek(parser) >= '0' && peek(parser) <= '9')
		return refuse(parser, "number with a leading zero");
	if (take(parser, '.')) {
		whole = false;
		if (peek(parser) < '0' || peek(parser) > '9')
			return refuse(parser, "digits have to follow the point");
		while (peek(parser) >= '0' && peek(parser) <= '9')
			parser->at++;
	}
	if ((peek(parser) | 0x20) == 'e') {
		whole = false;
		parser->at++;
		if (!take(parser, '+'))
			take(parser, '-');
		if (peek(parser) < '0' || peek(parser) > '9')
			return refuse(parser, "digits have to follow the exponent's sign");
		while (peek(parser) >= '0' && peek(parser) <= '9')
			parser->at++;
	}
	length = parser->at - start;
	if (length >= sizeof(copy))
		return refuse(parser, "number too long");
	memcpy(copy, parser->text + start, length);
	copy[length] = 0;
	errno = 0;
	if (whole) {
		long long integer = strtoll(copy, &end, 10);

		if (!errno) {
			*ret_value = value_integer(integer);
			return *ret_value ? 0 : -ENOMEM;
		}
	}
	{
		double real = real_parse(copy);

		if (!isfinite(real))
			return refuse(parser, "number too large");
		*ret_value = value_real(real);
	}
	return *ret_value ? 0 : -ENOMEM;
}

static int parse_array(struct parser *parser, struct value **ret_value)
{
	struct value *array = value_array(), *element = NULL;
	int error = array ? 0 : -ENOMEM;

	parser->at++;
	skip_space(parser);
	if (!error && take(parser, ']'))
		goto out;
	while (!error) {
		if (value_count(array) >= parser->max_entries)
			error = refuse(parser, "too many entries");
		else
			error = parse_value(parser, &element);
		if (!error)
			error = value_append(array, element);
		if (error)
			break;
		skip_space(parser);
		if (take(parser, ']'))
			break;
		if (!take(parser, ','))
			error = refuse(parser, "',' or ']' has to come here");
	}
out:
	if (error)
		value_free(array);
	else
		*ret_value = array;
	return error;
}

static int parse_entry(struct parser *parser, struct value *dictionary)
{
	char key[VALUE_MAX_KEY + 1];
	struct value *element = NULL;
	int error;

	skip_space(parser);
	error = parse_text(parser);
	if (error)
		return error;
	if (parser->scratch_length > VALUE_MAX_KEY)
		return refuse(parser, "key too long");
	if (memchr(parser->scratch, 0, parser->scratch_length))
		return refuse(parser, "NUL in a key");
	memcpy(key, parser->scratch, parser->scratch_length);
	key[parser->scratch_length] = 0;
	if (value_get(dictionary, key))
		return refuse(parser, "a key occurs twice");
	if (value_count(dictionary) >= parser->max_entries)
		return refuse(parser, "too many entries");
	skip_space(parser);
	if (!take(parser, ':'))
		return refuse(parser, "':' has to come here");
	error = parse_value(parser, &element);
	return error ? error : value_set(dictionary, key, element);
}

static int base64_digit(char digit)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *found = digit ? strchr(digits, digit) : NULL;

	return found ? (int)(found - digits) : -1;
}

static int decode_data(struct parser *parser, const struct value *text, struct value **ret_data)
{
	size_t length, size, at = 0;
	const char *digits = value_bytes(text, &length);
	unsigned int padding = 0;
	struct value *data;
	uint8_t *bytes;

	while (padding < 2 && padding < length && digits[length - 1 - padding] == '=')
		padding++;
	if (length % 4)
		return refuse(parser, "not base64: length is no multiple of 4");
	data = value_data_new(length / 4 * 3 - padding);
	if (!data)
		return -ENOMEM;
	bytes = value_bytes_mutable(data, &size);
	for (size_t i = 0; i < length; i += 4) {
		unsigned int group = 0;

		for (size_t j = 0; j < 4; j++) {
			int digit = i + j >= length - padding ? 0 : base64_digit(digits[i + j]);

			if (digit < 0) {
				value_free(data);
				return refuse(parser, "not base64");
			}
			group = group << 6 | (unsigned int)digit;
		}
		for (int shift = 16; shift >= 0; shift -= 8) {
			if (at < size)
				bytes[at++] = (uint8_t)(group >> shift);
			else if (group >> shift & 0xff) {
				value_free(data);
				return refuse(parser, "not base64: bits left over");
			}
		}
	}
	*ret_data = data;
	return 0;
}

/* {"data": ...} and {"date": ...} are one value each; {"=data": ...} is a dictionary that is like one. */
static int convert(struct parser *parser, struct value **dictionary)
{
	const struct value *text = value_at(*dictionary, 0);
	const char *key = value_key_at(*dictionary, 0), *plain = key ? key + strspn(key, "=") : "";
	struct value *converted = NULL;
	int error = 0;

	if (value_count(*dictionary) != 1 || !value_is(text, VALUE_STRING))
		return 0;
	if (!strcmp(key, "data")) {
		error = decode_data(parser, text, &converted);
	} else if (!strcmp(key, "date")) {
		int64_t milliseconds;

		if (!json_date_of(text, &milliseconds))
			return refuse(parser, "not a date like 2026-11-22T20:00:00.123Z");
		converted = value_date(milliseconds);
		error = converted ? 0 : -ENOMEM;
	} else if (plain != key && (!strcmp(plain, "data") || !strcmp(plain, "date"))) {
		converted = value_dictionary();
		error = converted ? value_set(converted, key + 1, value_copy(text)) : -ENOMEM;
		if (error)
			value_free(converted);
	} else {
		return 0;
	}
	if (error)
		return error;
	value_free(*dictionary);
	*dictionary = converted;
	return 0;
}

static int parse_object(struct parser *parser, struct value **ret_value)
{
	struct value *dictionary = value_dictionary();
	int error = dictionary ? 0 : -ENOMEM;

	parser->at++;
	skip_space(parser);
	if (!error && take(parser, '}'))
		goto out;
	while (!error) {
		error = parse_entry(parser, dictionary);
		if (error)
			break;
		skip_space(parser);
		if (take(parser, '}'))
			break;
		if (!take(parser, ','))
			error = refuse(parser, "',' or '}' has to come here");
	}
	if (!error)
		error = convert(parser, &dictionary);
out:
	if (error)
		value_free(dictionary);
	else
		*ret_value = dictionary;
	return error;
}

static int parse_value(struct parser *parser, struct value **ret_value)
{
	int error;

	skip_space(parser);
	switch (peek(parser)) {
	case -1:
		return refuse(parser, "the text ends where a value has to come");
	case 'n':
		return word(parser, "null", value_null(), ret_value);
	case 't':
		return word(parser, "true", value_boolean(true), ret_value);
	case 'f':
		return word(parser, "false", value_boolean(false), ret_value);
	case '"':
		error = parse_text(parser);
		if (error)
			return error;
		*ret_value = value_string_of(parser->scratch, parser->scratch_length);
		return *ret_value ? 0 : -ENOMEM;
	case '[':
	case '{':
		if (parser->depth == VALUE_MAX_DEPTH)
			return refuse(parser, "nested too deeply");
		parser->depth++;
		error = peek(parser) == '[' ? parse_array(parser, ret_value)
					    : parse_object(parser, ret_value);
		parser->depth--;
		return error;
	default:
		return parse_number(parser, ret_value);
	}
}

int json_parse(const char *text, size_t length, size_t max_entries, struct value **ret_value,
	       struct json_error *ret_error)
{
	struct parser parser = { .text = text, .length = length, .max_entries = max_entries };
	struct value *value = NULL;
	int error;

	parser.scratch = malloc(length + 1);
	if (!parser.scratch)
		return -ENOMEM;
	error = parse_value(&parser, &value);
	if (!error) {
		skip_space(&parser);
		if (parser.at < length) {
			error = refuse(&parser, "something follows the value");
			value_free(value);
		}
	}
	explicit_bzero(parser.scratch, length + 1);
	free(parser.scratch);
	if (ret_error)
		*ret_error = (struct json_error){ parser.at, error ? parser.message : NULL };
	if (!error)
		*ret_value = value;
	return error;
}

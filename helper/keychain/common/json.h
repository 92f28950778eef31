/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Values as JSON, strictly RFC 8259, UTF-8.
 *
 *   data     {"data": "<base64, padded>"}
 *   date     {"date": "2026-11-22T20:00:00.123Z"}   (UTC; the fraction may be absent on input)
 *   integer  a number without fraction and exponent that fits int64_t; other numbers are reals
 *
 * An object whose only key is "data" or "date" is read as such. Refused: keys that occur twice or
 * contain NUL, unpaired surrogates, text after the value, and what exceeds the bounds of value.h.
 */
#ifndef KEYCHAIN_JSON_H
#define KEYCHAIN_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "value.h"

struct json_error {
	size_t offset;		/* bytes from the start of the text */
	const char *message;	/* static */
};

/* Returns 0, -EINVAL (see @ret_error, which may be NULL) or -ENOMEM. */
int json_parse(const char *text, size_t length, struct value **ret_value,
	       struct json_error *ret_error);

/*
 * NUL-terminated text, to be released by json_free(), which wipes it. @indent: one entry a line.
 * Returns 0 or -ENOMEM.
 */
int json_format(const struct value *value, bool indent, char **ret_text, size_t *ret_length);
void json_free(char *text, size_t length);

/* "2026-11-22T20:00:00.123Z". @ret_text: 32 bytes. */
#define JSON_DATE_SIZE 32
void json_date_format(int64_t milliseconds, char ret_text[JSON_DATE_SIZE]);
bool json_date_parse(const char *text, int64_t *ret_milliseconds);
/* Of a date, such a text, or a number of seconds since 1970. False for anything else. */
bool json_date_of(const struct value *value, int64_t *ret_milliseconds);

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Values as JSON, strictly RFC 8259, UTF-8.
 *
 *   data     {"data": "<base64, padded>"}
 *   date     {"date": "2026-11-22T20:00:00.123Z"}   (UTC; the fraction may be absent on input)
 *   integer  a number without fraction and exponent that fits int64_t; other numbers are reals
 *
 * An object whose only key is "data" or "date", with a text, is read as such. A dictionary that is like one of these has
 * "=" before its key, {"=data": "text"}; one that has it already has one more. Refused: keys that occur twice or
 * contain NUL, unpaired surrogates, text after the value, and what exceeds the other bounds of value.h.
 */
#ifndef KEYCHAIN_JSON_PARSE_H
#define KEYCHAIN_JSON_PARSE_H

#include <stddef.h>
#include <stdint.h>

#include "value.h"

struct json_error {
	size_t offset;		/* bytes from the start of the text */
	const char *message;	/* static */
};

/* For @max_entries: an answer of the service, which is bounded already. */
#define JSON_ANSWER	SIZE_MAX

/*
 * @max_entries: of one array or object; VALUE_MAX_ENTRIES for a request. Returns 0, -EINVAL (see @ret_error, which
 * may be NULL) or -ENOMEM.
 */
int json_parse(const char *text, size_t length, size_t max_entries, struct value **ret_value,
	       struct json_error *ret_error);

#endif

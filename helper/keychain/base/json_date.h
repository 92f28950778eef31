/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Dates as text.
 */
#ifndef KEYCHAIN_JSON_DATE_H
#define KEYCHAIN_JSON_DATE_H

#include <stdbool.h>
#include <stdint.h>

#include "value.h"

/* "2026-11-22T20:00:00.123Z". @ret_text: 32 bytes. */
#define JSON_DATE_SIZE 32
void json_date_format(int64_t milliseconds, char ret_text[JSON_DATE_SIZE]);
/* Whether it is of the years 0001 to 9999: others are shown as the nearest of those. */
bool json_date_in_range(int64_t milliseconds);
bool json_date_parse(const char *text, int64_t *ret_milliseconds);
/* Takes a date, such a text, or a number of seconds since 1970. False for anything else. */
bool json_date_of(const struct value *value, int64_t *ret_milliseconds);

#endif

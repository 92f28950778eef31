// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Dates of the years 0001 to 9999; others are held to these bounds.
 */
#include "json_date.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define FIRST_MILLISECOND	INT64_C(-62135596800000)
#define LAST_MILLISECOND	INT64_C(253402300799999)

bool json_date_in_range(int64_t milliseconds)
{
	return milliseconds >= FIRST_MILLISECOND && milliseconds <= LAST_MILLISECOND;
}

void json_date_format(int64_t milliseconds, char ret_text[JSON_DATE_SIZE])
{
	struct tm fields;
	time_t seconds;
	int fraction;

	if (milliseconds < FIRST_MILLISECOND)
		milliseconds = FIRST_MILLISECOND;
	if (milliseconds > LAST_MILLISECOND)
		milliseconds = LAST_MILLISECOND;
	fraction = (int)(milliseconds % 1000);
	seconds = (time_t)(milliseconds / 1000);
	if (fraction < 0) {
		fraction += 1000;
		seconds--;
	}
	gmtime_r(&seconds, &fields);
	snprintf(ret_text, JSON_DATE_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ",
		 (fields.tm_year + 1900) % 10000, (fields.tm_mon + 1) % 100, fields.tm_mday % 100,
		 fields.tm_hour % 100, fields.tm_min % 100, fields.tm_sec % 100, fraction);
}

static bool digits(const char **text, int count, int *ret_number)
{
	*ret_number = 0;
	while (count--) {
		if (**text < '0' || **text > '9')
			return false;
		*ret_number = *ret_number * 10 + *(*text)++ - '0';
	}
	return true;
}

static bool literal(const char **text, char character)
{
	if (**text != character)
		return false;
	(*text)++;
	return true;
}

bool json_date_parse(const char *text, int64_t *ret_milliseconds)
{
	struct tm fields = { 0 }, checked;
	int fraction = 0, scale = 100;
	time_t seconds;

	if (!digits(&text, 4, &fields.tm_year) || !literal(&text, '-') ||
	    !digits(&text, 2, &fields.tm_mon) || !literal(&text, '-') ||
	    !digits(&text, 2, &fields.tm_mday) || !literal(&text, 'T') ||
	    !digits(&text, 2, &fields.tm_hour) || !literal(&text, ':') ||
	    !digits(&text, 2, &fields.tm_min) || !literal(&text, ':') ||
	    !digits(&text, 2, &fields.tm_sec))
		return false;
	if (literal(&text, '.')) {
		if (*text < '0' || *text > '9')
			return false;
		for (; *text >= '0' && *text <= '9'; text++, scale /= 10)
			fraction += (*text - '0') * scale;
	}
	if (strcmp(text, "Z") || fields.tm_year < 1 || fields.tm_hour > 23 || fields.tm_min > 59 ||
	    fields.tm_sec > 59)
		return false;
	fields.tm_year -= 1900;
	fields.tm_mon -= 1;
	checked = fields;
	seconds = timegm(&checked);
	/* The thirtieth of February becomes a day of March: not a date. */
	if (checked.tm_mday != fields.tm_mday || checked.tm_mon != fields.tm_mon)
		return false;
	*ret_milliseconds = (int64_t)seconds * 1000 + fraction;
	return true;
}

bool json_date_of(const struct value *value, int64_t *ret_milliseconds)
{
	switch (value_kind(value)) {
	case VALUE_DATE:
		*ret_milliseconds = value_as_date(value);
		return true;
	case VALUE_STRING:
		return value_as_name(value) &&
		       json_date_parse(value_as_name(value), ret_milliseconds);
	case VALUE_INTEGER:
		return !__builtin_mul_overflow(value_as_integer(value), 1000, ret_milliseconds);
	case VALUE_REAL:
		if (fabs(value_as_real(value)) > 9e15)
			return false;
		*ret_milliseconds = (int64_t)(value_as_real(value) * 1000);
		return true;
	default:
		return false;
	}
}

// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Dates of the years 0001 to 9999; others are held to these bounds.
 */
#include "json_date.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "helper/common/civil_date.h"

#define FIRST_MILLISECOND	(CIVIL_DATE_FIRST * 1000)
#define LAST_MILLISECOND	(CIVIL_DATE_LAST * 1000 + 999)
#define DAY			INT64_C(86400000)

bool json_date_in_range(int64_t milliseconds)
{
	return milliseconds >= FIRST_MILLISECOND && milliseconds <= LAST_MILLISECOND;
}

void json_date_format(int64_t milliseconds, char ret_text[JSON_DATE_SIZE])
{
	struct civil_date date;
	int64_t rest;

	if (milliseconds < FIRST_MILLISECOND)
		milliseconds = FIRST_MILLISECOND;
	if (milliseconds > LAST_MILLISECOND)
		milliseconds = LAST_MILLISECOND;
	rest = milliseconds % 1000;
	if (rest < 0)
		rest += 1000;
	date = civil_date_of((milliseconds - rest) / 1000);
	/* The remainders are for the compiler, which would have room for larger numbers. */
	snprintf(ret_text, JSON_DATE_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", date.year % 10000, date.month % 100,
		 date.day % 100, date.hour % 100, date.minute % 100, date.second % 100, (int)rest % 1000);
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
	int year, month, day, hour, minute, second, fraction = 0, scale = 100;

	if (!digits(&text, 4, &year) || !literal(&text, '-') || !digits(&text, 2, &month) || !literal(&text, '-') ||
	    !digits(&text, 2, &day) || !literal(&text, 'T') || !digits(&text, 2, &hour) || !literal(&text, ':') ||
	    !digits(&text, 2, &minute) || !literal(&text, ':') || !digits(&text, 2, &second))
		return false;
	if (literal(&text, '.')) {
		if (*text < '0' || *text > '9')
			return false;
		for (; *text >= '0' && *text <= '9'; text++, scale /= 10)
			fraction += (*text - '0') * scale;
	}
	if (strcmp(text, "Z") || year < 1 || month < 1 || month > 12 || day < 1 || day > civil_date_month_length(year, month) ||
	    hour > 23 || minute > 59 || second > 59)
		return false;
	*ret_milliseconds = civil_date_days(year, month, day) * DAY + hour * INT64_C(3600000) + minute * 60000 + second * 1000 + fraction;
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

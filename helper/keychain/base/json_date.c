// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Dates of the years 0001 to 9999; others are held to these bounds.
 */
#include "json_date.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define FIRST_MILLISECOND	INT64_C(-62135596800000)
#define LAST_MILLISECOND	INT64_C(253402300799999)
#define DAY			INT64_C(86400000)

bool json_date_in_range(int64_t milliseconds)
{
	return milliseconds >= FIRST_MILLISECOND && milliseconds <= LAST_MILLISECOND;
}

/*
 * Days since 1970-01-01 of the Gregorian calendar, as UTC has them. Not by timegm(3) and gmtime_r(3), which count leap
 * seconds where TZ is one of "right/". The year begins in March here, so that its last day is the one that may be absent.
 */
static int64_t days_of(int year, int month, int day)
{
	int64_t years = month < 3 ? year - 1 : year;
	int months = (month + 9) % 12;

	return years * 365 + years / 4 - years / 100 + years / 400 + (months * 153 + 2) / 5 + day - 719469;
}

static int month_length(int year, int month)
{
	return (int)(days_of(month == 12 ? year + 1 : year, month % 12 + 1, 1) - days_of(year, month, 1));
}

/* The date of that day, in the years 1 to 9999. */
static void civil_date(int64_t days, int *ret_year, int *ret_month, int *ret_day)
{
	/* Not earlier than the year that is looked for, and one later at most. */
	int year = (int)((days + 719162) * 400 / 146097) + 1, month = 12;

	if (days_of(year, 1, 1) > days)
		year--;
	else if (days_of(year + 1, 1, 1) <= days)
		year++;
	while (days_of(year, month, 1) > days)
		month--;
	*ret_year = year;
	*ret_month = month;
	*ret_day = (int)(days - days_of(year, month, 1)) + 1;
}

void json_date_format(int64_t milliseconds, char ret_text[JSON_DATE_SIZE])
{
	int64_t days, rest;
	int year, month, day;

	if (milliseconds < FIRST_MILLISECOND)
		milliseconds = FIRST_MILLISECOND;
	if (milliseconds > LAST_MILLISECOND)
		milliseconds = LAST_MILLISECOND;
	days = milliseconds / DAY;
	rest = milliseconds % DAY;
	if (rest < 0) {
		rest += DAY;
		days--;
	}
	civil_date(days, &year, &month, &day);
	snprintf(ret_text, JSON_DATE_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", year % 10000, month % 100, day % 100,
		 (int)(rest / 3600000) % 100, (int)(rest / 60000 % 60), (int)(rest / 1000 % 60), (int)(rest % 1000));
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
	if (strcmp(text, "Z") || year < 1 || month < 1 || month > 12 || day < 1 || day > month_length(year, month) ||
	    hour > 23 || minute > 59 || second > 59)
		return false;
	*ret_milliseconds = days_of(year, month, day) * DAY + hour * INT64_C(3600000) + minute * 60000 + second * 1000 + fraction;
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

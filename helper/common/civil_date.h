/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Dates of the Gregorian calendar as UTC has them, in the years 1 to 9999. Not by timegm(3) and gmtime_r(3), which count leap
 * seconds where TZ is one of "right/".
 */
#ifndef KEYBAG_COMMON_CIVIL_DATE_H
#define KEYBAG_COMMON_CIVIL_DATE_H

#include <stdint.h>

#define CIVIL_DATE_FIRST	INT64_C(-62135596800)	/* seconds since 1970-01-01 */
#define CIVIL_DATE_LAST		INT64_C(253402300799)

struct civil_date {
	int year, month, day;		/* from 1 */
	int hour, minute, second;
};

/* Days from 1970-01-01 to that day. */
int64_t civil_date_days(int year, int month, int day);

int civil_date_month_length(int year, int month);

/* @seconds: since 1970-01-01; before the first or after the last date they are held to that. */
struct civil_date civil_date_of(int64_t seconds);

#endif /* KEYBAG_COMMON_CIVIL_DATE_H */

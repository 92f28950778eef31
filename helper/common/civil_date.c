// SPDX-License-Identifier: LGPL-2.1-or-later
#include "civil_date.h"

#define DAY	86400

/* The year begins in March here, so that its last day is the one that may be absent. */
int64_t civil_date_days(int year, int month, int day)
{
	int64_t years = month < 3 ? year - 1 : year;
	int months = (month + 9) % 12;

	return years * 365 + years / 4 - years / 100 + years / 400 + (months * 153 + 2) / 5 + day - 719469;
}

int civil_date_month_length(int year, int month)
{
	return (int)(civil_date_days(month == 12 ? year + 1 : year, month % 12 + 1, 1) - civil_date_days(year, month, 1));
}

struct civil_date civil_date_of(int64_t seconds)
{
	struct civil_date date = { .month = 12 };
	int64_t days;
	int rest;

	if (seconds < CIVIL_DATE_FIRST)
		seconds = CIVIL_DATE_FIRST;
	if (seconds > CIVIL_DATE_LAST)
		seconds = CIVIL_DATE_LAST;
	days = seconds / DAY - (seconds % DAY < 0);
	rest = (int)(seconds - days * DAY);
	/* Not earlier than the year that is looked for, and one later at most. */
	date.year = (int)((days + 719162) * 400 / 146097) + 1;
	if (civil_date_days(date.year, 1, 1) > days)
		date.year--;
	else if (civil_date_days(date.year + 1, 1, 1) <= days)
		date.year++;
	while (civil_date_days(date.year, date.month, 1) > days)
		date.month--;
	date.day = (int)(days - civil_date_days(date.year, date.month, 1)) + 1;
	date.hour = rest / 3600;
	date.minute = rest / 60 % 60;
	date.second = rest % 60;
	return date;
}

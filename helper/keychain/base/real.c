// SPDX-License-Identifier: LGPL-2.1-or-later
#include "real.h"

#include <locale.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static locale_t plain;

static void make(void)
{
	plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

/* Sets the locale of this thread only; the program's own stays as it is. */
static locale_t enter(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, make);
	return uselocale(plain);
}

double real_parse(const char *text)
{
	locale_t before = enter();
	double real = strtod(text, NULL);

	uselocale(before);
	return real;
}

void real_format(double real, char text[REAL_TEXT_SIZE])
{
	locale_t before = enter();

	snprintf(text, REAL_TEXT_SIZE, "%.17g", real);
	uselocale(before);
}

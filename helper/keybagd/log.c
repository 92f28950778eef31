// SPDX-License-Identifier: GPL-2.0-or-later
#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static bool to_journal;

void log_open(void)
{
	to_journal = getenv("JOURNAL_STREAM");
}

bool log_goes_to_journal(void)
{
	return to_journal;
}

void log_line(int priority, const char *format, ...)
{
	char text[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (to_journal)
		fprintf(stderr, "<%d>%s\n", priority, text);
	else
		fprintf(stderr, "keybagd: %s\n", text);
}

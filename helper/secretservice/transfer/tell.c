// SPDX-License-Identifier: GPL-2.0-or-later
#include "tell.h"

#include <stdarg.h>

#include "helper/cli/program.h"

int complain_other(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	program_tell(format, arguments);
	va_end(arguments);
	return EXIT_FAILED;
}

void warn(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	program_tell(format, arguments);
	va_end(arguments);
}

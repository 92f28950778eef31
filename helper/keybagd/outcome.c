// SPDX-License-Identifier: GPL-2.0-or-later
#include "outcome.h"

#include "libkeybag/keybag.h"
#include <stdarg.h>
#include <stdio.h>

int outcome_fail(struct outcome *outcome, int error, const char *format, ...)
{
	va_list arguments;

	outcome->error = error;
	va_start(arguments, format);
	vsnprintf(outcome->text, sizeof(outcome->text), format, arguments);
	va_end(arguments);
	return error;
}

int outcome_fail_plain(struct outcome *outcome, int error, const char *object)
{
	return outcome_fail(outcome, error, "%s: %s", object, keybag_error_text(error));
}

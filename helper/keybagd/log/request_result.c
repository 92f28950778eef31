// SPDX-License-Identifier: GPL-2.0-or-later
#include "request_result.h"

#include "libkeybag/keybag.h"
#include <stdarg.h>
#include <stdio.h>

int request_result_fail(struct request_result *ret_result, int error, const char *format, ...)
{
	va_list arguments;

	ret_result->error = error;
	va_start(arguments, format);
	vsnprintf(ret_result->text, sizeof(ret_result->text), format, arguments);
	va_end(arguments);
	return error;
}

int request_result_fail_plain(struct request_result *ret_result, int error, const char *object)
{
	return request_result_fail(ret_result, error, "%s: %s", object, keybag_error_text(error));
}

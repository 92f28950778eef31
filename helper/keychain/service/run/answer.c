// SPDX-License-Identifier: GPL-2.0-or-later
#include "answer.h"

#include <stdarg.h>
#include <stdio.h>

#include "helper/common/utf8.h"
#include "helper/keychain/include/keychain-status.h"

static struct value *answer_new(int status, const char *message)
{
	struct value *answer = value_dictionary();

	if (value_set(answer, "status", value_integer(status)) < 0 ||
	    value_set(answer, "name", value_string(keychain_status_name(status))) < 0 ||
	    value_set(answer, "message", value_string(message)) < 0) {
		value_free(answer);
		return NULL;
	}
	return answer;
}

struct value *answer_fail(int status, const char *format, ...)
{
	char text[2048];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	utf8_mend(text);
	return answer_new(status, text);
}

struct value *answer_reason(struct value *answer, const char *reason)
{
	if (value_set(answer, "reason", value_string(reason)) == 0)
		return answer;
	value_free(answer);
	return NULL;
}

struct value *answer_result(struct value *result)
{
	struct value *answer = answer_new(errSecSuccess, keychain_status_text(errSecSuccess));

	if (result && value_set(answer, "result", result) < 0) {
		value_free(answer);
		return NULL;
	}
	return answer;
}

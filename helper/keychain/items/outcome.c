// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/items/outcome.h"

#include <stdarg.h>
#include <stdio.h>

#include "helper/common/utf8.h"

int outcome_fail(struct outcome *outcome, int status, const char *format, ...)
{
	va_list arguments;

	outcome->status = status;
	va_start(arguments, format);
	vsnprintf(outcome->message, sizeof(outcome->message), format, arguments);
	va_end(arguments);
	/* Names from the request are cut to a length in bytes, and paths are any bytes. */
	utf8_mend(outcome->message);
	return status;
}

int outcome_no_memory(struct outcome *outcome)
{
	return outcome_fail(outcome, errSecAllocate, "out of memory: nothing was changed");
}

void outcome_detail(struct outcome *outcome, const char *key, struct value *value)
{
	if (!outcome->details)
		outcome->details = value_dictionary();
	if (!outcome->details)
		value_free(value);
	else if (value)
		value_set(outcome->details, key, value);
}

void outcome_reset(struct outcome *outcome)
{
	value_free(outcome->details);
	*outcome = (struct outcome){ 0 };
}

void outcome_retry(struct outcome *outcome)
{
	static const char *const of_the_file[] = { "set_aside", "moved_aside" };
	struct value *details = outcome->details;

	*outcome = (struct outcome){ 0 };
	for (size_t i = 0; i < sizeof(of_the_file) / sizeof(of_the_file[0]); i++)
		if (value_get(details, of_the_file[i]))
			outcome_detail(outcome, of_the_file[i], value_copy(value_get(details, of_the_file[i])));
	value_free(details);
}

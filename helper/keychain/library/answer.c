// SPDX-License-Identifier: LGPL-2.1-or-later
#include "answer.h"

#include <limits.h>

#include "helper/keychain/include/keychain-status.h"

struct value *answer_new(int status, const char *message)
{
	struct value *answer = value_dictionary();

	if (value_set(answer, "status", value_integer(status)) == 0 &&
	    value_set(answer, "name", value_string(keychain_status_name(status))) == 0 &&
	    value_set(answer, "message", value_string(message)) == 0)
		return answer;
	value_free(answer);
	return NULL;
}

int answer_status(const struct value *answer)
{
	const struct value *status = value_get(answer, "status");
	int64_t number = value_as_integer(status);

	if (!answer)
		return errSecAllocate;
	return value_is(status, VALUE_INTEGER) && number <= 0 && number >= INT_MIN ? (int)number : errSecInternal;
}

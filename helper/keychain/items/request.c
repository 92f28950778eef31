// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/items/request.h"

#include <errno.h>
#include "helper/keychain/store/row.h"

bool option_boolean(const struct request *request, const char *name)
{
	return value_as_boolean(value_get(request->options, name));
}

int64_t option_number(const struct request *request, const char *name)
{
	return value_as_integer(value_get(request->options, name));
}

const struct value *option_value(const struct request *request, const char *name)
{
	return value_get(request->options, name);
}

int request_key_error(struct request *request, int error, uint32_t class_number)
{
	if (error == -E2BIG)
		return outcome_fail(&request->outcome, errSecParam,
				    "the attributes of one item may have "
				    "%d bytes together",
				    ROW_MAX_ATTRIBUTES);
	return store_key_failure(request->store, error, class_number, &request->outcome);
}

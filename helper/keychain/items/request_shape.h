/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Members that a request may have. Whatever else is in one is refused, as ignoring it would carry out
 * something else than what was asked for.
 */
#ifndef KEYCHAIN_REQUEST_SHAPE_H
#define KEYCHAIN_REQUEST_SHAPE_H

#include "helper/keychain/items/outcome.h"

#define SHAPE_NAMES	4

/* The members of one operation. Unused places are NULL. */
struct request_shape {
	const char *members[SHAPE_NAMES];	/* beside "op" and "options" */
	const char *options[SHAPE_NAMES];
};

/* Returns 0, or errSecParam where @request has a member or an option that is not named or of a wrong type. */
int request_shape_check(const struct request_shape *shape, const struct value *request, struct outcome *outcome);

#endif

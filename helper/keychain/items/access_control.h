/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Access control objects: {"protection": "ak", "flags": n}.
 */
#ifndef KEYCHAIN_ACCESS_CONTROL_H
#define KEYCHAIN_ACCESS_CONTROL_H

#include <stdbool.h>

#include "helper/keychain/items/outcome.h"

struct access_control {
	const char *protection;		/* belongs to the value */
	bool constrained;		/* has flags: to be met before a key is released */
};

/* errSecSuccess, or errSecParam with @outcome saying which rule is broken. */
int access_control_check(const struct value *value, struct access_control *ret_control,
			 struct outcome *outcome);

#endif

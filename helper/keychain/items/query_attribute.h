/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Values of attributes: which types they may have, and their normal form.
 */
#ifndef KEYCHAIN_QUERY_ATTRIBUTE_H
#define KEYCHAIN_QUERY_ATTRIBUTE_H

#include "helper/keychain/store/attribute.h"
#include "helper/keychain/items/outcome.h"

/* Boolean, number, or string of a decimal number. False for anything else. */
bool attribute_number(const struct value *value, int64_t *ret_number);

/* *ret_value is the normal form, of its own. errSecParam for a wrong type. */
int attribute_normalise(const struct attribute *attribute, const struct value *value,
			struct value **ret_value, struct outcome *outcome);

#endif

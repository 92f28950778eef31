/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KEYCHAIN_CLI_DUPLICATE_H
#define KEYCHAIN_CLI_DUPLICATE_H

#include "helper/keychain/base/value.h"

/*
 * Complains that another item of class @class (letters) has what makes @attributes unique: names those attributes,
 * that item, and the two ways on, of which @way is the first. Returns the exit status.
 */
int complain_duplicate(const char *class, const struct value *attributes, const char *way);

#endif

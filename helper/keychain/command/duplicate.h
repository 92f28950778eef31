/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KEYCHAIN_CLI_DUPLICATE_H
#define KEYCHAIN_CLI_DUPLICATE_H

#include <stdio.h>

#include "helper/keychain/base/value.h"

/*
 * Complains that another item of class @class (letters) has what makes @attributes unique: names those attributes,
 * that item, and the two ways on, of which @way is the first. Returns the exit status.
 */
int complain_duplicate(const char *class, const struct value *attributes, const char *way);

/* "account anna, service mail": the attributes that people give, of an item of the class with that bit. */
void duplicate_print_telling(FILE *file, unsigned int class, const struct value *attributes);

#endif

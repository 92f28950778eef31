/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef KEYCHAIN_CBOR_READ_H
#define KEYCHAIN_CBOR_READ_H

#include "cbor.h"

/*
 * Reads one value. @max_entries: of one array or dictionary; bounds the whole, too. Returns 0, -EPROTO (not one value within
 * the bounds) or -ENOMEM.
 */
int cbor_value_read(const void *bytes, size_t length, size_t max_entries, struct value **ret_value);

#endif

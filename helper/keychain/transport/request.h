/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Requests as dictionaries: { op, query, update, options, name }.
 */
#ifndef KEYCHAIN_REQUEST_DICTIONARY_H
#define KEYCHAIN_REQUEST_DICTIONARY_H

#include "helper/keychain/base/value.h"

/* { op }. NULL without memory. */
struct value *request_plain(const char *operation);

/* { op, name }; @name NULL: { op }. NULL without memory. */
struct value *request_named(const char *operation, const char *name);

/* { op, query }; takes @query, NULL for which is no memory. NULL without memory. */
struct value *request_new(const char *operation, struct value *query);

/*
 * Sets (*request)[part][key], making the part; takes @value. Without memory it frees *@request, which is
 * NULL then: one that lacks a condition or a limit would do more than was asked for.
 */
void request_set(struct value **request, const char *part, const char *key, struct value *value);

#endif

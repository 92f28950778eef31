/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of X.509: the form in which the keychain stores and compares them.
 *
 * Normal form: the content of a Name without its outer SEQUENCE, definite lengths, the attributes
 * of a relative name in the order of DER; values of type PrintableString trimmed, runs of spaces
 * made one, in upper case; values of other types as they are.
 */
#ifndef KEYCHAIN_CERTIFICATE_NAME_H
#define KEYCHAIN_CERTIFICATE_NAME_H

#include <stdbool.h>
#include <stddef.h>

#include "helper/keychain/base/value.h"

/* Longer ones are no names. */
#define NAME_MAX_SIZE 65536

/*
 * The normal form of a name given with or without its outer SEQUENCE, as new data. Bytes that are
 * no name come back as they are: attributes may be set by clients to what they like. NULL without
 * memory.
 */
struct value *name_normalise(const void *bytes, size_t length);

#endif

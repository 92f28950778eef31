/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The attributes of an item with its secret among them, out of DER or of a property list: a dictionary of texts, data, numbers,
 * booleans and dates. What is of another kind is left out: no attribute of the keychain is.
 */
#ifndef IOS_ATTRIBUTES_H
#define IOS_ATTRIBUTES_H

#include <plist/plist.h>
#include <stddef.h>
#include <stdint.h>

#include "helper/keychain/base/value.h"

#define IOS_MAX_ATTRIBUTES	256

/*
 * DER as Security writes it: a SET of SEQUENCEs, of a UTF8String and a value. Returns 0, -EBADMSG or -ENOMEM.
 */
int ios_attributes_der(const uint8_t *bytes, size_t length, struct value **ret_attributes);

/* A dictionary of a property list. The same. */
int ios_attributes_plist(plist_t list, struct value **ret_attributes);

#endif

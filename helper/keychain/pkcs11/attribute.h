/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Attributes of objects, as PKCS#11 has them.
 */
#ifndef KEYCHAIN_PKCS11_ATTRIBUTE_H
#define KEYCHAIN_PKCS11_ATTRIBUTE_H

#include "facts.h"

/* Whether the object has all attributes of @template. CKR_OK, CKR_HOST_MEMORY, CKR_DEVICE_ERROR. */
CK_RV attribute_match(struct facts *facts, const CK_ATTRIBUTE *template, CK_ULONG count, bool *ret_match);

/*
 * Fills all of @template, as C_GetAttributeValue() does: an attribute that cannot be had gets CK_UNAVAILABLE_INFORMATION. The result is
 * CKR_OK, the first error of the keychain, or where there is none one of an attribute: CKR_ATTRIBUTE_TYPE_INVALID, CKR_ATTRIBUTE_SENSITIVE,
 * CKR_BUFFER_TOO_SMALL.
 */
CK_RV attribute_fill(struct facts *facts, CK_ATTRIBUTE *template, CK_ULONG count);

#endif

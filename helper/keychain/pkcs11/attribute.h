/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Attributes of objects, as PKCS#11 has them.
 */
#ifndef KEYCHAIN_PKCS11_ATTRIBUTE_H
#define KEYCHAIN_PKCS11_ATTRIBUTE_H

#include "facts.h"

struct attribute_value {
	const void *bytes;
	CK_ULONG length;
	/* Places that @bytes may point to. */
	CK_ULONG number;
	CK_BBOOL boolean;
	uint8_t wrapped[512];
};

/*
 * CKR_OK, CKR_ATTRIBUTE_TYPE_INVALID, CKR_ATTRIBUTE_SENSITIVE, or an error of token_read() where the public half has to be
 * looked for. The value lives as long as @facts and @ret_value.
 */
CK_RV attribute_value(struct facts *facts, CK_ATTRIBUTE_TYPE type, struct attribute_value *ret_value);

/* Whether the object has all attributes of @template. CKR_OK or an error of token_read(). */
CK_RV attribute_match(struct facts *facts, const CK_ATTRIBUTE *template, CK_ULONG count, bool *ret_match);

/*
 * Fills all of @template, as C_GetAttributeValue() does: an attribute that cannot be had gets CK_UNAVAILABLE_INFORMATION. The result is
 * the first error of the keychain, or one of an attribute; CKR_BUFFER_TOO_SMALL besides the above.
 */
CK_RV attribute_fill(struct facts *facts, CK_ATTRIBUTE *template, CK_ULONG count);

#endif

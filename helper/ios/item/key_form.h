/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keys as iOS stores them, in the form that the keychain and other programs know.
 */
#ifndef IOS_KEY_FORM_H
#define IOS_KEY_FORM_H

#include "helper/keychain/base/value.h"

/*
 * A private key (RSAPrivateKey; of an elliptic curve, point and number of X9.63) as PKCS#8, a point as SubjectPublicKeyInfo.
 * Returns it, or a copy of @data where that is none of these, or NULL without memory.
 */
struct value *ios_key_form(const struct value *data, bool is_private);

#endif

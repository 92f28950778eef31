// SPDX-License-Identifier: LGPL-2.1-or-later
#include "attribute.h"

#include <string.h>

struct attribute_value {
	const void *bytes;
	CK_ULONG length;
	/* Places that @bytes may point to. */
	CK_ULONG number;
	CK_BBOOL boolean;
	uint8_t wrapped[260];	/* an OCTET STRING of 255 bytes */
};

static CK_RV give_bytes(struct attribute_value *value, struct der bytes)
{
	value->bytes = bytes.at;
	value->length = bytes.left;
	return CKR_OK;
}

static CK_RV give_number(struct attribute_value *value, CK_ULONG number)
{
	value->number = number;
	return give_bytes(value, der_of(&value->number, sizeof(value->number)));
}

static CK_RV give_boolean(struct attribute_value *value, bool boolean)
{
	value->boolean = boolean;
	return give_bytes(value, der_of(&value->boolean, sizeof(value->boolean)));
}

/* As an OCTET STRING. */
static CK_RV give_wrapped(struct attribute_value *value, struct der bytes)
{
	uint8_t *at = value->wrapped;

	if (bytes.left > 255)
		return CKR_ATTRIBUTE_TYPE_INVALID;
	*at++ = DER_OCTET_STRING;
	if (bytes.left > 127)
		*at++ = 0x81;
	*at++ = (uint8_t)bytes.left;
	memcpy(at, bytes.at, bytes.left);
	return give_bytes(value, der_of(value->wrapped, (size_t)(at - value->wrapped) + bytes.left));
}

static CK_ULONG bits_of(struct der number)
{
	CK_ULONG bits = number.left * 8;

	for (uint8_t mask = 0x80; number.left && mask && !(number.at[0] & mask); mask >>= 1)
		bits--;
	return bits;
}

/* Attributes that need the public half of a key. */
static CK_RV value_of_half(struct facts *facts, CK_ATTRIBUTE_TYPE type, struct attribute_value *value)
{
	struct public_half half;
	CK_RV rv = facts_find_half(facts);

	if (rv != CKR_OK)
		return rv == CKR_KEY_TYPE_INCONSISTENT ? CKR_ATTRIBUTE_TYPE_INVALID : rv;
	if (!public_half_read(facts->half, &half))
		return CKR_ATTRIBUTE_TYPE_INVALID;
	switch (type) {
	case CKA_PUBLIC_KEY_INFO:
		return give_bytes(value, half.info);
	case CKA_MODULUS:
		return half.type == CKK_RSA ? give_bytes(value, half.modulus) : CKR_ATTRIBUTE_TYPE_INVALID;
	case CKA_MODULUS_BITS:
		return half.type == CKK_RSA ? give_number(value, bits_of(half.modulus)) : CKR_ATTRIBUTE_TYPE_INVALID;
	case CKA_PUBLIC_EXPONENT:
		return half.type == CKK_RSA ? give_bytes(value, half.exponent) : CKR_ATTRIBUTE_TYPE_INVALID;
	case CKA_EC_PARAMS:
		return half.type != CKK_RSA ? give_bytes(value, half.curve) : CKR_ATTRIBUTE_TYPE_INVALID;
	case CKA_EC_POINT:
		return half.type != CKK_RSA ? give_wrapped(value, half.point) : CKR_ATTRIBUTE_TYPE_INVALID;
	default:
		return CKR_ATTRIBUTE_TYPE_INVALID;
	}
}

static CK_RV value_of_certificate(const struct facts *facts, CK_ATTRIBUTE_TYPE type, struct attribute_value *value)
{
	struct certificate_parts parts = { 0 };

	certificate_parts_read(facts->certificate, &parts);
	switch (type) {
	case CKA_CERTIFICATE_TYPE:
		return give_number(value, CKC_X_509);
	case CKA_CERTIFICATE_CATEGORY:
		return give_number(value, 0);
	case CKA_TRUSTED:
		return give_boolean(value, false);
	case CKA_VALUE:
		return give_bytes(value, facts->certificate);
	case CKA_SUBJECT:
		return give_bytes(value, parts.subject);
	case CKA_ISSUER:
		return give_bytes(value, parts.issuer);
	case CKA_SERIAL_NUMBER:
		return give_bytes(value, parts.serial);
	case CKA_PUBLIC_KEY_INFO:
		return give_bytes(value, parts.info);
	case CKA_URL:
	case CKA_START_DATE:
	case CKA_END_DATE:
		return give_bytes(value, DER_NONE);
	default:
		return CKR_ATTRIBUTE_TYPE_INVALID;
	}
}

/* A certificate's; empty without one. The key itself has none, and is not fetched. */
static CK_RV value_of_subject(struct facts *facts, struct attribute_value *value)
{
	struct certificate_parts parts = { 0 };
	CK_RV rv = facts_find_certificate(facts);

	if (rv != CKR_OK)
		return rv;
	certificate_parts_read(facts->certificate, &parts);
	return give_bytes(value, parts.subject);
}

static CK_RV value_of_private_key(struct facts *facts, CK_ATTRIBUTE_TYPE type, struct attribute_value *value)
{
	switch (type) {
	case CKA_SIGN:
		return give_boolean(value, facts->signs);
	case CKA_DECRYPT:
		return give_boolean(value, facts->decrypts);
	case CKA_SENSITIVE:
		return give_boolean(value, true);
	case CKA_EXTRACTABLE:
	case CKA_ALWAYS_SENSITIVE:
	case CKA_NEVER_EXTRACTABLE:
	case CKA_SIGN_RECOVER:
	case CKA_UNWRAP:
	case CKA_WRAP_WITH_TRUSTED:
	case CKA_ALWAYS_AUTHENTICATE:
		return give_boolean(value, false);
	case CKA_SUBJECT:
		return value_of_subject(facts, value);
	case CKA_PRIVATE_EXPONENT:
	case CKA_PRIME_1:
	case CKA_PRIME_2:
	case CKA_EXPONENT_1:
	case CKA_EXPONENT_2:
	case CKA_COEFFICIENT:
	case CKA_VALUE:
		return CKR_ATTRIBUTE_SENSITIVE;
	default:
		return value_of_half(facts, type, value);
	}
}

static CK_RV value_of_public_key(struct facts *facts, CK_ATTRIBUTE_TYPE type, struct attribute_value *value)
{
	switch (type) {
	case CKA_VERIFY:
		return give_boolean(value, facts->type == CKK_RSA || facts->type == CKK_EC || facts->type == CKK_EC_EDWARDS);
	case CKA_ENCRYPT:
	case CKA_VERIFY_RECOVER:
	case CKA_WRAP:
	case CKA_TRUSTED:
		return give_boolean(value, false);
	case CKA_SUBJECT:
		return give_bytes(value, DER_NONE);
	default:
		return value_of_half(facts, type, value);
	}
}

static CK_RV value_of_key(struct facts *facts, CK_ATTRIBUTE_TYPE type, struct attribute_value *value)
{
	switch (type) {
	case CKA_KEY_TYPE:
		return give_number(value, facts->type);
	case CKA_KEY_GEN_MECHANISM:
		return give_number(value, CK_UNAVAILABLE_INFORMATION);
	case CKA_DERIVE:
	case CKA_LOCAL:
		return give_boolean(value, false);
	case CKA_START_DATE:
	case CKA_END_DATE:
		return give_bytes(value, DER_NONE);
	default:
		return facts->object.class == CKO_PRIVATE_KEY ? value_of_private_key(facts, type, value) :
		       value_of_public_key(facts, type, value);
	}
}

/*
 * CKR_OK, CKR_ATTRIBUTE_TYPE_INVALID, CKR_ATTRIBUTE_SENSITIVE, or an error of token_read() where the certificate or the public half
 * has to be looked for. The value lives as long as @facts and @ret_value.
 */
static CK_RV attribute_value(struct facts *facts, CK_ATTRIBUTE_TYPE type, struct attribute_value *ret_value)
{
	switch (type) {
	case CKA_CLASS:
		return give_number(ret_value, facts->object.class);
	case CKA_TOKEN:
		return give_boolean(ret_value, true);
	/* Private objects are there after a login alone, which this token does not ask for. */
	case CKA_PRIVATE:
	case CKA_MODIFIABLE:
	case CKA_COPYABLE:
		return give_boolean(ret_value, false);
	case CKA_LABEL:
		return give_bytes(ret_value, facts->label);
	case CKA_ID:
		return give_bytes(ret_value, facts->id);
	default:
		return facts->object.class == CKO_CERTIFICATE ? value_of_certificate(facts, type, ret_value) :
		       value_of_key(facts, type, ret_value);
	}
}

CK_RV attribute_match(struct facts *facts, const CK_ATTRIBUTE *template, CK_ULONG count, bool *ret_match)
{
	struct attribute_value value;

	*ret_match = false;
	for (CK_ULONG i = 0; i < count; i++) {
		CK_RV rv = attribute_value(facts, template[i].type, &value);

		/* An attribute that is absent, or not told, is not equal to anything; nor is one of a key that has just gone. */
		if (rv == CKR_HOST_MEMORY || rv == CKR_DEVICE_ERROR)
			return rv;
		if (rv != CKR_OK || value.length != template[i].ulValueLen ||
		    (value.length && memcmp(value.bytes, template[i].pValue, value.length)))
			return CKR_OK;
	}
	*ret_match = true;
	return CKR_OK;
}

static CK_RV fill_one(struct facts *facts, CK_ATTRIBUTE *attribute)
{
	struct attribute_value value;
	CK_RV rv = attribute_value(facts, attribute->type, &value);

	if (rv == CKR_OK && attribute->pValue && attribute->ulValueLen < value.length)
		rv = CKR_BUFFER_TOO_SMALL;
	if (rv != CKR_OK) {
		attribute->ulValueLen = CK_UNAVAILABLE_INFORMATION;
		return rv;
	}
	if (attribute->pValue && value.length)
		memcpy(attribute->pValue, value.bytes, value.length);
	attribute->ulValueLen = value.length;
	return CKR_OK;
}

/* Results that tell of one attribute and are no errors of the call. */
static bool is_of_attribute(CK_RV rv)
{
	return rv == CKR_ATTRIBUTE_SENSITIVE || rv == CKR_ATTRIBUTE_TYPE_INVALID || rv == CKR_BUFFER_TOO_SMALL;
}

CK_RV attribute_fill(struct facts *facts, CK_ATTRIBUTE *template, CK_ULONG count)
{
	CK_RV rv = CKR_OK;

	for (CK_ULONG i = 0; i < count; i++) {
		CK_RV of_this = fill_one(facts, &template[i]);

		if (of_this != CKR_OK && (rv == CKR_OK || is_of_attribute(rv)))
			rv = of_this;
	}
	return rv;
}

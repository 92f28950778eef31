// SPDX-License-Identifier: LGPL-2.1-or-later
#include "public_half.h"

static const uint8_t oid_rsa[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01 };
static const uint8_t oid_rsa_pss[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a };
static const uint8_t oid_ec[] = { 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01 };
static const uint8_t oid_ed25519[] = { 0x2b, 0x65, 0x70 };
static const uint8_t oid_ed448[] = { 0x2b, 0x65, 0x71 };

/* PrintableStrings, as PKCS#11 names these curves. */
static const uint8_t edwards25519[] = "\x13\x0c" "edwards25519", edwards448[] = "\x13\x0a" "edwards448";

bool algorithm_is_ed25519(struct der identifier)
{
	return der_is(identifier, oid_ed25519, sizeof(oid_ed25519));
}

bool algorithm_is_pss(struct der identifier)
{
	return der_is(identifier, oid_rsa_pss, sizeof(oid_rsa_pss));
}

CK_KEY_TYPE key_type_by_algorithm(struct der identifier)
{
	if (der_is(identifier, oid_rsa, sizeof(oid_rsa)) || algorithm_is_pss(identifier))
		return CKK_RSA;
	if (der_is(identifier, oid_ec, sizeof(oid_ec)))
		return CKK_EC;
	if (algorithm_is_ed25519(identifier) || der_is(identifier, oid_ed448, sizeof(oid_ed448)))
		return CKK_EC_EDWARDS;
	return CK_UNAVAILABLE_INFORMATION;
}

static bool read_rsa(struct der bytes, struct public_half *half)
{
	struct der sequence;

	half->type = CKK_RSA;
	return der_enter(&bytes, DER_SEQUENCE, &sequence) && !bytes.left && der_unsigned(&sequence, &half->modulus) &&
	       der_unsigned(&sequence, &half->exponent) && !sequence.left;
}

/* A curve without a name is not offered. */
static bool read_curve(struct der parameters, struct public_half *half)
{
	struct der name, whole;
	uint8_t tag;

	if (!der_next(&parameters, &tag, &name, &whole) || tag != DER_OID)
		return false;
	half->curve = whole;
	return true;
}

static bool read_info(struct der info, struct public_half *half)
{
	struct der algorithm, identifier, bits;

	if (!der_enter(&info, DER_SEQUENCE, &algorithm) || !der_enter(&algorithm, DER_OID, &identifier) ||
	    !der_bits(&info, &bits) || info.left)
		return false;
	half->type = key_type_by_algorithm(identifier);
	switch (half->type) {
	case CKK_RSA:
		return read_rsa(bits, half);
	case CKK_EC:
		half->point = bits;
		return read_curve(algorithm, half);
	case CKK_EC_EDWARDS:
		half->point = bits;
		half->curve = algorithm_is_ed25519(identifier) ? der_of(edwards25519, sizeof(edwards25519) - 1) :
			      der_of(edwards448, sizeof(edwards448) - 1);
		return true;
	default:
		return false;
	}
}

bool public_half_read(struct der bytes, struct public_half *ret_half)
{
	struct public_half half = { .info = bytes };
	struct der whole = bytes, info;

	if (!der_enter(&whole, DER_SEQUENCE, &info) || whole.left)
		return false;
	if (!read_info(info, &half)) {
		half = (struct public_half){ 0 };
		if (!read_rsa(bytes, &half))
			return false;
	}
	*ret_half = half;
	return true;
}

bool certificate_parts_read(struct der bytes, struct certificate_parts *ret_parts)
{
	struct der certificate, body, version, serial_content;

	if (!der_enter(&bytes, DER_SEQUENCE, &certificate) || bytes.left || !der_enter(&certificate, DER_SEQUENCE, &body))
		return false;
	der_enter(&body, DER_CONTEXT_0, &version);
	if (!der_next(&body, NULL, &serial_content, &ret_parts->serial) || !der_next(&body, NULL, NULL, NULL) ||
	    !der_next(&body, NULL, NULL, &ret_parts->issuer) || !der_next(&body, NULL, NULL, NULL) ||
	    !der_next(&body, NULL, NULL, &ret_parts->subject))
		return false;
	return der_next(&body, NULL, NULL, &ret_parts->info);
}

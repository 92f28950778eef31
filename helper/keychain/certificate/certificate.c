// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/certificate/certificate.h"

#include <openssl/err.h>

#include "helper/keychain/certificate/certificate_parse.h"
#include "helper/keychain/certificate/crypto_free.h"
#include "helper/keychain/certificate/name.h"
#include "helper/keychain/certificate/name_text.h"
#include "helper/keychain/certificate/public_key.h"
#include "helper/keychain/include/keychain-status.h"

static struct value *serial_number(const X509 *certificate)
{
	unsigned char *der CLEANUP(free_bytes) = NULL;
	int length = i2d_ASN1_INTEGER(X509_get0_serialNumber(certificate), &der);
	const unsigned char *content = der;
	long content_length;
	int tag, class;

	if (length <= 0)
		return NULL;
	ASN1_get_object(&content, &content_length, &tag, &class, length);
	return value_data(content, (size_t)content_length);
}

static struct value *key_hash(const X509 *certificate)
{
	unsigned char hash[PUBLIC_KEY_HASH_SIZE];

	if (!public_key_hash(X509_get_X509_PUBKEY(certificate), hash))
		return NULL;
	return value_data(hash, sizeof(hash));
}

/* Sets what a certificate may be without. */
static int set_optional(const X509 *certificate, struct value *attributes)
{
	ASN1_OCTET_STRING *identifier CLEANUP(free_octet_string) =
		X509_get_ext_d2i(certificate, NID_subject_key_identifier, NULL, NULL);
	struct value *label = subject_summary(certificate);

	/* An extension or a text that cannot be read leaves errors there. */
	ERR_clear_error();
	if (label && value_set(attributes, "labl", label))
		return errSecAllocate;
	if (identifier && value_set(attributes, "skid",
				    value_data(ASN1_STRING_get0_data(identifier),
					       (size_t)ASN1_STRING_length(identifier))))
		return errSecAllocate;
	return errSecSuccess;
}

int certificate_attributes(const void *der, size_t length, struct value *attributes)
{
	X509 *certificate CLEANUP(free_x509) = certificate_parse(der, length);

	if (!certificate)
		return errSecDecode;
	if (value_set(attributes, "ctyp", value_integer(X509_get_version(certificate) + 1)) ||
	    value_set(attributes, "cenc", value_integer(CERTIFICATE_ENCODING_DER)) ||
	    value_set(attributes, "subj", certificate_name(X509_get_subject_name(certificate))) ||
	    value_set(attributes, "issr", certificate_name(X509_get_issuer_name(certificate))) ||
	    value_set(attributes, "slnr", serial_number(certificate)) ||
	    value_set(attributes, "pkhh", key_hash(certificate)))
		return errSecAllocate;
	return set_optional(certificate, attributes);
}

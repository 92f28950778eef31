// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/certificate/certificate_parse.h"

#include <openssl/err.h>

#include "helper/keychain/certificate/name.h"

#define X509_VERSIONS 3

X509 *certificate_parse(const void *der, size_t length)
{
	const unsigned char *at = der;
	X509 *certificate;

	if (!length || length > CERTIFICATE_MAX_SIZE)
		return NULL;
	certificate = d2i_X509(NULL, &at, (long)length);
	if (certificate && at == (const unsigned char *)der + length &&
	    X509_get_version(certificate) >= 0 && X509_get_version(certificate) < X509_VERSIONS)
		return certificate;
	X509_free(certificate);
	ERR_clear_error();
	return NULL;
}

struct value *certificate_name(const X509_NAME *name)
{
	const unsigned char *der;
	size_t length;

	/* The bytes of the certificate are kept with its names. */
	if (!X509_NAME_get0_der((X509_NAME *)name, &der, &length))
		return NULL;
	return name_normalise(der, length);
}

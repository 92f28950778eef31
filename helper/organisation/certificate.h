/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A certificate that secrets are sealed to: one that may be, with a key that is good for it.
 */
#ifndef ORGANISATION_CERTIFICATE_H
#define ORGANISATION_CERTIFICATE_H

#include <openssl/x509.h>

#include "common/cleanup.h"
#include "common/organisation_exchange.h"

DEFINE_CLEANUP(X509, free_certificate, X509_free)
#define CLEANUP_CERTIFICATE CLEANUP(free_certificate)

/*
 * Reads the one in @exchange, which is PEM or DER. Returns ORGANISATION_DONE, or ORGANISATION_NO_CERTIFICATE,
 * _SEVERAL or _PRIVATE_KEY.
 */
enum organisation_verdict certificate_read(const struct organisation_exchange *exchange, X509 **ret_certificate);

/* Whether its key is one that can be sealed to, and may be. */
enum organisation_verdict certificate_check_key(X509 *certificate);

/* Whether it is valid at present. */
enum organisation_verdict certificate_check_dates(const X509 *certificate);

/* Writes its facts and its DER into @exchange. Returns ORGANISATION_DONE or _FAILED. */
enum organisation_verdict certificate_describe(X509 *certificate, struct organisation_exchange *exchange);

#endif /* ORGANISATION_CERTIFICATE_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ORGANISATION_ENVELOPE_H
#define ORGANISATION_ENVELOPE_H

#include "certificate.h"

/*
 * Seals the secret of @exchange, as a recovery code of an organisation and a line feed, to the certificate: CMS
 * AuthEnvelopedData, AES-256-GCM, by RSA-OAEP (SHA-256) or ECDH (SHA-256). Returns ORGANISATION_DONE, _ALGORITHM
 * (libcrypto has no CMS for such a key), _ROOM or _FAILED.
 */
enum organisation_verdict envelope_seal(X509 *certificate, struct organisation_exchange *exchange);

#endif /* ORGANISATION_ENVELOPE_H */

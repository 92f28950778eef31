/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether a certificate leads to one of the machine's CA certificates.
 */
#ifndef KEYCHAIN_TRUST_H
#define KEYCHAIN_TRUST_H

#include <stdbool.h>
#include <time.h>

#include <openssl/x509.h>

/* Where Debian's ca-certificates puts the ones the machine trusts. */
#define TRUST_ROOTS "/etc/ssl/certs/ca-certificates.crt"

/*
 * Verifies @certificate at time @when with the help of @others, which may be NULL and are not
 * trusted. Keys and signatures of less than 112 bits of strength are not either: RSA below 2048 bits, SHA-1.
 * @roots: a file in PEM, which is read again when it has changed. False also where it cannot be
 * read.
 */
bool trust_verify(X509 *certificate, STACK_OF(X509) *others, const char *roots, time_t when);

#endif

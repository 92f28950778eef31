/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Texts of a certificate's subject.
 */
#ifndef KEYCHAIN_NAME_TEXT_H
#define KEYCHAIN_NAME_TEXT_H

#include <stdbool.h>

#include <openssl/x509.h>

#include "helper/keychain/base/value.h"

/* The label of a certificate, as certificate.h describes it (labl), as a string; NULL without any text (or memory). */
struct value *subject_summary(const X509 *certificate);

/*
 * Calls @visit with each e-mail address, of the subject and of its alternative names, until it
 * returns true; returns whether it did. The text is not terminated.
 */
bool subject_any_email(const X509 *certificate,
		       bool (*visit)(void *context, const char *text, size_t length),
		       void *context);

#endif

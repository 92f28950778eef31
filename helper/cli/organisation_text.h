/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Texts about an organisation that may open a keybag, for people: before it may, and afterwards.
 */
#ifndef CLI_ORGANISATION_TEXT_H
#define CLI_ORGANISATION_TEXT_H

#include <stdbool.h>

#include "libkeybag/organisation.h"

#define ORGANISATION_FINGERPRINT_SIZE	(3 * KEYBAG_ORGANISATION_DIGEST)
#define ORGANISATION_TEXT_SIZE		(KEYBAG_ORGANISATION_SUBJECT + ORGANISATION_FINGERPRINT_SIZE + 64)

/* The SHA-256 of its certificate, as 'openssl x509 -fingerprint -sha256' prints it. */
void organisation_fingerprint(const struct keybag_organisation *organisation, char ret_text[ORGANISATION_FINGERPRINT_SIZE]);

/* Its name, or what stands in its place. */
const char *organisation_name(const struct keybag_organisation *organisation);

/* Its name with the fingerprint: "CN=Recovery,O=Example (certificate SHA-256 AB:CD:...)". */
const char *organisation_text(const struct keybag_organisation *organisation, char ret_text[ORGANISATION_TEXT_SIZE]);

/* Whether both are there, and have one certificate. */
bool organisation_same(const struct keybag_organisation *one, const struct keybag_organisation *other);

/* Whether the one of keybagd.conf gets a way in with the next change of passcode, or with a keybag that is made. */
bool organisation_is_to_come(const struct keybag_organisation_info *info);

/* Whether its certificate is past its dates. */
bool organisation_has_expired(const struct keybag_organisation *organisation);

#endif /* CLI_ORGANISATION_TEXT_H */

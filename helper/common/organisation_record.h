/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The opaque bytes of the protector that an organisation opens: which one, and the secret, sealed to its certificate
 * (docs/format.md). They lie in the form, authenticated with it: where the protector is, what opens it is as well.
 */
#ifndef KEYBAG_COMMON_ORGANISATION_RECORD_H
#define KEYBAG_COMMON_ORGANISATION_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ORGANISATION_RECORD_DIGEST	32
#define ORGANISATION_RECORD_MAX		1024			/* of opaque bytes */
#define ORGANISATION_MAX_SEALED		(ORGANISATION_RECORD_MAX - 40)

struct organisation_record {
	const uint8_t *digest;		/* ORGANISATION_RECORD_DIGEST: SHA-256 of the certificate */
	const uint8_t *sealed;		/* CMS, DER */
	size_t sealed_length;
};

/* Whether opaque bytes of an escrow protector are such a record. What is read points into @opaque. */
bool organisation_record_read(const uint8_t *opaque, size_t length, struct organisation_record *ret_record);

/* Writes it; @record->sealed_length is ORGANISATION_MAX_SEALED at most. Returns the length. */
size_t organisation_record_write(const struct organisation_record *record, uint8_t ret_opaque[ORGANISATION_RECORD_MAX]);

#endif /* KEYBAG_COMMON_ORGANISATION_RECORD_H */

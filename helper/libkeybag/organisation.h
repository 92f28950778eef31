/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Organisations that may open keybags, as keybagd tells of them. For programs of this project: it is not installed.
 */
#ifndef KEYBAG_ORGANISATION_H
#define KEYBAG_ORGANISATION_H

#include <stdbool.h>

#include "keybag.h"

/* Warnings of an attempt, beside those of keybag.h. */
#define KEYBAG_WARNING_ORGANISATION_DROPPED	(1U << 8)	/* this change took its way in from the organisation that had one */
#define KEYBAG_WARNING_ORGANISATION_ADDED	(1U << 9)	/* this change let the organisation of keybagd.conf in */
#define KEYBAG_WARNING_ORGANISATION_USED	(1U << 10)	/* its code was used, and stays valid: it could not be renewed */

#define KEYBAG_ORGANISATION_DIGEST	32	/* SHA-256 of the certificate's DER */
#define KEYBAG_ORGANISATION_SUBJECT	256
#define KEYBAG_MAX_CERTIFICATE		8192	/* bytes, PEM or DER */
#define KEYBAG_MAX_ORGANISATION_SEALED	984	/* bytes of CMS, DER */

struct keybag_organisation {
	bool present;
	bool known;			/* what follows the digest is known: the certificate is at hand */
	uint8_t digest[KEYBAG_ORGANISATION_DIGEST];
	char subject[KEYBAG_ORGANISATION_SUBJECT];	/* "": it names none */
	uint64_t not_before;		/* s since the epoch */
	uint64_t not_after;
};

struct keybag_organisation_info {
	struct keybag_organisation present;	/* the one that may open the keybag now */
	struct keybag_organisation configured;	/* that of keybagd.conf: it may, from the next change of passcode on */
	char problem[512];			/* why the one that keybagd.conf names is not used; "": it is, or it names none */
};

/* A user without a keybag is told of keybagd.conf alone. */
int keybag_client_organisation(struct keybag_client *client, const struct keybag_whose *whose,
			       struct keybag_organisation_info *ret_info);

/* The facts of a certificate, which is read as keybag_client_organisation_add() would. -EINVAL: it cannot be used. */
int keybag_client_organisation_read(struct keybag_client *client, const struct keybag_whose *whose, const void *certificate,
				    size_t length, struct keybag_organisation *ret_organisation);

/*
 * Lets the holder of its private key open the keybag. @flags: KEYBAG_ORGANISATION_REPLACE revokes the one that is
 * there (-EEXIST otherwise), and voids recovery codes with it. -EPERM: keybagd.conf names one.
 */
#define KEYBAG_ORGANISATION_REPLACE	(1U << 0)

int keybag_client_organisation_add(struct keybag_client *client, const struct keybag_whose *whose,
				   const struct keybag_proof *authority, const void *certificate, size_t length, uint32_t flags,
				   struct keybag_attempt *ret_attempt);

/* Revokes it, and voids recovery codes with it. -EPERM: keybagd.conf names it. */
int keybag_client_organisation_remove(struct keybag_client *client, const struct keybag_whose *whose,
				      const struct keybag_proof *authority, struct keybag_attempt *ret_attempt);

/* keybag_client_recover(), which tells what became of the organisation as well: warnings of the new keybag. */
int keybag_client_recover_telling(struct keybag_client *client, const void *form, size_t form_length,
				  const struct keybag_proof *code, const struct keybag_proof *passcode, const struct keybag_kdf *kdf,
				  uint8_t ret_uuid[KEYBAG_UUID_SIZE], struct keybag_attempt *ret_attempt);

/* The secret as it is sealed to the certificate: CMS, DER. Returns its length. */
ssize_t keybag_client_organisation_export(struct keybag_client *client, const struct keybag_whose *whose,
					  uint8_t ret_sealed[KEYBAG_MAX_ORGANISATION_SEALED]);

#endif /* KEYBAG_ORGANISATION_H */

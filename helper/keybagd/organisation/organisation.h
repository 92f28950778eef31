/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An organisation that may open keybags: its certificate, and what is told of it. Certificates are parsed by
 * keybag-organisation, a process of its own for each time: here they are bytes.
 */
#ifndef KEYBAGD_ORGANISATION_H
#define KEYBAGD_ORGANISATION_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <time.h>

#include "common/organisation_exchange.h"
#include "common/organisation_record.h"
#include "common/secret.h"

#define ORGANISATION_PROBLEM	256	/* room for the reason why a certificate is not used */

struct organisation {
	uint8_t digest[ORGANISATION_DIGEST];	/* SHA-256 of @certificate */
	int64_t not_before;			/* s since the epoch */
	int64_t not_after;
	char subject[ORGANISATION_SUBJECT];	/* "": it names none */
	uint32_t length;
	uint8_t certificate[ORGANISATION_CERTIFICATE];	/* DER */
};

/*
 * Reads a certificate, PEM or DER, that is valid at present and can be sealed to. Returns 0, or a negative errno
 * with the reason in @ret_problem, to be put behind the object's name: -EINVAL: not such a one; -EKEYEXPIRED: by
 * its dates; -EIO: the program does not do its work.
 */
int organisation_read(const void *bytes, size_t length, struct organisation *ret_organisation,
		      char ret_problem[ORGANISATION_PROBLEM]);

/*
 * Seals a secret of ORGANISATION_SECRET bytes to its certificate, whatever its dates are, and makes the opaque
 * bytes of a protector of it. Returns their length, or a negative errno with the reason as above.
 */
ssize_t organisation_seal(const struct organisation *organisation, const struct secret *secret,
			  uint8_t ret_opaque[ORGANISATION_RECORD_MAX], char ret_problem[ORGANISATION_PROBLEM]);

/* A copy, to be freed with free(3), of one or of NULL. NULL without memory, too. */
struct organisation *organisation_copy(const struct organisation *organisation);

/* Whether its certificate is valid at present. */
static inline bool organisation_is_valid(const struct organisation *organisation)
{
	time_t now = time(NULL);

	return now > organisation->not_before && now < organisation->not_after;
}

#endif /* KEYBAGD_ORGANISATION_H */

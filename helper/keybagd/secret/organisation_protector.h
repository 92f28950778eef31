/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The protector that an organisation opens: an escrow secret, made here and sealed to the organisation's
 * certificate; the form has both. Worker threads.
 */
#ifndef KEYBAGD_ORGANISATION_PROTECTOR_H
#define KEYBAGD_ORGANISATION_PROTECTOR_H

#include "keybagd/bag/operation.h"

/*
 * Puts the protector of @organisation into the form, in the place of the one that is there, if any, as a revocation
 * of that. @authenticate: authenticate_prepare(), or another function that begins a try, called when all is ready
 * that a try has not to wait for. Returns 0 or a negative errno that is in the result.
 */
int organisation_protector_put(struct operation *operation, const struct organisation *organisation,
			       int (*authenticate)(struct operation *operation));

/*
 * After a request that has used an organisation's secret, and succeeded: puts another one in its place. Where that
 * fails the request has succeeded all the same, with KEYBAG_WARNING_ORGANISATION_USED.
 */
void organisation_protector_renew(struct operation *operation);

enum {
	ORGANISATION_CONFIGURED	= 1 << 0,	/* that of keybagd.conf is to be there from now on */
	ORGANISATION_KEPT	= 1 << 1,	/* the one that was there, where there is no such one */
};

/* The secret that opens the keybag from now on, after a change. */
struct organisation_authority {
	uint32_t kind;			/* enum keybag_protector_kind */
	struct secret *key;		/* taken over; NULL for _NONE */
};

/*
 * After a change that succeeded, and may have dropped the protector of the organisation @before: puts in the one
 * that is to be there. Where that fails the request has succeeded all the same, with a warning of what was lost;
 * what came and went is a warning in any case. organisation_protector_renew() comes first.
 */
void organisation_protector_follow(struct operation *operation, const struct bag_organisation *before, unsigned int flags,
				   struct organisation_authority authority);

#endif /* KEYBAGD_ORGANISATION_PROTECTOR_H */

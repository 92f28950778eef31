/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Identities: a certificate and the private key whose klbl is its pkhh, both in the caller's
 * groups. They are joined when asked for, never stored.
 */
#ifndef KEYCHAIN_IDENTITY_H
#define KEYCHAIN_IDENTITY_H

#include "helper/keychain/items/request.h"

/*
 * Takes a dictionary with the attributes of both, "certdata" the certificate and "v_Data" the key:
 * adds what is missing of the two. errSecDuplicateItem when neither is.
 */
int identity_add(struct request *request, const struct query *query, struct value **ret_result);

int identity_copy(struct request *request, const struct query *query, const struct groups *groups);
int identity_update(struct request *request, const struct query *query, const struct groups *groups,
		    const struct query *change, size_t *ret_count);
/* The certificate; the key too, when no other certificate shares it. */
int identity_delete(struct request *request, const struct query *query, const struct groups *groups,
		    size_t *ret_count);

#endif

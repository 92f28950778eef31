/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proof of a request's right: checked without cost, then tried in three steps so that a guess
 * is on disk before its outcome is known. After load_bag(), which leaves in operation->info what they have to know.
 * Worker threads. All return 0 or a negative errno that is in
 * the result.
 */
#ifndef KEYBAGD_AUTHENTICATE_H
#define KEYBAGD_AUTHENTICATE_H

#include "keybagd/bag/operation.h"
#include "keybagd/store/sealed_form.h"

/* Whether such a keybag takes such a proof; reads a recovery code, so that a slip is never counted. */
int authenticate_check(struct operation *operation);

/* BEGIN_TRY; the record that counts it as failed is made durable. */
int authenticate_begin(struct operation *operation);

/* CANCEL_TRY, if one was begun and not used up. */
void authenticate_cancel(struct operation *operation);

/* Passcode to operation->key; nothing where it is there already. */
int authenticate_derive(struct operation *operation);

/* check, begin, derive. */
int authenticate_prepare(struct operation *operation);

/* The proof as a command takes it; of kind NONE where the request has none. */
struct keybag_secret authenticate_secret(const struct operation *operation);

/*
 * Deals with the result of the command that used the try up: notes failures and delay, saves the record,
 * explains the error. Returns @result.
 */
int authenticate_used(struct operation *operation, int result, uint32_t failures, uint64_t retry_after_ns,
		      const struct sealed_record *record);

#endif /* KEYBAGD_AUTHENTICATE_H */

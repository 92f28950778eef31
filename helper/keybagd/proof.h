/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a request proves its right with: checked without cost, then tried in three steps so that a guess
 * is on disk before its outcome is known. Worker threads. All return 0 or a negative errno that is in
 * the outcome.
 */
#ifndef KEYBAGD_PROOF_H
#define KEYBAGD_PROOF_H

#include "control.h"
#include "operation.h"

/* Whether such a keybag takes such a proof; reads a recovery code, so that a slip is never counted. */
int proof_check(struct operation *operation, const struct sealed_form *form);

/* BEGIN_TRY; the record that counts it as failed is made durable. */
int proof_begin(struct operation *operation);

/* CANCEL_TRY, if one was begun and not used up. */
void proof_cancel(struct operation *operation);

/* Passcode to operation->key; nothing where it is there already. */
int proof_derive(struct operation *operation, const struct sealed_form *form);

/* check, begin, derive. */
int proof_prepare(struct operation *operation, const struct sealed_form *form);

/* The proof as a command takes it; of kind NONE where the request has none. */
struct keybag_secret proof_secret(const struct operation *operation);

/*
 * Deals with the result of the command that used the try up: notes failures and delay, saves the record,
 * explains the error. Returns @result.
 */
int proof_used(struct operation *operation, int result, uint32_t failures, uint64_t retry_after_ns,
	       const struct sealed_record *record);

#endif /* KEYBAGD_PROOF_H */

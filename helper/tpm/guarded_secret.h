/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A secret that the TPM gives to whoever has the passcode key, and that an index of type PIN-fail guards: each wrong answer
 * counts, a right one sets the count back, and at TPM_EXCHANGE_TRIES nothing opens it any more.
 *
 *   none → prepared    guarded_secret_prepare(): the index's Name is known, and can be noted on disk before there is one
 *   prepared → empty   guarded_secret_make(): defined; it is not written, and guards nothing
 *   empty → written    the same: once, by a signature over the TPM's nonce, whose key goes with the process
 *   written → none     guarded_secret_remove(): never one with another Name
 *
 * docs/format.md has the bytes.
 */
#ifndef TPM_GUARDED_SECRET_H
#define TPM_GUARDED_SECRET_H

#include "common/tpm_exchange.h"
#include "talk.h"

/* Each does a task of enum tpm_task. */
enum tpm_verdict guarded_secret_prepare(struct tpm_exchange *exchange);
enum tpm_verdict guarded_secret_make(struct talk *talk, struct tpm_exchange *exchange);
enum tpm_verdict guarded_secret_release(struct talk *talk, struct tpm_exchange *exchange);
enum tpm_verdict guarded_secret_count(struct talk *talk, struct tpm_exchange *exchange);
enum tpm_verdict guarded_secret_remove(struct talk *talk, struct tpm_exchange *exchange);

#endif /* TPM_GUARDED_SECRET_H */

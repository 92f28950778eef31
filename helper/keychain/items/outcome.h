/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The outcome of a request: a status, a sentence for people, and what programs go by.
 */
#ifndef KEYCHAIN_OUTCOME_H
#define KEYCHAIN_OUTCOME_H

#include "helper/keychain/base/value.h"
#include "helper/keychain/include/keychain-status.h"

struct outcome {
	int status;
	char message[768];
	/* Further members of the answer: locked_class, colliding, requested_group...; NULL: none. */
	struct value *details;
};

/* Sets status and message, and returns the status. */
__attribute__((format(printf, 3, 4)))
int outcome_fail(struct outcome *outcome, int status, const char *format, ...);

/* The same with the errSec status for a lack of memory. */
int outcome_no_memory(struct outcome *outcome);

/* Takes @value; NULL, or no memory: the detail is left out. */
void outcome_detail(struct outcome *outcome, const char *key, struct value *value);

/* Back to success, without details. */
void outcome_reset(struct outcome *outcome);

/* The same before a request is carried out once more: what has happened to the file is told once, and stays. */
void outcome_retry(struct outcome *outcome);

#endif

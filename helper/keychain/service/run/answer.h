/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Answers of the service itself, in the form of the engine's.
 */
#ifndef KEYCHAIND_ANSWER_H
#define KEYCHAIND_ANSWER_H

#include "helper/keychain/base/value.h"

/* { status, name, message }. NULL without memory. */
__attribute__((format(printf, 2, 3))) struct value *answer_fail(int status, const char *format,
								...);

/* Adds "reason", the word that programs go by, to an answer that it takes and returns. NULL without memory. */
struct value *answer_reason(struct value *answer, const char *reason);

/* { status: 0, name, message, result }. Takes @result, which may be NULL: then there is none. */
struct value *answer_result(struct value *result);

#endif

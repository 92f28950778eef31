/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Answers: { status, name, message, result... }.
 */
#ifndef LIBKEYCHAIN_ANSWER_H
#define LIBKEYCHAIN_ANSWER_H

#include "helper/keychain/base/value.h"

/* { status, name, message } of this library's own. NULL without memory. */
struct value *answer_new(int status, const char *message);

/* The status; errSecAllocate of NULL, errSecInternal where it has none that can be. */
int answer_status(const struct value *answer);

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Long results: an answer with a "cursor" has more to follow.
 */
#ifndef LIBKEYCHAIN_PAGE_H
#define LIBKEYCHAIN_PAGE_H

#include <stdbool.h>

#include "helper/keychain/base/value.h"

/* Makes @request ask for what follows @answer. Returns 0 or a negative errno. */
int page_continue(struct value *request, const struct value *answer);

/*
 * Whether @page, the answer to @request, leads on and yet to no end: from where it began itself, or past nothing. Each page of
 * the service with something behind it has a row at least.
 */
bool page_is_endless(const struct value *page, const struct value *request);

/*
 * Moves the result of @page behind that of @answer, adds up what was withheld and what cannot be read, and takes over the
 * cursor, or its absence. NULL for @page is -ENOMEM. Returns 0 or a negative errno.
 */
int page_append(struct value *answer, struct value *page);

#endif

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Long results: an answer with a "cursor" has more to follow.
 */
#ifndef LIBKEYCHAIN_PAGE_H
#define LIBKEYCHAIN_PAGE_H

#include "helper/keychain/base/value.h"

/* Makes @request ask for what follows @answer. Returns 0 or a negative errno. */
int page_continue(struct value *request, const struct value *answer);

/*
 * Moves the result of @page behind that of @answer, adds up what was withheld, and takes over the
 * cursor, or its absence. NULL for @page is -ENOMEM. Returns 0 or a negative errno.
 */
int page_append(struct value *answer, struct value *page);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One of the two services of a transfer, as far as its collections go, and which of these stand for one of the other.
 */
#ifndef SECRETSERVICE_SIDE_H
#define SECRETSERVICE_SIDE_H

#include <stdbool.h>

#include "peer.h"
#include "record.h"

struct side {
	struct peer *peer;			/* the caller's */
	struct record_collections list;
	char *preferred;			/* the path that the alias default stands for; NULL: none */
};

void side_release(struct side *side);

/* NULL: there is none of that path. */
const struct record_collection *side_find(const struct side *side, const char *path);

/* Whether the collection has the same items as it had, as far as its service tells that. */
bool side_is_unchanged(const struct record_collection *before, const struct record_collection *now);

/* Its items are forgotten at logout. */
bool side_is_session(const char *path);

/* The collection of the login, or, without one, the default. NULL: there is neither. */
const struct record_collection *side_first(const struct side *side);

/* The collection that programs use which name none: the default, or, without one, that of the login. NULL: there is neither. */
const struct record_collection *side_default(const struct side *side);

/*
 * Whether the collection of @to that @source is copied to is to be the default there: @source is that of @from, and nobody has
 * chosen another one than that of the login.
 */
bool side_takes_default(const struct side *to, const struct side *from, const struct record_collection *source);

#endif /* SECRETSERVICE_SIDE_H */

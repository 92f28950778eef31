// SPDX-License-Identifier: GPL-2.0-or-later
#include "side.h"

#include <stdlib.h>
#include <string.h>

#include "helper/secretservice/bus/path.h"

#define LOGIN	COLLECTIONS_PATH "/login"
#define SESSION	COLLECTIONS_PATH "/session"

void side_release(struct side *side)
{
	record_collections_free(&side->list);
	free(side->preferred);
	side->preferred = NULL;
}

const struct record_collection *side_find(const struct side *side, const char *path)
{
	for (size_t at = 0; path && at < side->list.count; at++) {
		if (!strcmp(side->list.collections[at].path, path))
			return &side->list.collections[at];
	}
	return NULL;
}

bool side_is_unchanged(const struct record_collection *before, const struct record_collection *now)
{
	char *const none = NULL, *const *one = before->items ? before->items : &none, *const *other = now->items ? now->items : &none;

	while (*one && *other && !strcmp(*one, *other)) {
		one++;
		other++;
	}
	return before->modified == now->modified && !*one && !*other;
}

bool side_is_session(const char *path)
{
	return !strcmp(path, SESSION);
}

static const struct record_collection *preferred_of(const struct side *side)
{
	return side->preferred && !side_is_session(side->preferred) ? side_find(side, side->preferred) : NULL;
}

const struct record_collection *side_first(const struct side *side)
{
	const struct record_collection *login = side_find(side, LOGIN);

	return login ? login : preferred_of(side);
}

const struct record_collection *side_default(const struct side *side)
{
	const struct record_collection *preferred = preferred_of(side);

	return preferred ? preferred : side_find(side, LOGIN);
}

bool side_takes_default(const struct side *to, const struct side *from, const struct record_collection *source)
{
	const struct record_collection *chosen = preferred_of(to);

	return source == side_default(from) && (!chosen || !strcmp(chosen->path, LOGIN));
}

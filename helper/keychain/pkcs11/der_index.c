// SPDX-License-Identifier: LGPL-2.1-or-later
#include "der_index.h"

#include <stdlib.h>
#include <string.h>

struct der_index_entry {
	struct der key;
	size_t number;
};

/* Shorter ones first. */
static int compare_keys(struct der one, struct der other)
{
	if (one.left != other.left)
		return one.left < other.left ? -1 : 1;
	return memcmp(one.at, other.at, one.left);
}

static int compare_entries(const void *one, const void *other)
{
	const struct der_index_entry *a = one, *b = other;
	int keys = compare_keys(a->key, b->key);

	return keys ? keys : a->number < b->number ? -1 : a->number > b->number;
}

bool der_index_make(struct der_index *index, size_t count, struct der (*key)(const void *context, size_t number), const void *context)
{
	struct der bytes;

	*index = DER_INDEX_NONE;
	index->entries = calloc(count ? count : 1, sizeof(*index->entries));
	if (!index->entries)
		return false;
	for (size_t i = 0; i < count; i++) {
		bytes = key(context, i);
		if (bytes.left)
			index->entries[index->count++] = (struct der_index_entry){ bytes, i };
	}
	qsort(index->entries, index->count, sizeof(*index->entries), compare_entries);
	return true;
}

size_t der_index_find(const struct der_index *index, struct der key)
{
	size_t from = 0, until = index->count, middle;

	while (from < until) {
		middle = from + (until - from) / 2;
		if (compare_keys(index->entries[middle].key, key) < 0)
			from = middle + 1;
		else
			until = middle;
	}
	return from < index->count && !compare_keys(index->entries[from].key, key) ? index->entries[from].number : DER_INDEX_ABSENT;
}

void der_index_free(struct der_index *index)
{
	free(index->entries);
	*index = DER_INDEX_NONE;
}

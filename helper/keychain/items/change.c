// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/items/change.h"

#include <stdlib.h>
#include <string.h>

void changes_release(struct changes *changes)
{
	for (size_t at = 0; at < changes->count; at++)
		free(changes->list[at].group);
	free(changes->list);
	*changes = (struct changes){ 0 };
}

void changes_note_anything(struct changes *changes)
{
	changes_release(changes);
	changes->anything = true;
}

bool changes_empty(const struct changes *changes)
{
	return !changes->count && !changes->anything;
}

static bool covers(const struct change *change, const char *group)
{
	return change->kind == CHANGE_ANYTHING && !strcmp(change->group, group);
}

static struct change *find(const struct changes *changes, enum item_class item_class, const uint8_t uuid[ROW_UUID_SIZE],
			   const char *group)
{
	for (size_t at = 0; at < changes->count; at++) {
		struct change *change = &changes->list[at];

		if (covers(change, group))
			return change;
		if (change->kind != CHANGE_ANYTHING && change->item_class == item_class &&
		    !memcmp(change->uuid, uuid, ROW_UUID_SIZE) && !strcmp(change->group, group))
			return change;
	}
	return NULL;
}

static enum change_kind merged(enum change_kind before, enum change_kind now)
{
	if (before == CHANGE_ADDED && now == CHANGE_CHANGED)
		return CHANGE_ADDED;
	if (before == CHANGE_REMOVED && now == CHANGE_ADDED)
		return CHANGE_CHANGED;
	return now;
}

/* Each group becomes one entry. */
static void collapse(struct changes *changes)
{
	size_t kept = 0;

	for (size_t at = 0; at < changes->count; at++) {
		struct change *change = &changes->list[at];
		size_t other = 0;

		while (other < kept && strcmp(changes->list[other].group, change->group))
			other++;
		if (other < kept) {
			free(change->group);
			continue;
		}
		change->kind = CHANGE_ANYTHING;
		changes->list[kept++] = *change;
	}
	changes->count = kept;
}

static void append(struct changes *changes, enum change_kind kind, enum item_class item_class,
		   const uint8_t uuid[ROW_UUID_SIZE], const char *group)
{
	struct change change = { .kind = kind, .item_class = item_class, .group = strdup(group) };

	if (!changes->list)
		changes->list = calloc(CHANGES_MAX, sizeof(*changes->list));
	if (!changes->list || !change.group) {
		free(change.group);
		changes_note_anything(changes);
		return;
	}
	memcpy(change.uuid, uuid, ROW_UUID_SIZE);
	changes->list[changes->count++] = change;
}

void changes_note(struct changes *changes, enum change_kind kind, enum item_class item_class,
		  const uint8_t uuid[ROW_UUID_SIZE], const char *group)
{
	struct change *present = find(changes, item_class, uuid, group);

	if (!present && changes->count == CHANGES_MAX) {
		collapse(changes);
		present = find(changes, item_class, uuid, group);
	}
	if (present && present->kind != CHANGE_ANYTHING)
		present->kind = merged(present->kind, kind);
	else if (!present && changes->count == CHANGES_MAX)
		changes_note_anything(changes);
	else if (!present && !changes->anything)
		append(changes, kind, item_class, uuid, group);
}

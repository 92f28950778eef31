// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Notes of changes: one entry for an item in a group, and where there is no room, that anything may have changed.
 */
#include <string.h>

#include "helper/keychain/items/change.h"
#include "tests/unit/lib/tap.h"

static struct changes changes;

static void note(enum change_kind kind, unsigned int number, const char *group)
{
	uint8_t uuid[ROW_UUID_SIZE] = { (uint8_t)number, (uint8_t)(number >> 8) };

	changes_note(&changes, kind, ITEM_KEY, uuid, group);
}

static bool is(size_t at, enum change_kind kind, const char *group)
{
	return at < changes.count && changes.list[at].kind == kind && !strcmp(changes.list[at].group, group);
}

static void check_two(enum change_kind first, enum change_kind second, enum change_kind merged)
{
	note(first, 1, "a");
	note(second, 1, "a");
	check(changes.count == 1 && is(0, merged, "a") && !changes_empty(&changes));
	changes_release(&changes);
	check(changes_empty(&changes));
}

int main(void)
{
	char group[32];

	tap_start();
	check_two(CHANGE_ADDED, CHANGE_CHANGED, CHANGE_ADDED);
	check_two(CHANGE_ADDED, CHANGE_REMOVED, CHANGE_REMOVED);
	check_two(CHANGE_CHANGED, CHANGE_CHANGED, CHANGE_CHANGED);
	check_two(CHANGE_CHANGED, CHANGE_REMOVED, CHANGE_REMOVED);
	check_two(CHANGE_REMOVED, CHANGE_ADDED, CHANGE_CHANGED);
	tap_test("two changes of an item are one");

	note(CHANGE_REMOVED, 1, "a");
	note(CHANGE_ADDED, 1, "b");
	check(changes.count == 2 && is(0, CHANGE_REMOVED, "a") && is(1, CHANGE_ADDED, "b"));
	changes_release(&changes);
	tap_test("a move is one in each group");

	for (unsigned int number = 0; number < CHANGES_MAX; number++)
		note(CHANGE_ADDED, number, number % 2 ? "a" : "b");
	check(changes.count == CHANGES_MAX && is(CHANGES_MAX - 1, CHANGE_ADDED, "a"));
	note(CHANGE_ADDED, CHANGES_MAX, "a");
	check(changes.count == 2 && is(0, CHANGE_ANYTHING, "b") && is(1, CHANGE_ANYTHING, "a"));
	note(CHANGE_REMOVED, 1, "a");
	check(changes.count == 2);
	note(CHANGE_REMOVED, 1, "c");
	check(changes.count == 3 && is(2, CHANGE_REMOVED, "c") && !changes.anything);
	changes_release(&changes);
	tap_test("too many become one entry for each group");

	for (unsigned int number = 0; number <= CHANGES_MAX; number++) {
		snprintf(group, sizeof(group), "group %u", number);
		note(CHANGE_ADDED, number, group);
	}
	check(changes.anything && !changes.count && !changes_empty(&changes));
	note(CHANGE_ADDED, 1, "a");
	check(changes.anything && !changes.count);
	changes_release(&changes);
	check(!changes.anything && changes_empty(&changes));
	tap_test("too many groups are any");
	return tap_end();
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Collections of two Secret Services: which one programs use that name none, and which of those that are copied is that there.
 */
#include <stdlib.h>
#include <string.h>

#include "helper/secretservice/bus/path.h"
#include "helper/secretservice/transfer/side.h"
#include "tests/unit/lib/tap.h"

#define AT(name)	COLLECTIONS_PATH "/" name

/* A side with the collections @paths, up to NULL. */
static struct side side_of(const char *preferred, const char *const *paths)
{
	struct side side = { .preferred = preferred ? strdup(preferred) : NULL };

	for (; *paths; paths++) {
		struct record_collection collection = { .path = strdup(*paths), .label = strdup("") };

		check(!record_collections_add(&side.list, &collection));
	}
	return side;
}

#define SIDE(preferred, ...)	side_of(preferred, (const char *const[]){ __VA_ARGS__, NULL })

static bool is_at(const struct record_collection *collection, const char *path)
{
	return path ? collection && !strcmp(collection->path, path) : !collection;
}

static void expect(struct side side, const char *first, const char *by_default)
{
	check(is_at(side_first(&side), first));
	check(is_at(side_default(&side), by_default));
	side_release(&side);
}

static void test_choice(void)
{
	expect(SIDE(AT("login"), AT("login"), AT("Work")), AT("login"), AT("login"));
	expect(SIDE(AT("Work"), AT("Work"), AT("login")), AT("login"), AT("Work"));
	expect(SIDE(NULL, AT("Work"), AT("login")), AT("login"), AT("login"));
	expect(SIDE(AT("database"), AT("database")), AT("database"), AT("database"));
	expect(SIDE(NULL, AT("database")), NULL, NULL);
	tap_test("the collection of the login, and the default");
}

static void test_lost(void)
{
	expect(SIDE(AT("gone"), AT("login")), AT("login"), AT("login"));
	expect(SIDE(AT("gone"), AT("Work")), NULL, NULL);
	expect(SIDE(AT("session"), AT("session"), AT("login")), AT("login"), AT("login"));
	expect(SIDE(AT("session"), AT("session")), NULL, NULL);
	tap_test("a default that is not there, or ends with the login, is none");
}

/* The collection that takes the default there: of all of @from, each of which @to has a new one for; NULL: none does. */
static void expect_taken(struct side to, struct side from, const char *path)
{
	const struct record_collection *taken = NULL;

	for (size_t at = 0; at < from.list.count; at++) {
		if (!side_takes_default(&to, &from, &from.list.collections[at]))
			continue;
		check(!taken);
		taken = &from.list.collections[at];
	}
	check(is_at(taken, path));
	side_release(&to);
	side_release(&from);
}

static void test_kept(void)
{
	/* In either order: the last one that is copied is not what counts. */
	expect_taken(SIDE(NULL, AT("session")), SIDE(AT("Work"), AT("Work"), AT("login")), AT("Work"));
	expect_taken(SIDE(NULL, AT("session")), SIDE(AT("work"), AT("login"), AT("work")), AT("work"));
	expect_taken(SIDE(AT("login"), AT("login")), SIDE(AT("Work"), AT("Work"), AT("login")), AT("Work"));
	expect_taken(SIDE(NULL, AT("session")), SIDE(NULL, AT("Work"), AT("login")), AT("login"));
	tap_test("the default of the one is that of the other, and no second one");
}

static void test_chosen(void)
{
	expect_taken(SIDE(AT("Mine"), AT("Mine"), AT("login")), SIDE(AT("Work"), AT("Work"), AT("login")), NULL);
	expect_taken(SIDE(AT("Mine"), AT("Mine")), SIDE(AT("Work"), AT("Work"), AT("login")), NULL);
	expect_taken(SIDE(AT("gone"), AT("login")), SIDE(AT("Work"), AT("Work"), AT("login")), AT("Work"));
	tap_test("a default that somebody has chosen there stays");
}

static bool is_unchanged(char *const *before, uint64_t modified, char *const *now)
{
	const struct record_collection one = { .items = (char **)before, .modified = 1 }, other = { .items = (char **)now, .modified = modified };

	return side_is_unchanged(&one, &other);
}

static void test_changed(void)
{
	char a[] = "/a", b[] = "/b", *const none[] = { NULL }, *const one[] = { a, NULL }, *const other[] = { b, NULL }, *const both[] = { a, b, NULL };

	check(is_unchanged(both, 1, both) && is_unchanged(none, 1, NULL) && is_unchanged(NULL, 1, none));
	check(!is_unchanged(both, 2, both) && !is_unchanged(one, 1, both) && !is_unchanged(both, 1, one) && !is_unchanged(one, 1, other));
	check(!is_unchanged(NULL, 1, one) && !is_unchanged(one, 1, none));
	tap_test("a collection is changed by items that come, go or are others, and by its date");
}

int main(void)
{
	tap_start();
	test_choice();
	test_lost();
	test_kept();
	test_chosen();
	test_changed();
	return tap_end();
}

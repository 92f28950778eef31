// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Copies from one Secret Service to another: both are tables of this test, which can end at any call. All that
 * is said on a bus is in secretservice_peer.c.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helper/cli/program.h"
#include "helper/common/printable.h"
#include "helper/secretservice/bus/path.h"
#include "helper/secretservice/transfer/copy.h"
#include "helper/secretservice/transfer/password.h"
#include "tests/unit/lib/tap.h"

#define AT(name)	COLLECTIONS_PATH "/" name
#define MOST		8

struct table {
	size_t collections;
	struct {
		const char *path, *label;
		bool locked;
		size_t items;
	} collection[MOST];
	const char *preferred;
	bool grows;		/* with the first secret that it gives a program adds an item there */
	bool gone;		/* it has ended, and each call of it fails */
	size_t ends_after;	/* secrets that it gives or takes before; 0: it does not end */
	size_t added;
};

/* The services, by the names of their connections. */
static struct table source, target;
static char complaints[4096];

static struct table *table_of(const struct peer *peer)
{
	return !strcmp(peer->owner, ":1.1") ? &source : &target;
}

static void end_in_time(struct table *table)
{
	if (table->ends_after && !--table->ends_after)
		table->gone = true;
}

/* ---- what the copy calls ---- */

int program_complain(const char *format, ...)
{
	size_t length = strlen(complaints);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(complaints + length, sizeof(complaints) - length, format, arguments);
	va_end(arguments);
	return 1;
}

void printable_line(FILE *file, const char *format, ...)
{
	(void)file;
	(void)format;
}

void printable_write(FILE *file, const char *text, size_t length)
{
	fwrite(text, 1, length, file);
}

bool password_is_asked(void)
{
	return false;
}

int password_read(const char *prompt, struct secret *ret_password)
{
	(void)prompt;
	(void)ret_password;
	return -ENODATA;
}

int password_read_new(const char *prompt, struct secret *ret_password)
{
	return password_read(prompt, ret_password);
}

const char *peer_problem(const struct peer *peer, int result)
{
	(void)peer;
	return strerror(-result);
}

bool peer_is_there(const struct peer *peer)
{
	return !table_of(peer)->gone;
}

static char **paths_of(size_t count)
{
	char **paths = calloc(count + 1, sizeof(*paths));

	for (size_t at = 0; at < count; at++)
		paths[at] = strdup("/item");
	return paths;
}

int peer_collections(struct peer *peer, struct record_collections *ret_collections)
{
	struct table *table = table_of(peer);

	*ret_collections = (struct record_collections){ 0 };
	for (size_t at = 0; !table->gone && at < table->collections; at++) {
		struct record_collection collection = {
			.path = strdup(table->collection[at].path),
			.label = strdup(table->collection[at].label),
			.locked = table->collection[at].locked,
			.items = paths_of(table->collection[at].items),
		};

		check(!record_collections_add(ret_collections, &collection));
	}
	return table->gone ? -EHOSTUNREACH : 0;
}

int peer_items(struct peer *peer, const struct record_collection *collection, struct record_list *ret_items)
{
	*ret_items = (struct record_list){ 0 };
	for (size_t at = 0; collection->items[at]; at++) {
		struct record record = { .path = strdup("/item"), .label = strdup("an item"), .modified = at };

		check(asprintf(&record.key, "%s %zu", collection->label, at) > 0 && !record_list_add(ret_items, &record));
	}
	return table_of(peer)->gone ? -EHOSTUNREACH : 0;
}

int peer_alias(struct peer *peer, const char *alias, char **ret_path)
{
	const char *path = table_of(peer)->preferred;

	(void)alias;
	*ret_path = path ? strdup(path) : NULL;
	return 0;
}

int peer_set_alias(struct peer *peer, const char *alias, const char *path)
{
	struct table *table = table_of(peer);

	check(!strcmp(alias, "default"));
	for (size_t at = 0; at < table->collections; at++) {
		if (!strcmp(table->collection[at].path, path))
			table->preferred = table->collection[at].path;
	}
	return 0;
}

int peer_secret(struct peer *peer, const char *item, size_t maximum, struct secret *ret_secret, char **ret_type)
{
	struct table *table = table_of(peer);

	(void)item;
	(void)maximum;
	if (table->gone)
		return -EHOSTUNREACH;
	table->collection[0].items += table->grows;
	table->grows = false;
	end_in_time(table);
	*ret_type = strdup("text/plain");
	return secret_from("secret", 6, ret_secret);
}

int peer_add(struct peer *peer, const char *collection, const struct record *record, const struct secret *secret,
	     const char *type)
{
	struct table *table = table_of(peer);

	(void)collection;
	(void)record;
	(void)secret;
	(void)type;
	if (table->gone)
		return -EHOSTUNREACH;
	table->added++;
	end_in_time(table);
	return 0;
}

int peer_renew(struct peer *peer, const struct record *item, const struct secret *secret, const char *type, const char *label)
{
	(void)item;
	(void)label;
	return peer_add(peer, NULL, NULL, secret, type);
}

int peer_make_collection(struct peer *peer, const char *label, const struct secret *password, char **ret_path)
{
	struct table *table = table_of(peer);

	(void)password;
	check(!strcmp(label, "Work"));
	table->collection[table->collections].path = AT("Work");
	table->collection[table->collections++].label = "Work";
	*ret_path = strdup(AT("Work"));
	return 0;
}

int peer_rename_collection(struct peer *peer, const char *collection, const char *label)
{
	(void)peer;
	(void)collection;
	(void)label;
	return 0;
}

bool peer_takes_passwords(struct peer *peer)
{
	(void)peer;
	return false;
}

int peer_unlock(struct peer *peer, const char *collection, const struct secret *password)
{
	(void)peer;
	(void)collection;
	(void)password;
	return -EKEYREJECTED;
}

int peer_unlock_on_screen(struct peer *peer, char **paths)
{
	(void)peer;
	(void)paths;
	return -ECANCELED;
}

/* ---- tests ---- */

/* Two items at Login and two at Work, where programs look that name no collection; the target has an empty login. */
static void begin(void)
{
	source = (struct table){
		.collections = 2,
		.collection = { { AT("login"), "Login", false, 2 }, { AT("Work"), "Work", false, 2 } },
		.preferred = AT("Work"),
	};
	target = (struct table){
		.collections = 1,
		.collection = { { AT("login"), "Login", false, 0 } },
		.preferred = AT("login"),
	};
	complaints[0] = 0;
}

static int run(bool dry_run, size_t *ret_left)
{
	struct peer from = { .owner = ":1.1" }, to = { .owner = ":1.2" };
	struct copy copy = { .from = &from, .to = &to, .keychain_limits = true, .dry_run = dry_run };
	int result = copy_all(&copy);

	*ret_left = copy.total.left;
	return result;
}

static void test_all(void)
{
	size_t left;

	begin();
	check(!run(true, &left) && !left && !target.added && !strcmp(target.preferred, AT("login")));
	check(!run(false, &left) && !left && target.added == 4 && !strcmp(target.preferred, AT("Work")));
	check(!*complaints);
	tap_test("all is copied, and the default is the default");
}

static void test_interrupted(void)
{
	size_t left;

	begin();
	target.collections = 2;
	target.collection[1].path = AT("Work");
	target.collection[1].label = "Work";
	check(!run(true, &left) && !strcmp(target.preferred, AT("login")));
	check(!run(false, &left) && !left && !strcmp(target.preferred, AT("Work")));
	tap_test("a run that finds the collection which one before has made goes on to make it the default");
	begin();
	target.collections = 3;
	target.collection[1].path = AT("Work");
	target.collection[1].label = "Work";
	target.collection[2].path = AT("Mine");
	target.collection[2].label = "Mine";
	target.preferred = AT("Mine");
	check(!run(false, &left) && !left && !strcmp(target.preferred, AT("Mine")));
	tap_test("but where another one was chosen");
}

static void test_locked(void)
{
	size_t left;

	begin();
	source.collection[1].locked = true;
	check(!run(false, &left) && left == 1 && target.added == 2);
	tap_test("a locked collection is left");
}

static void test_changed(void)
{
	size_t left;

	begin();
	source.grows = true;
	check(!run(false, &left) && left == 1 && strstr(complaints, "'Login' of") && strstr(complaints, "changed meanwhile"));
	complaints[0] = 0;
	check(!run(false, &left) && !left && !*complaints);
	tap_test("a collection that is changed meanwhile is left, and the next run has it all");
}

static void test_ended(void)
{
	size_t left;

	begin();
	source.ends_after = 1;
	check(run(false, &left) && target.added == 1 && strstr(complaints, "has ended"));
	begin();
	source.ends_after = 4;
	check(run(false, &left) && target.added == 4);
	begin();
	target.ends_after = 1;
	check(run(false, &left) && target.added == 1 && strstr(complaints, "has ended"));
	/* Behind what was copied, and before somebody could have opened the rest. */
	begin();
	source.collection[0].items = 1;
	source.collection[1].locked = true;
	target.ends_after = 1;
	check(run(false, &left) && left == 1 && strstr(complaints, "has ended"));
	tap_test("a service that has ended where its bus goes on is no transfer in which something was left");
}

int main(void)
{
	tap_start();
	test_all();
	test_interrupted();
	test_locked();
	test_changed();
	test_ended();
	return tap_end();
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Own attributes: their bytes, written and read again, cut short and changed; what a search by them and an addition
 * cost, in steps of SQLite and in calls of the kernel.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "helper/keychain/store/file.h"
#include "helper/keychain/store/keys.h"
#include "helper/keychain/store/own.h"
#include "helper/keychain/store/row_seal.h"
#include "helper/keychain/store/row_write.h"
#include "helper/keychain/store/select.h"
#include "tests/keychain/fake_keybag.h"
#include "tests/unit/lib/tap.h"

#define ITEMS		1000
#define STEPS_A_ROW	400	/* at most, for a row that is found */

static struct store store;

/* ---- bytes ---- */

static struct value *example(void)
{
	struct value *pairs = value_dictionary();

	value_set(pairs, "zebra", value_string("z"));
	value_set(pairs, "", value_string(""));
	value_set(pairs, "data", value_string_of("a\0b", 3));
	return pairs;
}

static uint8_t *encode(const struct value *pairs, size_t *ret_length)
{
	uint8_t *bytes;

	*ret_length = own_encode(pairs, NULL);
	bytes = malloc(*ret_length);
	check(own_encode(pairs, bytes) == *ret_length);
	return bytes;
}

/* In memory of exactly that size, for the sanitizer to see. */
static enum fault decode(const uint8_t *bytes, size_t length, struct value **ret_pairs)
{
	uint8_t *copy = malloc(length ? length : 1);
	enum fault fault;

	memcpy(copy, bytes, length);
	fault = own_decode(copy, length, ret_pairs);
	free(copy);
	return fault;
}

static void test_bytes(void)
{
	struct value *pairs = example(), *again, *other = value_dictionary();
	size_t length, other_length;
	uint8_t *bytes = encode(pairs, &length), *other_bytes;

	check(length == own_size(pairs) + 3 * 8 && own_size(pairs) == 5 + 1 + 4 + 3);
	check(!decode(bytes, length, &again) && own_has(again, pairs, true) && own_has(pairs, again, true));
	/* In whatever order they were set. */
	value_set(other, "data", value_string_of("a\0b", 3));
	value_set(other, "zebra", value_string("z"));
	value_set(other, "", value_string(""));
	other_bytes = encode(other, &other_length);
	check(other_length == length && !memcmp(bytes, other_bytes, length));
	value_remove(other, "");
	check(own_has(pairs, other, false) && !own_has(pairs, other, true) && !own_has(other, pairs, false));
	value_set(other, "data", value_string("a"));
	check(!own_has(pairs, other, false) && own_has(pairs, NULL, false) && !own_has(pairs, NULL, true) &&
	      own_has(NULL, NULL, true));
	free(bytes);
	free(other_bytes);
	value_free(again);
	value_free(pairs);
	value_free(other);
	tap_test("pairs have the same bytes in any order, and are read again");
}

/* Bytes that can be read are those that own_encode() writes of them: there is one way to write a set. */
static void check_decoded(const uint8_t *bytes, size_t length, unsigned int *refused)
{
	struct value *pairs;
	uint8_t *again;
	size_t size;

	if (decode(bytes, length, &pairs)) {
		++*refused;
		return;
	}
	again = encode(pairs, &size);
	check(size == length && !memcmp(again, bytes, length));
	free(again);
	value_free(pairs);
}

static void test_damage(void)
{
	struct value *pairs = example();
	unsigned int refused = 0;
	size_t length;
	uint8_t *bytes = encode(pairs, &length);

	for (size_t shorter = 0; shorter < length; shorter++)
		check_decoded(bytes, shorter, &refused);
	check(refused >= length - 3);
	for (size_t at = 0; at < length; at++) {
		for (unsigned int value = 0; value < 256; value++) {
			uint8_t kept = bytes[at];

			bytes[at] = (uint8_t)value;
			check_decoded(bytes, length, &refused);
			bytes[at] = kept;
		}
	}
	free(bytes);
	value_free(pairs);
	tap_test("damaged bytes are refused, or those of another set");
}

/* ---- costs ---- */

static int keybag(void *context)
{
	(void)context;
	return fake_keybag_open();
}

/* Since it was asked last: steps of all statements, and whether any went through a whole table. */
static unsigned int take_steps(bool *ret_scan)
{
	unsigned int steps = 0;

	*ret_scan = false;
	for (sqlite3_stmt *at = sqlite3_next_stmt(store.database.handle, NULL); at;
	     at = sqlite3_next_stmt(store.database.handle, at)) {
		steps += (unsigned int)sqlite3_stmt_status(at, SQLITE_STMTSTATUS_VM_STEP, 1);
		*ret_scan |= sqlite3_stmt_status(at, SQLITE_STMTSTATUS_FULLSCAN_STEP, 1) > 0 ||
			     sqlite3_stmt_status(at, SQLITE_STMTSTATUS_SORT, 1) > 0;
	}
	return steps;
}

static bool mentions_own(void)
{
	bool found = false;

	for (sqlite3_stmt *at = sqlite3_next_stmt(store.database.handle, NULL); at;
	     at = sqlite3_next_stmt(store.database.handle, at))
		found |= strstr(sqlite3_sql(at), "own_index") != NULL;
	return found;
}

static struct value *pairs_of(const char *app, const char *user)
{
	struct value *pairs = value_dictionary();

	value_set(pairs, "app", value_string(app));
	value_set(pairs, "user", value_string(user));
	return pairs;
}

/* Takes @pairs. */
static bool add(unsigned int number, struct value *pairs)
{
	struct row row = { .item_class = ITEM_GENERIC };
	struct sealed_secret sealed = { 0 };
	char account[16];
	bool good;

	snprintf(account, sizeof(account), "a%u", number);
	row.attributes = value_dictionary();
	value_set(row.attributes, "acct", value_string(account));
	value_set(row.attributes, "agrp", value_string("test"));
	value_set(row.attributes, "pdmn", value_string("ak"));
	value_set(row.attributes, "sync", value_integer(0));
	value_set(row.attributes, "cdat", value_date(1));
	value_set(row.attributes, "mdat", value_date(1));
	if (pairs)
		value_set(row.attributes, "attr", pairs);
	memcpy(row.uuid, &number, sizeof(number));
	good = !store_begin(&store, true) && !row_seal(&store, &row) && !row_insert(&store, &row, &sealed) &&
	       !store_commit(&store);
	row_release(&row);
	return good;
}

/* Counts the rows that have all of @pairs, which it takes; NULL: that have account "a3". */
static size_t count_found(struct value *pairs)
{
	static const char *const groups[] = { "test" };
	struct hash_job jobs[OWN_MAX_HASHES + 1];
	struct own_jobs own = { .jobs = jobs };
	struct selection *what = calloc(1, sizeof(*what));
	struct value *account = value_string("a3");
	struct select *select = NULL;
	char buffer[ATTRIBUTE_BUFFER_SIZE];
	bool found = true;
	size_t count = 0;
	int64_t after = 0;

	*what = (struct selection){ .item_class = ITEM_GENERIC, .groups = groups, .group_count = 1,
				    .synchronizable = { true, false } };
	what->usable[LOOKUP_FIRST_UNLOCK] = true;
	check(!store_begin(&store, false) && !own_jobs_make(&own, pairs));
	what->own_count = own.count ? own.count - 1 : 0;
	if (!pairs) {
		what->term_count = 1;
		what->terms[0].attribute = attribute_by_name("acct");
		jobs[0] = (struct hash_job){ 0 };
		hash_prepare(&jobs[0], ITEM_GENERIC, what->terms[0].attribute, account, buffer);
		own.count = 1;
	}
	for (size_t i = 0; i < own.count; i++)
		jobs[i].lookup = LOOKUP_FIRST_UNLOCK;
	check(!hash_all(&store, jobs, own.count, false));
	for (size_t i = 0; i < what->own_count; i++)
		memcpy(what->own[i][LOOKUP_FIRST_UNLOCK], jobs[i + 1].hash, HASH_SIZE);
	memcpy(what->terms[0].hash[LOOKUP_FIRST_UNLOCK], jobs[0].hash, HASH_SIZE);
	check(!select_begin(&store, what, 0, &select));
	while (found) {
		struct row row;

		check(!select_next(select, after, &row, &found));
		if (!found)
			break;
		after = row.id;
		count++;
		row_release(&row);
	}
	select_end(select);
	store_rollback(&store);
	own_jobs_release(&own);
	value_free(account);
	value_free(pairs);
	free(what);
	return count;
}

static void test_search(void)
{
	unsigned int steps, alone;
	bool scan;

	take_steps(&scan);
	/* Rarest first, whichever was named first: hundreds have the other one. */
	check(count_found(pairs_of("mail", "rare")) == 3);
	steps = take_steps(&scan);
	printf("# two own attributes that 3 of %d items have, one of them %d: %u steps of SQLite\n", ITEMS, ITEMS / 2, steps);
	check(!scan && steps < 3 * STEPS_A_ROW);
	check(count_found(pairs_of("mail", "nobody")) == 0);
	alone = take_steps(&scan);
	check(!scan && alone < STEPS_A_ROW);
	tap_test("a search by two own attributes goes by the index, through the rows that have the rarer one");
}

/* The most steps that one of ten additions takes. */
static unsigned int cost_of_adding(unsigned int first)
{
	unsigned int most = 0;
	bool scan;

	take_steps(&scan);
	for (unsigned int i = 0; i < 10; i++) {
		unsigned int steps;

		check(add(first + i, pairs_of("mail", "other")));
		steps = take_steps(&scan);
		check(!scan);
		most = steps > most ? steps : most;
	}
	return most;
}

static void test_costs(void)
{
	unsigned int few, many;
	unsigned long plain, own;

	check(add(0, NULL) && count_found(NULL) == 0);
	plain = fake_keybag_calls();
	check(add(3, NULL) && count_found(NULL) == 1);
	plain = fake_keybag_calls() - plain;
	check(!mentions_own());
	tap_test("items without own attributes take no statement about them");
	check(add(1, pairs_of("warm", "up")));
	own = fake_keybag_calls();
	check(add(2, pairs_of("a", "b")) && count_found(NULL) == 1);
	own = fake_keybag_calls() - own;
	printf("# calls of the kernel: %lu, with own attributes %lu\n", plain, own);
	check(plain == own);
	tap_test("own attributes take no further call of the kernel");
	few = cost_of_adding(100);
	for (unsigned int i = 200; i < 200 + ITEMS; i++)
		check(add(i, pairs_of(i % 2 ? "mail" : "news", i % 300 == 1 ? "rare" : "frequent")));
	many = cost_of_adding(5000);
	printf("# steps of adding, with few items and with %d: %u and %u\n", ITEMS, few, many);
	check(many <= few + 5);
	tap_test("to add an item costs the same with few items and with many");
}

int main(void)
{
	char path[] = "/dev/shm/keychain-own.XXXXXX", beside[sizeof(path) + 4];
	int descriptor = mkstemp(path);
	uint32_t class_number;

	tap_start();
	test_bytes();
	test_damage();
	close(descriptor);
	store.keybag = keybag;
	fake_keybag_set("unlocked");
	check(!store_open(&store, path) && !store_settle(&store, &class_number));
	test_costs();
	test_search();
	store_close(&store);
	unlink(path);
	snprintf(beside, sizeof(beside), "%s-wal", path);
	unlink(beside);
	snprintf(beside, sizeof(beside), "%s-shm", path);
	unlink(beside);
	return tap_end();
}

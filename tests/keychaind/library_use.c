// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Uses of libkeychain by a program, step by step; prints TAP. The keybag of the user has to be
 * unlocked.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <keychain.h>

#define PAGES		32
#define PAGE_SIZE	4096

static unsigned int tests, failed;
static struct keychain_client *client;

static void check(bool good, const char *what)
{
	printf("%sok %u - %s\n", good ? "" : "not ", ++tests, what);
	if (!good)
		printf("# %s\n", keychain_client_message(client));
	failed += !good;
}

static struct keychain_query *account(const char *name)
{
	struct keychain_query *query = keychain_query_new(KEYCHAIN_GENERIC_PASSWORD);

	keychain_query_set_text(query, KEYCHAIN_ACCOUNT, name);
	keychain_query_set_text(query, KEYCHAIN_SERVICE, "library_use");
	return query;
}

static bool secret_is(const struct keychain_items *items, size_t index, const char *wanted)
{
	size_t length;
	const void *secret = keychain_items_secret(items, index, &length);

	return secret && length == strlen(wanted) && !memcmp(secret, wanted, length);
}

static void add_and_find(uint8_t reference[KEYCHAIN_REFERENCE_SIZE])
{
	struct keychain_query *item = account("one");
	struct keychain_items *items = NULL;
	size_t length;

	keychain_query_set_secret(item, "secret", 6);
	keychain_query_set_data(item, KEYCHAIN_GENERIC, "\0\1", 2);
	keychain_query_set_boolean(item, KEYCHAIN_INVISIBLE, true);
	check(keychain_add(client, item, reference) == 0, "add returns a reference");
	check(keychain_add(client, item, NULL) == errSecDuplicateItem, "the same item twice");
	check(strstr(keychain_client_message(client), "genp"), "the message names the class");
	keychain_query_free(item);

	item = account("one");
	check(keychain_find(client, item, KEYCHAIN_RETURN_SECRET, 1, &items) == 0 &&
	      keychain_items_count(items) == 1 && secret_is(items, 0, "secret"), "find the secret");
	keychain_items_free(items);
	check(keychain_find(client, item,
			    KEYCHAIN_RETURN_SECRET | KEYCHAIN_RETURN_ATTRIBUTES |
				    KEYCHAIN_RETURN_REFERENCE | KEYCHAIN_PARTIAL,
			    KEYCHAIN_NO_LIMIT, &items) == 0,
	      "find all that there is");
	check(!strcmp(keychain_items_text(items, 0, KEYCHAIN_ACCOUNT, NULL), "one") &&
		      !memcmp(keychain_items_data(items, 0, KEYCHAIN_GENERIC, &length), "\0\1",
			      2) &&
		      length == 2 && keychain_items_boolean(items, 0, KEYCHAIN_INVISIBLE) &&
		      keychain_items_accessible(items, 0) == KEYCHAIN_WHEN_UNLOCKED &&
		      keychain_items_time(items, 0, KEYCHAIN_CREATED) > 0 &&
		      secret_is(items, 0, "secret") &&
		      !memcmp(keychain_items_reference(items, 0), reference,
			      KEYCHAIN_REFERENCE_SIZE) &&
		      !keychain_items_has(items, 0, KEYCHAIN_PORT) &&
		      !keychain_items_withheld(items) &&
		      !keychain_items_text(items, 1, KEYCHAIN_ACCOUNT, NULL),
	      "attributes by their types");
	keychain_items_free(items);
	keychain_query_free(item);
}

static void change(const uint8_t reference[KEYCHAIN_REFERENCE_SIZE])
{
	struct keychain_query *item = account("one");
	struct keychain_query *by_reference = keychain_query_new_reference(reference);
	struct keychain_query *changes = keychain_query_new_changes();
	struct keychain_items *items = NULL;
	uint64_t count = 0;
	bool added = true;

	keychain_query_set_secret(changes, "other", 5);
	check(keychain_update(client, item, changes) == 0, "update the secret");
	check(keychain_find(client, by_reference, KEYCHAIN_RETURN_SECRET, 1, &items) == 0 &&
	      secret_is(items, 0, "other"), "find it by its reference");
	keychain_items_free(items);
	check(keychain_change_class(client, item, KEYCHAIN_AFTER_FIRST_UNLOCK, KEYCHAIN_DRY_RUN,
				    &count) == 0 &&
		      count == 1,
	      "a dry run of a change of class");
	check(keychain_change_class(client, item, KEYCHAIN_AFTER_FIRST_UNLOCK, 0, NULL) == 0,
	      "change the class");
	keychain_query_set_secret(item, "third", 5);
	check(keychain_upsert(client, item, &added) == 0 && !added, "upsert changes what is there");
	keychain_query_free(changes);
	keychain_query_free(by_reference);
	keychain_query_free(item);
}

static void mistakes(void)
{
	struct keychain_query *query = account("one");
	struct keychain_items *items = NULL;

	keychain_query_set_text(query, KEYCHAIN_PORT, "80");
	check(keychain_find(client, query, 0, 1, &items) == errSecParam,
	      "text for a number is refused");
	check(strstr(keychain_client_message(client), "keychain_query_set_text"),
	      "the message names the setter");
	keychain_query_free(query);
	query = account("\xff");
	check(keychain_find(client, query, 0, 1, &items) == errSecParam,
	      "text that is not UTF-8 is refused");
	keychain_query_free(query);
	query = keychain_query_new_changes();
	keychain_query_set_secret(query, NULL, 5);
	check(keychain_update(client, query, query) == errSecParam, "a secret that is not there");
	keychain_query_free(query);
	/* As without memory. */
	keychain_query_set_text(NULL, KEYCHAIN_ACCOUNT, "one");
	keychain_query_set_text(NULL, KEYCHAIN_PORT, "80");
	keychain_query_set_secret(NULL, "secret", 6);
	keychain_query_set_any_synchronizable(NULL);
	check(keychain_add(client, NULL, NULL) == errSecAllocate, "a query that is not there");
	check(keychain_move(client, NULL, "to", 0, NULL) == errSecParam &&
		      keychain_move(client, "from", "\xff", 0, NULL) == errSecParam &&
		      keychain_purge(client, NULL, 0, NULL) == errSecParam &&
		      keychain_create(client, NULL) == errSecParam &&
		      keychain_remove(client, "\xff") == errSecParam &&
		      keychain_client_choose(client, "\xff") == errSecParam,
	      "names that are not there, or no text");
	query = account("nobody");
	check(keychain_find(client, query, 0, 1, &items) == errSecItemNotFound, "nothing matches");
	keychain_query_set_text(query, KEYCHAIN_ACCESS_GROUP, "foreign");
	check(keychain_find(client, query, 0, 1, &items) == errSecMissingEntitlement,
	      "a foreign group");
	keychain_query_free(query);
}

static bool own_is(const struct keychain_items *items, const char *name, const char *wanted)
{
	size_t length;
	const char *text = keychain_items_own(items, 0, name, &length);

	return text && length == strlen(wanted) && !strcmp(text, wanted);
}

static size_t count_found(const struct keychain_query *query)
{
	struct keychain_items *items = NULL;
	size_t count = 0;

	if (keychain_find(client, query, KEYCHAIN_RETURN_REFERENCE, KEYCHAIN_NO_LIMIT, &items) == 0)
		count = keychain_items_count(items);
	keychain_items_free(items);
	return count;
}

static struct keychain_query *own(const char *name, const char *value)
{
	struct keychain_query *query = keychain_query_new(KEYCHAIN_GENERIC_PASSWORD);

	keychain_query_set_own(query, name, value);
	return query;
}

/* Attributes that only the program knows. */
static void own_attributes(void)
{
	struct keychain_query *item = account("own"), *query, *changes = keychain_query_new_changes();
	struct keychain_items *items = NULL;

	keychain_query_set_own(item, "app", "mail");
	keychain_query_set_own(item, "data", "not data");
	keychain_query_set_own(item, "", "");
	check(keychain_add(client, item, NULL) == 0, "add an item with own attributes");
	query = own("app", "mail");
	check(keychain_find(client, query, KEYCHAIN_RETURN_ATTRIBUTES, 1, &items) == 0 &&
		      keychain_items_own_count(items, 0) == 3 && own_is(items, "app", "mail") &&
		      own_is(items, "data", "not data") && own_is(items, "", "") &&
		      !keychain_items_own(items, 0, "other", NULL) && keychain_items_own_name(items, 0, 2) &&
		      !keychain_items_own_name(items, 0, 3) && !keychain_items_own_count(items, 1),
	      "find it by one of them");
	keychain_items_free(items);
	keychain_query_match_own_exactly(query);
	check(count_found(query) == 0, "it has others besides");
	keychain_query_set_own(query, "data", "not data");
	keychain_query_set_own(query, "", "");
	check(count_found(query) == 1, "it has just these");
	keychain_query_set_own(changes, "app", "news");
	check(keychain_update(client, query, changes) == 0 && count_found(query) == 0, "update replaces all of them");
	keychain_query_free(query);
	query = own("app", "news");
	keychain_query_match_own_exactly(query);
	check(count_found(query) == 1, "the new ones find it");
	keychain_query_set_no_own(changes);
	check(keychain_update(client, query, changes) == 0 && count_found(query) == 0 && count_found(item) == 0,
	      "update removes them");
	keychain_query_free(query);
	query = own(NULL, "x");
	check(keychain_delete(client, query) == errSecParam && strstr(keychain_client_message(client), "set_own"),
	      "a name is missing");
	keychain_query_free(query);
	keychain_query_set_no_own(item);
	check(keychain_delete(client, item) == 0, "delete it");
	keychain_query_free(item);
	keychain_query_free(changes);
}

/* More than one page of results. */
static size_t iterate(const struct keychain_query *query, size_t *ret_largest)
{
	struct keychain_iterator *iterator;
	struct keychain_items *items;
	size_t total = 0;
	bool more = true;

	if (keychain_iterate(client, query, KEYCHAIN_RETURN_ATTRIBUTES | KEYCHAIN_RETURN_REFERENCE, &iterator))
		return 0;
	*ret_largest = 0;
	while (more && keychain_iterator_next(iterator, &items) == 0) {
		size_t count = items ? keychain_items_count(items) : 0;

		more = items;
		total += count;
		if (count > *ret_largest)
			*ret_largest = count;
		if (items && !keychain_items_reference(items, 0))
			total = 0;
		keychain_items_free(items);
		/* The client serves others in between. */
		items = NULL;
		if (more && keychain_find(client, query, 0, 1, &items))
			total = 0;
		keychain_items_free(items);
	}
	keychain_iterator_free(iterator);
	return total;
}

static void iterates(const struct keychain_query *query)
{
	struct keychain_query *none = account("none");
	struct keychain_iterator *iterator = NULL;
	struct keychain_items *items;
	size_t largest;

	check(iterate(query, &largest) == 261 && largest < 261, "iterate over them, page by page");
	check(keychain_iterate(client, none, 0, &iterator) == 0 &&
	      keychain_iterator_next(iterator, &items) == errSecItemNotFound && !items, "iterate over nothing");
	keychain_iterator_free(iterator);
	keychain_query_free(none);
}

static void many(void)
{
	struct keychain_query *query;
	struct keychain_items *items = NULL;
	char name[16];
	int i, status = 0;

	for (i = 0; i < 260 && !status; i++) {
		snprintf(name, sizeof(name), "many-%d", i);
		query = account(name);
		status = keychain_add(client, query, NULL);
		keychain_query_free(query);
	}
	check(!status, "add many");
	query = keychain_query_new(KEYCHAIN_GENERIC_PASSWORD);
	keychain_query_set_text(query, KEYCHAIN_SERVICE, "library_use");
	check(keychain_find(client, query, KEYCHAIN_RETURN_ATTRIBUTES, KEYCHAIN_NO_LIMIT, &items) ==
			      0 &&
		      keychain_items_count(items) == 261,
	      "find them all");
	keychain_items_free(items);
	iterates(query);
	check(keychain_delete(client, query) == 0, "delete them");
	keychain_query_free(query);
}

/* A child lacks what the parent shares with the service, and other memory takes its place. */
static bool child_connects(const struct keychain_query *query)
{
	struct keychain_items *items = NULL;
	unsigned char *pages[PAGES];
	bool good;
	size_t i;

	for (i = 0; i < PAGES; i++) {
		pages[i] = mmap(NULL, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (pages[i] == MAP_FAILED)
			return false;
		memset(pages[i], (int)i + 1, PAGE_SIZE);
	}
	good = keychain_find(client, query, 0, 1, &items) == errSecItemNotFound;
	for (i = 0; i < PAGES; i++)
		good &= pages[i][0] == i + 1 && pages[i][PAGE_SIZE - 1] == i + 1;
	return good;
}

/* A daemon closes what it inherits, and opens files of its own under those numbers. */
static bool child_keeps_its_files(const struct keychain_query *query)
{
	enum { FIRST = 3, LAST = 40 };
	struct keychain_items *items = NULL;
	bool good;
	int fd;

	closefrom(FIRST);
	for (fd = FIRST; fd <= LAST; fd++)
		dup2(STDIN_FILENO, fd);
	good = keychain_find(client, query, 0, 1, &items) == errSecItemNotFound;
	keychain_client_free(client);
	for (fd = FIRST; fd <= LAST; fd++)
		good &= fcntl(fd, F_GETFD) == 0;
	return good;
}

/* The status, under a limit of this process, with a client of its own; says whether @part is in the message. */
static int limited(int resource, rlim_t limit, const struct keychain_query *query, const char *part, bool *ret_says)
{
	struct keychain_client *own;
	struct rlimit before, lower;
	int status = -1;

	getrlimit((unsigned int)resource, &before);
	lower = (struct rlimit){ .rlim_cur = limit, .rlim_max = before.rlim_max };
	if (keychain_client_new(&own))
		return status;
	setrlimit((unsigned int)resource, &lower);
	status = keychain_add(own, query, NULL);
	setrlimit((unsigned int)resource, &before);
	*ret_says = strstr(keychain_client_message(own), part);
	keychain_client_free(own);
	return status;
}

static void limits(void)
{
	static char large[20000];
	struct keychain_query *query = account("limits");
	int lowest = dup(STDIN_FILENO);
	bool says = false;

	close(lowest);
	memset(large, 'x', sizeof(large));
	keychain_query_set_secret(query, large, sizeof(large));
	check(limited(RLIMIT_FSIZE, 4096, query, "so large a file", &says) == errSecNotAvailable && says,
	      "a limit for files is an error, and no signal");
	check(limited(RLIMIT_NOFILE, (rlim_t)lowest + 1, query, "too many files", &says) == errSecNotAvailable && says,
	      "so is one for descriptors");
	keychain_query_free(query);
}

static void others(void)
{
	struct keychain_query *query = account("child");
	struct keychain_items *items = NULL;
	char name[KEYCHAIN_NAME_SIZE];
	int status;

	check(keychain_wait(client, KEYCHAIN_WHEN_UNLOCKED, UINT64_C(5000000000)) == 0,
	      "wait for what is there");
	if (!fork())
		_exit(child_connects(query) ? 0 : 1);
	wait(&status);
	check(!status, "a child connects by itself, and leaves its own memory alone");
	if (!fork())
		_exit(child_keeps_its_files(query) ? 0 : 1);
	wait(&status);
	check(!status, "a child's own descriptors stay open");
	check(keychain_find(client, query, 0, 1, &items) == errSecItemNotFound,
	      "its parent goes on with its connection");
	check(keychain_create(client, "library") == 0 &&
		      keychain_client_choose(client, "library") == 0 &&
		      keychain_add(client, query, NULL) == 0 &&
		      keychain_client_choose(client, NULL) == 0 &&
		      keychain_remove(client, "library") == 0,
	      "another keychain comes and goes");
	check(keychain_create(client, "library") == 0 &&
		      keychain_set_default(client, "library") == 0 &&
		      keychain_default(client, name) == 0 && !strcmp(name, "library") &&
		      keychain_add(client, query, NULL) == 0 &&
		      keychain_remove(client, "library") == 0 &&
		      keychain_default(client, name) == 0 && !strcmp(name, "login"),
	      "another keychain is the default as long as it is there");
	check(keychain_set_default(client, "library") == errSecNotAvailable &&
		      strstr(keychain_client_message(client), "there is no keychain 'library'") &&
		      keychain_set_default(client, NULL) == errSecParam,
	      "what is no keychain is not the default");
	check(keychain_purge(client, "none", 0, NULL) == errSecItemNotFound,
	      "purge what is not there");
	keychain_query_free(query);
}

int main(void)
{
	uint8_t reference[KEYCHAIN_REFERENCE_SIZE];

	setlinebuf(stdout);
	puts("TAP version 13");
	if (keychain_client_new(&client))
		return 1;
	add_and_find(reference);
	change(reference);
	mistakes();
	own_attributes();
	many();
	others();
	limits();
	keychain_client_free(client);
	printf("1..%u\n", tests);
	return failed ? 1 : 0;
}

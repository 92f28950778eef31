// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fills and measures a keychain through libkeychain, as its user.
 *
 *   keychain-measure fill FROM TO [SERVICE]
 *                                     adds items FROM to TO - 1, a thousand a transaction, two
 *                                     requests at a time; all of one service, if it is given
 *   keychain-measure times ITEMS      lines "NAME NANOSECONDS", means, of a keychain of ITEMS
 *   items:
 *                                     add, find (attributes by the unique ones), read (the secret
 *                                     by them), list (of one of at most a thousand items), page
 *                                     (of one of fifty, which one answer has), exists (whether
 *                                     there is any item), nothing (by an attribute that none has)
 *   keychain-measure lists ITEMS SERVICE
 *                                     the same of one of ITEMS items, all of that service, that
 *                                     are listed at once: by_service, by_group
 *
 * Where the machine counts instructions, one nanosecond is one instruction. An add waits for the disk,
 * which takes no instructions: of it the time that this program and the service ran is told.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "helper/keychain/include/keychain.h"

#define AT_A_TIME	1000
#define IN_FLIGHT	2
#define SERVICES	997
#define WARM		20
#define TIMES		200
#define ADDS		20
#define LISTED		1000
#define PAGE		50

static struct keychain_client *client;
static const char *only_service;

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000ULL + (uint64_t)time.tv_nsec;
}

/* The process id of the service. */
static pid_t service(void)
{
	DIR *folder = opendir("/proc");
	struct dirent *entry;
	pid_t found = 0;

	while (folder && !found && (entry = readdir(folder))) {
		char path[300], name[32] = "";
		FILE *file;

		snprintf(path, sizeof(path), "/proc/%s/comm", entry->d_name);
		file = fopen(path, "re");
		if (file && fgets(name, sizeof(name), file) && !strcmp(name, "keychaind\n"))
			found = atoi(entry->d_name);
		if (file)
			fclose(file);
	}
	if (folder)
		closedir(folder);
	return found;
}

/* Time that this process and the service have run. */
static uint64_t run_time(void)
{
	static pid_t other;
	struct timespec ours, theirs;
	clockid_t clock;

	if (!other)
		other = service();
	if (!other || clock_getcpuclockid(other, &clock) || clock_gettime(clock, &theirs) ||
	    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ours)) {
		fprintf(stderr, "the service does not run\n");
		exit(1);
	}
	return (uint64_t)(ours.tv_sec + theirs.tv_sec) * 1000000000ULL +
	       (uint64_t)(ours.tv_nsec + theirs.tv_nsec);
}

static void must(int status, const char *what)
{
	if (!status)
		return;
	fprintf(stderr, "%s: %d %s\n", what, status, keychain_client_message(client));
	exit(1);
}

/* One transaction of the public bulk operation. */
static void add_some(unsigned long from, unsigned long to)
{
	char *request = NULL, *answer;
	size_t length, answer_length;
	FILE *text = open_memstream(&request, &length);
	char service_name[64];

	fputs("{\"op\":\"add-all\",\"items\":[", text);
	for (unsigned long number = from; number < to; number++) {
		snprintf(service_name, sizeof(service_name), "service-%lu", number % SERVICES);
		fprintf(text,
			"%s{\"class\":\"genp\",\"acct\":\"account-%08lu\",\"svce\":\"%s\","
			"\"labl\":\"Label %lu\",\"v_Data\":{\"data\":"
			"\"YSBzZWNyZXQgb2YgMzIgYnl0ZXMsIGFzIG9mIGtleXM=\"}}",
			number > from ? "," : "", number,
			only_service ? only_service : service_name, number);
	}
	fputs("]}", text);
	fclose(text);
	must(keychain_call(client, request, length, &answer, &answer_length), "add-all");
	if (strncmp(answer, "{\"status\":0,", 12)) {
		fprintf(stderr, "items from %lu: %.300s\n", from, answer);
		exit(1);
	}
	keychain_text_free(answer, answer_length);
	free(request);
}

static void connect_service(void)
{
	if (keychain_client_new(&client))
		exit(1);
	keychain_client_set_time_limit(client, UINT64_C(600000000000));
}

/* One process makes a request while the service is at that of the other. */
static void fill(unsigned long from, unsigned long to)
{
	int status, failed = 0;

	for (unsigned long part = 0; part < IN_FLIGHT; part++) {
		pid_t child = fork();

		if (child < 0)
			exit(1);
		if (child)
			continue;
		connect_service();
		for (from += part * AT_A_TIME; from < to; from += IN_FLIGHT * AT_A_TIME)
			add_some(from, from + AT_A_TIME < to ? from + AT_A_TIME : to);
		keychain_client_free(client);
		_exit(0);
	}
	while (wait(&status) > 0)
		failed |= status;
	if (failed)
		exit(1);
}

static struct keychain_query *item(unsigned long number)
{
	struct keychain_query *query = keychain_query_new(KEYCHAIN_GENERIC_PASSWORD);
	char text[64];

	snprintf(text, sizeof(text), "account-%08lu", number);
	keychain_query_set_text(query, KEYCHAIN_ACCOUNT, text);
	snprintf(text, sizeof(text), "service-%lu", number % SERVICES);
	keychain_query_set_text(query, KEYCHAIN_SERVICE, text);
	return query;
}

static void find(unsigned long number, unsigned int flags)
{
	struct keychain_query *query = item(number);
	struct keychain_items *items;
	size_t length;

	must(keychain_find(client, query, flags, 1, &items), "find");
	if (keychain_items_count(items) != 1 ||
	    (flags & KEYCHAIN_RETURN_SECRET &&
	     (!keychain_items_secret(items, 0, &length) || length != 32)))
		must(-1, "what was found");
	keychain_items_free(items);
	keychain_query_free(query);
}

/* Numbers spread over all items, the same for the same number of them. */
static uint64_t measure_find(unsigned long items, unsigned int flags, unsigned int times)
{
	uint64_t start = now();

	for (unsigned long time = 0; time < times; time++)
		find(time * 7919 % items, flags);
	return (now() - start) / times;
}

static uint64_t measure_add(unsigned long items)
{
	uint64_t start = run_time();

	for (unsigned long time = 0; time < ADDS; time++) {
		struct keychain_query *query = item(items + time);

		keychain_query_set_secret(query, "a secret of 32 bytes, as of keys", 32);
		must(keychain_add(client, query, NULL), "add");
		keychain_query_free(query);
	}
	start = run_time() - start;
	for (unsigned long time = 0; time < ADDS; time++) {
		struct keychain_query *query = item(items + time);

		must(keychain_delete(client, query), "delete");
		keychain_query_free(query);
	}
	return start / ADDS;
}

static uint64_t measure_list(unsigned long expected, const char *service_name)
{
	struct keychain_query *query = keychain_query_new(KEYCHAIN_GENERIC_PASSWORD);
	struct keychain_items *items;
	uint64_t start;

	if (service_name)
		keychain_query_set_text(query, KEYCHAIN_SERVICE, service_name);
	start = now();
	must(keychain_find(client, query, KEYCHAIN_RETURN_ATTRIBUTES, expected, &items), "list");
	if (keychain_items_count(items) != expected)
		must(-1, "number of items listed");
	start = now() - start;
	keychain_items_free(items);
	keychain_query_free(query);
	return start / expected;
}

/* Measures a question about all items, which has the answer @expected; with @comment about those with that comment. */
static uint64_t measure_question(const char *comment, int expected)
{
	struct keychain_query *query = keychain_query_new(KEYCHAIN_GENERIC_PASSWORD);
	struct keychain_items *items;
	uint64_t start;

	if (comment)
		keychain_query_set_text(query, KEYCHAIN_COMMENT, comment);
	start = now();
	for (unsigned int time = 0; time < ADDS; time++) {
		int status = keychain_find(client, query, 0, KEYCHAIN_NO_LIMIT, &items);

		if (status != expected)
			must(status ? status : -1, "question about all items");
		if (!status)
			keychain_items_free(items);
	}
	start = now() - start;
	keychain_query_free(query);
	return start / ADDS;
}

static void print(const char *name, uint64_t value)
{
	printf("%s %llu\n", name, (unsigned long long)value);
	fflush(stdout);
}

static void times(unsigned long items)
{
	measure_find(items, KEYCHAIN_RETURN_SECRET | KEYCHAIN_RETURN_ATTRIBUTES, WARM);
	print("find", measure_find(items, KEYCHAIN_RETURN_ATTRIBUTES, TIMES));
	print("read", measure_find(items, KEYCHAIN_RETURN_SECRET, TIMES));
	print("list", measure_list(items < LISTED ? items : LISTED, NULL));
	print("page", measure_list(PAGE, NULL));
	print("exists", measure_question(NULL, 0));
	print("nothing", measure_question("of no item", errSecItemNotFound));
	print("add", measure_add(items));
}

static void lists(unsigned long items, const char *service_name)
{
	measure_list(PAGE, service_name);
	print("by_service", measure_list(items, service_name));
	print("by_group", measure_list(items, NULL));
}

int main(int argc, char **argv)
{
	if ((argc == 4 || argc == 5) && !strcmp(argv[1], "fill")) {
		only_service = argv[4];
		fill(strtoul(argv[2], NULL, 10), strtoul(argv[3], NULL, 10));
	} else if (argc == 3 && !strcmp(argv[1], "times")) {
		connect_service();
		times(strtoul(argv[2], NULL, 10));
		keychain_client_free(client);
	} else if (argc == 4 && !strcmp(argv[1], "lists")) {
		connect_service();
		lists(strtoul(argv[2], NULL, 10), argv[3]);
		keychain_client_free(client);
	} else {
		return 2;
	}
	return 0;
}

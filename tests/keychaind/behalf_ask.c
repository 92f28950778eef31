// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A service that asks on behalf of others, by libkeychain: what the lines of its standard input say, one line of answer
 * each. Tests install it set-group-ID.
 *
 *   pid NUMBER, thread NUMBER, fd NUMBER, unset	on whose behalf: "STATUS"
 *   call JSON					the answer
 *   watch, next MILLISECONDS			"STATUS EVENT GROUP MESSAGE"
 *   iterate, page				"STATUS COUNT MESSAGE"; count -1: there is no more
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <keychain.h>

static struct keychain_client *client;
static struct keychain_watch *watched;
static struct keychain_iterator *iterator;

static void set_number(int number, unsigned int flags)
{
	int pidfd = (int)syscall(SYS_pidfd_open, number, flags), status;

	if (pidfd < 0) {
		printf("unsupported %m\n");
		return;
	}
	status = keychain_client_set_behalf(client, pidfd);
	/* The client has its own. */
	close(pidfd);
	printf("%d\n", status);
}

static void set_descriptor(int descriptor)
{
	printf("%d\n", keychain_client_set_behalf(client, descriptor));
}

static void unset(void)
{
	keychain_client_unset_behalf(client);
	puts("0");
}

static void call(const char *request)
{
	char *answer = NULL;
	size_t length;

	if (keychain_call(client, request, strlen(request), &answer, &length))
		puts("null");
	else
		printf("%.*s\n", (int)length, answer);
	keychain_text_free(answer, length);
}

static void watch(void)
{
	int status;

	keychain_watch_free(watched);
	watched = NULL;
	status = keychain_watch_new(client, &watched);
	printf("%d - - %s\n", status, keychain_client_message(client));
}

static void next(uint64_t milliseconds)
{
	struct keychain_event event = { 0 };
	int status = keychain_watch_next(watched, milliseconds * 1000000, &event);
	const char *name = keychain_event_name(event.kind);

	printf("%d %s %s %s\n", status, name ? name : "none", *event.access_group ? event.access_group : "-",
	       keychain_watch_message(watched));
}

static void iterate(void)
{
	struct keychain_query *query = keychain_query_new(KEYCHAIN_GENERIC_PASSWORD);
	int status;

	keychain_iterator_free(iterator);
	iterator = NULL;
	status = keychain_iterate(client, query, KEYCHAIN_RETURN_ATTRIBUTES, &iterator);
	keychain_query_free(query);
	printf("%d 0 %s\n", status, keychain_client_message(client));
}

static void page(void)
{
	struct keychain_items *items = NULL;
	int status = keychain_iterator_next(iterator, &items);

	printf("%d %zd %s\n", status, items ? (ssize_t)keychain_items_count(items) : -1, keychain_client_message(client));
	keychain_items_free(items);
}

static void obey(const char *verb, const char *argument)
{
	if (!strcmp(verb, "pid"))
		set_number(atoi(argument), 0);
	else if (!strcmp(verb, "thread"))
		set_number(atoi(argument), O_EXCL);
	else if (!strcmp(verb, "fd"))
		set_descriptor(atoi(argument));
	else if (!strcmp(verb, "unset"))
		unset();
	else if (!strcmp(verb, "call"))
		call(argument);
	else if (!strcmp(verb, "watch"))
		watch();
	else if (!strcmp(verb, "next"))
		next(strtoull(argument, NULL, 10));
	else if (!strcmp(verb, "iterate"))
		iterate();
	else
		page();
}

int main(void)
{
	char *line = NULL, *argument;
	size_t capacity = 0;

	setlinebuf(stdout);
	if (keychain_client_new(&client))
		return 1;
	while (getline(&line, &capacity, stdin) > 0) {
		line[strcspn(line, "\n")] = 0;
		argument = strchr(line, ' ');
		if (argument)
			*argument++ = 0;
		obey(line, argument ? argument : "");
	}
	keychain_iterator_free(iterator);
	keychain_watch_free(watched);
	keychain_client_free(client);
	free(line);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Adds and reads an item whose texts and secret must leave no trace but our own
 * (tests/host/keychain_ram.py).
 *
 *   keychain-items add|read|hold|fail CLASS ACCOUNT MASK SERVICE MASK SECRET MASK
 *   keychain-items ask CLASS
 *
 * Texts come as hexadecimal, each in two halves that are combined here, so that neither the command
 * line nor whatever brought it has them. read: the secret found by account and service is the one
 * given. hold: the same, and the secret in memory until standard input ends. fail: reading says
 * that it is locked. ask: asks for whatever there is of the class, without knowing any text of it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "helper/keychain/include/keychain.h"
#include "helper/libkeybag/keybag.h"

#define LONGEST 128

static struct {
	char account[LONGEST], service[LONGEST], secret[LONGEST];
} *texts;

static unsigned int digit(char letter)
{
	return (unsigned int)(letter <= '9' ? letter - '0' : letter - 'a' + 10);
}

static void combine(char *text, const char *masked, const char *mask)
{
	for (size_t at = 0; masked[2 * at] && mask[2 * at] && at < LONGEST - 1; at++)
		text[at] = (char)((digit(masked[2 * at]) << 4 | digit(masked[2 * at + 1])) ^
				  (digit(mask[2 * at]) << 4 | digit(mask[2 * at + 1])));
}

static int accessible_of(const char *name)
{
	for (int class = KEYCHAIN_WHEN_UNLOCKED; class <= KEYCHAIN_WHEN_PASSCODE_SET_THIS_DEVICE;
	     class ++)
		if (!strcmp(keychain_accessible_name(class), name))
			return class;
	return 0;
}

static struct keychain_query *query_of(const char *class)
{
	struct keychain_query *query = keychain_query_new(KEYCHAIN_GENERIC_PASSWORD);

	keychain_query_set_text(query, KEYCHAIN_ACCOUNT, texts->account);
	keychain_query_set_text(query, KEYCHAIN_SERVICE, texts->service);
	keychain_query_set_accessible(query, accessible_of(class));
	return query;
}

static int add(struct keychain_client *client, const char *class)
{
	struct keychain_query *query = query_of(class);
	int status;

	keychain_query_set_secret(query, texts->secret, strlen(texts->secret));
	status = keychain_add(client, query, NULL);
	keychain_query_free(query);
	return status;
}

static int read_back(struct keychain_client *client, const char *class, bool hold)
{
	struct keychain_query *query = query_of(class);
	struct keychain_items *items;
	size_t length;
	const void *secret;
	int status = keychain_find(client, query,
				   KEYCHAIN_RETURN_SECRET | KEYCHAIN_RETURN_ATTRIBUTES, 1, &items);

	keychain_query_free(query);
	if (status)
		return status;
	secret = keychain_items_secret(items, 0, &length);
	if (!secret || length != strlen(texts->secret) || memcmp(secret, texts->secret, length))
		status = errSecDecode;
	if (hold && !status) {
		char end;

		puts("held");
		fflush(stdout);
		while (read(STDIN_FILENO, &end, 1) > 0)
			;
	}
	keychain_items_free(items);
	return status;
}

static int ask(struct keychain_client *client, const char *class)
{
	struct keychain_query *query = keychain_query_new(KEYCHAIN_GENERIC_PASSWORD);
	struct keychain_items *items;

	keychain_query_set_accessible(query, accessible_of(class));
	return keychain_find(client, query, KEYCHAIN_RETURN_SECRET | KEYCHAIN_RETURN_ATTRIBUTES, 1,
			     &items);
}

int main(int argc, char **argv)
{
	struct keychain_client *client;
	int status;

	if (argc < 3 || keychain_client_new(&client))
		return 2;
	if (!strcmp(argv[1], "ask"))
		return ask(client, argv[2]) != 0;
	if (argc != 9)
		return 2;
	texts = mmap(NULL, sizeof(*texts), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		     0);
	if (texts == MAP_FAILED || mlock(texts, sizeof(*texts)))
		return 2;
	combine(texts->account, argv[3], argv[4]);
	combine(texts->service, argv[5], argv[6]);
	combine(texts->secret, argv[7], argv[8]);
	if (!strcmp(argv[1], "add"))
		status = add(client, argv[2]);
	else
		status = read_back(client, argv[2], !strcmp(argv[1], "hold"));
	explicit_bzero(texts, sizeof(*texts));
	keybag_clear_registers();
	if (status)
		fprintf(stderr, "%d %s\n", status, keychain_client_message(client));
	if (!strcmp(argv[1], "fail"))
		status = status != errSecInteractionNotAllowed;
	keychain_client_free(client);
	return status != 0;
}

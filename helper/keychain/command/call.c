// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * keychainctl call: requests in JSON from standard input, their answers to standard output.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "complain.h"
#include "helper/cli/options.h"
#include "stream.h"

/* A secret of the largest size, as base64, and what goes with it. */
#define MAX_REQUEST	(2U << 20)

static const char usage[] =
	N_("usage: keychainctl call [--lines]\n\n"
	"Reads one request in JSON from standard input and prints its answer in JSON:\n"
	"  {\"op\":\"copy\",\"query\":{\"class\":\"genp\",\"acct\":\"a\",\"r_Data\":true}}\n\n"
	"Operations: add, add-all, copy, update, delete, upsert, change-class, move, purge, access,\n"
	"keychains, keychain-create, keychain-default, keychain-delete, watch. What they take\n"
	"is in keychain-requests(7).\n\n"
	"      --lines          a request a line, answered by a line each\n");

static int call(struct keychain_client *client, const char *request, size_t length)
{
	size_t answer_length;
	char *answer;
	int result = keychain_call(client, request, length, &answer, &answer_length);

	if (result)
		return complain(client, result);
	result = stream_write(answer, answer_length);
	if (!result)
		result = stream_write("\n", 1);
	keychain_text_free(answer, answer_length);
	return result < 0 ? complain_other(_("standard output: %s"), translate_errno(result)) : 0;
}

/* The first lines of @input: a request each, if there is anything in it. */
static int call_lines(struct keychain_client *client, struct secret *input)
{
	const char *text = (const char *)input->data;
	size_t start = 0, rest;
	const char *end;
	int result = 0;

	while (!result && (end = memchr(text + start, '\n', input->length - start))) {
		size_t length = (size_t)(end - text) - start;

		if (length)
			result = call(client, text + start, length);
		start += length + 1;
	}
	rest = input->length - start;
	memmove(input->data, input->data + start, rest);
	explicit_bzero(input->data + rest, start);
	input->length = rest;
	return result;
}

static int by_lines(struct keychain_client *client)
{
	CLEANUP_SECRET struct secret input = SECRET_NONE;
	int result;

	for (;;) {
		result = stream_read_some(MAX_REQUEST, &input);
		if (result == -EMSGSIZE)
			return complain_other(_("a line is longer than %u MiB"), MAX_REQUEST >> 20);
		if (result < 0)
			return complain_other(_("standard input: %s"), stream_problem(result));
		if (!result)
			return input.length ? call(client, (const char *)input.data, input.length)
					    : 0;
		result = call_lines(client, &input);
		if (result)
			return result;
	}
}

static int whole(struct keychain_client *client)
{
	CLEANUP_SECRET struct secret request = SECRET_NONE;
	int result = stream_read(MAX_REQUEST, &request);

	if (result == -EMSGSIZE)
		return complain_other(_("the request is longer than %u MiB; a secret may have 1 MiB"),
				      MAX_REQUEST >> 20);
	if (result < 0)
		return complain_other(_("standard input: %s"), stream_problem(result));
	return call(client, (const char *)request.data, request.length);
}

int command_call(struct keychain_client *client, int argc, char **argv)
{
	static const struct option table[] = {
		{ "lines", no_argument, NULL, 'l' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct options options = OPTIONS_BEGIN(argc, argv, table, "h");
	bool lines = false;
	int option;

	while ((option = options_next(&options)) != OPTIONS_END) {
		if (option == 'h') {
			fputs(_(usage), stdout);
			return 0;
		}
		if (option < 0)
			return options_complain(&options, option, argv[0]);
		lines = true;
	}
	if (options.words)
		return complain_usage(
			_("'call' takes no arguments: the request comes by standard input"));
	return lines ? by_lines(client) : whole(client);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * generate: a random secret, stored, printed, or both.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "arguments.h"
#include "complain.h"
#include "duplicate.h"
#include "execute.h"
#include "helper/common/registers.h"
#include "stream.h"

#define DEFAULT_LENGTH	24
#define MAX_LENGTH	4096

#define DIGITS		"0123456789"
#define LETTERS		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

static const char usage[] =
	N_("usage: keychainctl generate [ATTRIBUTE...] [--length N] [--characters SET] [--print] [--replace]\n\n"
	"Makes a random secret. With attributes it is stored in an item that has them; without, or\n"
	"with --print, it is printed. Standard error tells its entropy.\n\n"
	"      --length N       characters, up to 4096 (default: 24)\n"
	"      --characters SET alphanumeric (default), letters, digits, hex or printable\n"
	"      --print          print it as well as store it\n"
	"      --replace        change the item where there is one already\n");

static const struct {
	const char *name, *characters;
} sets[] = {
	{ "alphanumeric", DIGITS LETTERS },
	{ "letters", LETTERS },
	{ "digits", DIGITS },
	{ "hex", DIGITS "abcdef" },
	{ "printable", DIGITS LETTERS "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~" },
};

void generate_sets_print(FILE *file)
{
	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++)
		fprintf(file, "%s\n", sets[i].name);
}

/* NULL: there is none of that name. */
static const char *characters_of(const char *set)
{
	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++)
		if (!set || !strcmp(sets[i].name, set))
			return sets[i].characters;
	return NULL;
}

/* Bytes above the last multiple of the number of characters are drawn again: each is as likely as the others. */
static int draw(const char *characters, size_t length, struct secret *secret)
{
	size_t count = strlen(characters), limit = 256 - 256 % count;
	uint8_t byte;
	int result = 0;

	while (secret->length < length) {
		if (getrandom(&byte, 1, 0) != 1) {
			if (errno == EINTR)
				continue;
			result = -errno;
			break;
		}
		if (byte < limit)
			secret->data[secret->length++] = (uint8_t)characters[byte % count];
	}
	explicit_bzero(&byte, sizeof(byte));
	return result;
}

static int print(const struct secret *secret)
{
	int result = stream_write(secret->data, secret->length);

	if (!result && isatty(STDOUT_FILENO))
		result = stream_write("\n", 1);
	return result < 0 ? complain_other(_("standard output: %s"), translate_errno(result)) : 0;
}

static int store(struct keychain_client *client, struct arguments *arguments, const struct secret *secret)
{
	bool replace = arguments->given & OPTION_REPLACE;
	struct value *query = arguments_query(arguments), *attributes = value_copy(query);
	int status;

	if (value_set(query, "v_Data", value_data(secret->data, secret->length)) < 0) {
		value_free(query);
		query = NULL;
	}
	clear_vector_registers();
	status = execute_quietly(client, request_new(replace ? "upsert" : "add", query), NULL);
	if (status == errSecDuplicateItem && *execute_colliding())
		status = complain_duplicate(value_as_string(value_get(attributes, "class")), attributes,
					    _("change that one with --replace"));
	else if (status)
		status = execute_complain(status);
	value_free(attributes);
	return status;
}

static int generate(struct keychain_client *client, struct arguments *arguments, const char *characters, size_t length)
{
	CLEANUP_SECRET struct secret secret = SECRET_NONE;
	bool stored = arguments_name_item(arguments);
	int result = secret_new(&secret, length);

	if (!result)
		result = draw(characters, length, &secret);
	if (result < 0)
		return complain_other(_("no random secret can be made: %s"), translate_errno(result));
	if (stored)
		result = store(client, arguments, &secret);
	if (!result && (!stored || arguments->print))
		result = print(&secret);
	if (!result)
		fprintf(stderr, _("keychainctl: %zu characters out of %zu: %.0f bits of entropy\n"), length, strlen(characters),
			floor((double)length * log2((double)strlen(characters))));
	return result;
}

int command_generate(struct keychain_client *client, int argc, char **argv)
{
	struct arguments arguments;
	const char *characters;
	size_t length;
	int result = arguments_read(client, argc, argv, OPTION_QUERY | OPTION_GENERATE | OPTION_REPLACE, usage,
				    &arguments);

	if (result)
		return result - ARGUMENTS_OVER;
	characters = characters_of(arguments.characters);
	length = arguments.length ? arguments.length : DEFAULT_LENGTH;
	if (!characters)
		result = complain_usage(_("--characters takes alphanumeric, letters, digits, hex or printable, not '%s'"),
					arguments.characters);
	else if (length > MAX_LENGTH)
		result = complain_usage(_("--length takes a number up to %d"), MAX_LENGTH);
	else
		result = generate(client, &arguments, characters, length);
	arguments_free(&arguments);
	return result;
}

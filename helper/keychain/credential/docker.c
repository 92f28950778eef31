// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * docker-credential-keychain: logins of docker, podman and others at registries, in the keychain.
 *
 * Answers and complaints go to standard output, with exit status 1 for these, as the library of docker's own helpers has
 * it: their callers show what stands there.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "complain.h"
#include "credential_options.h"
#include "docker_message.h"
#include "helper/cli/program.h"
#include "helper/cli/sent_text.h"
#include "helper/common/io.h"
#include "helper/common/printable.h"
#include "helper/common/version.h"
#include "helper/keychain/base/json_format.h"
#include "locked_text.h"
#include "login.h"

#define PROGRAM		"docker-credential-keychain"
#define LABEL		"Docker Credentials"
#define FAILED		1
#define DOCKER_MAX_INPUT	(2U << 20)	/* a secret of the largest size, with some escapes in it */

static const char usage[] =
	N_("usage: docker-credential-keychain [--accessible CLASS] store | get | erase | list | version\n\n"
	"Keeps logins at registries in the keychain; docker runs it, by ~/.docker/config.json:\n"
	"  {\"credsStore\": \"keychain\"}\n\n"
	"      --accessible CLASS  what is stored can be read when: ak, while unlocked (default); ck, from\n"
	"                          the first unlock on, also while the screen is locked; dk, aku, cku, dku, akpu\n");

struct request {
	struct keychain_client *client;
	struct secret input;
	struct site site;
	enum keychain_accessible accessible;
};

/* Tells docker. Returns the exit status. */
__attribute__((format(printf, 1, 2))) static int fail(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	printable_line_of(stdout, format, arguments);
	va_end(arguments);
	return FAILED;
}

/* Not translated where others compare it. */
static int fail_as(const char *problem)
{
	return fail("%s", _(problem));
}

static int fail_request(const struct request *request, int status)
{
	if (status == errSecItemNotFound)
		return fail_as(DOCKER_NOT_FOUND);
	return fail("%s", sent_text(keychain_client_message(request->client)));
}

static int write_text(const char *text, size_t length)
{
	int result = write_all(STDOUT_FILENO, text, length);

	if (!result)
		result = write_all(STDOUT_FILENO, "\n", 1);
	return result < 0 ? complain(FAILED, _("standard output: %s"), translate_errno(result)) : 0;
}

/* Returns 0 or an exit status. */
static int read_input(struct request *request)
{
	int result = locked_text_read(STDIN_FILENO, DOCKER_MAX_INPUT, &request->input);

	return result < 0 ? fail(_("standard input: %s"), complain_input_problem(result)) : 0;
}

/* Returns 0 or an exit status. */
static int take_site(struct request *request, const char *url)
{
	const char *problem = NULL;
	int result = site_of_url(url, &request->site, &problem);

	if (result)
		return problem ? fail_as(problem) : fail_as(N_("out of memory"));
	return 0;
}

/* The URL that is asked for; NULL: *@ret_status is the exit status. */
static const char *read_url(struct request *request, int *ret_status)
{
	const char *problem = NULL, *url;

	*ret_status = read_input(request);
	if (*ret_status)
		return NULL;
	url = docker_message_url((char *)request->input.data, request->input.length, &problem);
	*ret_status = url ? take_site(request, url) : fail_as(problem);
	return *ret_status ? NULL : url;
}

/* The newest; others are left by a login at the same moment, or by hand. */
static size_t newest(const struct keychain_items *items)
{
	size_t best = 0;

	for (size_t i = 1; i < keychain_items_count(items); i++)
		if (keychain_items_time(items, i, KEYCHAIN_MODIFIED) > keychain_items_time(items, best, KEYCHAIN_MODIFIED))
			best = i;
	return best;
}

/* A server has one login: a new one takes the place of that which was there, whoever's it was. */
static int replace(struct request *request, struct login *login, const struct keychain_items *items)
{
	size_t chosen = newest(items);
	int status;

	login->former = items;
	login->former_index = chosen;
	status = login_change(request->client, keychain_items_reference(items, chosen), login);

	/* Deleted meanwhile, or another one of that name is in the way, which is left. */
	if (status == errSecItemNotFound || status == errSecDuplicateItem)
		return login_add(request->client, login);
	for (size_t i = 0; !status && i < keychain_items_count(items); i++)
		if (i != chosen)
			status = login_delete(request->client, keychain_items_reference(items, i));
	return status;
}

static int store_message(struct request *request, const struct docker_message *message)
{
	struct secret secret = { .data = (uint8_t *)message->secret, .length = message->secret_length };
	struct login login = { &request->site, message->username, &secret, request->accessible, LABEL, message->url, NULL, 0 };
	CLEANUP_ITEMS struct keychain_items *items = NULL;
	int status = login_find(request->client, &request->site, NULL, &items);

	if (!status)
		status = replace(request, &login, items);
	else if (status == errSecItemNotFound)
		status = login_add(request->client, &login);
	return status ? fail_request(request, status) : 0;
}

static int store(struct request *request)
{
	CLEANUP_DOCKER_MESSAGE struct docker_message message = { 0 };
	const char *problem = NULL;
	int result = read_input(request);

	if (result)
		return result;
	result = docker_message_parse((const char *)request->input.data, request->input.length, &message, &problem);
	if (result)
		return fail_as(problem ? problem : N_("out of memory"));
	result = take_site(request, message.url);
	return result ? result : store_message(request, &message);
}

static int write_login(const char *url, const struct keychain_items *items, size_t index)
{
	size_t account_length = 0, secret_length = 0, length = 0;
	const char *account = keychain_items_text(items, index, KEYCHAIN_ACCOUNT, &account_length);
	const void *secret = keychain_items_secret(items, index, &secret_length);
	char *text = NULL;
	int result = docker_message_login(url, account ? account : "", secret ? secret : "", secret_length, &text, &length);

	if (result == -EILSEQ)
		return fail_as(N_("the secret is no text: docker has not stored it"));
	if (result)
		return fail_as(N_("out of memory"));
	result = write_text(text, length);
	json_free(text, length);
	return result;
}

static int get(struct request *request)
{
	CLEANUP_ITEMS struct keychain_items *items = NULL;
	int status;
	const char *url = read_url(request, &status);

	if (!url)
		return status;
	status = login_find(request->client, &request->site, NULL, &items);
	if (status)
		return fail_request(request, status);
	if (login_newer_is_locked(items, keychain_items_time(items, newest(items), KEYCHAIN_MODIFIED)))
		return fail_as(N_("another login there was changed later and is locked: unlock"));
	return write_login(url, items, newest(items));
}

static int erase(struct request *request)
{
	int status;

	if (!read_url(request, &status))
		return status;
	status = login_delete_all(request->client, &request->site, NULL);
	return status ? fail_request(request, status) : 0;
}

/* As docker wrote it, or put together for one that docker has not stored. To be freed. */
static char *url_of(const struct keychain_items *items, size_t index)
{
	const char *url = keychain_items_own(items, index, LOGIN_URL, NULL);
	const char *host = keychain_items_text(items, index, KEYCHAIN_SERVER, NULL);
	const char *code = keychain_items_text(items, index, KEYCHAIN_PROTOCOL, NULL);
	const char *path = keychain_items_text(items, index, KEYCHAIN_PATH, NULL);
	struct site site = {
		.protocol = (char *)site_protocol_of_code(code ? code : "htps"),
		.host = (char *)(host ? host : ""),
		.port = (unsigned int)keychain_items_number(items, index, KEYCHAIN_PORT),
		.path = (char *)path,
	};

	return url ? strdup(url) : site_url(&site);
}

/* Whether docker can ask for it: where it asks for what it was told in vain, it shows none of the others. */
static bool is_served(const char *url)
{
	const char *problem = NULL;
	struct site site = { 0 };
	bool served = !site_of_url(url, &site, &problem);

	site_free(&site);
	return served;
}

/* Whether a newer one has the same URL, so that its user is told. */
static bool is_hidden(char *const *urls, const struct keychain_items *items, size_t index)
{
	for (size_t i = 0; i < keychain_items_count(items); i++) {
		int64_t later = keychain_items_time(items, i, KEYCHAIN_MODIFIED) -
				keychain_items_time(items, index, KEYCHAIN_MODIFIED);

		if (!strcmp(urls[i], urls[index]) && (later > 0 || (!later && i < index)))
			return true;
	}
	return false;
}

static int print_json(const char *text)
{
	struct value *value = value_string(text);
	size_t length;
	char *json;
	int result = value ? json_format(value, false, &json, &length) : -ENOMEM;

	if (!result) {
		fputs(json, stdout);
		json_free(json, length);
	}
	value_free(value);
	return result;
}

/* Names are no secrets: by stdio. */
static int print_list(char *const *urls, const struct keychain_items *items)
{
	const char *separator = "";
	int result = 0;

	putchar('{');
	for (size_t i = 0; !result && i < keychain_items_count(items); i++) {
		const char *account = keychain_items_text(items, i, KEYCHAIN_ACCOUNT, NULL);

		if (is_hidden(urls, items, i) || !is_served(urls[i]))
			continue;
		fputs(separator, stdout);
		separator = ",";
		result = print_json(urls[i]);
		putchar(':');
		if (!result)
			result = print_json(account ? account : "");
	}
	puts("}");
	return result ? FAILED : 0;
}

static int list_items(const struct keychain_items *items)
{
	size_t count = keychain_items_count(items), made = 0;
	char **urls = calloc(count, sizeof(*urls));
	int result = FAILED;

	while (urls && made < count && (urls[made] = url_of(items, made)))
		made++;
	if (made == count && urls)
		result = print_list(urls, items);
	else
		fail_as(N_("out of memory"));
	while (made)
		free(urls[--made]);
	free(urls);
	return result;
}

static int list(struct request *request)
{
	CLEANUP_ITEMS struct keychain_items *items = NULL;
	int status = login_list(request->client, SITE_OF_DOCKER, &items);

	if (status == errSecItemNotFound)
		return fputs("{}\n", stdout) < 0 ? FAILED : 0;
	if (status)
		return fail_request(request, status);
	if (keychain_items_withheld(items))
		complain(0, translate_count("%zu login is locked and left out: unlock to see it", "%zu logins are locked and left out: "
					    "unlock to see them", keychain_items_withheld(items)), keychain_items_withheld(items));
	return list_items(items);
}

static int version(struct request *request)
{
	(void)request;
	printf("%s (keybag) %s\n", PROGRAM, KEYBAG_VERSION);
	return 0;
}

static const struct {
	const char *name;
	int (*run)(struct request *request);
} operations[] = {
	{ "store", store },
	{ "get", get },
	{ "erase", erase },
	{ "list", list },
	{ "version", version },
};

static int run_operation(struct request *request, const char *name)
{
	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
		if (!strcmp(operations[i].name, name))
			return operations[i].run(request);
	return fail(_("%s: unknown action: %s"), PROGRAM, name);
}

static int run(int argc, char **argv)
{
	struct credential_options options;
	struct request request = { 0 };
	int result;

	if (!credential_options_read(argc, argv, PROGRAM, usage, &options, &result))
		return result;
	if (!options.operation)
		return fail(_("Usage: %s <store|get|erase|list|version>"), PROGRAM);
	if (keychain_client_new(&request.client))
		return fail_as(N_("out of memory"));
	request.accessible = options.accessible;
	result = run_operation(&request, options.operation);
	keychain_client_free(request.client);
	site_free(&request.site);
	secret_free(&request.input);
	return result;
}

int main(int argc, char **argv)
{
	static const struct program program = { PROGRAM, FAILED, run };

	return credential_main(&program, argc, argv);
}

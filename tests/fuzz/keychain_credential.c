// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as what git, docker and items tell the credential helpers: in parts of any size the same comes out, and each
 * place that is understood has a URL that is understood as the same place.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "helper/keychain/credential/docker_message.h"
#include "helper/keychain/credential/git_fields.h"
#include "helper/keychain/credential/git_secret.h"
#include "helper/keychain/credential/site.h"
#include "must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int read_fields(const char *bytes, size_t length, size_t part, struct git_fields *fields)
{
	int result = GIT_FIELDS_MORE;

	for (size_t at = 0; at < length && result == GIT_FIELDS_MORE; at += part)
		result = git_fields_push(fields, bytes + at, length - at < part ? length - at : part);
	return result == GIT_FIELDS_MORE ? git_fields_end(fields) : result;
}

static bool same(const char *one, const char *other)
{
	return one && other ? !strcmp(one, other) : one == other;
}

static void check_git_site(const struct git_fields *fields)
{
	const char *protocol = git_fields_get(fields, GIT_PROTOCOL), *host = git_fields_get(fields, GIT_HOST);
	CLEANUP_SITE struct site site = { 0 };

	if (!protocol || !host)
		return;
	must(!site_of_git(protocol, host, git_fields_get(fields, GIT_PATH), &site));
	must(site.port <= 65535 && strlen(site.host) <= strlen(host) && !*site.host == !*host);
}

/* A secret that is made of fields tells the same again. */
static void check_secret_of(const struct git_fields *fields)
{
	CLEANUP_SECRET struct secret bytes = SECRET_NONE;
	struct git_secret secret;

	if (!git_fields_get(fields, GIT_PASSWORD))
		return;
	must(!git_secret_of_fields(fields, NULL, &bytes));
	must(git_secret_parse(bytes.data, bytes.length, &secret));
	must(git_secret_has_password(&secret, git_fields_get(fields, GIT_PASSWORD)));
	must(!secret.token == !git_fields_get(fields, GIT_REFRESH_TOKEN));
	git_secret_expired(&secret, 0);
}

static void check_lines(const char *bytes, size_t length, size_t part)
{
	CLEANUP_GIT_FIELDS struct git_fields whole = GIT_FIELDS_NONE, parts = GIT_FIELDS_NONE;
	int result = read_fields(bytes, length, length + 1, &whole);

	must(result == read_fields(bytes, length, part + 1, &parts));
	must(!result || result == -EINVAL || result == -EMSGSIZE);
	if (result)
		return;
	for (int i = 0; i < GIT_FIELDS; i++) {
		const char *value = git_fields_get(&whole, i);

		must(same(value, git_fields_get(&parts, i)) && !(value && strchr(value, '\n')));
	}
	check_git_site(&whole);
	check_secret_of(&whole);
}

static void check_secret(const char *bytes, size_t length)
{
	struct git_secret secret;

	if (!git_secret_parse(bytes, length, &secret))
		return;
	must(secret.password_length <= length && !memchr(secret.password, '\n', secret.password_length));
	must(!secret.token || !memchr(secret.token, '\n', secret.token_length));
	git_secret_expired(&secret, 1);
}

static void check_url(const char *url)
{
	CLEANUP_SITE struct site site = { 0 }, again = { 0 };
	const char *problem = NULL;
	char *text;

	if (site_of_url(url, &site, &problem)) {
		must(problem);
		return;
	}
	text = site_url(&site);
	must(text && !site_of_url(text, &again, &problem));
	must(same(site.host, again.host) && same(site.path, again.path) && same(site.protocol, again.protocol) && site.port == again.port);
	free(text);
}

static void check_docker(const char *bytes, size_t length)
{
	CLEANUP_DOCKER_MESSAGE struct docker_message message = { 0 };
	const char *problem = NULL;
	char *copy = strndup(bytes, length), *url;
	int result = docker_message_parse(bytes, length, &message, &problem);

	must(copy && (result ? result == -EINVAL && problem : *message.url && *message.username));
	if (!result)
		check_url(message.url);
	url = docker_message_url(copy, strlen(copy), &problem);
	if (url)
		check_url(url);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *bytes = (const char *)data + 1;

	if (!size)
		return 0;
	check_lines(bytes, size - 1, data[0]);
	check_secret(bytes, size - 1);
	check_docker(bytes, size - 1);
	return 0;
}

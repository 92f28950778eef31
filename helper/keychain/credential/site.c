// SPDX-License-Identifier: GPL-2.0-or-later
#include "site.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "helper/cli/argument.h"
#include "helper/common/translate.h"

#define MAX_PORT	65535

/* Names that git uses, with the codes of the original. */
static const struct {
	const char *name, *code;
} protocols[] = {
	{ "https", "htps" }, { "http", "http" },  { "ssh", "ssh " },   { "ftp", "ftp " },  { "ftps", "ftps" },
	{ "smtp", "smtp" },  { "imap", "imap" },  { "imaps", "imps" }, { "pop3", "pop3" }, { "pop3s", "pops" },
	{ "ldap", "ldap" },  { "ldaps", "ldps" }, { "smb", "smb " },
};

#define PROTOCOLS	(sizeof(protocols) / sizeof(protocols[0]))

const char *site_protocol_code(const char *protocol)
{
	for (size_t i = 0; i < PROTOCOLS; i++)
		if (!strcmp(protocols[i].name, protocol))
			return protocols[i].code;
	/* A code that is no name would be another protocol's. */
	for (size_t i = 0; i < PROTOCOLS; i++)
		if (!strcmp(protocols[i].code, protocol))
			return "none";
	return protocol;
}

const char *site_protocol_of_code(const char *code)
{
	for (size_t i = 0; i < PROTOCOLS; i++)
		if (!strcmp(protocols[i].code, code))
			return protocols[i].name;
	return code;
}

void site_free(struct site *site)
{
	free(site->protocol);
	free(site->host);
	free(site->path);
	*site = (struct site){ 0 };
}

/* A number as people write it: with a zero or a sign in front it would be another text for one port. */
static bool port_of(const char *text, unsigned int *ret_port)
{
	uint64_t number;

	if (*text < '1' || *text > '9' || !argument_number(text, 1, MAX_PORT, &number))
		return false;
	*ret_port = (unsigned int)number;
	return true;
}

struct authority {
	const char *host;
	size_t length;
	unsigned int port;	/* 0: none */
};

/* Takes "host", "host:port", "[::1]" and "[::1]:port" apart. Returns whether it is one of these. */
static bool authority_parse(const char *text, struct authority *ret_authority)
{
	const char *bracket = *text == '[' ? strchr(text, ']') : NULL;
	const char *end = bracket ? bracket : text + strcspn(text, ":");
	const char *port = bracket ? bracket + 1 : end;

	*ret_authority = (struct authority){ .host = text + (bracket != NULL) };
	ret_authority->length = (size_t)(end - ret_authority->host);
	if (bracket && !ret_authority->length)
		return false;
	return !*port || (*port == ':' && port_of(port + 1, &ret_authority->port));
}

static int copy(const char *text, size_t length, char **ret_copy)
{
	*ret_copy = strndup(text, length);
	return *ret_copy ? 0 : -ENOMEM;
}

int site_of_git(const char *protocol, const char *host, const char *path, struct site *ret_site)
{
	CLEANUP_SITE struct site site = { .domain = SITE_OF_GIT };
	struct authority authority;
	int result;

	if (!authority_parse(host, &authority))
		authority = (struct authority){ .host = host, .length = strlen(host) };
	site.port = authority.port;
	result = copy(authority.host, authority.length, &site.host);
	if (!result)
		result = copy(protocol, strlen(protocol), &site.protocol);
	if (!result && path)
		result = copy(path, strlen(path), &site.path);
	if (result)
		return result;
	*ret_site = site;
	site = (struct site){ 0 };
	return 0;
}

static bool take(const char **url, const char *prefix)
{
	if (strncasecmp(*url, prefix, strlen(prefix)))
		return false;
	*url += strlen(prefix);
	return true;
}

/* Steps over "https://" or "//". Returns the protocol, or NULL for one that no registry speaks. */
static const char *take_scheme(const char **url)
{
	if (take(url, "http://"))
		return "http";
	if (take(url, "https://") || take(url, "//") || !strstr(*url, "://"))
		return "https";
	return NULL;
}

static int refuse(const char **ret_problem, const char *problem)
{
	*ret_problem = problem;
	return -EINVAL;
}

/* @text: what stands in front of the path. */
static int set_authority(struct site *site, const char *text, const char **ret_problem)
{
	struct authority authority;

	if (strchr(text, '@'))
		return refuse(ret_problem, N_("the server URL has a user name in it: leave it out"));
	if (!authority_parse(text, &authority))
		return refuse(ret_problem, N_("the server URL has no valid host and port"));
	if (!authority.length)
		return refuse(ret_problem, N_("no hostname in URL"));
	site->port = authority.port;
	return copy(authority.host, authority.length, &site->host);
}

int site_of_url(const char *url, struct site *ret_site, const char **ret_problem)
{
	CLEANUP_SITE struct site site = { .domain = SITE_OF_DOCKER };
	CLEANUP_FREE char *authority = NULL;
	const char *scheme = take_scheme(&url);
	size_t length = strcspn(url, "/?#");
	int result;

	if (!scheme)
		return refuse(ret_problem, N_("the scheme of the server URL is neither https nor http"));
	result = copy(url, length, &authority);
	if (!result)
		result = set_authority(&site, authority, ret_problem);
	if (!result)
		result = copy(scheme, strlen(scheme), &site.protocol);
	if (!result)
		result = copy(url + length, strcspn(url + length, "?#"), &site.path);
	if (result)
		return result;
	*ret_site = site;
	site = (struct site){ 0 };
	return 0;
}

char *site_url(const struct site *site)
{
	bool bracket = strchr(site->host, ':');
	const char *path = site->path ? site->path : "";
	char port[16] = "";
	char *url;

	if (site->port)
		snprintf(port, sizeof(port), ":%u", site->port);
	if (asprintf(&url, "%s://%s%s%s%s%s%s", site->protocol, bracket ? "[" : "", site->host, bracket ? "]" : "", port,
		     *path && *path != '/' ? "/" : "", path) < 0)
		return NULL;
	return url;
}

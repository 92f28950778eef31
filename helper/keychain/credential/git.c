// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * git-credential-keychain: logins of git in the keychain, git-credential(1).
 *
 * Logins are written past stdio, whose buffers are not wiped. Git asks the person for what it does not get.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "complain.h"
#include "credential_options.h"
#include "git_fields.h"
#include "git_secret.h"
#include "helper/cli/exit_status.h"
#include "helper/cli/program.h"
#include "helper/cli/sent_text.h"
#include "helper/common/io.h"
#include "login.h"

#define PROGRAM	"git-credential-keychain"

static const char usage[] =
	N_("usage: git-credential-keychain [--accessible CLASS] get | store | erase\n\n"
	"Keeps logins of git in the keychain; git runs it:\n"
	"  git config --global credential.helper keychain\n\n"
	"      --accessible CLASS  what is stored can be read when: ak, while unlocked (default); ck, from\n"
	"                          the first unlock on, also while the screen is locked; dk, aku, cku, dku, akpu\n");

/* A request of git, with its fields. */
struct request {
	struct keychain_client *client;
	struct git_fields fields;
	struct site site;
	const char *username;			/* NULL: any */
	enum keychain_accessible accessible;
};

/* One that was found. */
struct found {
	const uint8_t *reference;
	const char *username;
	size_t username_length;
	enum keychain_accessible accessible;
	struct git_secret secret;
	bool expired;
	bool has_path;
	int64_t modified;
};

static int complain_request(const struct request *request, int status)
{
	char *url CLEANUP_FREE = site_url(&request->site);

	return complain(complain_exit_status(status), "%s: %s", url ? url : "", sent_text(keychain_client_message(request->client)));
}

/* Returns false for an item that git cannot be told: no secret, or a user name or a password of several lines. */
static bool found_read(const struct keychain_items *items, size_t index, struct found *ret_found)
{
	size_t length = 0;
	const void *secret = keychain_items_secret(items, index, &length);
	const char *username;

	if (!secret || !git_secret_parse(secret, length, &ret_found->secret))
		return false;
	length = 0;
	username = keychain_items_text(items, index, KEYCHAIN_ACCOUNT, &length);
	if (length && (memchr(username, '\n', length) || memchr(username, 0, length)))
		return false;
	ret_found->username = length ? username : "";
	ret_found->username_length = length;
	length = 0;
	keychain_items_text(items, index, KEYCHAIN_PATH, &length);
	ret_found->has_path = length != 0;
	ret_found->reference = keychain_items_reference(items, index);
	ret_found->accessible = keychain_items_accessible(items, index);
	ret_found->modified = keychain_items_time(items, index, KEYCHAIN_MODIFIED);
	ret_found->expired = git_secret_expired(&ret_found->secret, time(NULL));
	return true;
}

/*
 * A password that is good goes before one that is not, among the latter one that can be renewed first; that of a whole
 * host before that of a path which nobody asked for, a newer one before an older one.
 */
static bool is_better(const struct found *one, const struct found *than)
{
	if (one->expired != than->expired)
		return !one->expired;
	if (one->expired && !one->secret.token != !than->secret.token)
		return one->secret.token;
	if (one->has_path != than->has_path)
		return !one->has_path;
	return one->modified > than->modified;
}

/* @paths: logins of a path count as well. */
static bool choose(const struct keychain_items *items, bool paths, struct found *ret_found)
{
	bool any = false;

	for (size_t i = 0; i < keychain_items_count(items); i++) {
		struct found found = { 0 };

		if (!found_read(items, i, &found) || (found.has_path && !paths) || (any && !is_better(&found, ret_found)))
			continue;
		*ret_found = found;
		any = true;
	}
	return any;
}

static int write_found(const struct request *request, const struct found *found)
{
	CLEANUP_SECRET struct secret output = SECRET_NONE;
	const struct git_secret *secret = &found->secret;
	int result = 0;

	/*
	 * Git takes an empty name that it did not ask for as a name, sends no password, and has the login erased. Both empty
	 * is what it has stored itself, for single sign-on.
	 */
	if (found->username_length || request->username || !secret->password_length)
		result = git_fields_write(&output, GIT_USERNAME, found->username, found->username_length);
	if (!result && !found->expired)
		result = git_fields_write(&output, GIT_PASSWORD, secret->password, secret->password_length);
	if (!result && !found->expired && secret->expiry)
		result = git_fields_write(&output, GIT_EXPIRY, secret->expiry, secret->expiry_length);
	if (!result && secret->token)
		result = git_fields_write(&output, GIT_REFRESH_TOKEN, secret->token, secret->token_length);
	if (result)
		return complain(EXIT_FAILED, "%s", complain_input_problem(result));
	result = write_all(STDOUT_FILENO, output.data, output.length);
	return result < 0 ? complain(EXIT_FAILED, _("standard output: %s"), translate_errno(result)) : EXIT_DONE;
}

static int get(struct request *request)
{
	CLEANUP_ITEMS struct keychain_items *items = NULL;
	struct found found;
	int status = login_find(request->client, &request->site, request->username, &items);

	if (status == errSecItemNotFound)
		return EXIT_DONE;
	if (status)
		return complain_request(request, status);
	/* With an expired password goes its refresh token, by which another helper gets a new one. */
	if (!choose(items, true, &found) || (found.expired && !found.secret.token))
		return EXIT_DONE;
	/* Another account than while it is unlocked would be a surprise. */
	if (!request->username && login_newer_is_locked(items, found.modified))
		return complain(EXIT_LOCKED, _("another login there was changed later and is locked: name the user in the URL, or unlock"));
	return write_found(request, &found);
}

/* Git stores what it has just been given, after each use: that is no reason to write. */
static bool is_stored(const struct request *request, const struct found *found)
{
	return !found->expired && git_secret_has_all(&found->secret, &request->fields) &&
	       (!request->accessible || request->accessible == found->accessible);
}

static bool is_true(const char *text)
{
	return text && *text && strcmp(text, "0") && strcmp(text, "false");
}

static int store_secret(struct request *request, const struct found *found)
{
	CLEANUP_SECRET struct secret secret = SECRET_NONE;
	char *url CLEANUP_FREE = site_url(&request->site), *label CLEANUP_FREE = NULL;
	struct login login = { &request->site, request->username, &secret, request->accessible, NULL, NULL, NULL, 0 };
	int status = git_secret_of_fields(&request->fields, found ? &found->secret : NULL, &secret);

	if (status < 0)
		return complain(EXIT_FAILED, "%s", complain_input_problem(status));
	if (!url || asprintf(&label, "Git: %s", url) < 0)
		return complain(EXIT_FAILED, _("out of memory"));
	login.label = label;
	status = found ? login_change(request->client, found->reference, &login) : errSecItemNotFound;
	if (status == errSecItemNotFound)
		status = login_add(request->client, &login);
	return status ? complain_request(request, status) : EXIT_DONE;
}

static int store(struct request *request)
{
	CLEANUP_ITEMS struct keychain_items *items = NULL;
	struct found found;
	bool any;
	int status;

	/* Git tells of logins without a password, or not to be kept, as well. */
	if (!request->username || !git_fields_get(&request->fields, GIT_PASSWORD) ||
	    is_true(git_fields_get(&request->fields, GIT_EPHEMERAL)))
		return EXIT_DONE;
	status = login_find(request->client, &request->site, request->username, &items);
	if (status && status != errSecItemNotFound)
		return complain_request(request, status);
	/* One of a path that nobody named is another login. */
	any = !status && choose(items, request->site.path != NULL, &found);
	return any && is_stored(request, &found) ? EXIT_DONE : store_secret(request, any ? &found : NULL);
}

/* Returns how many were deleted, or a status. */
static int erase_password(struct request *request, const char *password)
{
	CLEANUP_ITEMS struct keychain_items *items = NULL;
	int deleted = 0, status = login_find(request->client, &request->site, request->username, &items);

	for (size_t i = 0; !status && i < keychain_items_count(items); i++) {
		struct found found = { 0 };

		if (!found_read(items, i, &found) || !git_secret_has_password(&found.secret, password))
			continue;
		status = login_delete(request->client, found.reference);
		deleted++;
	}
	return status == errSecItemNotFound ? 0 : status ? status : deleted;
}

static int erase(struct request *request)
{
	const char *password = git_fields_get(&request->fields, GIT_PASSWORD);
	int status;

	/* A token of another helper was refused: that says nothing of the passwords here. */
	if (!password && git_fields_get(&request->fields, GIT_CREDENTIAL))
		return EXIT_DONE;
	/* Without the protocol of those that were deleted there may be more. */
	do {
		status = password ? erase_password(request, password) :
				    login_delete_all(request->client, &request->site, request->username);
	} while (status > 0);
	return status && status != errSecItemNotFound ? complain_request(request, status) : EXIT_DONE;
}

static const struct {
	const char *name;
	int (*run)(struct request *request);
} operations[] = {
	{ "get", get },
	{ "store", store },
	{ "erase", erase },
};

/* Returns 0 or an exit status. */
static int request_read(struct request *request)
{
	const char *protocol, *host, *path;
	int result = git_fields_read(STDIN_FILENO, &request->fields);

	if (result < 0)
		return complain(EXIT_USAGE, _("what git says cannot be read: %s"), complain_input_problem(result));
	protocol = git_fields_get(&request->fields, GIT_PROTOCOL);
	host = git_fields_get(&request->fields, GIT_HOST);
	path = git_fields_get(&request->fields, GIT_PATH);
	if (path && !*path)
		path = NULL;
	/* A certificate has a path alone. Nothing at all would be every login. */
	if (!protocol || !*protocol || !((host && *host) || path))
		return complain(EXIT_USAGE, _("the protocol and the host, or the path, are needed to know which login is meant"));
	request->username = git_fields_get(&request->fields, GIT_USERNAME);
	if (site_of_git(protocol, host ? host : "", path, &request->site) < 0 || keychain_client_new(&request->client))
		return complain(EXIT_FAILED, _("out of memory"));
	return 0;
}

static int run(int argc, char **argv)
{
	struct credential_options options;
	struct request request = { 0 };
	int result;

	if (!credential_options_read(argc, argv, PROGRAM, usage, &options, &result))
		return result;
	if (!options.operation)
		return complain(EXIT_USAGE, _("which operation? See '%s --help'"), PROGRAM);
	/* One that a later git has is none of ours, and no error. */
	result = EXIT_DONE;
	request.accessible = options.accessible;
	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
		if (strcmp(operations[i].name, options.operation))
			continue;
		result = request_read(&request);
		if (!result)
			result = operations[i].run(&request);
	}
	keychain_client_free(request.client);
	site_free(&request.site);
	git_fields_free(&request.fields);
	return result;
}

int main(int argc, char **argv)
{
	static const struct program program = { PROGRAM, EXIT_FAILED, run };

	return credential_main(&program, argc, argv);
}

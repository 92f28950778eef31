// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Input of the helpers of git and docker: lines, secrets with their lines, places, JSON.
 */
#include <errno.h>
#include <string.h>

#include "helper/keychain/base/json_format.h"
#include "helper/keychain/credential/docker_message.h"
#include "helper/keychain/credential/git_fields.h"
#include "helper/keychain/credential/git_secret.h"
#include "helper/keychain/credential/locked_text.h"
#include "helper/keychain/credential/site.h"
#include "lib/tap.h"

/* The whole of @text, in parts of @part bytes. Returns what the last call did. */
static int push(struct git_fields *fields, const char *text, size_t length, size_t part)
{
	int result = GIT_FIELDS_MORE;

	for (size_t at = 0; at < length && result == GIT_FIELDS_MORE; at += part)
		result = git_fields_push(fields, text + at, length - at < part ? length - at : part);
	return result == GIT_FIELDS_MORE ? git_fields_end(fields) : result;
}

static int read_text(struct git_fields *fields, const char *text)
{
	git_fields_free(fields);
	return push(fields, text, strlen(text), 7);
}

static bool is(const struct git_fields *fields, enum git_field field, const char *value)
{
	const char *got = git_fields_get(fields, field);

	return got && value ? !strcmp(got, value) : got == value;
}

static void test_lines(void)
{
	CLEANUP_GIT_FIELDS struct git_fields fields = GIT_FIELDS_NONE;

	check(!read_text(&fields, "protocol=https\nhost=[::1]:80\nusername=a@b%40\npassword= x=y \nfoo=bar\nwwwauth[]=b\n\nhost=c\n"));
	check(is(&fields, GIT_PROTOCOL, "https") && is(&fields, GIT_HOST, "[::1]:80") && is(&fields, GIT_USERNAME, "a@b%40"));
	check(is(&fields, GIT_PASSWORD, " x=y ") && is(&fields, GIT_PATH, NULL) && is(&fields, GIT_EXPIRY, NULL));
	tap_test("lines up to the empty one, values as they are");
	check(!read_text(&fields, "capability[]=authtype\npassword_expiry_utc=12\noauth_refresh_token=t\npath=\nusername=a\nusername="));
	check(is(&fields, GIT_EXPIRY, "12") && is(&fields, GIT_REFRESH_TOKEN, "t") && is(&fields, GIT_PATH, ""));
	check(is(&fields, GIT_USERNAME, ""));
	tap_test("the last of two lines counts, an empty value is one, the last line needs no end");
	check(!read_text(&fields, "capability[]=authtype\nauthtype=Bearer\ncredential=a=b\ncredentials=c\n"));
	check(is(&fields, GIT_CREDENTIAL, "a=b") && is(&fields, GIT_PASSWORD, NULL));
	tap_test("what goes in place of a password is known");
	check(!read_text(&fields, "") && is(&fields, GIT_HOST, NULL));
	check(!read_text(&fields, "\nhost=a\n") && is(&fields, GIT_HOST, NULL));
	check(!read_text(&fields, "Host=a\nhos=b\nhosts=c\n=d\nhost =e\n") && is(&fields, GIT_HOST, NULL));
	check(!read_text(&fields, "host=a\r\n") && is(&fields, GIT_HOST, "a\r"));
	tap_test("keys are whole and as they are written");
	check(read_text(&fields, "host=a\nhost\n") == -EINVAL);
	check(read_text(&fields, "host") == -EINVAL);
	git_fields_free(&fields);
	check(push(&fields, "host=a\0b\n", 9, 9) == -EINVAL);
	git_fields_free(&fields);
	check(push(&fields, "a\0b=c\n", 6, 1) == -EINVAL);
	tap_test("a line without '=' or with a NUL is refused");
}

/* A line of @key and a value of @length bytes. */
static int long_line(struct git_fields *fields, const char *key, size_t length, size_t part)
{
	char *text = malloc(strlen(key) + length + sizeof("=\nhost=h\n"));
	int result;

	sprintf(text, "%s=", key);
	memset(text + strlen(key) + 1, 'x', length);
	strcpy(text + strlen(key) + 1 + length, "\nhost=h\n");
	git_fields_free(fields);
	result = push(fields, text, strlen(text), part);
	free(text);
	return result;
}

static void test_long(void)
{
	static const size_t parts[] = { 1, 4096, 100000, 2 << 20 };
	CLEANUP_GIT_FIELDS struct git_fields fields = GIT_FIELDS_NONE;
	char block[65536];
	int result = GIT_FIELDS_MORE;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		check(!long_line(&fields, "password", GIT_LINE_SIZE - 10, parts[i]) && is(&fields, GIT_HOST, "h"));
		check(strlen(git_fields_get(&fields, GIT_PASSWORD)) == GIT_LINE_SIZE - 10);
		check(long_line(&fields, "password", GIT_LINE_SIZE - 9, parts[i]) == -EMSGSIZE);
		check(!long_line(&fields, "wwwauth[]", 1 << 20, parts[i]) && is(&fields, GIT_HOST, "h"));
	}
	tap_test("a line has 65535 bytes, one of a key that is ignored any length");
	memset(block, 'a', sizeof(block));
	git_fields_free(&fields);
	for (int i = 0; i < 10000 && result == GIT_FIELDS_MORE; i++)
		result = git_fields_push(&fields, block, sizeof(block));
	check(result == -EMSGSIZE && fields.line.capacity <= 2 * GIT_LINE_SIZE);
	memcpy(block, "a=", 2);
	git_fields_free(&fields);
	result = GIT_FIELDS_MORE;
	for (int i = 0; i < 10000 && result == GIT_FIELDS_MORE; i++)
		result = git_fields_push(&fields, block, sizeof(block));
	check(result == -EMSGSIZE && fields.total > GIT_INPUT_SIZE && fields.line.capacity <= 2 * GIT_LINE_SIZE);
	tap_test("an input without end has one, and little memory is taken for it");
}

static bool part_is(const char *part, size_t length, const char *text)
{
	return part && text ? strlen(text) == length && !memcmp(part, text, length) : part == text;
}

/* @bytes are copied to where nothing stands behind them. */
static void check_secret(const char *bytes, size_t length, const char *password, const char *expiry, const char *token)
{
	char *copy = malloc(length ? length : 1);
	struct git_secret secret;

	memcpy(copy, bytes, length);
	if (check(git_secret_parse(copy, length, &secret) == (password != NULL)) && password) {
		check(part_is(secret.password, secret.password_length, password));
		check(part_is(secret.expiry, secret.expiry_length, expiry) && part_is(secret.token, secret.token_length, token));
	}
	free(copy);
}

static void test_secrets(void)
{
	CLEANUP_GIT_FIELDS struct git_fields fields = GIT_FIELDS_NONE;
	struct git_secret secret;

	check_secret("hunter2", 7, "hunter2", NULL, NULL);
	check_secret("", 0, "", NULL, NULL);
	check_secret("\n", 1, "", NULL, NULL);
	check_secret("a\n", 2, "a", NULL, NULL);
	check_secret("a\npassword_expiry_utc=1684189401\noauth_refresh_token=x=y", 56, "a", "1684189401", "x=y");
	check_secret("a\noauth_refresh_token=\nfoo\n\npassword_expiry_utc=5\n", 50, "a", "5", "");
	check_secret("a\npassword_expiry_utc=\npassword_expiry_utc=-1\npassword_expiry_utc=1x", 68, "a", NULL, NULL);
	check_secret("a\npassword_expiry_utc=1234567890123456789", 41, "a", NULL, NULL);
	check_secret("a\npassword_expiry_utc", 21, "a", NULL, NULL);
	check_secret("a\0b", 3, NULL, NULL, NULL);
	check_secret("a\noauth_refresh_token=x\0y", 25, "a", NULL, NULL);
	tap_test("a secret is a password with lines behind it that may be there");
	check(git_secret_parse("a\npassword_expiry_utc=100", 25, &secret));
	check(git_secret_expired(&secret, 101) && !git_secret_expired(&secret, 100) && !git_secret_expired(&secret, 99));
	check(git_secret_parse("a\npassword_expiry_utc=999999999999999999", 40, &secret) && !git_secret_expired(&secret, 1LL << 40));
	check(git_secret_parse("a", 1, &secret) && !git_secret_expired(&secret, 1LL << 40));
	tap_test("it expires when git thinks so");
	check(!read_text(&fields, "password=a\n"));
	check(git_secret_has_all(&secret, &fields) && git_secret_has_password(&secret, "a") && !git_secret_has_password(&secret, ""));
	check(!git_secret_has_password(&secret, "ab"));
	check(!read_text(&fields, "password=a\noauth_refresh_token=t\n") && !git_secret_has_all(&secret, &fields));
	check(!read_text(&fields, "password=a\npassword_expiry_utc=1\n") && !git_secret_has_all(&secret, &fields));
	tap_test("what is stored already is known");
}

static void test_secret_of_fields(void)
{
	static const struct {
		const char *lines, *bytes;
	} cases[] = {
		{ "password=a\n", "a" },
		{ "password=\n", "" },
		{ "password=a\npassword_expiry_utc=12\n", "a\npassword_expiry_utc=12" },
		{ "password=a\noauth_refresh_token=t\npassword_expiry_utc=12\n", "a\npassword_expiry_utc=12\noauth_refresh_token=t" },
		{ "password=a\npassword_expiry_utc=soon\n", "a" },
	};
	CLEANUP_GIT_FIELDS struct git_fields fields = GIT_FIELDS_NONE;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CLEANUP_SECRET struct secret bytes = SECRET_NONE;

		check(!read_text(&fields, cases[i].lines) && !git_secret_of_fields(&fields, NULL, &bytes));
		check(part_is((const char *)bytes.data, bytes.length, cases[i].bytes));
	}
	tap_test("a secret is made of what git says");
}

static void git_site(const char *text, const char *host, unsigned int port)
{
	CLEANUP_SITE struct site site = { 0 };

	if (!check(!site_of_git("https", text, "a.git", &site) && !strcmp(site.host, host) && site.port == port))
		printf("# %s: %s %u\n", text, site.host, site.port);
}

static void test_git_sites(void)
{
	CLEANUP_SITE struct site site = { 0 };

	git_site("example.com", "example.com", 0);
	git_site("example.com:8443", "example.com", 8443);
	git_site("example.com:65535", "example.com", 65535);
	git_site("[::1]", "::1", 0);
	git_site("[::1]:22", "::1", 22);
	git_site("[fe80::1%25eth0]:1", "fe80::1%25eth0", 1);
	git_site("", "", 0);
	tap_test("a host is taken apart");
	git_site("example.com:", "example.com:", 0);
	git_site("example.com:0", "example.com:0", 0);
	git_site("example.com:0443", "example.com:0443", 0);
	git_site("example.com:+443", "example.com:+443", 0);
	git_site("example.com: 443", "example.com: 443", 0);
	git_site("example.com:65536", "example.com:65536", 0);
	git_site("example.com:443x", "example.com:443x", 0);
	git_site("example.com:99999999999999999999", "example.com:99999999999999999999", 0);
	git_site("::1", "::1", 0);
	git_site("a:1:2", "a:1:2", 0);
	git_site("[::1", "[::1", 0);
	git_site("[::1]x", "[::1]x", 0);
	git_site("[]:80", "[]:80", 0);
	git_site("[::1]:", "[::1]:", 0);
	tap_test("one that has no port by any of its colons is another host than that without");
	check(!site_of_git("cert", "", NULL, &site) && !site.path && !strcmp(site.protocol, "cert"));
	check(!strcmp(site_protocol_code("https"), "htps") && !strcmp(site_protocol_code("cert"), "cert"));
	check(!strcmp(site_protocol_of_code("htps"), "https") && !strcmp(site_protocol_of_code("x"), "x"));
	tap_test("protocols have the codes that keychainctl has");
}

static void url_is(const char *text, const char *again)
{
	CLEANUP_SITE struct site site = { 0 };
	const char *problem = NULL;
	int result = site_of_url(text, &site, &problem);
	char *url = result ? NULL : site_url(&site);

	if (!check(again ? !result && !strcmp(url, again) : result == -EINVAL && problem))
		printf("# %s: %s\n", text, url ? url : "refused");
	free(url);
}

static void test_urls(void)
{
	url_is("ghcr.io", "https://ghcr.io");
	url_is("https://index.docker.io/v1/", "https://index.docker.io/v1/");
	url_is("HTTP://a:5000", "http://a:5000");
	url_is("//a/b", "https://a/b");
	url_is("a:5000/b?c#d", "https://a:5000/b");
	url_is("a?b://c", NULL);
	url_is("https://[::1]:443/%41%2f", "https://[::1]:443/%41%2f");
	url_is("[::1]", "https://[::1]");
	tap_test("URLs of servers, with or without a scheme, as they are");
	url_is("", NULL);
	url_is("https://", NULL);
	url_is("https:///v1/", NULL);
	url_is("ftp://a", NULL);
	url_is("://a", NULL);
	url_is("u@a", NULL);
	url_is("https://u:p@a/", NULL);
	url_is("a:", NULL);
	url_is("a:x", NULL);
	url_is("a:99999", NULL);
	url_is("::1", NULL);
	url_is("[::1", NULL);
	tap_test("those without a host, with a user or of other protocols are refused");
}

static void message_is(const char *text, const char *problem_part)
{
	CLEANUP_DOCKER_MESSAGE struct docker_message message = { 0 };
	const char *problem = NULL;
	int result = docker_message_parse(text, strlen(text), &message, &problem);

	if (!check(problem_part ? result == -EINVAL && problem && strstr(problem, problem_part) : !result && message.url))
		printf("# %s: %d %s\n", text, result, problem ? problem : "");
}

static void test_messages(void)
{
	CLEANUP_DOCKER_MESSAGE struct docker_message message = { 0 };
	const char *problem = NULL, *text = "{\"ServerURL\":\"https://a\",\"Username\":\"\\u003ctoken\\u003e\",\"Secret\":\"s\\u0000\\n\",\"More\":[1]}\n";

	check(!docker_message_parse(text, strlen(text), &message, &problem));
	check(!strcmp(message.url, "https://a") && !strcmp(message.username, "<token>"));
	check(message.secret_length == 3 && !memcmp(message.secret, "s\0\n", 3));
	message_is("{\"ServerURL\":\"a\",\"Username\":\"b\"}", NULL);
	message_is("{\"ServerURL\":\"a\",\"Username\":\"b\",\"Secret\":null}", NULL);
	tap_test("a login is read");
	message_is("{\"Username\":\"b\"}", DOCKER_NO_URL);
	message_is("{}", DOCKER_NO_URL);
	message_is("{\"ServerURL\":null,\"Username\":\"b\"}", DOCKER_NO_URL);
	message_is("{\"ServerURL\":\"a\"}", DOCKER_NO_USERNAME);
	message_is("{\"ServerURL\":\"a\",\"Username\":\"\"}", DOCKER_NO_USERNAME);
	message_is("{\"ServerURL\":\"a\",\"Username\":\"b\\nc\"}", "control");
	message_is("{\"ServerURL\":\"a\\u001b\",\"Username\":\"b\"}", "control");
	message_is("{\"ServerURL\":\"a\\u0000\",\"Username\":\"b\"}", "strings");
	message_is("{\"ServerURL\":1,\"Username\":\"b\"}", "strings");
	message_is("{\"ServerURL\":\"a\",\"Username\":\"b\",\"Secret\":{\"data\":\"eA==\"}}", "strings");
	message_is("{\"data\":\"eA==\"}", "object");
	message_is("\"a\"", "object");
	message_is("", "ends");
	message_is("{\"ServerURL\":\"a\",\"Username\":\"b\"} {}", "follows");
	message_is("{\"ServerURL\":\"a\",\"ServerURL\":\"c\",\"Username\":\"b\"}", "twice");
	message_is("{\"ServerURL\":\"\xff\",\"Username\":\"b\"}", "UTF-8");
	tap_test("what is missing or malformed is told");
}

static void asked_url(const char *bytes, size_t length, const char *url, const char *problem_is)
{
	char copy[64] = "";
	const char *problem = NULL;
	char *got;

	memcpy(copy, bytes, length);
	got = docker_message_url(copy, length, &problem);
	check(url ? got && !strcmp(got, url) && !problem : !got && (!problem_is || !strcmp(problem, problem_is)));
}

static void test_asked(void)
{
	char *text = NULL;
	size_t length = 0;

	asked_url("https://a/", 10, "https://a/", NULL);
	asked_url(" \ta\r\n\n", 6, "a", NULL);
	asked_url("", 0, NULL, DOCKER_NO_URL);
	asked_url(" \n", 2, NULL, DOCKER_NO_URL);
	asked_url("a\nb", 3, NULL, NULL);
	asked_url("a\0b", 3, NULL, NULL);
	asked_url("\xff", 1, NULL, NULL);
	tap_test("the URL that is asked for");
	check(!docker_message_login("a", "<b>", "c\"\n\0", 4, &text, &length));
	check(text && !strcmp(text, "{\"ServerURL\":\"a\",\"Username\":\"<b>\",\"Secret\":\"c\\\"\\n\\u0000\"}"));
	json_free(text, length);
	check(docker_message_login("a", "b", "\xff", 1, &text, &length) == -EILSEQ);
	tap_test("the answer");
}

int main(void)
{
	tap_start();
	test_lines();
	test_long();
	test_secrets();
	test_secret_of_fields();
	test_git_sites();
	test_urls();
	test_messages();
	test_asked();
	return tap_end();
}

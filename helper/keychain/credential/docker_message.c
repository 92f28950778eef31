// SPDX-License-Identifier: GPL-2.0-or-later
#include "docker_message.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "helper/common/translate.h"
#include "helper/common/utf8.h"
#include "helper/keychain/base/json_format.h"
#include "helper/keychain/base/json_parse.h"

#define SPACE	" \t\n\v\f\r"

void docker_message_free(struct docker_message *message)
{
	value_free(message->value);
	*message = (struct docker_message){ 0 };
}

static int refuse(const char **ret_problem, const char *problem)
{
	*ret_problem = problem;
	return -EINVAL;
}

/* Whether it is one line without what could steer a terminal. */
static bool is_line(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return false;
	return true;
}

/* Text of a key, "" where it is missing. Returns false for another kind of value, or a NUL in it. */
static bool take_text(const struct value *value, const char *key, const char **ret_text)
{
	const struct value *entry = value_get(value, key);

	*ret_text = value_kind(entry) == VALUE_NULL ? "" : value_as_name(entry);
	return *ret_text;
}

static int take_all(struct docker_message *message, const char **ret_problem)
{
	const struct value *secret = value_get(message->value, "Secret");

	if (!value_is(message->value, VALUE_DICTIONARY))
		return refuse(ret_problem, N_("a JSON object with ServerURL, Username and Secret has to come"));
	if (!take_text(message->value, "ServerURL", &message->url) || !take_text(message->value, "Username", &message->username) ||
	    (value_kind(secret) != VALUE_NULL && !value_is(secret, VALUE_STRING)))
		return refuse(ret_problem, N_("ServerURL, Username and Secret have to be strings, without NUL in the first two"));
	if (!*message->url)
		return refuse(ret_problem, DOCKER_NO_URL);
	if (!*message->username)
		return refuse(ret_problem, DOCKER_NO_USERNAME);
	if (!is_line(message->url) || !is_line(message->username))
		return refuse(ret_problem, N_("the server URL or the user name has a control character in it"));
	message->secret = secret ? value_bytes(secret, &message->secret_length) : "";
	return 0;
}

int docker_message_parse(const char *text, size_t length, struct docker_message *ret_message, const char **ret_problem)
{
	CLEANUP_DOCKER_MESSAGE struct docker_message message = { 0 };
	struct json_error error;
	int result = json_parse(text, length, VALUE_MAX_ENTRIES, &message.value, &error);

	if (result == -EINVAL)
		*ret_problem = error.message;
	if (!result)
		result = take_all(&message, ret_problem);
	if (result)
		return result;
	*ret_message = message;
	message = (struct docker_message){ 0 };
	return 0;
}

char *docker_message_url(char *text, size_t length, const char **ret_problem)
{
	if (memchr(text, 0, length) || !utf8_valid(text, length)) {
		*ret_problem = N_("the server URL is no text");
		return NULL;
	}
	text += strspn(text, SPACE);
	length = strlen(text);
	while (length && strchr(SPACE, text[length - 1]))
		text[--length] = 0;
	*ret_problem = !*text ? DOCKER_NO_URL : !is_line(text) ? N_("the server URL has a control character in it") : NULL;
	return *ret_problem ? NULL : text;
}

/* Takes the parts. */
static int format_login(struct value *login, char **ret_text, size_t *ret_length)
{
	int result = json_format(login, false, ret_text, ret_length);

	value_free(login);
	return result;
}

int docker_message_login(const char *url, const char *username, const void *secret, size_t secret_length, char **ret_text,
			 size_t *ret_length)
{
	struct value *login = value_dictionary();
	int error = 0;

	if (!utf8_valid(secret, secret_length))
		error = -EILSEQ;
	if (!error)
		error = value_set(login, "ServerURL", value_string(url));
	if (!error)
		error = value_set(login, "Username", value_string(username));
	if (!error)
		error = value_set(login, "Secret", value_string_of(secret, secret_length));
	if (!error)
		return format_login(login, ret_text, ret_length);
	value_free(login);
	return error;
}

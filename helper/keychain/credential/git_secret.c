// SPDX-License-Identifier: GPL-2.0-or-later
#include "git_secret.h"

#include <string.h>

#include "locked_text.h"

#define EXPIRY_DIGITS	18	/* fewer than a number of 64 bits may have */

/* Whether it is a time in seconds. */
static bool is_expiry(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (text[i] < '0' || text[i] > '9')
			return false;
	return length && length <= EXPIRY_DIGITS;
}

/* The value of a line of that key; NULL: it is another one. */
static const char *value_of(const char *line, size_t length, enum git_field field, size_t *ret_length)
{
	const char *name = git_field_name(field);
	size_t name_length = strlen(name);

	if (length <= name_length || memcmp(line, name, name_length) || line[name_length] != '=')
		return NULL;
	*ret_length = length - name_length - 1;
	return line + name_length + 1;
}

static void take_line(const char *line, size_t length, struct git_secret *secret)
{
	size_t value_length;
	const char *value;

	if (memchr(line, 0, length))
		return;
	value = value_of(line, length, GIT_EXPIRY, &value_length);
	if (value && is_expiry(value, value_length)) {
		secret->expiry = value;
		secret->expiry_length = value_length;
	}
	value = value_of(line, length, GIT_REFRESH_TOKEN, &value_length);
	if (value) {
		secret->token = value;
		secret->token_length = value_length;
	}
}

bool git_secret_parse(const void *bytes, size_t length, struct git_secret *ret_secret)
{
	const char *line = bytes, *end = length ? memchr(line, '\n', length) : NULL;
	size_t part = end ? (size_t)(end - line) : length;

	*ret_secret = (struct git_secret){
		.password = length ? line : "", .password_length = part,
		.others = end, .others_length = end ? length - part : 0,
	};
	if (part && memchr(line, 0, part))
		return false;
	while (end) {
		length -= part + 1;
		line = end + 1;
		end = memchr(line, '\n', length);
		part = end ? (size_t)(end - line) : length;
		take_line(line, part, ret_secret);
	}
	return true;
}

bool git_secret_expired(const struct git_secret *secret, time_t now)
{
	long long expiry = 0;

	if (!secret->expiry)
		return false;
	for (size_t i = 0; i < secret->expiry_length; i++)
		expiry = 10 * expiry + (secret->expiry[i] - '0');
	return expiry && expiry < (long long)now;
}

static bool equal(const char *one, size_t length, const char *text)
{
	return one && strlen(text) == length && secret_bytes_equal((const uint8_t *)one, (const uint8_t *)text, length);
}

bool git_secret_has_password(const struct git_secret *secret, const char *password)
{
	return equal(secret->password, secret->password_length, password);
}

bool git_secret_has_all(const struct git_secret *secret, const struct git_fields *fields)
{
	const char *expiry = git_fields_get(fields, GIT_EXPIRY), *token = git_fields_get(fields, GIT_REFRESH_TOKEN);

	return git_secret_has_password(secret, git_fields_get(fields, GIT_PASSWORD)) &&
	       (!expiry || equal(secret->expiry, secret->expiry_length, expiry)) &&
	       (!token || equal(secret->token, secret->token_length, token));
}

static int append_line(struct secret *bytes, enum git_field field, const char *value)
{
	int result = locked_text_append(bytes, "\n", 1);

	if (!result)
		result = locked_text_append(bytes, git_field_name(field), strlen(git_field_name(field)));
	if (!result)
		result = locked_text_append(bytes, "=", 1);
	return result ? result : locked_text_append(bytes, value, strlen(value));
}

/* Lines that are not git's, which a person has put behind the password. */
static int append_others(struct secret *bytes, const struct git_secret *former)
{
	const char *line = former->others, *end = line ? line + former->others_length : NULL;
	int result = 0;

	/* Each begins with the end of the line before it. */
	while (!result && line < end) {
		const char *next = memchr(line + 1, '\n', (size_t)(end - line - 1));
		size_t length = (size_t)((next ? next : end) - line), value_length;

		if (length > 1 && !value_of(line + 1, length - 1, GIT_EXPIRY, &value_length) &&
		    !value_of(line + 1, length - 1, GIT_REFRESH_TOKEN, &value_length))
			result = locked_text_append(bytes, line, length);
		line += length;
	}
	return result;
}

int git_secret_of_fields(const struct git_fields *fields, const struct git_secret *former, struct secret *ret_bytes)
{
	CLEANUP_SECRET struct secret bytes = SECRET_NONE;
	const char *password = git_fields_get(fields, GIT_PASSWORD), *expiry = git_fields_get(fields, GIT_EXPIRY);
	const char *token = git_fields_get(fields, GIT_REFRESH_TOKEN);
	int result = locked_text_append(&bytes, password, strlen(password));

	if (!result && expiry && is_expiry(expiry, strlen(expiry)))
		result = append_line(&bytes, GIT_EXPIRY, expiry);
	if (!result && token)
		result = append_line(&bytes, GIT_REFRESH_TOKEN, token);
	if (!result && former)
		result = append_others(&bytes, former);
	if (result)
		return result;
	*ret_bytes = secret_take(&bytes);
	return 0;
}

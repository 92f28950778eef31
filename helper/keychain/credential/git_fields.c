// SPDX-License-Identifier: GPL-2.0-or-later
#include "git_fields.h"

#include <errno.h>
#include <string.h>

#include "helper/common/io.h"
#include "locked_text.h"

#define CHUNK	4096

static const char *const names[GIT_FIELDS] = {
	[GIT_PROTOCOL] = "protocol",
	[GIT_HOST] = "host",
	[GIT_PATH] = "path",
	[GIT_USERNAME] = "username",
	[GIT_PASSWORD] = "password",
	[GIT_CREDENTIAL] = "credential",
	[GIT_EXPIRY] = "password_expiry_utc",
	[GIT_REFRESH_TOKEN] = "oauth_refresh_token",
	[GIT_EPHEMERAL] = "ephemeral",
};

const char *git_field_name(enum git_field field)
{
	return names[field];
}

const char *git_fields_get(const struct git_fields *fields, enum git_field field)
{
	return (const char *)fields->values[field].data;
}

void git_fields_free(struct git_fields *fields)
{
	for (int i = 0; i < GIT_FIELDS; i++)
		secret_free(&fields->values[i]);
	secret_free(&fields->line);
	*fields = GIT_FIELDS_NONE;
}

/* GIT_FIELDS: none of them. */
static enum git_field field_of(const char *key, size_t length)
{
	enum git_field field = 0;

	while (field < GIT_FIELDS && (strlen(names[field]) != length || memcmp(names[field], key, length)))
		field++;
	return field;
}

/* @length: without the end of the line. */
static int take_line(struct git_fields *fields, const char *line, size_t length)
{
	CLEANUP_SECRET struct secret value = SECRET_NONE;
	const char *equals = memchr(line, '=', length);
	size_t key_length = equals ? (size_t)(equals - line) : 0;
	enum git_field field = equals ? field_of(line, key_length) : GIT_FIELDS;
	int result;

	if (!equals || memchr(line, 0, length))
		return -EINVAL;
	if (field == GIT_FIELDS)
		return GIT_FIELDS_MORE;
	result = locked_text_append(&value, equals + 1, length - key_length - 1);
	if (result < 0)
		return result;
	secret_free(&fields->values[field]);
	fields->values[field] = secret_take(&value);
	return GIT_FIELDS_MORE;
}

/* Whether the line that begins like this is of a key that is ignored. */
static bool is_ignored(const struct secret *line)
{
	const char *start = (const char *)line->data, *equals = memchr(start, '=', line->length);

	return equals && field_of(start, (size_t)(equals - start)) == GIT_FIELDS;
}

static void drop_line(struct git_fields *fields)
{
	if (fields->line.data)
		explicit_bzero(fields->line.data, fields->line.length);
	fields->line.length = 0;
}

/* Adds a part of a line that is not whole yet. */
static int keep_part(struct git_fields *fields, const char *part, size_t length)
{
	size_t room = GIT_LINE_SIZE - 1 - fields->line.length;
	int result;

	if (fields->skipping)
		return GIT_FIELDS_MORE;
	result = locked_text_append(&fields->line, part, length < room ? length : room);
	if (result < 0)
		return result;
	if (length <= room)
		return GIT_FIELDS_MORE;
	if (!is_ignored(&fields->line))
		return -EMSGSIZE;
	fields->skipping = true;
	drop_line(fields);
	return GIT_FIELDS_MORE;
}

/* The line that was kept is whole. */
static int end_line(struct git_fields *fields)
{
	int result = GIT_FIELDS_MORE;

	if (!fields->skipping)
		result = fields->line.length ? take_line(fields, (const char *)fields->line.data, fields->line.length) :
					       GIT_FIELDS_OVER;
	fields->skipping = false;
	drop_line(fields);
	return result;
}

int git_fields_push(struct git_fields *fields, const char *bytes, size_t length)
{
	int result = GIT_FIELDS_MORE;

	fields->total += length;
	if (fields->total > GIT_INPUT_SIZE)
		return -EMSGSIZE;
	while (length && result == GIT_FIELDS_MORE) {
		const char *end = memchr(bytes, '\n', length);
		size_t part = end ? (size_t)(end - bytes) : length;

		result = keep_part(fields, bytes, part);
		if (end && result == GIT_FIELDS_MORE)
			result = end_line(fields);
		part += end != NULL;
		bytes += part;
		length -= part;
	}
	return result;
}

int git_fields_end(struct git_fields *fields)
{
	int result = end_line(fields);

	return result < 0 ? result : 0;
}

int git_fields_read(int fd, struct git_fields *fields)
{
	CLEANUP_SECRET struct secret chunk = SECRET_NONE;
	int result = secret_new(&chunk, CHUNK);
	ssize_t length;

	while (!result) {
		length = read_waiting(fd, chunk.data, chunk.capacity);
		if (length < 0)
			return -errno;
		if (!length)
			return git_fields_end(fields);
		result = git_fields_push(fields, (const char *)chunk.data, (size_t)length);
		if (result == GIT_FIELDS_OVER)
			return 0;
		if (result == GIT_FIELDS_MORE)
			result = 0;
	}
	return result;
}

int git_fields_write(struct secret *output, enum git_field field, const char *value, size_t length)
{
	int result = locked_text_append(output, names[field], strlen(names[field]));

	if (!result)
		result = locked_text_append(output, "=", 1);
	if (!result)
		result = locked_text_append(output, value, length);
	if (!result)
		result = locked_text_append(output, "\n", 1);
	return result;
}

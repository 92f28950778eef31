// SPDX-License-Identifier: LGPL-2.1-or-later
#include "unit_credential.h"

#include <string.h>

#define RANDOM_DIGITS	16

static bool ends_with(const char *text, size_t length, const char *end)
{
	return length >= strlen(end) && !memcmp(text + length - strlen(end), end, strlen(end));
}

static bool has_commands(const char *name, size_t length)
{
	static const char *const types[] = { ".service", ".socket", ".mount", ".swap" };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (length > strlen(types[i]) && ends_with(name, length, types[i]))
			return true;
	return false;
}

bool unit_name_valid(const char *name)
{
	static const char letters[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ:-_.\\@";
	size_t length = strnlen(name, UNIT_NAME_SIZE);

	return length < UNIT_NAME_SIZE && strspn(name, letters) == length && *name != '@' && has_commands(name, length);
}

bool credential_name_valid(const char *name)
{
	size_t length = strnlen(name, CREDENTIAL_NAME_SIZE);

	if (!length || length == CREDENTIAL_NAME_SIZE || !strcmp(name, ".") || !strcmp(name, ".."))
		return false;
	for (; *name; name++)
		if (*name < ' ' || *name > '~' || *name == ':' || *name == '/')
			return false;
	return true;
}

static bool is_template(const char *unit)
{
	const char *at = strchr(unit, '@');

	return at && at[1] == '.' && !strchr(at + 2, '.');
}

bool unit_credential_fits(const char *unit, const char *name)
{
	return strlen(unit) + is_template(unit) + strlen(name) <= UNIT_CREDENTIAL_NAMES;
}

bool unit_template(const char *unit, char ret_template[UNIT_NAME_SIZE])
{
	const char *at = strchr(unit, '@'), *type = strrchr(unit, '.');

	if (!at || !type || type <= at + 1 || strlen(unit) >= UNIT_NAME_SIZE)
		return false;
	memcpy(ret_template, unit, (size_t)(at - unit) + 1);
	strcpy(ret_template + (at - unit) + 1, type);
	return true;
}

/* Copies what is before @end and moves on behind it; false where there is no @end or no room. */
static bool take_until(const char **text, size_t *length, char end, char *ret_part, size_t size)
{
	const char *found = memchr(*text, end, *length);
	size_t part = found ? (size_t)(found - *text) : 0;

	if (!found || part >= size)
		return false;
	memcpy(ret_part, *text, part);
	ret_part[part] = 0;
	*text += part + 1;
	*length -= part + 1;
	return true;
}

bool unit_credential_parse(const void *name, size_t length, struct unit_credential *ret_credential)
{
	struct unit_credential credential;
	const char *text = name;
	char random[RANDOM_DIGITS + 1], word[sizeof("unit")];

	if (!length || *text)
		return false;
	text++;
	length--;
	if (memchr(text, 0, length) || !take_until(&text, &length, '/', random, sizeof(random)) || !*random ||
	    random[strspn(random, "0123456789abcdef")] ||
	    !take_until(&text, &length, '/', word, sizeof(word)) || strcmp(word, "unit") ||
	    !take_until(&text, &length, '/', credential.unit, sizeof(credential.unit)) ||
	    length >= sizeof(credential.name))
		return false;
	memcpy(credential.name, text, length);
	credential.name[length] = 0;
	if (!unit_name_valid(credential.unit) || !credential_name_valid(credential.name))
		return false;
	*ret_credential = credential;
	return true;
}

bool unit_of_control_group(const char *path, char ret_unit[UNIT_NAME_SIZE])
{
	size_t length = 0;

	if (*path != '/')
		return false;
	for (; *path == '/'; path += length) {
		length = strcspn(++path, "/");
		if (!ends_with(path, length, ".slice"))
			break;
	}
	/* A name that the kernel could have given to a file of its own has a mark in front. */
	if (*path == '_') {
		path++;
		length--;
	}
	if (!*path || !length || length >= UNIT_NAME_SIZE)
		return false;
	memcpy(ret_unit, path, length);
	ret_unit[length] = 0;
	path += length;
	return unit_name_valid(ret_unit) && (!*path || (path[1] && !strchr(path + 1, '/')));
}

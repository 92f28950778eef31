// SPDX-License-Identifier: GPL-2.0-or-later
#include "path.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

static const char digits[] = "0123456789abcdef";

/* Collections whose names are not those of their keychains. No keychain has a dot in its name. */
static const struct {
	const char *collection, *keychain;
} renamed[] = {
	{ "session", LOGIN_TIME_KEYCHAIN },
	{ "keychain.session", "session" },
};

static int digit_value(char digit)
{
	const char *at = digit ? strchr(digits, digit) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* The byte that two digits stand for; -1: they are none. */
static int byte_of(const char *text)
{
	int high = digit_value(text[0]), low = high < 0 ? -1 : digit_value(text[1]);

	return low < 0 ? -1 : high << 4 | low;
}

/* Letters and digits of ASCII, whatever the locale. */
static bool is_plain(char byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9');
}

static void escape(const char *name, char text[3 * PATH_NAME_SIZE])
{
	for (; *name; name++) {
		if (is_plain(*name)) {
			*text++ = *name;
			continue;
		}
		*text++ = '_';
		*text++ = digits[(unsigned char)*name >> 4];
		*text++ = digits[(unsigned char)*name & 15];
	}
	*text = 0;
}

/* @length bytes of @text are one whole name, of which there is one spelling. */
static bool unescape(const char *text, size_t length, char ret_name[PATH_NAME_SIZE])
{
	size_t at = 0;

	for (const char *end = text + length; text < end; at++) {
		int byte = (unsigned char)*text;

		if (at == PATH_NAME_SIZE - 1)
			return false;
		if (byte == '_') {
			byte = end - text < 3 ? -1 : byte_of(text + 1);
			if (byte <= 0 || is_plain((char)byte))
				return false;
			text += 2;
		} else if (!is_plain((char)byte)) {
			return false;
		}
		text++;
		ret_name[at] = (char)byte;
	}
	ret_name[at] = 0;
	return at;
}

static const char *collection_of(const char *keychain)
{
	for (size_t at = 0; at < sizeof(renamed) / sizeof(*renamed); at++) {
		if (!strcmp(renamed[at].keychain, keychain))
			return renamed[at].collection;
	}
	return keychain;
}

/* Puts the keychain's name into the place of the collection's. Whether that is its one name. */
static bool name_keychain(char name[PATH_NAME_SIZE])
{
	for (size_t at = 0; at < sizeof(renamed) / sizeof(*renamed); at++) {
		if (strcmp(renamed[at].collection, name))
			continue;
		strcpy(name, renamed[at].keychain);
		return true;
	}
	return collection_of(name) == name;
}

static bool read_uuid(const char *text, uint8_t ret_uuid[PATH_UUID_SIZE])
{
	if (strlen(text) != 2 * PATH_UUID_SIZE)
		return false;
	for (size_t at = 0; at < PATH_UUID_SIZE; at++) {
		int byte = byte_of(text + 2 * at);

		if (byte < 0)
			return false;
		ret_uuid[at] = (uint8_t)byte;
	}
	return true;
}

static bool read_number(const char *text, uint64_t *ret_number)
{
	uint64_t number = 0;

	if (*text < '1' || *text > '9' || strlen(text) > 19)
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return false;
		number = 10 * number + (uint64_t)(*text - '0');
	}
	*ret_number = number;
	return true;
}

/* NAME or NAME/ID. */
static enum path_kind read_collection(const char *text, struct path *path)
{
	const char *slash = strchrnul(text, '/');

	if (!unescape(text, (size_t)(slash - text), path->name) || (!path->alias && !name_keychain(path->name)))
		return PATH_NONE;
	if (!*slash)
		return PATH_COLLECTION;
	return read_uuid(slash + 1, path->uuid) ? PATH_ITEM : PATH_NONE;
}

/* The part of @text behind @folder and a slash; NULL: it does not begin so. */
static const char *below(const char *text, const char *folder)
{
	size_t length = strlen(folder);

	return !strncmp(text, folder, length) && text[length] == '/' ? text + length + 1 : NULL;
}

void path_parse(const char *text, struct path *ret_path)
{
	const char *rest;

	*ret_path = (struct path){ 0 };
	if (!strcmp(text, SECRETS_PATH)) {
		ret_path->kind = PATH_SERVICE;
	} else if ((rest = below(text, COLLECTIONS_PATH))) {
		ret_path->kind = read_collection(rest, ret_path);
	} else if ((rest = below(text, ALIASES_PATH))) {
		ret_path->alias = true;
		ret_path->kind = read_collection(rest, ret_path);
	} else if ((rest = below(text, SESSIONS_PATH))) {
		ret_path->kind = read_number(rest, &ret_path->number) ? PATH_SESSION : PATH_NONE;
	} else if ((rest = below(text, PROMPTS_PATH))) {
		ret_path->kind = read_number(rest, &ret_path->number) ? PATH_PROMPT : PATH_NONE;
	}
}

void path_of_collection(const char *name, char ret_text[PATH_SIZE])
{
	strcpy(ret_text, COLLECTIONS_PATH "/");
	escape(collection_of(name), ret_text + strlen(ret_text));
}

void path_of_item(const char *name, const uint8_t uuid[PATH_UUID_SIZE], char ret_text[PATH_SIZE])
{
	char *end;

	path_of_collection(name, ret_text);
	end = ret_text + strlen(ret_text);
	*end++ = '/';
	for (size_t at = 0; at < PATH_UUID_SIZE; at++) {
		*end++ = digits[uuid[at] >> 4];
		*end++ = digits[uuid[at] & 15];
	}
	*end = 0;
}

void path_of_session(uint64_t number, char ret_text[PATH_SIZE])
{
	snprintf(ret_text, PATH_SIZE, SESSIONS_PATH "/%" PRIu64, number);
}

void path_of_prompt(uint64_t number, char ret_text[PATH_SIZE])
{
	snprintf(ret_text, PATH_SIZE, PROMPTS_PATH "/%" PRIu64, number);
}

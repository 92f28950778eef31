// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>

#include "vectors.h"

struct vectors {
	char path[256];
	char *text;
};

struct vectors *vectors_open(const char *name)
{
	struct vectors *vectors = calloc(1, sizeof(*vectors));
	const char *folder = getenv("KEYBAG_VECTORS");
	size_t capacity = 0;
	FILE *file;

	if (!vectors)
		err(1, "memory");
	snprintf(vectors->path, sizeof(vectors->path), "%s/%s",
		 folder ? folder : "keybag/vectors", name);
	file = fopen(vectors->path, "r");
	if (!file)
		err(1, "%s: run from the top folder or set KEYBAG_VECTORS", vectors->path);
	if (getdelim(&vectors->text, &capacity, '\0', file) < 0)
		err(1, "%s", vectors->path);
	fclose(file);
	return vectors;
}

void vectors_close(struct vectors *vectors)
{
	free(vectors->text);
	free(vectors);
}

/* The end of the line that @text is in. */
static const char *line_end(const char *text)
{
	return text + strcspn(text, "\n");
}

/* The text after "@name =" in the section, up to the end of the file; NULL: not there. */
static const char *find(const char *text, const char *section, const char *name)
{
	size_t section_length = strlen(section), name_length = strlen(name);
	bool inside = false;

	for (; *text; text = line_end(text) + (*line_end(text) == '\n')) {
		if (*text == '[')
			inside = !strncmp(text + 1, section, section_length) &&
				 text[1 + section_length] == ']';
		else if (inside && !strncmp(text, name, name_length) &&
			 !strncmp(text + name_length, " =", 2))
			return text + name_length + 2;
	}
	return NULL;
}

static int digit(char character)
{
	return isdigit((unsigned char)character) ? character - '0' : tolower(character) - 'a' + 10;
}

struct vector *vectors_get(const struct vectors *vectors, const char *section, const char *name)
{
	struct vector *vector = calloc(1, sizeof(*vector));
	const char *text = find(vectors->text, section, name);

	if (!vector)
		err(1, "memory");
	if (!text)
		errx(1, "%s: no \"%s\" in [%s]", vectors->path, name, section);
	/* Lines that go on start with a space. */
	for (; *text && !(text[0] == '\n' && text[1] != ' '); text++) {
		if (isspace((unsigned char)*text))
			continue;
		if (!isxdigit((unsigned char)text[0]) || !isxdigit((unsigned char)text[1]) ||
		    vector->length == VECTOR_MAX_LENGTH)
			errx(1, "%s: \"%s\" in [%s]", vectors->path, name, section);
		vector->bytes[vector->length++] = (u8)(digit(text[0]) << 4 | digit(text[1]));
		text++;
	}
	return vector;
}

u64 vectors_number(const struct vectors *vectors, const char *section, const char *name)
{
	struct vector *vector = vectors_get(vectors, section, name);
	size_t i = vector->length;
	u64 number = 0;

	while (i--)
		number = number << 8 | vector->bytes[i];
	free(vector);
	return number;
}

bool vectors_equal(const struct vectors *vectors, const char *section, const char *name,
		   const u8 *bytes, size_t length)
{
	struct vector *vector = vectors_get(vectors, section, name);
	bool equal = vector->length == length && !memcmp(vector->bytes, bytes, length);

	free(vector);
	return equal;
}

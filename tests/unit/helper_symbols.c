// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The shared library: each function of its header is exported, under its version, and nothing else is.
 */
#include <ctype.h>
#include <dlfcn.h>
#include <link.h>
#include <string.h>

#include "lib/tap.h"

#define LIBRARY	"build/helper/lib/libkeybag.so.1"
#define HEADER	"helper/libkeybag/keybag.h"
#define VERSION	"LIBKEYBAG_1"

/* For programs of this project alone. */
static const char *const own_headers[] = { "helper/libkeybag/device_key.h", "helper/libkeybag/organisation.h",
					   "helper/libkeybag/passcode_tpm.h" };

static char text[65536];

static bool is_word(char character)
{
	return isalnum((unsigned char)character) || character == '_';
}

static size_t read_after(const char *path, size_t length)
{
	FILE *file = fopen(path, "r");

	length += file ? fread(text + length, 1, sizeof(text) - 1 - length, file) : 0;
	if (file)
		fclose(file);
	text[length] = 0;
	return length;
}

static bool read_header(void)
{
	size_t length = read_after(HEADER, 0);
	bool whole = length;

	for (size_t i = 0; i < sizeof(own_headers) / sizeof(own_headers[0]); i++) {
		size_t longer = read_after(own_headers[i], length);

		whole = whole && longer > length;
		length = longer;
	}
	return whole;
}

/* Drops comments, so that what they mention is no prototype. */
static void drop_comments(void)
{
	char *from, *to;

	for (from = strstr(text, "/*"); from; from = strstr(from, "/*")) {
		to = strstr(from, "*/");
		if (!to)
			return;
		memset(from, ' ', (size_t)(to + 2 - from));
	}
}

/* Drops inline functions: they are in programs, not in the library. */
static void drop_inlines(void)
{
	char *from, *to;

	for (from = strstr(text, "static inline"); from; from = strstr(from, "static inline")) {
		to = strstr(from, "\n}\n");
		if (!to)
			return;
		memset(from, ' ', (size_t)(to + 2 - from));
	}
}

static unsigned int test_exported(void *library)
{
	unsigned int count = 0;
	char *place, name[64];
	size_t length;

	for (place = strstr(text, "keybag_"); place; place = strstr(place + length, "keybag_")) {
		for (length = 0; is_word(place[length]); length++)
			;
		if (place[length] != '(' || is_word(place[-1]) || length >= sizeof(name))
			continue;
		memcpy(name, place, length);
		name[length] = 0;
		count++;
		if (!check(dlvsym(library, name, VERSION)))
			printf("# %s\n", name);
	}
	return count;
}

/* Counted in the symbol table itself. */
static unsigned int count_exported(void *library)
{
	struct link_map *map;
	const ElfW(Sym) *symbols = NULL;
	const ElfW(Word) *hash = NULL;
	const uint32_t *gnu_hash = NULL;
	const char *strings = NULL;
	const ElfW(Dyn) *entry;
	unsigned int count = 0, total = 0, i;

	if (dlinfo(library, RTLD_DI_LINKMAP, &map))
		return 0;
	for (entry = map->l_ld; entry->d_tag != DT_NULL; entry++) {
		if (entry->d_tag == DT_SYMTAB)
			symbols = (const void *)entry->d_un.d_ptr;
		if (entry->d_tag == DT_STRTAB)
			strings = (const void *)entry->d_un.d_ptr;
		if (entry->d_tag == DT_HASH)
			hash = (const void *)entry->d_un.d_ptr;
		if (entry->d_tag == DT_GNU_HASH)
			gnu_hash = (const void *)entry->d_un.d_ptr;
	}
	if (!symbols || !strings)
		return 0;
	if (hash) {
		total = hash[1];
	} else if (gnu_hash) {
		const uint32_t *buckets = gnu_hash + 4 + gnu_hash[2] * (sizeof(ElfW(Addr)) / 4);
		const uint32_t *chain = buckets + gnu_hash[0];

		for (i = 0; i < gnu_hash[0]; i++)
			if (buckets[i] > total)
				total = buckets[i];
		while (!(chain[total - gnu_hash[1]] & 1))
			total++;
		total++;
	}
	for (i = 1; i < total; i++)
		if (symbols[i].st_shndx != SHN_UNDEF && symbols[i].st_shndx != SHN_ABS &&
		    strcmp(strings + symbols[i].st_name, VERSION))
			count++;
	return count;
}

int main(void)
{
	void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	unsigned int declared;

	tap_start();
	check(library);
	check(read_header());
	tap_test("library and header are there");
	if (!library)
		return tap_end();
	drop_comments();
	drop_inlines();
	declared = test_exported(library);
	check(declared > 50);
	tap_test("each function of the header is exported as " VERSION);
	check(count_exported(library) == declared);
	tap_test("nothing else is exported");
	return tap_end();
}

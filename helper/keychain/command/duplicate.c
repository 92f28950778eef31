// SPDX-License-Identifier: GPL-2.0-or-later
#include "duplicate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attribute_name.h"
#include "attribute_text.h"
#include "complain.h"
#include "execute.h"
#include "helper/common/cleanup.h"

/* The attributes that people give: the others are the same for nearly all items. */
static bool is_telling(const struct attribute_name *name, unsigned int class)
{
	return name->unique & class && strcmp(name->key, "agrp") && strcmp(name->key, "sync") &&
	       strcmp(name->key, "vwht") && strcmp(name->key, "tkid");
}

void duplicate_print_telling(FILE *file, unsigned int class, const struct value *attributes)
{
	struct value *named = item_named(attributes);
	const char *before = "";

	for (size_t i = 0; i < attribute_name_count(); i++) {
		const struct attribute_name *name = attribute_name_at(i);
		const struct value *value = value_get(named, name->name);

		if (!value || !is_telling(name, class))
			continue;
		fprintf(file, "%s%s ", before, name->name);
		attribute_print_of(file, name->key, value);
		before = ", ";
	}
	if (!*before)
		fputs("the same attributes", file);
	value_free(named);
}

static void print_names(FILE *file, unsigned int class)
{
	const char *before = "";

	for (size_t i = 0; i < attribute_name_count(); i++) {
		const struct attribute_name *name = attribute_name_at(i);

		if (!is_telling(name, class))
			continue;
		fprintf(file, "%s%s", before, name->name);
		before = " or ";
	}
}

int complain_duplicate(const char *class, const struct value *attributes, const char *way)
{
	char *text CLEANUP_FREE = NULL;
	unsigned int bit = class ? class_bit(class) : 0;
	size_t length;
	FILE *file = open_memstream(&text, &length);

	if (!file)
		return complain_other("out of memory");
	fprintf(file, "an item of class %s with ", class ? class_name(class) : "the same");
	duplicate_print_telling(file, bit, attributes);
	fputs(" is there already", file);
	if (*execute_colliding())
		fprintf(file, " (--reference %s)", execute_colliding());
	fprintf(file, ": %s; or give another ", way);
	print_names(file, bit);
	if (fclose(file))
		return complain_other("out of memory");
	return complain_status(errSecDuplicateItem, text);
}

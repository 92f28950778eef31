// SPDX-License-Identifier: GPL-2.0-or-later
#include "import_report.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attribute_name.h"
#include "attribute_text.h"
#include "complain.h"
#include "duplicate.h"
#include "execute.h"
#include "helper/common/cleanup.h"

static const char *const outcomes[] = { "added", "present" };

int import_report_begin(struct import_report *report, bool dry_run, bool json)
{
	*report = (struct import_report){ .dry_run = dry_run, .json = json, .counts = value_dictionary(),
					  .refused = value_array() };
	for (size_t i = 0; i < IMPORT_OUTCOMES; i++)
		if (!report->counts || value_set(report->counts, outcomes[i], value_dictionary()))
			return -ENOMEM;
	return report->refused ? 0 : -ENOMEM;
}

void import_report_release(struct import_report *report)
{
	free(report->source);
	value_free(report->counts);
	value_free(report->refused);
}

int import_report_count(struct import_report *report, enum import_outcome outcome, const char *class)
{
	struct value *counts = value_get(report->counts, outcomes[outcome]);

	class = class_name(class);
	return value_set(counts, class, value_integer(value_as_integer(value_get(counts, class)) + 1));
}

int64_t import_report_total(const struct import_report *report, enum import_outcome outcome)
{
	const struct value *counts = value_get(report->counts, outcomes[outcome]);
	int64_t total = 0;

	for (size_t i = 0; i < value_count(counts); i++)
		total += value_as_integer(value_at(counts, i));
	return total;
}

/* People know an item by its label, or else by what makes it unique. */
static char *describe(const struct value *item)
{
	const char *class = value_as_string(value_get(item, "class"));
	const struct value *label = value_get(item, "labl");
	char *text = NULL;
	size_t length;
	FILE *file = open_memstream(&text, &length);

	if (!file)
		return NULL;
	if (label && (!strcmp(class, "cert") || !strcmp(class, "keys")))
		attribute_print(file, label);
	else
		duplicate_print_telling(file, class_bit(class), item);
	if (!fclose(file))
		return text;
	free(text);
	return NULL;
}

static struct value *new_entry(const char *class, const char *protection, const char *reason)
{
	struct value *entry = value_dictionary();

	if (entry && !value_set(entry, "class", value_string(class_name(class))) &&
	    (!*protection || !value_set(entry, "accessible", value_string(protection))) &&
	    !value_set(entry, "reason", value_string(reason)))
		return entry;
	value_free(entry);
	return NULL;
}

static int append(struct import_report *report, struct value *entry, const char *name, struct value *value)
{
	if (!entry || value_set(entry, name, value)) {
		if (!entry)
			value_free(value);
		value_free(entry);
		return -ENOMEM;
	}
	return value_append(report->refused, entry);
}

int import_report_refuse(struct import_report *report, const struct value *item, const char *reason, const char *message)
{
	char *text CLEANUP_FREE = describe(item);
	struct value *entry = new_entry(value_as_string(value_get(item, "class")),
					value_as_string(value_get(item, "pdmn")), reason);

	report->partial = true;
	if (entry && message && value_set(entry, "message", value_string(message))) {
		value_free(entry);
		return -ENOMEM;
	}
	return append(report, entry, "item", text ? value_string(text) : NULL);
}

static struct value *find_entry(const struct import_report *report, const struct value *wanted)
{
	for (size_t i = 0; i < value_count(report->refused); i++) {
		struct value *entry = value_at(report->refused, i);

		if (value_get(entry, "count") && value_equal(value_get(entry, "class"), value_get(wanted, "class")) &&
		    value_equal(value_get(entry, "accessible"), value_get(wanted, "accessible")) &&
		    value_equal(value_get(entry, "reason"), value_get(wanted, "reason")))
			return entry;
	}
	return NULL;
}

int import_report_leave(struct import_report *report, const char *class, const char *protection, const char *reason,
			bool singly, int64_t number)
{
	struct value *entry = new_entry(class, protection, reason), *same;

	if (singly)
		return append(report, entry, "entry", value_integer(number));
	same = entry ? find_entry(report, entry) : NULL;
	if (!same)
		return append(report, entry, "count", value_integer(1));
	value_free(entry);
	return value_set(same, "count", value_integer(value_as_integer(value_get(same, "count")) + 1));
}

/* ---- Writing ------------------------------------------------------------------------------------- */

static void print_counts(const struct import_report *report, enum import_outcome outcome)
{
	const struct value *counts = value_get(report->counts, outcomes[outcome]);

	for (size_t i = 0; i < value_count(counts); i++) {
		const char *class = value_key_at(counts, i);
		long long count = value_as_integer(value_at(counts, i));

		if (outcome == IMPORT_PRESENT)
			printf(_("there already, class %s: %lld\n"), class, count);
		else if (report->dry_run)
			printf(_("to be added, class %s: %lld\n"), class, count);
		else
			printf(_("added, class %s: %lld\n"), class, count);
	}
}

static void print_refused(const struct value *entry)
{
	const char *class = value_as_string(value_get(entry, "class"));
	const char *protection = value_as_string(value_get(entry, "accessible"));
	const char *reason = _(value_as_string(value_get(entry, "reason")));
	const char *item = value_as_string(value_get(entry, "item"));
	const struct value *message = value_get(entry, "message");

	if (item)
		printf(_("not imported: %s (%s): %s"), class, item, reason);
	else if (value_get(entry, "entry"))
		printf(_("not imported: %s, entry %lld: %s\n"), class, (long long)value_as_integer(value_get(entry, "entry")),
		       reason);
	else
		printf(_("not imported, class %s, accessible %s: %lld: %s\n"), class, protection ? protection : "-",
		       (long long)value_as_integer(value_get(entry, "count")), reason);
	if (!item)
		return;
	if (message) {
		fputs(": ", stdout);
		/* A name of the backup may have anything in it. */
		attribute_print(stdout, message);
	}
	putchar('\n');
}

static int write_json(const struct import_report *report)
{
	struct value *object = value_dictionary();

	if (!object || value_set(object, "format", value_integer(JSON_FORMAT)) ||
	    value_set(object, "backup", value_string(report->source ? report->source : "")) ||
	    value_set(object, "dry_run", value_boolean(report->dry_run)) ||
	    value_set(object, outcomes[IMPORT_ADDED], value_copy(value_get(report->counts, outcomes[IMPORT_ADDED]))) ||
	    value_set(object, outcomes[IMPORT_PRESENT], value_copy(value_get(report->counts, outcomes[IMPORT_PRESENT]))) ||
	    value_set(object, "not_imported", value_copy(report->refused))) {
		value_free(object);
		return complain_other(_("out of memory"));
	}
	return print_report_json(NULL, object);
}

int import_report_write(const struct import_report *report)
{
	struct value *source;

	if (report->json)
		return write_json(report);
	source = value_string(report->source ? report->source : "");
	fputs(_("backup: "), stdout);
	attribute_print(stdout, source);
	putchar('\n');
	value_free(source);
	print_counts(report, IMPORT_ADDED);
	print_counts(report, IMPORT_PRESENT);
	for (size_t i = 0; i < value_count(report->refused); i++)
		print_refused(value_at(report->refused, i));
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "execute.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "attribute_name.h"
#include "complain.h"
#include "helper/cli/sent_text.h"
#include "helper/keychain/base/json_format.h"
#include "helper/keychain/library/client.h"
#include "stream.h"

struct value *execute_answer(struct keychain_client *client, struct value *request)
{
	struct value *answer = NULL;

	if (request && client_add_target(client, request) == 0)
		answer = client_exchange(client, request);
	value_free(request);
	return answer;
}

static int status_of(const struct value *answer)
{
	return answer ? (int)value_as_integer(value_get(answer, "status")) : errSecAllocate;
}

static const char *message_of(const struct value *answer)
{
	const char *text = value_as_string(value_get(answer, "message"));

	return sent_text(text ? text : keychain_status_text(status_of(answer)));
}

int complain_answer(const struct value *answer)
{
	return complain_reason(status_of(answer), message_of(answer), value_as_string(value_get(answer, "reason")));
}

static char message[2048];
static char colliding[128];		/* hexadecimal digits of a reference */
static char reason[32];

/* Names the item that is in the way, so that people can look at it. */
static void note_message(const struct value *answer)
{
	const char *why = value_as_string(value_get(answer, "reason"));
	size_t length = 0, i;
	const uint8_t *reference = value_bytes(value_get(answer, "colliding"), &length);

	snprintf(reason, sizeof(reason), "%s", why ? why : "");
	colliding[0] = 0;
	for (i = 0; reference && i < length && 2 * i + 2 < sizeof(colliding); i++)
		sprintf(colliding + 2 * i, "%02x", reference[i]);
	if (*colliding)
		snprintf(message, sizeof(message), _("%s (it is --reference %s)"), message_of(answer), colliding);
	else
		snprintf(message, sizeof(message), "%s", message_of(answer));
}

const char *execute_message(void)
{
	return message;
}

int execute_complain(int status)
{
	return complain_reason(status, message, reason);
}

const char *execute_colliding(void)
{
	return colliding;
}

int execute_quietly(struct keychain_client *client, struct value *request,
		    struct value **ret_answer)
{
	const char *key = value_as_string(value_get(value_get(request, "query"), "class"));
	const char *class = key && class_bit(key) ? class_name(key) : NULL;
	struct value *answer = execute_answer(client, request);
	int status = status_of(answer);

	note_message(answer);
	/* The service's own text has letters for the class. */
	if (status == errSecItemNotFound && class)
		snprintf(message, sizeof(message), _("no item of class %s matches in the groups of this program"), class);
	if (!status && ret_answer)
		*ret_answer = answer;
	else
		value_free(answer);
	return status;
}

int execute(struct keychain_client *client, struct value *request, struct value **ret_answer)
{
	int status = execute_quietly(client, request, ret_answer);

	return status ? execute_complain(status) : 0;
}

int tell_withheld(int64_t count, const struct value *classes)
{
	bool keys = value_is(classes, VALUE_DICTIONARY);
	char names[256] = "";
	size_t i;

	if (!count)
		return 0;
	for (i = 0; i < value_count(classes); i++)
		snprintf(names + strlen(names), sizeof(names) - strlen(names), "%s%s", i ? " " : "",
			 keys ? value_key_at(classes, i) : value_as_string(value_at(classes, i)));
	fflush(stdout);
	fprintf(stderr, translate_count("keychainctl: %lld more is locked, of class %s: 'keybagctl unlock' shows them\n",
					"keychainctl: %lld more are locked, of class %s: 'keybagctl unlock' shows them\n",
					(unsigned long long)count), (long long)count, names);
	return EXIT_PARTIAL;
}

int tell_damaged(int64_t count)
{
	if (!count)
		return 0;
	fflush(stdout);
	fprintf(stderr, translate_count("keychainctl: %lld item is damaged and cannot be read: it is left out\n",
					"keychainctl: %lld items are damaged and cannot be read: they are left out\n",
					(unsigned long long)count), (long long)count);
	return EXIT_PARTIAL;
}

void tell_lost(int64_t count)
{
	if (!count)
		return;
	fflush(stdout);
	fprintf(stderr, translate_count("keychainctl: the key that opens %lld item is lost: it is left out\n",
					"keychainctl: the keys that open %lld items are lost: they are left out\n",
					(unsigned long long)count), (long long)count);
}

int tell_left_out(const struct value *answer)
{
	const struct value *withheld = value_get(answer, "withheld");
	int damaged = tell_damaged(value_as_integer(value_get(answer, "damaged"))), locked;

	tell_lost(value_as_integer(value_get(answer, "lost")));
	locked = tell_withheld(value_as_integer(value_get(withheld, "count")), value_get(withheld, "classes"));
	return locked ? locked : damaged;
}

static struct value *withheld_of(int64_t count, const struct value *classes)
{
	bool keys = value_is(classes, VALUE_DICTIONARY);
	struct value *withheld = value_dictionary(), *names = value_array();
	int error = 0;

	for (size_t i = 0; !error && i < value_count(classes); i++)
		error = value_append(names, keys ? value_string(value_key_at(classes, i)) :
						   value_copy(value_at(classes, i)));
	if (value_set(withheld, "count", value_integer(count)) < 0)
		error = -ENOMEM;
	if (value_set(withheld, "classes", names) < 0)
		error = -ENOMEM;
	if (!error)
		return withheld;
	value_free(withheld);
	return NULL;
}

struct value *items_report(struct value *items, int64_t withheld, const struct value *withheld_classes)
{
	struct value *report = value_dictionary();
	int error = items ? 0 : -ENOMEM;

	if (value_set(report, "format", value_integer(JSON_FORMAT)) < 0)
		error = -ENOMEM;
	if (value_set(report, "items", items) < 0)
		error = -ENOMEM;
	if (value_set(report, "withheld", withheld_of(withheld, withheld_classes)) < 0)
		error = -ENOMEM;
	if (!error)
		return report;
	value_free(report);
	return NULL;
}

int print_items_json(struct value *items, int64_t withheld, const struct value *withheld_classes, struct value *locked)
{
	struct value *report = items_report(items, withheld, withheld_classes);
	int error = value_set(report, "locked", locked);
	int result = error ? complain_other(_("out of memory")) : print_json(report);

	value_free(report);
	return result;
}

int print_json(const struct value *value)
{
	size_t length;
	char *text;
	int result = json_format(value, true, &text, &length);

	if (result < 0)
		return complain_other(_("out of memory"));
	result = stream_write(text, length);
	if (!result)
		result = stream_write("\n", 1);
	json_free(text, length);
	return result < 0 ? complain_other(_("standard output: %s"), translate_errno(result)) : 0;
}

int print_report_json(const char *name, struct value *value)
{
	struct value *report = name ? value_dictionary() : value;
	int result, error = name ? value_set(report, name, value) : 0;

	if (value_set(report, "format", value_integer(JSON_FORMAT)) < 0)
		error = -ENOMEM;
	result = error ? complain_other(_("out of memory")) : print_json(report);
	value_free(report);
	return result;
}

static const char *verb_text(const char *verb, bool dry_run)
{
	static const struct {
		const char *done, *planned;
	} verbs[] = {
		{ N_("changed"), N_("to be changed") },
		{ N_("moved"), N_("to be moved") },
		{ N_("purged"), N_("to be purged") },
		{ N_("deleted"), N_("to be deleted") },
	};

	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (!strcmp(verbs[i].done, verb))
			return dry_run ? _(verbs[i].planned) : _(verbs[i].done);
	return verb;
}

int print_count(FILE *file, bool json, bool dry_run, const char *verb, int64_t count)
{
	struct value *result;

	if (!json) {
		fprintf(file, "%s: ", verb_text(verb, dry_run));
		fprintf(file, translate_count("%lld item\n", "%lld items\n", (unsigned long long)count), (long long)count);
		return 0;
	}
	result = value_dictionary();
	value_set(result, "count", value_integer(count));
	value_set(result, "dry_run", value_boolean(dry_run));
	return print_report_json(NULL, result);
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/items/pending.h"

#include <string.h>

#include "helper/keychain/items/item.h"
#include "helper/keychain/store/pending_row.h"
#include "helper/keychain/store/row_format.h"

/* The query as it would be asked when unlocked: with the group that it has now, and without what is about the answer. */
static struct value *query_to_keep(const struct query *query, const char *group)
{
	struct value *kept = value_dictionary();
	int error = kept ? 0 : -1;

	for (size_t i = 0; !error && i < value_count(query->source); i++) {
		const char *key = value_key_at(query->source, i);

		if (strncmp(key, "r_", 2) && strncmp(key, "u_", 2) && strcmp(key, "agrp"))
			error = value_set(kept, key, value_copy(value_at(query->source, i)));
	}
	if (!error)
		error = value_set(kept, "agrp", value_string(group));
	if (!error)
		return kept;
	value_free(kept);
	return NULL;
}

/* { query, replaces, application }, which is sealed as a whole. NULL without memory. */
static struct value *addition_of(const struct request *request, const struct query *query, const char *group, bool replaces)
{
	const char *application = request->caller->application;
	struct value *addition = value_dictionary();
	int error = addition ? value_set(addition, "query", query_to_keep(query, group)) : -1;

	if (!error)
		error = value_set(addition, "replaces", value_boolean(replaces));
	if (!error && application)
		error = value_set(addition, "application", value_string(application));
	if (!error)
		return addition;
	value_free(addition);
	return NULL;
}

static int refuse_akpu(struct request *request)
{
	return outcome_fail(&request->outcome, errSecInteractionNotAllowed, "class akpu is locked, and its items are to be lost "
			    "with the passcode: none of them waits for the keybag to be unlocked; unlock it and try again; "
			    "nothing was changed");
}

static enum fault store_addition(struct request *request, const struct query *query, const struct row *row, bool replaces)
{
	const struct value *group = value_get(row->attributes, "agrp");
	struct pending_row pending CLEANUP_PENDING_ROW = {
		.item_class = row->item_class, .class_number = row->class_number, .synchronizable = row->synchronizable,
		.added = value_as_date(value_get(row->attributes, "mdat")), .group = strdup(value_as_string(group)),
	};
	struct value *addition = addition_of(request, query, value_as_string(group), replaces);
	enum fault fault = FAULT_MEMORY;

	memcpy(pending.uuid, row->uuid, ROW_UUID_SIZE);
	if (pending.group && addition)
		fault = pending_row_insert(request->store, &pending, addition);
	value_free(addition);
	return fault;
}

int pending_add(struct request *request, const struct query *query, struct value *attributes,
		const struct value *secret, bool replaces, struct row *ret_row)
{
	struct row row;
	int status;

	if (row_class_number(value_as_string(value_get(attributes, "pdmn"))) == KEYBAG_CLASS_AKPU)
		return refuse_akpu(request);
	/* That it is locked is no failure. */
	outcome_retry(&request->outcome);
	status = item_prepare(request, query->item_class, attributes, secret, &row);
	row.class_number = row_class_number(value_as_string(value_get(attributes, "pdmn")));
	row.synchronizable = value_as_integer(value_get(attributes, "sync"));
	/* It is refused now, while somebody is there to be told. */
	if (!status && row_encode(&row, NULL) > ROW_MAX_ATTRIBUTES)
		status = request_status(request, FAULT_TOO_LONG, 0);
	if (!status)
		status = request_status(request, store_addition(request, query, &row, replaces), KEYBAG_CLASS_B);
	if (status) {
		row_release(&row);
		return status;
	}
	row.state = ROW_OPEN;
	request->waiting++;
	*ret_row = row;
	return 0;
}

int pending_refuse_identity(struct request *request, int status)
{
	if (status != errSecInteractionNotAllowed || !option_boolean(request, "seal_while_locked"))
		return status;
	return outcome_fail(&request->outcome, errSecUnimplemented, "an identity cannot wait for the keybag to be unlocked: add "
			    "its certificate and its key by themselves; nothing was changed");
}

/* ---- removed ---- */

static bool is_meant(const struct find *find, const struct pending_row *pending)
{
	const struct query *query = find->query;
	const struct selection *what = &find->selection;

	if (!find_reaches(find, pending->item_class, pending->group))
		return false;
	if (query->reference.given)
		return !query->reference.legacy && !memcmp(query->reference.uuid, pending->uuid, ROW_UUID_SIZE);
	/* Nothing tells what attributes it has. */
	return !value_count(query->attributes) && !query->host && !query->exact && !query->match_certificate &&
	       what->synchronizable[pending->synchronizable] &&
	       (!what->protection || row_class_number(what->protection) == pending->class_number);
}

int pending_remove(struct find *find, int64_t limit, size_t *count)
{
	struct store *store = find->request->store;
	enum fault fault = FAULT_NONE;
	int64_t after = 0;
	bool found = !pending_row_none(store);

	while (!fault && found && (!limit || (int64_t)*count < limit)) {
		struct pending_row row CLEANUP_PENDING_ROW = { 0 };

		fault = pending_row_next(store, after, &row, &found);
		if (fault || !found)
			break;
		after = row.id;
		if (!is_meant(find, &row))
			continue;
		fault = pending_row_delete(store, &row);
		*count += !fault;
	}
	return request_status(find->request, fault, 0);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * restore: takes frames of a backup file, as many as a request has, in one transaction. What is there stays, unless it is
 * to be replaced; then the end of a backup that came whole also removes what it does not have.
 */
#include "helper/keychain/items/backup.h"
#include "helper/keychain/items/groups.h"
#include "helper/keychain/items/item.h"
#include "helper/keychain/items/item_unique.h"
#include "helper/keychain/items/operations.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helper/keychain/store/keys.h"
#include "helper/keychain/store/lookup.h"
#include "helper/keychain/store/row_seal.h"
#include "helper/keychain/store/row_write.h"

#define AT_A_TIME	64

/* The fate of an item of the backup. */
enum fate { FATE_ADDED, FATE_REPLACED, FATE_KEPT, FATE_DELETED, FATE_ELSEWHERE, FATE_DAMAGED, FATES };

static const char *const fates[FATES] = { "added", "replaced", "kept", "deleted", "elsewhere", "damaged" };

struct restoring {
	struct request *request;
	struct backup *backup;
	bool replace;
	int64_t counts[FATES];
	int64_t removed;
	bool ended, whole;
	struct value *told;	/* { index, fate, name } of what was not restored */
};

/* Progress of a session that follows from a request: it comes to nothing if the request does. */
struct progress {
	uint64_t last_index, items;
	size_t rows[ITEM_STORED_CLASSES];
};

static struct progress note_progress(const struct backup *backup)
{
	struct progress progress = { .last_index = backup->last_index, .items = backup->items };

	for (unsigned int class = 0; class < ITEM_STORED_CLASSES; class++)
		progress.rows[class] = backup->rows[class].count;
	return progress;
}

static void go_back(struct backup *backup, const struct progress *progress)
{
	backup->last_index = progress->last_index;
	backup->items = progress->items;
	for (unsigned int class = 0; class < ITEM_STORED_CLASSES; class++)
		backup->rows[class].count = progress->rows[class];
}

static int tell(struct restoring *restoring, uint64_t index, enum fate fate, const char *name)
{
	struct value *told;

	restoring->counts[fate]++;
	if (fate == FATE_ADDED || fate == FATE_REPLACED)
		return 0;
	told = value_dictionary();
	if (value_set(told, "index", value_integer((int64_t)index)) || value_set(told, "fate", value_string(fates[fate])) ||
	    value_set(told, "name", value_string(name))) {
		value_free(told);
		return outcome_no_memory(&restoring->request->outcome);
	}
	return value_append(restoring->told, told) ? outcome_no_memory(&restoring->request->outcome) : 0;
}

static int note_row(struct restoring *restoring, const struct row *row)
{
	if (backup_note_row(restoring->backup, row->item_class, row->id))
		return 0;
	return outcome_no_memory(&restoring->request->outcome);
}

/* Whether @row takes the place of one that is there. Of two that are synchronized the later one wins. */
static bool wins(const struct restoring *restoring, const struct row *row, const struct row *present)
{
	int64_t modified = value_as_date(value_get(row->attributes, "mdat"));

	if (restoring->replace)
		return true;
	return value_as_integer(value_get(row->attributes, "sync")) && present->synchronizable && modified > present->modified;
}

/* A row that is in the way: it goes, or the fate is another one. *ret_gone: it is out of the way. */
static int clear_way(struct restoring *restoring, const struct row *row, const struct row *present, enum fate *fate,
		     bool *ret_gone)
{
	struct request *request = restoring->request;
	int64_t modified = value_as_date(value_get(row->attributes, "mdat"));

	*ret_gone = false;
	if (present->tombstone ? present->modified >= modified : !wins(restoring, row, present)) {
		*fate = present->tombstone ? FATE_DELETED : FATE_KEPT;
		return present->tombstone ? 0 : note_row(restoring, present);
	}
	*ret_gone = true;
	if (present->tombstone)
		return request_status(request, row_delete(request->store, present), 0);
	*fate = FATE_REPLACED;
	request_note(request, CHANGE_REMOVED, present, present->group);
	/* After a dry run it is there as before; otherwise no row has its number again. */
	return note_row(restoring, present) || request_status(request, row_delete(request->store, present), 0);
}

/* The item itself, as it is now. */
static int clear_itself(struct restoring *restoring, const struct row *row, enum fate *fate, bool *ret_clear)
{
	struct store *store = restoring->request->store;
	struct row present;
	bool found;
	int status = request_status(restoring->request, lookup_uuid(store, row->item_class, row->uuid, false, &present, &found), 0);

	*ret_clear = true;
	if (status || !found)
		return status;
	status = request_status(restoring->request, rows_open(store, &present, 1, NULL), present.class_number);
	if (!status && present.state == ROW_DAMAGED && !present.tombstone)
		status = request_status(restoring->request, row_delete(store, &present), 0);
	else if (!status)
		status = clear_way(restoring, row, &present, fate, ret_clear);
	row_release(&present);
	return status;
}

/* A deletion of what has its place, which is told by a tombstone. */
static int clear_tombstone(struct restoring *restoring, const struct row *row, enum fate *fate, bool *ret_clear)
{
	struct store *store = restoring->request->store;
	struct row present;
	bool found;
	int status = request_status(restoring->request, lookup_digest(store, row, row->digest, NULL, &present, &found), 0);

	*ret_clear = true;
	if (status || !found)
		return status;
	if (present.tombstone)
		status = clear_way(restoring, row, &present, fate, ret_clear);
	row_release(&present);
	return status;
}

/* Another item that has the same unique attributes, of which the request has been told. */
static int clear_colliding(struct restoring *restoring, const struct row *row, enum fate *fate, bool *ret_clear)
{
	struct request *request = restoring->request;
	struct value *reference = value_copy(value_get(request->outcome.details, "colliding"));
	struct row present;
	int status;

	outcome_reset(&request->outcome);
	if (!reference)
		return outcome_no_memory(&request->outcome);
	status = item_by_reference(request, reference, &present);
	value_free(reference);
	if (status)
		return status;
	status = clear_way(restoring, row, &present, fate, ret_clear);
	row_release(&present);
	return status;
}

/* Whether there is room for the sealed row: *ret_clear, or the fate says why not. */
static int make_room(struct restoring *restoring, const struct row *row, enum fate *fate, bool *ret_clear)
{
	uint8_t unused[ROW_UUID_SIZE];
	bool reuse;
	int status = clear_tombstone(restoring, row, fate, ret_clear);

	while (!status && *ret_clear) {
		status = item_check_unique(restoring->request, row, &reuse, unused);
		if (status != errSecDuplicateItem)
			return status;
		status = clear_colliding(restoring, row, fate, ret_clear);
	}
	return status;
}

static int insert(struct restoring *restoring, struct row *row, const struct sealed_secret *sealed)
{
	struct request *request = restoring->request;
	int status = request_status(request, row_insert(request->store, row, sealed), 0);

	if (status)
		return status;
	request_note(request, CHANGE_ADDED, row, row->group);
	return note_row(restoring, row);
}

/* Groups that are named after a user go to the user who restores: on another machine the same person may have another uid. */
static int regroup(struct restoring *restoring, struct row *row)
{
	static const char *const prefixes[] = { "unconfined.", "ssh-agent." };
	const struct store *store = restoring->request->store;
	const char *group = value_as_string(value_get(row->attributes, "agrp"));
	char former[64], present[64];

	if (restoring->backup->owner == store->owner_uid)
		return 0;
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		snprintf(former, sizeof(former), "%s%u", prefixes[i], restoring->backup->owner);
		snprintf(present, sizeof(present), "%s%u", prefixes[i], store->owner_uid);
		if (!strcmp(group, former))
			return value_set(row->attributes, "agrp", value_string(present)) ?
			       outcome_no_memory(&restoring->request->outcome) : 0;
	}
	return 0;
}

static int restore_row(struct restoring *restoring, struct row *row, const struct sealed_secret *sealed, enum fate *fate)
{
	struct request *request = restoring->request;
	bool clear;
	int status = regroup(restoring, row);

	if (!status)
		status = clear_itself(restoring, row, fate, &clear);
	if (status || !clear)
		return status;
	status = request_status(request, row_seal(request->store, row), row->class_number);
	if (!status)
		status = make_room(restoring, row, fate, &clear);
	return status || !clear ? status : insert(restoring, row, sealed);
}

static bool kind_fits(const struct attribute *attribute, const struct value *value)
{
	bool text = value_is(value, VALUE_STRING) || value_is(value, VALUE_DATA);

	switch (attribute->kind) {
	case ATTRIBUTE_TEXT:
	case ATTRIBUTE_BYTES:
	case ATTRIBUTE_ACCESS_CONTROL:
		return text;
	case ATTRIBUTE_NUMBER:
	case ATTRIBUTE_SYNCHRONIZABLE:
		return value_is(value, VALUE_INTEGER);
	case ATTRIBUTE_MIXED:
	case ATTRIBUTE_INTERNAL:
		return text || value_is(value, VALUE_INTEGER);
	case ATTRIBUTE_DATE:
		return value_is(value, VALUE_DATE);
	case ATTRIBUTE_GROUP:
	case ATTRIBUTE_PROTECTION:
		return value_as_name(value);
	case ATTRIBUTE_OWN:
		return value_is(value, VALUE_DICTIONARY);
	case ATTRIBUTE_SECRET:
		return false;
	}
	return false;
}

/*
 * Whether an item of this keychain can have these attributes. Whoever has a machine of their own can seal anything into a
 * backup that is theirs.
 */
static bool is_possible(const struct row *row)
{
	const char *group = value_as_name(value_get(row->attributes, "agrp"));
	bool device = row->class_number >= KEYBAG_CLASS_AKU;

	if (!group || !*group || strlen(group) > ROW_MAX_GROUP || !strcmp(group, GROUP_TOKEN))
		return false;
	if (device && value_as_integer(value_get(row->attributes, "sync")))
		return false;
	for (size_t i = 0; i < value_count(row->attributes); i++) {
		const struct attribute *attribute = attribute_by_name(value_key_at(row->attributes, i));

		if (!attribute || !attribute_valid(attribute, row->item_class) || !kind_fits(attribute, value_at(row->attributes, i)))
			return false;
	}
	return value_get(row->attributes, "cdat") && value_get(row->attributes, "mdat");
}

static int take_item(struct restoring *restoring, const struct backup_frame *frame, const uint8_t *content)
{
	struct request *request = restoring->request;
	struct sealed_secret sealed;
	char name[BACKUP_MAX_NAME];
	enum fate fate = FATE_ADDED;
	uint32_t class_number;
	struct row row;
	enum fault fault = backup_open_row(request->store, restoring->backup, frame->index, content, frame->length, &row, &sealed,
					   name, &class_number);
	int status = 0;

	if (fault == FAULT_DEVICE)
		fate = FATE_ELSEWHERE;
	else if (fault_is_damage(fault) || fault == FAULT_REFUSED || (!fault && !is_possible(&row)))
		fate = FATE_DAMAGED;
	else
		status = fault ? request_status(request, fault, class_number) : restore_row(restoring, &row, &sealed, &fate);
	sealed_secret_release(&sealed);
	row_release(&row);
	restoring->backup->items++;
	if (!status)
		status = tell(restoring, frame->index, fate, name);
	explicit_bzero(name, sizeof(name));
	return status;
}

/* ---- the end ---- */

/* Items that the backup cannot bring back are not removed, nor those that it never has. */
static bool may_go(const struct restoring *restoring, const struct row *row)
{
	return backup_has_class(restoring->backup, row->class_number) && strcmp(row->group, GROUP_TOKEN) &&
	       !backup_has_row(restoring->backup, row->item_class, row->id);
}

static int remove_others_of(struct restoring *restoring, enum item_class item_class)
{
	struct request *request = restoring->request;
	int64_t after = 0;
	size_t count = 1;
	int status = 0;

	while (!status && count) {
		struct row rows[AT_A_TIME];

		status = request_status(request, backup_read_rows(request->store, item_class, after, false, rows, AT_A_TIME,
								  &count), 0);
		for (size_t i = 0; i < count; i++) {
			after = rows[i].id;
			if (!status && may_go(restoring, &rows[i])) {
				status = item_remove(request, &rows[i]);
				restoring->removed++;
			}
			row_release(&rows[i]);
		}
	}
	return status;
}

static int take_end(struct restoring *restoring, const struct backup_frame *frame, const uint8_t *content)
{
	struct request *request = restoring->request;
	struct backup *backup = restoring->backup;
	struct backup_end end;
	enum fault fault = backup_open_end(request->store, backup, frame->index, content, frame->length, &end);
	int status = 0;

	if (fault_is_damage(fault) || fault == FAULT_REFUSED)
		return tell(restoring, frame->index, FATE_DAMAGED, "");
	if (fault)
		return request_status(request, fault, 0);
	restoring->ended = true;
	restoring->whole = end.items == backup->items && frame->index == end.items + 1 && !end.skipped &&
			   !backup->damaged && !restoring->counts[FATE_DAMAGED];
	outcome_detail(&request->outcome, "items", value_integer((int64_t)end.items));
	outcome_detail(&request->outcome, "skipped", value_integer((int64_t)end.skipped));
	if (!restoring->replace || !restoring->whole)
		return 0;
	backup_sort_rows(backup);
	for (unsigned int class = 0; !status && class < ITEM_STORED_CLASSES; class++)
		status = remove_others_of(restoring, (enum item_class)class);
	return status;
}

/* ---- frames ---- */

static int take_keys(struct restoring *restoring, const struct backup_frame *frame, const uint8_t *content)
{
	struct request *request = restoring->request;
	enum fault fault = backup_open_keys(request->store, restoring->backup, content, frame->length);

	if (fault_is_damage(fault) || fault == FAULT_REFUSED)
		return outcome_fail(&request->outcome, errSecDecode, "the part of the backup that everything else is sealed under is "
				    "damaged: take another copy of the file");
	return request_status(request, fault, 0);
}

/* A frame comes once, and in order: what was taken before, or put behind, is none of this file's. */
static int take_frame(struct restoring *restoring, const struct value *value)
{
	struct backup *backup = restoring->backup;
	struct backup_frame frame;
	const uint8_t *bytes;
	size_t length;

	bytes = value_is(value, VALUE_DATA) ? value_bytes(value, &length) : NULL;
	if (!bytes || length < BACKUP_FRAME_SIZE || !backup_frame_read(bytes, &frame) ||
	    frame.length != length - BACKUP_FRAME_SIZE)
		return outcome_fail(&restoring->request->outcome, errSecParam, "\"items\" has to be an array of frames of a backup");
	bytes += BACKUP_FRAME_SIZE;
	if (frame.kind == BACKUP_FRAME_KEYS)
		return take_keys(restoring, &frame, bytes);
	if (!backup->children[BACKUP_PORTABLE])
		return outcome_fail(&restoring->request->outcome, errSecParam, "the frame with the keys of the backup has to come first");
	if (frame.index <= backup->last_index)
		return tell(restoring, frame.index, FATE_DAMAGED, "");
	backup->last_index = frame.index;
	return frame.kind == BACKUP_FRAME_END ? take_end(restoring, &frame, bytes) : take_item(restoring, &frame, bytes);
}

static int make_result(struct restoring *restoring)
{
	struct value *result = restoring->request->result = value_dictionary();
	int error = result ? 0 : -1;

	for (unsigned int fate = 0; !error && fate < FATES; fate++)
		error = value_set(result, fates[fate], value_integer(restoring->counts[fate]));
	if (!error)
		error = value_set(result, "removed", value_integer(restoring->removed));
	if (!error)
		error = value_set(result, "ended", value_boolean(restoring->ended));
	if (!error)
		error = value_set(result, "whole", value_boolean(restoring->whole));
	if (!error) {
		error = value_set(result, "told", restoring->told);
		restoring->told = NULL;
	}
	return error ? outcome_no_memory(&restoring->request->outcome) : 0;
}

int operation_restore(struct request *request)
{
	const struct value *items = value_get(request->source, "items");
	struct restoring restoring = {
		.request = request,
		.replace = option_boolean(request, "replace"),
		.told = value_array(),
	};
	struct progress progress = { 0 };
	int status;

	if (!value_is(items, VALUE_ARRAY))
		status = outcome_fail(&request->outcome, errSecParam, "\"items\" has to be an array of frames of a backup");
	else
		status = restoring.told ? request_status(request, store_begin(request->store, true), 0) :
					  outcome_no_memory(&request->outcome);
	if (!status)
		status = backup_begin(request, &restoring.backup);
	if (!status)
		progress = note_progress(restoring.backup);
	for (size_t i = 0; !status && i < value_count(items); i++)
		status = take_frame(&restoring, value_at(items, i));
	if (!status)
		status = make_result(&restoring);
	if (!status)
		status = request_commit(request);
	if (status && restoring.backup)
		go_back(restoring.backup, &progress);
	else if (restoring.backup)
		restoring.backup->damaged |= restoring.counts[FATE_DAMAGED];
	value_free(restoring.told);
	return status;
}

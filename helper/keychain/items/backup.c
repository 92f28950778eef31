// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * backup: the frames of a backup file, a page at a time, of the items of every group.
 */
#include "helper/keychain/items/backup.h"
#include "helper/keychain/items/groups.h"
#include "helper/keychain/items/operations.h"

#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helper/keychain/store/backup.h"
#include "helper/keychain/store/keys.h"
#include "helper/keychain/store/row_seal.h"
#include "helper/libkeybag/keybag.h"

#define PAGE_BYTES	(512 * 1024)
#define PAGE_ROWS	512
#define AT_A_TIME	8

/* Where a page ends: which file it is of, the table, the last row, the last frame, what was skipped; each 8 bytes. */
enum { CURSOR_MARK, CURSOR_TABLE, CURSOR_ROW, CURSOR_INDEX, CURSOR_SKIPPED, CURSOR_NUMBERS };

struct writing {
	struct request *request;
	struct backup *backup;
	struct value *frames, *skipped;
	uint64_t table;
	int64_t after;
	uint64_t index;		/* of the last frame */
	uint64_t skipped_count;
	size_t bytes;
	unsigned int rows;
};

int backup_begin(struct request *request, struct backup **ret_backup)
{
	const struct value *ticket = value_get(request->source, "ticket");
	size_t length = 0;
	const void *bytes = value_is(ticket, VALUE_DATA) ? value_bytes(ticket, &length) : NULL;

	*ret_backup = NULL;
	if (!bytes || length != KEYBAG_TICKET_SIZE)
		return outcome_fail(&request->outcome, errSecParam, "\"ticket\" has to be the %d bytes that keybagd gave out",
				    KEYBAG_TICKET_SIZE);
	return request_status(request, store_backup(request->store, bytes, ret_backup), 0);
}

void backup_describe(const struct row *row, char name[BACKUP_MAX_NAME])
{
	static const char *const places[] = { "svce", "srvr" };
	const char *label = value_as_name(value_get(row->attributes, "labl"));
	const char *account = value_as_name(value_get(row->attributes, "acct"));
	const char *place = NULL;

	for (size_t i = 0; !place && i < sizeof(places) / sizeof(places[0]); i++)
		place = value_as_name(value_get(row->attributes, places[i]));
	if (place && *place && account && *account)
		snprintf(name, BACKUP_MAX_NAME, "%s: %.200s, %.200s", item_class_name(row->item_class), place, account);
	else
		snprintf(name, BACKUP_MAX_NAME, "%s: %.400s", item_class_name(row->item_class),
			 label && *label ? label : account && *account ? account : place ? place : "");
}

static int take_cursor(struct writing *writing, const struct value *cursor)
{
	struct outcome *outcome = &writing->request->outcome;
	uint64_t numbers[CURSOR_NUMBERS];
	size_t length;
	const void *bytes = value_bytes(cursor, &length);

	if (length != sizeof(numbers))
		return outcome_fail(outcome, errSecParam, "\"cursor\" is not one that an answer to a backup gave");
	memcpy(numbers, bytes, sizeof(numbers));
	for (size_t i = 0; i < CURSOR_NUMBERS; i++)
		numbers[i] = be64toh(numbers[i]);
	if (numbers[CURSOR_MARK] != writing->request->store->database.mark) {
		outcome_detail(outcome, "reason", value_string("other-keychain"));
		return outcome_fail(outcome, errSecNotAvailable, "the keychain was exchanged or mended while it was backed up: begin "
				    "anew");
	}
	writing->table = numbers[CURSOR_TABLE];
	writing->after = (int64_t)numbers[CURSOR_ROW];
	writing->index = numbers[CURSOR_INDEX];
	writing->skipped_count = numbers[CURSOR_SKIPPED];
	return 0;
}

static struct value *make_cursor(const struct writing *writing)
{
	uint64_t numbers[CURSOR_NUMBERS] = {
		[CURSOR_MARK] = writing->request->store->database.mark,
		[CURSOR_TABLE] = writing->table,
		[CURSOR_ROW] = (uint64_t)writing->after,
		[CURSOR_INDEX] = writing->index,
		[CURSOR_SKIPPED] = writing->skipped_count,
	};

	for (size_t i = 0; i < CURSOR_NUMBERS; i++)
		numbers[i] = htobe64(numbers[i]);
	return value_data(numbers, sizeof(numbers));
}

static int add_frame(struct writing *writing, enum backup_frame_kind kind, uint64_t index, const uint8_t *content, size_t length)
{
	const struct backup_frame frame = { .kind = kind, .length = (uint32_t)length, .index = index };
	struct value *value = value_data_new(BACKUP_FRAME_SIZE + length);
	uint8_t *bytes;

	if (!value)
		return outcome_no_memory(&writing->request->outcome);
	bytes = value_bytes_mutable(value, &(size_t){ 0 });
	backup_frame_write(bytes, &frame);
	memcpy(bytes + BACKUP_FRAME_SIZE, content, length);
	writing->bytes += BACKUP_FRAME_SIZE + length;
	return value_append(writing->frames, value) ? outcome_no_memory(&writing->request->outcome) : 0;
}

static int add_keys(struct writing *writing)
{
	uint8_t keys[BACKUP_KEYS_SIZE];
	enum fault fault = backup_make_keys(writing->request->store, writing->backup, keys);

	if (fault)
		return request_status(writing->request, fault, 0);
	return add_frame(writing, BACKUP_FRAME_KEYS, 0, keys, sizeof(keys));
}

static int add_end(struct writing *writing)
{
	const struct backup_end end = { .items = writing->index, .skipped = writing->skipped_count };
	uint8_t content[BACKUP_END_SIZE];
	enum fault fault = backup_seal_end(writing->request->store, writing->backup, writing->index + 1, &end, content);

	if (fault)
		return request_status(writing->request, fault, 0);
	return add_frame(writing, BACKUP_FRAME_END, writing->index + 1, content, sizeof(content));
}

/* By what stands in the clear. */
static int skip(struct writing *writing, const struct row *row)
{
	struct value *told = value_dictionary();

	writing->skipped_count++;
	if (value_set(told, "class", value_string(item_class_name(row->item_class))) ||
	    value_set(told, "agrp", value_string(row->group)) ||
	    value_set(told, "v_PersistentRef", query_reference(row->item_class, row->uuid)) ||
	    value_set(told, "cdat", value_date(row->created))) {
		value_free(told);
		return outcome_no_memory(&writing->request->outcome);
	}
	return value_append(writing->skipped, told) ? outcome_no_memory(&writing->request->outcome) : 0;
}

static int write_open_row(struct writing *writing, struct row *row)
{
	char name[BACKUP_MAX_NAME];
	uint8_t *content;
	size_t length;
	enum fault fault;
	int status;

	backup_describe(row, name);
	fault = backup_seal_row(writing->request->store, writing->backup, writing->index + 1, row, name, &content, &length);
	explicit_bzero(name, sizeof(name));
	if (fault_is_damage(fault))
		return skip(writing, row);
	if (fault)
		return request_status(writing->request, fault, row->class_number);
	status = add_frame(writing, BACKUP_FRAME_ITEM, ++writing->index, content, length);
	free(content);
	return status;
}

/* Items that no backup has: those of tokens, and those that exist with the passcode alone. */
static bool stays(const struct row *row)
{
	return row->class_number == KEYBAG_CLASS_AKPU || !strcmp(row->group, GROUP_TOKEN);
}

static int write_row(struct writing *writing, struct row *row)
{
	writing->rows++;
	if (stays(row))
		return 0;
	switch (row->state) {
	case ROW_OPEN:
		return row->holds_secret ? write_open_row(writing, row) : skip(writing, row);
	case ROW_DAMAGED:
	case ROW_LOST:
		return skip(writing, row);
	default:
		return request_status(writing->request, FAULT_LOCKED, row->class_number);
	}
}

static bool page_is_full(const struct writing *writing)
{
	return writing->bytes >= PAGE_BYTES || writing->rows >= PAGE_ROWS;
}

/* Rows of one table, until the page is full or there are none: *ret_end. */
static int write_table(struct writing *writing, bool *ret_end)
{
	struct store *store = writing->request->store;
	int status = 0;

	*ret_end = false;
	while (!status && !*ret_end && !page_is_full(writing)) {
		struct row rows[AT_A_TIME];
		size_t count;
		enum fault fault = backup_read_rows(store, (enum item_class)writing->table, writing->after, true, rows,
						    AT_A_TIME, &count);

		if (!fault)
			fault = rows_open(store, rows, count, NULL);
		status = request_status(writing->request, fault, 0);
		*ret_end = !count;
		for (size_t i = 0; i < count; i++) {
			if (!status && !page_is_full(writing)) {
				status = write_row(writing, &rows[i]);
				writing->after = rows[i].id;
			}
			row_release(&rows[i]);
		}
	}
	return status;
}

static int write_page(struct writing *writing)
{
	int status = 0;
	bool end;

	while (!status && writing->table < ITEM_STORED_CLASSES && !page_is_full(writing)) {
		status = write_table(writing, &end);
		if (!status && end) {
			writing->table++;
			writing->after = 0;
		}
	}
	if (status)
		return status;
	if (writing->table < ITEM_STORED_CLASSES) {
		outcome_detail(&writing->request->outcome, "cursor", make_cursor(writing));
		return 0;
	}
	return add_end(writing);
}

int operation_backup(struct request *request)
{
	const struct value *cursor = option_value(request, "cursor");
	struct writing writing = { .request = request };
	int status = request_status(request, store_begin(request->store, false), 0);

	writing.frames = request->result = value_array();
	writing.skipped = value_array();
	if (!status && (!writing.frames || !writing.skipped))
		status = outcome_no_memory(&request->outcome);
	if (!status)
		status = backup_begin(request, &writing.backup);
	if (!status && cursor)
		status = take_cursor(&writing, cursor);
	else if (!status)
		status = add_keys(&writing);
	if (!status)
		status = write_page(&writing);
	if (!status && value_count(writing.skipped)) {
		outcome_detail(&request->outcome, "skipped", writing.skipped);
		writing.skipped = NULL;
	}
	if (!status)
		outcome_detail(&request->outcome, "items", value_integer((int64_t)writing.index));
	value_free(writing.skipped);
	return status;
}

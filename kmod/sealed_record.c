// SPDX-License-Identifier: GPL-2.0-only
#include <linux/err.h>
#include <linux/math.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include "event.h"
#include "floor.h"
#include "seal.h"
#include "sealed_record.h"

#define MAX_WRAPS	((u64)KB_RECORD_WRAP_STEP * KB_RECORD_MAX_STEPS)
static_assert(KB_RECORD_SIZE <= KEYBAG_MAX_RECORD);

int keybag_slot_count_wrap(struct keybag_bag *bag, unsigned int class)
{
	u64 count = atomic64_inc_return(&bag->slots[class].wraps);

	if (unlikely(count > MAX_WRAPS)) {
		atomic64_dec(&bag->slots[class].wraps);
		return -EKEYEXPIRED;
	}
	/* The first of a step: the record that is saved does not cover it. */
	if (unlikely(count % KB_RECORD_WRAP_STEP == 1))
		keybag_event_record_dirty(bag);
	return 0;
}

int keybag_record_seal(struct keybag_workspace *workspace, const u8 *uuid, u64 sequence,
		       const struct kb_record *record, struct keybag_sealed_record *out)
{
	u8 content[KB_RECORD_CONTENT_SIZE];
	int err;

	out->length = 0;
	kb_record_header_write(out->bytes, sequence);
	kb_record_content_write(content, record);
	err = keybag_seal_key(workspace, uuid, workspace->device->counter);
	if (err)
		return err;
	keybag_seal_record_aad(workspace, uuid, out->bytes);
	err = keybag_seal(workspace, content, sizeof(content), out->bytes + KB_RECORD_HEADER_SIZE);
	if (!err)
		out->length = sizeof(out->bytes);
	return err;
}

int keybag_bag_record_seal(struct keybag_workspace *workspace, struct keybag_bag *bag, u32 failures,
			   struct keybag_sealed_record *out)
{
	struct keybag_floor *floor = bag->floor;
	struct kb_record record = {
		.failures = failures,
		.assumed = failures && floor->guess.assumed,
	};
	unsigned int class;
	int err;

	lockdep_assert_held(&bag->control);
	for (class = 0; class < KB_CLASS_SLOTS; class++) {
		u64 count = atomic64_read(&bag->slots[class].wraps);

		if (!count)
			continue;
		record.wraps[class].key_generation = bag->slots[class].key_generation;
		record.wraps[class].steps = min_t(u64, DIV_ROUND_UP_ULL(count, KB_RECORD_WRAP_STEP),
						  KB_RECORD_MAX_STEPS);
	}
	err = keybag_record_seal(workspace, bag->uuid, floor->record_sequence + 1, &record, out);
	if (!err)
		floor->record_sequence++;
	return err;
}

int keybag_record_open(struct keybag_workspace *workspace, const u8 *uuid, const u8 *bytes,
		       size_t length, struct kb_record *record, u64 *ret_sequence)
{
	u8 content[KB_RECORD_CONTENT_SIZE];
	int err;

	err = kb_record_header_read(ret_sequence, bytes, length);
	if (!err)
		err = keybag_seal_key(workspace, uuid, workspace->device->counter);
	if (err)
		return err;
	keybag_seal_record_aad(workspace, uuid, bytes);
	err = keybag_open(workspace, bytes + KB_RECORD_HEADER_SIZE, sizeof(content), content);
	if (!err)
		err = kb_record_content_read(record, content);
	return err;
}

int keybag_record_check(const struct keybag_buffer *buffer)
{
	return buffer->capacity < KB_RECORD_SIZE ? -EMSGSIZE : 0;
}

int keybag_record_return(const struct keybag_sealed_record *record, struct keybag_buffer *buffer)
{
	buffer->length = record->length;
	if (copy_to_user(u64_to_user_ptr(buffer->address), record->bytes, record->length))
		return -EFAULT;
	return 0;
}

static int read_record(struct keybag_workspace *workspace, struct keybag_bag *bag,
		       struct keybag_sealed_record *record)
{
	u32 failures = bag->floor->guess.failures;
	int err;

	if (bag->gone)
		return -ENOENT;
	/* What is saved while a try is open counts it, as the record did that began it. */
	if (atomic64_read(&bag->try_id))
		failures++;
	/* A wrap that crosses a step after this makes it dirty again. */
	atomic_cmpxchg(&bag->record_dirty, KEYBAG_RECORD_DIRTY, KEYBAG_RECORD_SEALED);
	err = keybag_bag_record_seal(workspace, bag, failures, record);
	if (err)
		keybag_event_record_dirty(bag);
	else
		bag->record_read = bag->floor->record_sequence;
	return err;
}

int keybag_read_record(struct keybag_read *args)
{
	struct keybag_sealed_record record;
	struct keybag_workspace *workspace;
	struct keybag_bag *bag;
	int err;

	err = keybag_record_check(&args->buffer);
	if (err)
		return err;
	bag = keybag_bag_by_uuid(args->uuid);
	if (!bag)
		return -ENOENT;
	workspace = keybag_workspace_begin();
	if (IS_ERR(workspace)) {
		err = PTR_ERR(workspace);
		goto out_put;
	}

	mutex_lock(&bag->control);
	err = read_record(workspace, bag, &record);
	args->sequence = bag->floor->record_sequence;
	mutex_unlock(&bag->control);
	keybag_workspace_end(workspace);
	if (!err)
		err = keybag_record_return(&record, &args->buffer);
out_put:
	keybag_bag_put(bag);
	return err;
}

int keybag_record_saved(struct keybag_record_saved *args)
{
	struct keybag_bag *bag = keybag_bag_by_uuid(args->uuid);
	int err = 0;

	if (!bag)
		return -ENOENT;
	mutex_lock(&bag->control);
	if (args->sequence > bag->floor->record_sequence)
		err = -EINVAL;
	else if (args->sequence >= bag->record_read)
		atomic_cmpxchg(&bag->record_dirty, KEYBAG_RECORD_SEALED, KEYBAG_RECORD_CLEAN);
	mutex_unlock(&bag->control);
	keybag_bag_put(bag);
	return err;
}

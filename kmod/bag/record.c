// SPDX-License-Identifier: GPL-2.0-only
#include <linux/build_bug.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include "event.h"
#include "record.h"
#include "rollback.h"
#include "visit.h"

static_assert(KEYBAG_MAX_WRAPS == (u64)KB_RECORD_WRAP_STEP * KB_RECORD_MAX_STEPS);

int keybag_slot_count_wrap(struct keybag_bag *bag, unsigned int class, bool privileged)
{
	u64 count = atomic64_inc_return(&bag->slots[class].wraps);

	if (unlikely(count > KEYBAG_MAX_OWNER_WRAPS) &&
	    (!privileged || count > KEYBAG_MAX_WRAPS)) {
		atomic64_dec(&bag->slots[class].wraps);
		return -EKEYEXPIRED;
	}
	/* The first of a step: the record that is saved does not cover it. */
	if (unlikely(count % KB_RECORD_WRAP_STEP == 1))
		keybag_event_record_dirty(bag);
	return 0;
}

int keybag_bag_record_seal(struct keybag_workspace *workspace, struct keybag_bag *bag, u32 failures,
			   struct keybag_sealed_record *out)
{
	struct keybag_rollback *rollback = bag->rollback;
	struct kb_record record = {
		.failures = failures,
		.assumed = failures && rollback->throttle.assumed,
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
	err = keybag_record_seal(workspace, bag->uuid, rollback->record_sequence + 1, &record, out);
	if (!err)
		rollback->record_sequence++;
	return err;
}

static int read_record(struct keybag_workspace *workspace, struct keybag_bag *bag,
		       struct keybag_sealed_record *record)
{
	u32 failures = bag->rollback->throttle.failures;
	int err;

	if (READ_ONCE(bag->gone))
		return -ENOENT;
	/* A wrap that crosses a step after this, or a lock that voids a try, dirties it again. */
	atomic_cmpxchg(&bag->record_dirty, KEYBAG_RECORD_DIRTY, KEYBAG_RECORD_SEALED);
	/* A record saved while a try is open counts the try, as did the record that began it. */
	if (atomic64_read(&bag->try_id))
		failures++;
	err = keybag_bag_record_seal(workspace, bag, failures, record);
	if (err)
		keybag_event_record_dirty(bag);
	else
		bag->record_read = bag->rollback->record_sequence;
	return err;
}

int keybag_read_record(struct keybag_read *args)
{
	struct keybag_sealed_record record;
	struct keybag_visit visit;
	int err;

	err = keybag_record_check(&args->buffer);
	if (!err)
		err = keybag_visit_begin(&visit, args->uuid);
	if (err)
		return err;
	err = read_record(visit.workspace, visit.bag, &record);
	args->sequence = visit.bag->rollback->record_sequence;
	keybag_visit_end(&visit);
	return err ?: keybag_record_return(&record, &args->buffer);
}

int keybag_record_saved(struct keybag_record_saved *args)
{
	struct keybag_bag *bag = keybag_visit_enter(args->uuid);
	int err = 0;

	if (!bag)
		return -ENOENT;
	if (args->sequence > bag->rollback->record_sequence)
		err = -EINVAL;
	else if (args->sequence >= bag->record_read)
		atomic_cmpxchg(&bag->record_dirty, KEYBAG_RECORD_SEALED, KEYBAG_RECORD_CLEAN);
	keybag_visit_leave(bag);
	return err;
}

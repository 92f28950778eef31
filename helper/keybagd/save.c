// SPDX-License-Identifier: GPL-2.0-or-later
#include "save.h"

#include <errno.h>

#include "log.h"
#include "queue.h"
#include "record_file.h"

void save_record(struct operation *operation, const struct sealed_record *record)
{
	int result = record->length ? record_file_write(operation->uuid, record) : -EBADMSG;

	if (!result)
		result = control_record_saved(operation->uuid, record);
	if (!result)
		return;
	operation->outcome.warnings |= KEYBAG_WARNING_RECORD_NOT_SAVED;
	log_warning("%s: its record of guesses and wraps could not be saved: %s", operation->label,
		    keybag_error_text(result));
}

void save_present_record(struct operation *operation)
{
	struct sealed_record record;

	if (control_read_record(operation->uuid, &record) == 0)
		save_record(operation, &record);
}

static void work(struct operation *operation)
{
	struct keybag_status status;

	if (control_status(operation->uuid, &status) < 0) {
		operation->loaded = false;
		return;
	}
	if (status.flags & KEYBAG_STATUS_RECORD_DIRTY)
		save_present_record(operation);
}

static const struct handler handle_save = { .name = "save", .work = work };

void save_later(struct bag *bag)
{
	struct operation *operation = operation_new(&handle_save);

	if (!operation)
		return;
	operation_set_bag(operation, bag);
	if (queue_add(operation) < 0)
		operation_free(operation);
}

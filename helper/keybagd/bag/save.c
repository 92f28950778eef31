// SPDX-License-Identifier: GPL-2.0-or-later
#include "save.h"

#include <errno.h>

#include "bag_events.h"
#include "daemon/log.h"
#include "keybagd/kernel/device_ioctl.h"
#include "keybagd/store/record_file.h"
#include "queue.h"

#define RETRY_US	30000000ULL

static sd_event_source *retry;

static void save_by(int (*write)(const uint8_t uuid[KEYBAG_UUID_SIZE], const struct sealed_record *record),
		    struct operation *operation, const struct sealed_record *record)
{
	int result = record->length ? write(operation->uuid, record) : -EBADMSG;

	if (!result)
		result = device_ioctl_record_saved(operation->uuid, record);
	if (!result)
		return;
	operation->result.warnings |= KEYBAG_WARNING_RECORD_NOT_SAVED;
	log_warning("%s: its record of guesses and wraps could not be saved: %s", operation->label,
		    keybag_error_text(result));
}

void save_record(struct operation *operation, const struct sealed_record *record)
{
	save_by(record_file_write, operation, record);
}

void save_record_anew(struct operation *operation, const struct sealed_record *record)
{
	save_by(record_file_renew, operation, record);
}

void save_present_record(struct operation *operation)
{
	struct sealed_record record;

	if (device_ioctl_read_record(operation->uuid, &record) == 0)
		save_record(operation, &record);
}

static void save_work(struct operation *operation)
{
	struct keybag_status status;

	if (device_ioctl_status(operation->uuid, &status) < 0) {
		operation->loaded = false;
		return;
	}
	if (status.flags & KEYBAG_STATUS_RECORD_DIRTY)
		save_present_record(operation);
}

static int save_on_retry(sd_event_source *source, uint64_t time, void *context)
{
	struct bag *bag;

	(void)source;
	(void)time;
	(void)context;
	for (bag = bag_first(); bag; bag = bag->next) {
		if (!bag->save_failed)
			continue;
		bag->save_failed = false;
		bag_events_follow(bag, bag->loaded);
	}
	return 0;
}

/* The kernel goes on asking; a disk that is full or read-only is not asked again at once. */
static void save_finish(struct operation *operation)
{
	if (!(operation->result.warnings & KEYBAG_WARNING_RECORD_NOT_SAVED))
		return;
	operation->bag->save_failed = true;
	bag_events_follow(operation->bag, operation->bag->loaded);
	sd_event_source_set_time_relative(retry, RETRY_US);
	sd_event_source_set_enabled(retry, SD_EVENT_ONESHOT);
}

static const struct handler save = { .name = "save", .work = save_work, .finish = save_finish };

int save_open_loop(sd_event *loop)
{
	int result = sd_event_add_time_relative(loop, &retry, CLOCK_MONOTONIC, RETRY_US, 0, save_on_retry,
						NULL);

	return result < 0 ? result : sd_event_source_set_enabled(retry, SD_EVENT_OFF);
}

void save_later(struct bag *bag)
{
	queue_add_own(&save, bag);
}

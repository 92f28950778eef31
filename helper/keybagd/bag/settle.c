// SPDX-License-Identifier: GPL-2.0-or-later
#include "settle.h"

#include <string.h>
#include <unistd.h>

#include "daemon/log.h"
#include "keybagd/kernel/device_ioctl.h"
#include "keybagd/store/form_file.h"

static bool same_form(const struct sealed_form *one, const struct sealed_form *other)
{
	return one->length == other->length && !memcmp(one->bytes, other->bytes, one->length);
}

/* By what the form is, not by its number: the file may have come from anywhere meanwhile. */
static void settle_pending(const uint8_t uuid[KEYBAG_UUID_SIZE], const char *label,
			   const struct sealed_form *disk)
{
	struct keybag_requester requester = { .uid = 0, .pid = (uint32_t)getpid() };
	struct sealed_form pending;
	uint64_t generation;
	bool commit;
	int result = device_ioctl_read_pending(uuid, &pending);

	if (result < 0) {
		log_error("%s: a change that was under way cannot be read: %s", label,
			  keybag_error_text(result));
		return;
	}
	generation = pending.view.generation;
	commit = same_form(disk, &pending);
	result = device_ioctl_settle(commit ? KEYBAG_IOC_COMMIT : KEYBAG_IOC_ABORT, uuid, generation,
				requester);
	if (result < 0)
		log_error("%s: a change that was under way could not be %s: %s", label,
			  commit ? "finished" : "given up", keybag_error_text(result));
	else
		log_notice("%s: a change that was under way is %s", label,
			   commit ? "finished" : "given up");
	/* Nothing else can be changed while it waits. */
	if (result < 0 && commit)
		device_ioctl_settle(KEYBAG_IOC_ABORT, uuid, generation, requester);
}

void settle_change(const uint8_t uuid[KEYBAG_UUID_SIZE], const char *label)
{
	struct keybag_status status;
	struct sealed_form present, disk;
	ssize_t length;
	int result;

	if (device_ioctl_status(uuid, &status) < 0)
		return;
	length = form_file_read(uuid, disk.bytes);
	disk.length = length < 0 ? 0 : (size_t)length;
	if (status.flags & KEYBAG_STATUS_PENDING)
		settle_pending(uuid, label, &disk);
	if (device_ioctl_read_form(uuid, &present) < 0)
		return;
	if (length < 0) {
		log_error("%s is loaded, but its file cannot be read (%s): restore it from a backup; "
			  "it will not survive a restart of the machine", label,
			  keybag_error_text((int)length));
		return;
	}
	if (same_form(&disk, &present))
		return;
	log_warning("%s: its file is not the one in effect and is written anew", label);
	result = form_file_replace(uuid, present.bytes, present.length);
	if (!result)
		result = form_file_forget(uuid);
	if (result < 0)
		log_error("%s: its file could not be written: %s", label, keybag_error_text(result));
}

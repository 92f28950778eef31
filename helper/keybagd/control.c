// SPDX-License-Identifier: GPL-2.0-or-later
#include "control.h"

#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>

#include "common/cleanup.h"
#include "keybag/record.h"

/* Set by the main thread before any other exists that uses it; never closed. */
static int device = -1;

int control_open(struct keybag_version *ret_version)
{
	CLEANUP_FD int fd = keybag_open();
	int result;

	if (fd < 0)
		return fd;
	result = keybag_version(fd, ret_version);
	if (result < 0)
		return result;
	if (ret_version->abi != KEYBAG_ABI_VERSION)
		return -EPROTO;
	device = take_descriptor(&fd);
	return 0;
}

int control_is_open(void)
{
	return device >= 0;
}

int control_call(unsigned long command, void *argument)
{
	int result;

	if (device < 0)
		return -ENXIO;
	do {
		result = ioctl(device, command, argument);
	} while (result < 0 && errno == EINTR);
	return result < 0 ? -errno : result;
}

int sealed_form_parse(struct sealed_form *form)
{
	int result = kb_form_check_header(form->bytes, form->length);

	if (!result)
		result = kb_form_parse(&form->view, form->bytes, form->length);
	return result;
}

int control_read_form(const uint8_t uuid[KEYBAG_UUID_SIZE], struct sealed_form *ret_form)
{
	struct keybag_read command = { .buffer = CONTROL_BUFFER(*ret_form) };
	int result;

	memcpy(command.uuid, uuid, sizeof(command.uuid));
	result = control_call(KEYBAG_IOC_READ_FORM, &command);
	if (result < 0)
		return result;
	ret_form->length = command.buffer.length;
	return sealed_form_parse(ret_form);
}

int control_read_record(const uint8_t uuid[KEYBAG_UUID_SIZE], struct sealed_record *ret_record)
{
	struct keybag_read command = { .buffer = CONTROL_BUFFER(*ret_record) };
	int result;

	memcpy(command.uuid, uuid, sizeof(command.uuid));
	result = control_call(KEYBAG_IOC_READ_RECORD, &command);
	if (result < 0)
		return result;
	ret_record->length = command.buffer.length;
	return 0;
}

int control_record_saved(const uint8_t uuid[KEYBAG_UUID_SIZE], const struct sealed_record *record)
{
	struct keybag_record_saved command = { 0 };
	u64 sequence;
	int result;

	result = kb_record_header_read(&sequence, record->bytes, record->length);
	if (result < 0)
		return result;
	memcpy(command.uuid, uuid, sizeof(command.uuid));
	command.sequence = sequence;
	return control_call(KEYBAG_IOC_RECORD_SAVED, &command);
}

int control_status(const uint8_t uuid[KEYBAG_UUID_SIZE], struct keybag_status *ret_status)
{
	struct keybag_status status = { 0 };
	int result;

	memcpy(status.uuid, uuid, sizeof(status.uuid));
	result = control_call(KEYBAG_IOC_STATUS, &status);
	if (result < 0)
		return result;
	*ret_status = status;
	return 0;
}

int control_bind(const uint8_t uuid[KEYBAG_UUID_SIZE])
{
	CLEANUP_FD int fd = keybag_open();
	int result;

	if (fd < 0)
		return fd;
	result = keybag_bind_uuid(fd, uuid, KEYBAG_BIND_NO_UPCALL);
	if (result < 0)
		return result;
	if (fcntl(fd, F_SETFL, O_RDWR | O_NONBLOCK) < 0)
		return -errno;
	return take_descriptor(&fd);
}

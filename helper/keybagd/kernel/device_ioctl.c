// SPDX-License-Identifier: GPL-2.0-or-later
#include "device_ioctl.h"

#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>

#include "common/cleanup.h"
#include "keybag/record.h"
#include "keybagd/store/sealed_form.h"

/* Set by the main thread before any other exists that uses it; never closed. */
static int device = -1;
/* Device of a module that speaks another version of the interface: for what all versions have in common. */
static int foreign_device = -1;

/* Number and layout of these are the same in every version; longer structures end in zeros there. */
static bool in_all_versions(unsigned long command)
{
	return command == KEYBAG_IOC_LOCK || command == KEYBAG_IOC_EVICT;
}

int device_ioctl_open(struct keybag_version *ret_version)
{
	CLEANUP_FD int fd = keybag_open();
	int result;

	if (fd < 0)
		return fd;
	result = keybag_version(fd, ret_version);
	if (result < 0)
		return result;
	if (ret_version->abi != KEYBAG_ABI_VERSION) {
		if (foreign_device < 0)
			foreign_device = take_descriptor(&fd);
		return -EPROTO;
	}
	device = take_descriptor(&fd);
	return 0;
}

bool device_ioctl_is_foreign(void)
{
	return device < 0 && foreign_device >= 0;
}

int device_ioctl_is_open(void)
{
	return device >= 0;
}

int device_ioctl(unsigned long command, void *argument)
{
	int fd = device < 0 && in_all_versions(command) ? foreign_device : device;
	int result;

	if (fd < 0)
		return -ENXIO;
	do {
		result = ioctl(fd, command, argument);
	} while (result < 0 && errno == EINTR);
	return result < 0 ? -errno : result;
}

static int read_form(unsigned long number, const uint8_t uuid[KEYBAG_UUID_SIZE],
		     struct sealed_form *ret_form)
{
	struct keybag_read command = { .buffer = SEALED_BUFFER(*ret_form) };
	int result;

	memcpy(command.uuid, uuid, sizeof(command.uuid));
	result = device_ioctl(number, &command);
	if (result < 0)
		return result;
	ret_form->length = command.buffer.length;
	return sealed_form_parse(ret_form);
}

int device_ioctl_read_form(const uint8_t uuid[KEYBAG_UUID_SIZE], struct sealed_form *ret_form)
{
	return read_form(KEYBAG_IOC_READ_FORM, uuid, ret_form);
}

int device_ioctl_read_pending(const uint8_t uuid[KEYBAG_UUID_SIZE], struct sealed_form *ret_form)
{
	return read_form(KEYBAG_IOC_READ_PENDING, uuid, ret_form);
}

int device_ioctl_read_record(const uint8_t uuid[KEYBAG_UUID_SIZE], struct sealed_record *ret_record)
{
	struct keybag_read command = { .buffer = SEALED_BUFFER(*ret_record) };
	int result;

	memcpy(command.uuid, uuid, sizeof(command.uuid));
	result = device_ioctl(KEYBAG_IOC_READ_RECORD, &command);
	if (result < 0)
		return result;
	ret_record->length = command.buffer.length;
	return 0;
}

int device_ioctl_record_saved(const uint8_t uuid[KEYBAG_UUID_SIZE], const struct sealed_record *record)
{
	struct keybag_record_saved command = { 0 };
	u64 sequence;
	int result;

	result = kb_record_header_read(&sequence, record->bytes, record->length);
	if (result < 0)
		return result;
	memcpy(command.uuid, uuid, sizeof(command.uuid));
	command.sequence = sequence;
	return device_ioctl(KEYBAG_IOC_RECORD_SAVED, &command);
}

int device_ioctl_settle(unsigned long command, const uint8_t uuid[KEYBAG_UUID_SIZE],
			uint64_t generation, struct keybag_requester requester)
{
	struct keybag_commit argument = { .generation = generation, .requester = requester };

	memcpy(argument.uuid, uuid, sizeof(argument.uuid));
	return device_ioctl(command, &argument);
}

int device_ioctl_status(const uint8_t uuid[KEYBAG_UUID_SIZE], struct keybag_status *ret_status)
{
	struct keybag_status status = { 0 };
	int result;

	memcpy(status.uuid, uuid, sizeof(status.uuid));
	result = device_ioctl(KEYBAG_IOC_STATUS, &status);
	if (result < 0)
		return result;
	*ret_status = status;
	return 0;
}

int device_ioctl_bind(const uint8_t uuid[KEYBAG_UUID_SIZE])
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

int device_ioctl_follow(int fd, uint32_t flags, uint64_t *ret_timeout_ns)
{
	struct keybag_follow follow = { .flags = flags };

	if (ioctl(fd, KEYBAG_IOC_FOLLOW, &follow) < 0)
		return -errno;
	if (ret_timeout_ns)
		*ret_timeout_ns = follow.timeout_ns;
	return 0;
}

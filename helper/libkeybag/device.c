// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Opening, binding, restricting and watching a descriptor of /dev/keybag.
 */
#include "keybag.h"
#include "command.h"
#include "sized.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "../common/descriptor.h"

/* At most this many are read in one call. */
#define EVENTS_AT_A_TIME	16

int keybag_open(void)
{
	int fd = descriptor_above_standard(open(KEYBAG_DEVICE, O_RDWR | O_CLOEXEC | O_NOCTTY));

	if (fd >= 0)
		return fd;
	return errno == ENOENT || errno == ENODEV ? -ENXIO : -errno;
}

int keybag_version_sized(int fd, void *ret_version, size_t size)
{
	struct keybag_version version = { 0 };
	int result = device_command(fd, KEYBAG_IOC_VERSION, &version);

	if (result < 0)
		return result;
	sized_give(ret_version, size, &version, sizeof(version));
	return 0;
}

static int bind_descriptor(int fd, struct keybag_bind *bind, uint8_t *ret_uuid)
{
	int result = device_command(fd, KEYBAG_IOC_BIND, bind);

	if (result < 0)
		return result;
	if (ret_uuid)
		memcpy(ret_uuid, bind->uuid, sizeof(bind->uuid));
	return 0;
}

int keybag_bind_uid(int fd, uid_t uid, uint32_t flags, uint8_t *ret_uuid)
{
	struct keybag_bind bind = { .by = KEYBAG_BIND_UID, .uid = uid, .flags = flags };

	return bind_descriptor(fd, &bind, ret_uuid);
}

int keybag_bind_system(int fd, uint32_t flags, uint8_t *ret_uuid)
{
	struct keybag_bind bind = { .by = KEYBAG_BIND_SYSTEM, .flags = flags };

	return bind_descriptor(fd, &bind, ret_uuid);
}

int keybag_bind_uuid(int fd, const uint8_t uuid[KEYBAG_UUID_SIZE], uint32_t flags)
{
	struct keybag_bind bind = { .by = KEYBAG_BIND_UUID, .flags = flags };

	memcpy(bind.uuid, uuid, sizeof(bind.uuid));
	return bind_descriptor(fd, &bind, NULL);
}

int keybag_bind_serial(int fd, int32_t serial, uint32_t flags, uint8_t *ret_uuid)
{
	struct keybag_bind bind = { .by = KEYBAG_BIND_SERIAL, .serial = serial, .flags = flags };

	return bind_descriptor(fd, &bind, ret_uuid);
}

int keybag_open_own(void)
{
	int fd = keybag_open();
	int result;

	if (fd < 0)
		return fd;
	result = keybag_bind_uid(fd, geteuid(), 0, NULL);
	if (result < 0) {
		close(fd);
		return result;
	}
	return fd;
}

int keybag_status_sized(int fd, void *ret_status, size_t size)
{
	struct keybag_status status = { 0 };
	int result = device_command(fd, KEYBAG_IOC_STATUS, &status);

	if (result < 0)
		return result;
	sized_give(ret_status, size, &status, sizeof(status));
	return 0;
}

ssize_t keybag_read_events_sized(int fd, void *ret_events, size_t size, size_t count)
{
	uint8_t bytes[EVENTS_AT_A_TIME * KEYBAG_EVENT_SIZE_VER0];
	size_t at, length_of_one, done = 0;
	struct keybag_event event;
	ssize_t length;

	if (count > EVENTS_AT_A_TIME)
		count = EVENTS_AT_A_TIME;
	length = read(fd, bytes, count * KEYBAG_EVENT_SIZE_VER0);
	if (length < 0)
		return -errno;
	/* Another kernel's may be longer: each says where the next one begins. */
	for (at = 0; at + KEYBAG_EVENT_SIZE_VER0 <= (size_t)length; at += length_of_one) {
		memset(&event, 0, sizeof(event));
		memcpy(&event, bytes + at, KEYBAG_EVENT_SIZE_VER0);
		length_of_one = event.size;
		if (length_of_one < KEYBAG_EVENT_SIZE_VER0)
			return -EPROTO;
		if (event.type != KEYBAG_EVENT_STATE)
			continue;
		event.size = (uint32_t)size;
		sized_give((uint8_t *)ret_events + done++ * size, size, &event, sizeof(event));
	}
	return (ssize_t)done;
}

int keybag_restrict_known(int fd, uint32_t rights, uint32_t known, uint32_t classes, const uint8_t *domain)
{
	struct keybag_restrict restriction = { .rights = rights, .known = known, .classes = classes };

	if (domain) {
		restriction.flags = KEYBAG_RESTRICT_SET_DOMAIN;
		memcpy(restriction.domain, domain, sizeof(restriction.domain));
	}
	return device_command(fd, KEYBAG_IOC_RESTRICT, &restriction);
}

int keybag_clone(int fd, uint32_t flags, uint64_t lifetime_ns)
{
	struct keybag_clone clone = { .flags = flags, .lifetime_ns = lifetime_ns };
	int copy = device_command(fd, KEYBAG_IOC_CLONE, &clone);

	if (copy < 0)
		return copy;
	copy = descriptor_above_standard(copy);
	return copy < 0 ? -errno : copy;
}

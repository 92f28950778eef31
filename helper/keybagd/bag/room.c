// SPDX-License-Identifier: GPL-2.0-or-later
#include "room.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "keybagd/kernel/device_ioctl.h"
#include "keybagd/log/event_log.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static uint8_t in_use[ROOM_IN_USE][KEYBAG_UUID_SIZE];	/* mutex */
static size_t in_use_count;				/* mutex */

/* mutex held; in_use_count: it is not there. */
static size_t room_find(const uint8_t uuid[KEYBAG_UUID_SIZE])
{
	size_t i = 0;

	while (i < in_use_count && memcmp(in_use[i], uuid, KEYBAG_UUID_SIZE))
		i++;
	return i;
}

void room_enter(const uint8_t uuid[KEYBAG_UUID_SIZE])
{
	pthread_mutex_lock(&mutex);
	memcpy(in_use[in_use_count++], uuid, KEYBAG_UUID_SIZE);
	pthread_mutex_unlock(&mutex);
}

void room_leave(const uint8_t uuid[KEYBAG_UUID_SIZE])
{
	size_t i;

	pthread_mutex_lock(&mutex);
	i = room_find(uuid);
	if (i < in_use_count)
		memmove(in_use[i], in_use[--in_use_count], KEYBAG_UUID_SIZE);
	pthread_mutex_unlock(&mutex);
}

int room_taken(void)
{
	struct keybag_list command = { 0 };
	int result = device_ioctl(KEYBAG_IOC_LIST, &command);

	return result < 0 ? result : (int)command.count;
}

/* Where its record is not on disk yet the count of guesses and wraps would be lost with the next restart. */
static bool may_give_way(const uint8_t uuid[KEYBAG_UUID_SIZE], struct keybag_status *ret_status)
{
	return room_find(uuid) == in_use_count && device_ioctl_status(uuid, ret_status) == 0 &&
	       ret_status->type == KEYBAG_TYPE_USER && ret_status->state == KEYBAG_STATE_BEFORE_FIRST_UNLOCK &&
	       !(ret_status->flags & (KEYBAG_STATUS_PENDING | KEYBAG_STATUS_RECORD_DIRTY));
}

static int room_take_out(const uint8_t uuid[KEYBAG_UUID_SIZE], uid_t owner)
{
	struct keybag_unload command = { .requester = { .pid = (uint32_t)getpid() } };
	int result;

	memcpy(command.uuid, uuid, sizeof(command.uuid));
	result = device_ioctl(KEYBAG_IOC_UNLOAD, &command);
	if (!result)
		event_log("result=gave-way uid=%u reason=\"the kernel holds no more than %u keybags; a request loads it again\"",
			  owner, KEYBAG_MAX_BAGS);
	return result == -ENOENT ? 0 : result;
}

/* mutex held. The kernel lists them in the order in which they were loaded. */
static int room_make_locked(void)
{
	CLEANUP_FREE uint8_t *uuids = calloc(KEYBAG_MAX_BAGS, KEYBAG_UUID_SIZE);
	struct keybag_list command = { .uuids = (uintptr_t)uuids, .capacity = KEYBAG_MAX_BAGS };
	struct keybag_status status;
	const uint8_t *uuid;
	int result = uuids ? device_ioctl(KEYBAG_IOC_LIST, &command) : -ENOMEM;
	uint32_t i;

	if (result < 0 || command.count < KEYBAG_MAX_BAGS)
		return result < 0 ? result : 0;
	for (i = 0; i < KEYBAG_MAX_BAGS; i++) {
		uuid = uuids + (size_t)i * KEYBAG_UUID_SIZE;
		if (may_give_way(uuid, &status))
			return room_take_out(uuid, status.owner);
	}
	return -EDQUOT;
}

int room_make(void)
{
	int result;

	pthread_mutex_lock(&mutex);
	result = room_make_locked();
	pthread_mutex_unlock(&mutex);
	return result;
}

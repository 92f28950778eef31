// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include "bag.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

const __u32 all_classes[CLASS_COUNT] = {
	KEYBAG_CLASS_A, KEYBAG_CLASS_B, KEYBAG_CLASS_C, KEYBAG_CLASS_D,
	KEYBAG_CLASS_AK, KEYBAG_CLASS_CK, KEYBAG_CLASS_DK,
	KEYBAG_CLASS_AKU, KEYBAG_CLASS_CKU, KEYBAG_CLASS_DKU, KEYBAG_CLASS_AKPU,
};

struct secret secret_new(__u32 kind)
{
	struct secret secret = { .kind = kind };

	if (kind != KEYBAG_PROTECTOR_NONE)
		secret.length = KEYBAG_PASSCODE_KEY_SIZE;
	if (getrandom(secret.bytes, secret.length, 0) != (ssize_t)secret.length ||
	    getrandom(secret.salt, sizeof(secret.salt), 0) != sizeof(secret.salt))
		abort();
	return secret;
}

struct keybag_secret secret_for_kernel(const struct secret *secret)
{
	return (struct keybag_secret){
		.secret = secret->length ? (uintptr_t)secret->bytes : 0,
		.secret_length = secret->length,
		.kind = secret->kind,
		.id = secret->id,
	};
}

struct keybag_protector protector_for_kernel(const struct secret *secret)
{
	struct keybag_protector protector = {};

	if (secret->kind == KEYBAG_PROTECTOR_PASSCODE) {
		protector.kdf_memory_kib = 64;
		protector.kdf_passes = 1;
		protector.kdf_lanes = 1;
	}
	memcpy(protector.salt, secret->salt, sizeof(protector.salt));
	return protector;
}

struct keybag_buffer bag_form_buffer(struct bag *bag)
{
	return (struct keybag_buffer){ .address = (uintptr_t)bag->form,
				       .capacity = sizeof(bag->form) };
}

struct keybag_buffer bag_record_buffer(struct bag *bag)
{
	return (struct keybag_buffer){ .address = (uintptr_t)bag->record,
				       .capacity = sizeof(bag->record) };
}

/* A command's output replaces what the bag had; without output the bag keeps it. */
void bag_keep_form(struct bag *bag, const struct keybag_buffer *buffer)
{
	if (buffer->length)
		bag->form_length = buffer->length;
}

void bag_keep_record(struct bag *bag, const struct keybag_buffer *buffer)
{
	if (buffer->length)
		bag->record_length = buffer->length;
}

int bag_init(struct bag *bag)
{
	__u8 key[KEYBAG_DEVICE_KEY_SIZE];
	int result;

	memset(bag, 0, sizeof(*bag));
	bag->device = device_open();
	if (bag->device < 0)
		return bag->device;
	bag->type = KEYBAG_TYPE_USER;
	bag->owner = OWNER;
	bag->secret = secret_new(KEYBAG_PROTECTOR_PASSCODE);
	result = device_key(bag->device, key);
	return result == -ENOKEY ? 0 : result;
}

int bag_create(struct bag *bag)
{
	struct keybag_create create = {
		.type = bag->type,
		.owner = bag->owner,
		.protector = protector_for_kernel(&bag->secret),
		.secret = secret_for_kernel(&bag->secret),
		.form = bag_form_buffer(bag),
		.record = bag_record_buffer(bag),
	};
	int result;

	result = device_unload_owner(bag->device, bag->owner);
	if (result)
		return result;
	memcpy(create.uuid, bag->uuid, KEYBAG_UUID_SIZE);
	result = command(bag->device, KEYBAG_IOC_CREATE, &create);
	if (result)
		return result;
	memcpy(bag->uuid, create.uuid, KEYBAG_UUID_SIZE);
	bag_keep_form(bag, &create.form);
	bag_keep_record(bag, &create.record);
	return 0;
}

int bag_load_with(struct bag *bag, struct keybag_load *load)
{
	int result;

	load->new_record = bag_record_buffer(bag);
	result = command(bag->device, KEYBAG_IOC_LOAD, load);
	bag_keep_record(bag, &load->new_record);
	return result;
}

int bag_load(struct bag *bag)
{
	struct keybag_load load = {
		.form = (uintptr_t)bag->form,
		.form_length = bag->form_length,
		.record = { (uintptr_t)bag->record },
		.record_length = { bag->record_length },
	};

	return bag_load_with(bag, &load);
}

int bag_unlocked(struct bag *bag)
{
	int result = bag_init(bag);

	if (!result)
		result = bag_create(bag);
	if (!result)
		result = bag_load(bag);
	return result ? result : bag_unlock(bag);
}

int bag_unload(struct bag *bag)
{
	struct keybag_unload unload = { .requester = { .uid = getuid(), .pid = (__u32)getpid() } };

	memcpy(unload.uuid, bag->uuid, KEYBAG_UUID_SIZE);
	return command(bag->device, KEYBAG_IOC_UNLOAD, &unload);
}

void bag_finish(struct bag *bag)
{
	bag_unload(bag);
	close(bag->device);
	bag->device = -1;
}

int bag_begin(struct bag *bag, struct keybag_try *try)
{
	int result;

	memset(try, 0, sizeof(*try));
	memcpy(try->uuid, bag->uuid, KEYBAG_UUID_SIZE);
	try->record = bag_record_buffer(bag);
	result = command(bag->device, KEYBAG_IOC_BEGIN_TRY, try);
	bag_keep_record(bag, &try->record);
	return result;
}

int bag_cancel(struct bag *bag, __u64 try_id)
{
	struct keybag_try try = { .try_id = try_id, .record = bag_record_buffer(bag) };
	int result;

	memcpy(try.uuid, bag->uuid, KEYBAG_UUID_SIZE);
	result = command(bag->device, KEYBAG_IOC_CANCEL_TRY, &try);
	bag_keep_record(bag, &try.record);
	return result;
}

int bag_unlock_try(struct bag *bag, const struct secret *secret, struct keybag_unlock *unlock)
{
	int result;

	memcpy(unlock->uuid, bag->uuid, KEYBAG_UUID_SIZE);
	unlock->secret = secret_for_kernel(secret);
	if (!unlock->reason)
		unlock->reason = KEYBAG_REASON_REQUEST;
	unlock->record = bag_record_buffer(bag);
	result = command(bag->device, KEYBAG_IOC_UNLOCK, unlock);
	bag_keep_record(bag, &unlock->record);
	return result;
}

int bag_unlock_with(struct bag *bag, const struct secret *secret, __u32 flags)
{
	struct keybag_unlock unlock = { .flags = flags };
	struct keybag_try try;
	int result = bag_begin(bag, &try);

	if (result)
		return result;
	unlock.try_id = try.try_id;
	return bag_unlock_try(bag, secret, &unlock);
}

int bag_unlock(struct bag *bag)
{
	if (bag->secret.kind == KEYBAG_PROTECTOR_NONE)
		return 0;
	return bag_unlock_with(bag, &bag->secret, 0);
}

static int lock_with(struct bag *bag, __u32 flags)
{
	struct keybag_lock lock = {
		.flags = flags,
		.reason = KEYBAG_REASON_REQUEST,
		.requester = { .uid = getuid(), .pid = (__u32)getpid() },
	};

	memcpy(lock.uuid, bag->uuid, KEYBAG_UUID_SIZE);
	return command(bag->device, KEYBAG_IOC_LOCK, &lock);
}

int bag_lock(struct bag *bag)
{
	return lock_with(bag, 0);
}

int bag_lock_full(struct bag *bag)
{
	return lock_with(bag, KEYBAG_LOCK_FULL);
}

int bag_status(struct bag *bag, struct keybag_status *status)
{
	memset(status, 0, sizeof(*status));
	memcpy(status->uuid, bag->uuid, KEYBAG_UUID_SIZE);
	return command(bag->device, KEYBAG_IOC_STATUS, status);
}

int bag_state(struct bag *bag)
{
	struct keybag_status status;
	int result = bag_status(bag, &status);

	return result ? result : (int)status.state;
}

int bag_read_form(struct bag *bag, struct keybag_read *read)
{
	int result;

	memset(read, 0, sizeof(*read));
	memcpy(read->uuid, bag->uuid, KEYBAG_UUID_SIZE);
	read->buffer = bag_form_buffer(bag);
	result = command(bag->device, KEYBAG_IOC_READ_FORM, read);
	bag_keep_form(bag, &read->buffer);
	return result;
}

int bag_read_record(struct bag *bag, struct keybag_read *read)
{
	int result;

	memset(read, 0, sizeof(*read));
	memcpy(read->uuid, bag->uuid, KEYBAG_UUID_SIZE);
	read->buffer = bag_record_buffer(bag);
	result = command(bag->device, KEYBAG_IOC_READ_RECORD, read);
	bag_keep_record(bag, &read->buffer);
	return result;
}

int bag_record_saved(struct bag *bag, __u64 sequence)
{
	struct keybag_record_saved saved = { .sequence = sequence };

	memcpy(saved.uuid, bag->uuid, KEYBAG_UUID_SIZE);
	return command(bag->device, KEYBAG_IOC_RECORD_SAVED, &saved);
}

int bag_bind(const struct bag *bag)
{
	struct keybag_bind bind = { .by = KEYBAG_BIND_UUID };
	int fd = device_open(), result;

	if (fd < 0)
		return fd;
	memcpy(bind.uuid, bag->uuid, KEYBAG_UUID_SIZE);
	result = command(fd, KEYBAG_IOC_BIND, &bind);
	if (result) {
		close(fd);
		return result;
	}
	return fd;
}

__u64 now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_BOOTTIME, &time);
	return (__u64)time.tv_sec * 1000000000 + (__u64)time.tv_nsec;
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "bag.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <unistd.h>

#define OWNER		61099
#define CHILD_KEY	32	/* bytes */

static int control;
static __u8 uuid[KEYBAG_UUID_SIZE];
static __u8 passcode_key[KEYBAG_PASSCODE_KEY_SIZE];
static __u8 form[KEYBAG_MAX_FORM], record[KEYBAG_MAX_RECORD];

void fail(const char *what)
{
	fprintf(stderr, "measure: %s: %s\n", what, strerror(errno));
	exit(1);
}

static struct keybag_buffer buffer_of(void *at, size_t capacity)
{
	return (struct keybag_buffer){ .address = (uintptr_t)at, .capacity = (__u32)capacity };
}

static struct keybag_secret secret_of(void)
{
	return (struct keybag_secret){
		.secret = (uintptr_t)passcode_key,
		.secret_length = sizeof(passcode_key),
		.kind = KEYBAG_PROTECTOR_PASSCODE,
	};
}

static void set_device_key(void)
{
	static const __u8 key[KEYBAG_DEVICE_KEY_SIZE + 1] = "the device key of a benchmark ..";
	struct keybag_device_key set = { .key = (uintptr_t)key };

	if (ioctl(control, KEYBAG_IOC_SET_DEVICE_KEY, &set) && errno != EEXIST)
		fail("SET_DEVICE_KEY");
}

void bag_make(void)
{
	struct keybag_create create = {
		.type = KEYBAG_TYPE_USER,
		.owner = OWNER,
		.protector = { .kdf_memory_kib = 64, .kdf_passes = 1, .kdf_lanes = 1 },
		.form = buffer_of(form, sizeof(form)),
		.record = buffer_of(record, sizeof(record)),
	};
	struct keybag_load load = {
		.form = (uintptr_t)form,
		.record = { (uintptr_t)record },
		.new_record = buffer_of(record, sizeof(record)),
	};

	control = open(KEYBAG_DEVICE, O_RDWR | O_CLOEXEC);
	if (control < 0)
		fail(KEYBAG_DEVICE);
	if (getrandom(passcode_key, sizeof(passcode_key), 0) != sizeof(passcode_key))
		fail("getrandom");
	set_device_key();
	create.secret = secret_of();
	if (ioctl(control, KEYBAG_IOC_CREATE, &create))
		fail("CREATE");
	memcpy(uuid, create.uuid, sizeof(uuid));
	load.form_length = create.form.length;
	load.record_length[0] = create.record.length;
	if (ioctl(control, KEYBAG_IOC_LOAD, &load))
		fail("LOAD");
	bag_unlock();
}

void bag_unlock(void)
{
	struct keybag_try try = { .record = buffer_of(record, sizeof(record)) };
	struct keybag_unlock unlock = {
		.secret = secret_of(),
		.reason = KEYBAG_REASON_REQUEST,
		.record = buffer_of(record, sizeof(record)),
	};

	memcpy(try.uuid, uuid, sizeof(uuid));
	memcpy(unlock.uuid, uuid, sizeof(uuid));
	if (ioctl(control, KEYBAG_IOC_BEGIN_TRY, &try))
		fail("BEGIN_TRY");
	unlock.try_id = try.try_id;
	if (ioctl(control, KEYBAG_IOC_UNLOCK, &unlock))
		fail("UNLOCK");
}

void bag_lock(void)
{
	struct keybag_lock lock = { .reason = KEYBAG_REASON_REQUEST };

	memcpy(lock.uuid, uuid, sizeof(uuid));
	if (ioctl(control, KEYBAG_IOC_LOCK, &lock))
		fail("LOCK");
}

static void bind_bag(int fd)
{
	struct keybag_bind bind = { .by = KEYBAG_BIND_UUID };

	memcpy(bind.uuid, uuid, sizeof(uuid));
	if (ioctl(fd, KEYBAG_IOC_BIND, &bind))
		fail("BIND");
}

/* A child key of its own for each. */
static void open_macs(struct bench *bench)
{
	__u8 blob[CHILD_KEY + KEYBAG_BLOB_OVERHEAD];
	struct keybag_child_create create = {
		.class_number = KEYBAG_CLASS_AK,
		.blob_capacity = sizeof(blob),
		.blob = (uintptr_t)blob,
	};
	_Alignas(8) __u8 space[sizeof(struct keybag_child_open) + sizeof(blob)];
	struct keybag_child_open *child = (void *)space;
	unsigned int i;
	int number;

	for (i = 0; i < MACS; i++) {
		if (ioctl(bench->fd, KEYBAG_IOC_CHILD_CREATE(sizeof(create)), &create) != sizeof(blob))
			fail("CHILD_CREATE");
		*child = (struct keybag_child_open){ .blob_length = sizeof(blob) };
		memcpy(child->data, blob, sizeof(blob));
		number = ioctl(bench->fd, KEYBAG_IOC_CHILD_OPEN(sizeof(space)), space);
		if (number < 1)
			fail("CHILD_OPEN");
		bench->macs[i] = (struct keybag_item){
			.operation = KEYBAG_OP_CHILD_MAC,
			.child = (__u32)number,
			.input = (uintptr_t)bench->secret,
			.input_length = MAC_LENGTH,
			.output = (uintptr_t)bench->mac[i],
			.output_capacity = KEYBAG_MAC_SIZE,
		};
	}
}

void bench_open(struct bench *bench)
{
	struct keybag_wrap *wrap = (void *)bench->wrap;
	struct keybag_unwrap *unwrap = (void *)bench->unwrap;
	unsigned int i;

	memset(bench, 0, sizeof(*bench));
	bench->fd = open(KEYBAG_DEVICE, O_RDWR | O_CLOEXEC);
	if (bench->fd < 0)
		fail(KEYBAG_DEVICE);
	bind_bag(bench->fd);
	memset(bench->secret, 's', sizeof(bench->secret));

	*wrap = (struct keybag_wrap){
		.class_number = KEYBAG_CLASS_AK,
		.plaintext_length = SECRET_LENGTH,
		.aad_length = AAD_LENGTH,
		.blob_capacity = BLOB_LENGTH,
		.plaintext = (uintptr_t)bench->secret,
		.blob = (uintptr_t)bench->blob,
	};
	memset(wrap->data, 'a', AAD_LENGTH);
	bench_wrap(bench);

	*unwrap = (struct keybag_unwrap){
		.blob_length = BLOB_LENGTH,
		.aad_length = AAD_LENGTH,
		.plaintext_capacity = SECRET_LENGTH,
		.plaintext = (uintptr_t)bench->secret,
	};
	memcpy(unwrap->data, bench->blob, BLOB_LENGTH);
	memset(unwrap->data + BLOB_LENGTH, 'a', AAD_LENGTH);

	for (i = 0; i < BATCH; i++)
		bench->items[i] = (struct keybag_item){
			.operation = KEYBAG_OP_UNWRAP,
			.input = (uintptr_t)unwrap->data,
			.input_length = BLOB_LENGTH,
			.aad = (uintptr_t)(unwrap->data + BLOB_LENGTH),
			.aad_length = AAD_LENGTH,
			.output = (uintptr_t)bench->secrets[i],
			.output_capacity = SECRET_LENGTH,
		};
	open_macs(bench);
}

void bench_close(struct bench *bench)
{
	close(bench->fd);
}

void bench_unwrap(struct bench *bench)
{
	if (ioctl(bench->fd, KEYBAG_IOC_UNWRAP(sizeof(bench->unwrap)), bench->unwrap) !=
	    SECRET_LENGTH)
		fail("UNWRAP");
}

void bench_wrap(struct bench *bench)
{
	if (ioctl(bench->fd, KEYBAG_IOC_WRAP(sizeof(bench->wrap)), bench->wrap) != BLOB_LENGTH)
		fail("WRAP");
}

static void run_batch(struct bench *bench, struct keybag_item *items, unsigned int count)
{
	struct keybag_batch batch = {
		.items = (uintptr_t)items,
		.count = count,
		.item_size = sizeof(items[0]),
	};

	if (ioctl(bench->fd, KEYBAG_IOC_BATCH, &batch) != (int)count)
		fail("BATCH");
}

void bench_batch(struct bench *bench)
{
	run_batch(bench, bench->items, BATCH);
}

void bench_macs(struct bench *bench)
{
	run_batch(bench, bench->macs, MACS);
}

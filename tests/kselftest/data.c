// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include "data.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "device.h"

/* The fixed part of a data command with what follows it, in the order of @parts. */
static int send_sized(int fd, unsigned long (*number)(size_t size), const void *fixed, size_t size,
		      const struct aad *parts, size_t count)
{
	__u8 *buffer, *end;
	size_t total = size, i;
	int result;

	for (i = 0; i < count; i++)
		total += parts[i].length;
	buffer = malloc(total);
	if (!buffer)
		return -ENOMEM;
	end = mempcpy(buffer, fixed, size);
	for (i = 0; i < count; i++)
		if (parts[i].length)
			end = mempcpy(end, parts[i].bytes, parts[i].length);
	result = command(fd, number(total), buffer);
	free(buffer);
	return result;
}

static unsigned long wrap_number(size_t size)
{
	return KEYBAG_IOC_WRAP(size);
}

static unsigned long unwrap_number(size_t size)
{
	return KEYBAG_IOC_UNWRAP(size);
}

static unsigned long rewrap_number(size_t size)
{
	return KEYBAG_IOC_REWRAP(size);
}

static unsigned long child_create_number(size_t size)
{
	return KEYBAG_IOC_CHILD_CREATE(size);
}

static unsigned long child_open_number(size_t size)
{
	return KEYBAG_IOC_CHILD_OPEN(size);
}

int data_wrap_raw(int fd, const struct keybag_wrap *wrap, struct aad aad)
{
	return send_sized(fd, wrap_number, wrap, sizeof(*wrap), &aad, 1);
}

int data_unwrap_raw(int fd, const struct keybag_unwrap *unwrap, const __u8 *blob, size_t length,
		    struct aad aad)
{
	const struct aad parts[] = { { blob, length }, aad };

	return send_sized(fd, unwrap_number, unwrap, sizeof(*unwrap), parts, 2);
}

bool bytes_are(const __u8 *bytes, size_t length, __u8 value)
{
	size_t i;

	for (i = 0; i < length; i++)
		if (bytes[i] != value)
			return false;
	return true;
}

int data_wrap(int fd, __u32 class, const void *plaintext, size_t length, struct aad aad, __u8 *blob)
{
	const struct keybag_wrap wrap = {
		.class_number = class,
		.plaintext_length = (__u32)length,
		.aad_length = (__u32)aad.length,
		.blob_capacity = (__u32)length + blob_overhead(class),
		.plaintext = (uintptr_t)plaintext,
		.blob = (uintptr_t)blob,
	};

	return data_wrap_raw(fd, &wrap, aad);
}

int data_generate(int fd, __u32 class, void *plaintext, size_t length, struct aad aad, __u8 *blob)
{
	const struct keybag_wrap wrap = {
		.class_number = class,
		.flags = KEYBAG_WRAP_GENERATE,
		.plaintext_length = (__u32)length,
		.aad_length = (__u32)aad.length,
		.blob_capacity = (__u32)length + blob_overhead(class),
		.plaintext = (uintptr_t)plaintext,
		.blob = (uintptr_t)blob,
	};

	return data_wrap_raw(fd, &wrap, aad);
}

int data_unwrap(int fd, const __u8 *blob, size_t length, struct aad aad, void *plaintext)
{
	const struct keybag_unwrap unwrap = {
		.blob_length = (__u32)length,
		.aad_length = (__u32)aad.length,
		.plaintext_capacity = KEYBAG_MAX_PAYLOAD,
		.plaintext = (uintptr_t)plaintext,
	};

	return data_unwrap_raw(fd, &unwrap, blob, length, aad);
}

int data_rewrap(int fd, int target, __u32 class, const __u8 *blob, size_t length, struct aad aad,
		struct aad new_aad, __u8 *new_blob)
{
	const struct keybag_rewrap rewrap = {
		.class_number = class,
		.target = target,
		.blob_length = (__u32)length,
		.aad_length = (__u32)aad.length,
		.new_aad_length = (__u32)new_aad.length,
		.new_blob_capacity = (__u32)length + (blob_overhead(class) - KEYBAG_BLOB_OVERHEAD),
		.new_blob = (uintptr_t)new_blob,
	};
	const struct aad parts[] = { { blob, length }, aad, new_aad };

	return send_sized(fd, rewrap_number, &rewrap, sizeof(rewrap), parts, 3);
}

int child_create(int fd, __u32 class, struct aad aad, __u8 *blob)
{
	const struct keybag_child_create create = {
		.class_number = class,
		.aad_length = (__u32)aad.length,
		.blob_capacity = CHILD_BLOB,
		.blob = (uintptr_t)blob,
	};

	return send_sized(fd, child_create_number, &create, sizeof(create), &aad, 1);
}

int child_open(int fd, const __u8 *blob, size_t length, struct aad aad)
{
	const struct keybag_child_open open = {
		.blob_length = (__u32)length,
		.aad_length = (__u32)aad.length,
	};
	const struct aad parts[] = { { blob, length }, aad };

	return send_sized(fd, child_open_number, &open, sizeof(open), parts, 2);
}

int child_close(int fd, int child)
{
	return command(fd, KEYBAG_IOC_CHILD_CLOSE, (void *)(uintptr_t)child);
}

int data_operate(int fd, struct keybag_item *item)
{
	return command(fd, KEYBAG_IOC_OPERATE, item);
}

int data_batch(int fd, struct keybag_item *items, __u32 count)
{
	struct keybag_batch batch = {
		.items = (uintptr_t)items,
		.count = count,
		.item_size = sizeof(*items),
	};

	return command(fd, KEYBAG_IOC_BATCH, &batch);
}

struct keybag_item item_wrap(__u32 class, const void *plaintext, size_t length, struct aad aad,
			     __u8 *blob)
{
	return (struct keybag_item){
		.operation = KEYBAG_OP_WRAP,
		.class_number = class,
		.input = (uintptr_t)plaintext,
		.input_length = (__u32)length,
		.aad = (uintptr_t)aad.bytes,
		.aad_length = (__u32)aad.length,
		.output = (uintptr_t)blob,
		.output_capacity = (__u32)length + blob_overhead(class),
	};
}

struct keybag_item item_unwrap(const __u8 *blob, size_t length, struct aad aad, void *plaintext,
			       size_t capacity)
{
	return (struct keybag_item){
		.operation = KEYBAG_OP_UNWRAP,
		.input = (uintptr_t)blob,
		.input_length = (__u32)length,
		.aad = (uintptr_t)aad.bytes,
		.aad_length = (__u32)aad.length,
		.output = (uintptr_t)plaintext,
		.output_capacity = (__u32)capacity,
	};
}

static struct keybag_item child_item(__u32 operation, int child, const void *input, size_t length,
				     struct aad aad, void *output, size_t capacity)
{
	return (struct keybag_item){
		.operation = operation,
		.child = (__u32)child,
		.input = (uintptr_t)input,
		.input_length = (__u32)length,
		.aad = (uintptr_t)aad.bytes,
		.aad_length = (__u32)aad.length,
		.output = (uintptr_t)output,
		.output_capacity = (__u32)capacity,
	};
}

int child_encrypt(int fd, int child, const void *plaintext, size_t length, struct aad aad,
		  __u8 *blob)
{
	struct keybag_item item = child_item(KEYBAG_OP_CHILD_ENCRYPT, child, plaintext, length, aad,
					     blob, length + KEYBAG_BLOB_OVERHEAD);

	return data_operate(fd, &item);
}

int child_decrypt(int fd, int child, const __u8 *blob, size_t length, struct aad aad,
		  void *plaintext)
{
	struct keybag_item item = child_item(KEYBAG_OP_CHILD_DECRYPT, child, blob, length, aad,
					     plaintext, KEYBAG_MAX_PAYLOAD);

	return data_operate(fd, &item);
}

int child_mac(int fd, int child, const void *message, size_t length, __u8 mac[KEYBAG_MAC_SIZE])
{
	struct keybag_item item = child_item(KEYBAG_OP_CHILD_MAC, child, message, length, NO_AAD,
					     mac, KEYBAG_MAC_SIZE);

	return data_operate(fd, &item);
}

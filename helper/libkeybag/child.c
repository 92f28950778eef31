// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Child keys, and batches of operations.
 */
#include "keybag.h"
#include "command.h"
#include "inline_data.h"

ssize_t keybag_child_create(int fd, uint32_t class_number, const void *aad, size_t aad_length,
			    void *ret_blob, size_t capacity)
{
	INLINE_DATA(struct keybag_child_create, KEYBAG_MAX_AAD) request;
	size_t size = sizeof(request.fixed);

	if (aad_length > KEYBAG_MAX_AAD)
		return -EINVAL;
	request.fixed = (struct keybag_child_create){
		.class_number = class_number,
		.aad_length = (uint32_t)aad_length,
		.blob_capacity = inline_capacity(capacity),
		.blob = (uintptr_t)ret_blob,
	};
	size = inline_append(request.bytes, size, aad, aad_length);
	return device_command(fd, KEYBAG_IOC_CHILD_CREATE(size), &request);
}

int keybag_child_open(int fd, const void *blob, size_t blob_length, const void *aad,
		      size_t aad_length)
{
	INLINE_DATA(struct keybag_child_open, KEYBAG_MAX_BLOB + KEYBAG_MAX_AAD) request;
	size_t size = sizeof(request.fixed);

	if (blob_length > KEYBAG_MAX_BLOB || aad_length > KEYBAG_MAX_AAD)
		return -EINVAL;
	request.fixed = (struct keybag_child_open){
		.blob_length = (uint32_t)blob_length,
		.aad_length = (uint32_t)aad_length,
	};
	size = inline_append(request.bytes, size, blob, blob_length);
	size = inline_append(request.bytes, size, aad, aad_length);
	return device_command(fd, KEYBAG_IOC_CHILD_OPEN(size), &request);
}

int keybag_child_close(int fd, int child)
{
	return ioctl(fd, KEYBAG_IOC_CHILD_CLOSE, (unsigned long)child) < 0 ? -errno : 0;
}

static ssize_t operate(int fd, struct keybag_item *item)
{
	if (ioctl(fd, KEYBAG_IOC_OPERATE, item) < 0)
		return -errno;
	return item->result;
}

static ssize_t child_operation(int fd, uint32_t operation, int child, const void *input,
			       size_t length, const void *aad, size_t aad_length, void *output,
			       size_t capacity)
{
	struct keybag_item item = {
		.operation = operation,
		.child = (uint32_t)child,
		.input_length = (uint32_t)length,
		.aad_length = (uint32_t)aad_length,
		.output_capacity = inline_capacity(capacity),
		.input = (uintptr_t)input,
		.aad = (uintptr_t)aad,
		.output = (uintptr_t)output,
	};

	if (length > KEYBAG_MAX_BLOB || aad_length > KEYBAG_MAX_AAD)
		return -EINVAL;
	return operate(fd, &item);
}

ssize_t keybag_child_encrypt(int fd, int child, const void *plaintext, size_t length,
			     const void *aad, size_t aad_length, void *ret_blob, size_t capacity)
{
	return child_operation(fd, KEYBAG_OP_CHILD_ENCRYPT, child, plaintext, length, aad,
			       aad_length, ret_blob, capacity);
}

ssize_t keybag_child_decrypt(int fd, int child, const void *blob, size_t blob_length,
			     const void *aad, size_t aad_length, void *ret_plaintext,
			     size_t capacity)
{
	return child_operation(fd, KEYBAG_OP_CHILD_DECRYPT, child, blob, blob_length, aad,
			       aad_length, ret_plaintext, capacity);
}

int keybag_child_mac(int fd, int child, const void *data, size_t length,
		     uint8_t ret_mac[KEYBAG_MAC_SIZE])
{
	ssize_t result = child_operation(fd, KEYBAG_OP_CHILD_MAC, child, data, length, NULL, 0,
					 ret_mac, KEYBAG_MAC_SIZE);

	return result < 0 ? (int)result : 0;
}

int keybag_batch_sized(int fd, void *items, size_t size, size_t count)
{
	struct keybag_batch batch = {
		.items = (uintptr_t)items,
		.count = (uint32_t)count,
		.item_size = (uint32_t)size,
	};

	if (size > UINT32_MAX || count < 1 || count > KEYBAG_MAX_BATCH)
		return -EINVAL;
	return device_command(fd, KEYBAG_IOC_BATCH, &batch);
}

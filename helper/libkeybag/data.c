// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Wrap, unwrap and rewrap. What goes inline is blobs and associated data, never a secret: the kernel
 * reads and writes those at the caller's own address.
 */
#include "keybag.h"
#include "command.h"
#include "inline_data.h"

static ssize_t wrap(int fd, uint32_t class_number, uint32_t flags, const void *plaintext,
		    size_t length, const void *aad, size_t aad_length, void *ret_blob,
		    size_t capacity)
{
	INLINE_DATA(struct keybag_wrap, KEYBAG_MAX_AAD) request;
	size_t size = sizeof(request.fixed);

	if (length < 1 || length > KEYBAG_MAX_PAYLOAD || aad_length > KEYBAG_MAX_AAD)
		return -EINVAL;
	request.fixed = (struct keybag_wrap){
		.class_number = class_number,
		.flags = flags,
		.plaintext_length = (uint32_t)length,
		.aad_length = (uint32_t)aad_length,
		.blob_capacity = inline_capacity(capacity),
		.plaintext = (uintptr_t)plaintext,
		.blob = (uintptr_t)ret_blob,
	};
	size = inline_append(request.bytes, size, aad, aad_length);
	return device_command(fd, KEYBAG_IOC_WRAP(size), &request);
}

ssize_t keybag_wrap(int fd, uint32_t class_number, const void *plaintext, size_t length,
		    const void *aad, size_t aad_length, void *ret_blob, size_t capacity)
{
	if (!plaintext)
		return -EINVAL;
	return wrap(fd, class_number, 0, plaintext, length, aad, aad_length, ret_blob, capacity);
}

ssize_t keybag_generate(int fd, uint32_t class_number, void *ret_plaintext, size_t length,
			const void *aad, size_t aad_length, void *ret_blob, size_t capacity)
{
	return wrap(fd, class_number, KEYBAG_WRAP_GENERATE, ret_plaintext, length, aad, aad_length,
		    ret_blob, capacity);
}

ssize_t keybag_unwrap(int fd, const void *blob, size_t blob_length, const void *aad,
		      size_t aad_length, void *ret_plaintext, size_t capacity)
{
	INLINE_DATA(struct keybag_unwrap, KEYBAG_MAX_BLOB + KEYBAG_MAX_AAD) request;
	size_t size = sizeof(request.fixed);

	if (blob_length > KEYBAG_MAX_BLOB || aad_length > KEYBAG_MAX_AAD)
		return -EINVAL;
	request.fixed = (struct keybag_unwrap){
		.blob_length = (uint32_t)blob_length,
		.aad_length = (uint32_t)aad_length,
		.plaintext_capacity = inline_capacity(capacity),
		.plaintext = (uintptr_t)ret_plaintext,
	};
	size = inline_append(request.bytes, size, blob, blob_length);
	size = inline_append(request.bytes, size, aad, aad_length);
	return device_command(fd, KEYBAG_IOC_UNWRAP(size), &request);
}

ssize_t keybag_rewrap(int fd, int target, uint32_t class_number, const void *blob,
		      size_t blob_length, const void *aad, size_t aad_length, const void *new_aad,
		      size_t new_aad_length, void *ret_blob, size_t capacity)
{
	INLINE_DATA(struct keybag_rewrap, KEYBAG_MAX_BLOB + 2 * KEYBAG_MAX_AAD) request;
	size_t size = sizeof(request.fixed);

	if (blob_length > KEYBAG_MAX_BLOB || aad_length > KEYBAG_MAX_AAD ||
	    new_aad_length > KEYBAG_MAX_AAD)
		return -EINVAL;
	request.fixed = (struct keybag_rewrap){
		.class_number = class_number,
		.target = target,
		.blob_length = (uint32_t)blob_length,
		.aad_length = (uint32_t)aad_length,
		.new_aad_length = (uint32_t)new_aad_length,
		.new_blob_capacity = inline_capacity(capacity),
		.new_blob = (uintptr_t)ret_blob,
	};
	size = inline_append(request.bytes, size, blob, blob_length);
	size = inline_append(request.bytes, size, aad, aad_length);
	size = inline_append(request.bytes, size, new_aad, new_aad_length);
	return device_command(fd, KEYBAG_IOC_REWRAP(size), &request);
}

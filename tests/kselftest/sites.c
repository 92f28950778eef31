// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include "sites.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static int wrap_plaintext(struct site_context *context, void *address)
{
	__u8 blob[SITE_BLOB];

	return data_wrap(context->fd, KEYBAG_CLASS_AK, address, SITE_LENGTH, NO_AAD, blob);
}

static int wrap_blob(struct site_context *context, void *address)
{
	return data_wrap(context->fd, KEYBAG_CLASS_AK, SITE_SECRET, SITE_LENGTH, NO_AAD, address);
}

static int wrap_generated(struct site_context *context, void *address)
{
	__u8 blob[SITE_BLOB];

	return data_generate(context->fd, KEYBAG_CLASS_AK, address, SITE_LENGTH, NO_AAD, blob);
}

static int unwrap_plaintext(struct site_context *context, void *address)
{
	return data_unwrap(context->fd, context->blob, SITE_BLOB, NO_AAD, address);
}

static int rewrap_blob(struct site_context *context, void *address)
{
	return data_rewrap(context->fd, -1, KEYBAG_CLASS_CK, context->blob, SITE_BLOB, NO_AAD,
			   NO_AAD, address);
}

static int child_create_blob(struct site_context *context, void *address)
{
	return child_create(context->fd, KEYBAG_CLASS_AK, NO_AAD, address);
}

static int child_encrypt_plaintext(struct site_context *context, void *address)
{
	__u8 blob[SITE_BLOB];

	return child_encrypt(context->fd, context->child, address, SITE_LENGTH, NO_AAD, blob);
}

static int child_mac_message(struct site_context *context, void *address)
{
	__u8 mac[KEYBAG_MAC_SIZE];

	return child_mac(context->fd, context->child, address, SITE_LENGTH, mac);
}

static int child_mac_result(struct site_context *context, void *address)
{
	return child_mac(context->fd, context->child, SITE_SECRET, SITE_LENGTH, address);
}

static int child_decrypt_plaintext(struct site_context *context, void *address)
{
	__u8 blob[SITE_BLOB];
	int result =
		child_encrypt(context->fd, context->child, SITE_SECRET, SITE_LENGTH, NO_AAD, blob);

	return result < 0 ?
		       result :
		       child_decrypt(context->fd, context->child, blob, SITE_BLOB, NO_AAD, address);
}

static int item_input(struct site_context *context, void *address)
{
	__u8 plaintext[SITE_LENGTH];
	struct keybag_item item = item_unwrap(address, SITE_BLOB, NO_AAD, plaintext, SITE_LENGTH);

	return data_operate(context->fd, &item);
}

static int item_aad(struct site_context *context, void *address)
{
	const struct aad aad = { address, SITE_LENGTH };
	__u8 blob[SITE_BLOB];
	struct keybag_item item = item_wrap(KEYBAG_CLASS_AK, SITE_SECRET, SITE_LENGTH, aad, blob);

	return data_operate(context->fd, &item);
}

static int item_output(struct site_context *context, void *address)
{
	struct keybag_item item =
		item_unwrap(context->blob, SITE_BLOB, NO_AAD, address, SITE_LENGTH);

	return data_operate(context->fd, &item);
}

static int item_new_aad(struct site_context *context, void *address)
{
	__u8 blob[SITE_BLOB];
	struct keybag_item item = {
		.operation = KEYBAG_OP_REWRAP,
		.class_number = KEYBAG_CLASS_CK,
		.target = -1,
		.input = (uintptr_t)context->blob,
		.input_length = SITE_BLOB,
		.new_aad = (uintptr_t)address,
		.new_aad_length = SITE_LENGTH,
		.output = (uintptr_t)blob,
		.output_capacity = SITE_BLOB,
	};

	return data_operate(context->fd, &item);
}

static int batch_output(struct site_context *context, void *address)
{
	struct keybag_item items[2];
	__u8 plaintext[SITE_LENGTH];
	int result;

	items[0] = item_unwrap(context->blob, SITE_BLOB, NO_AAD, plaintext, SITE_LENGTH);
	items[1] = item_unwrap(context->blob, SITE_BLOB, NO_AAD, address, SITE_LENGTH);
	result = data_batch(context->fd, items, 2);
	return result < 0 ? result : items[1].result;
}

static int batch_items(struct site_context *context, void *address)
{
	return data_batch(context->fd, address, 1);
}

static int unlock_secret(struct site_context *context, void *address)
{
	struct keybag_unlock unlock = {
		.reason = KEYBAG_REASON_REQUEST,
		.secret = {
			.secret = (uintptr_t)address,
			.secret_length = KEYBAG_PASSCODE_KEY_SIZE,
			.kind = KEYBAG_PROTECTOR_PASSCODE,
		},
		.record = bag_record_buffer(context->bag),
	};
	struct keybag_try try;
	int result = bag_begin(context->bag, &try);

	if (result)
		return result;
	unlock.try_id = try.try_id;
	memcpy(unlock.uuid, context->bag->uuid, KEYBAG_UUID_SIZE);
	result = command(context->bag->device, KEYBAG_IOC_UNLOCK, &unlock);
	bag_cancel(context->bag, try.try_id);
	return result;
}

static int begin_record(struct site_context *context, void *address)
{
	struct keybag_try try = { .record = { (uintptr_t)address, KEYBAG_MAX_RECORD, 0 } };
	int result;

	memcpy(try.uuid, context->bag->uuid, KEYBAG_UUID_SIZE);
	result = command(context->bag->device, KEYBAG_IOC_BEGIN_TRY, &try);
	if (!result)
		bag_cancel(context->bag, try.try_id);
	return result;
}

static int read_form(struct site_context *context, void *address)
{
	struct keybag_read read = { .buffer = { (uintptr_t)address, 16384, 0 } };

	memcpy(read.uuid, context->bag->uuid, KEYBAG_UUID_SIZE);
	return command(context->bag->device, KEYBAG_IOC_READ_FORM, &read);
}

static int load_form(struct site_context *context, void *address)
{
	struct keybag_load load = {
		.form = (uintptr_t)address,
		.form_length = context->bag->form_length,
		.new_record = bag_record_buffer(context->bag),
	};

	return command(context->bag->device, KEYBAG_IOC_LOAD, &load);
}

static int create_secret(struct site_context *context, void *address)
{
	__u8 form[KEYBAG_MAX_FORM], record[KEYBAG_MAX_RECORD];
	struct keybag_create create = {
		.type = KEYBAG_TYPE_USER,
		.owner = OTHER_OWNER,
		.protector = protector_for_kernel(&context->wrong),
		.secret = secret_for_kernel(&context->wrong),
		.form = { (uintptr_t)form, sizeof(form), 0 },
		.record = { (uintptr_t)record, sizeof(record), 0 },
	};

	create.secret.secret = (uintptr_t)address;
	return command(context->bag->device, KEYBAG_IOC_CREATE, &create);
}

static int create_form(struct site_context *context, void *address)
{
	__u8 record[KEYBAG_MAX_RECORD];
	struct keybag_create create = {
		.type = KEYBAG_TYPE_USER,
		.owner = OTHER_OWNER,
		.protector = protector_for_kernel(&context->wrong),
		.secret = secret_for_kernel(&context->wrong),
		.form = { (uintptr_t)address, 16384, 0 },
		.record = { (uintptr_t)record, sizeof(record), 0 },
	};

	return command(context->bag->device, KEYBAG_IOC_CREATE, &create);
}

static int list_uuids(struct site_context *context, void *address)
{
	struct keybag_list list = { .uuids = (uintptr_t)address, .capacity = 16 };

	return command(context->bag->device, KEYBAG_IOC_LIST, &list);
}

static int events(struct site_context *context, void *address)
{
	int fd = bag_bind(context->bag);
	ssize_t length;
	int error;

	if (fd < 0)
		return fd;
	length = read(fd, address, sizeof(struct keybag_event));
	error = errno;
	close(fd);
	return length < 0 ? -error : (int)length;
}

static int status(struct site_context *context, void *address)
{
	return command(context->fd, KEYBAG_IOC_STATUS, address);
}

static int wrap_argument(struct site_context *context, void *address)
{
	return command(context->fd, KEYBAG_IOC_WRAP(sizeof(struct keybag_wrap)), address);
}

static int unwrap_argument(struct site_context *context, void *address)
{
	return command(context->fd, KEYBAG_IOC_UNWRAP(sizeof(struct keybag_unwrap) + SITE_BLOB),
		       address);
}

static int operate_argument(struct site_context *context, void *address)
{
	return command(context->fd, KEYBAG_IOC_OPERATE, address);
}

static int lock_argument(struct site_context *context, void *address)
{
	return command(context->bag->device, KEYBAG_IOC_LOCK, address);
}

const struct site sites[] = {
	{ "wrap: plaintext", wrap_plaintext, SITE_READS, false, -ENOKEY },
	{ "wrap: blob", wrap_blob, SITE_WRITES, false, 0 },
	{ "wrap: generated secret", wrap_generated, SITE_WRITES, true, -ENOKEY },
	{ "unwrap: plaintext", unwrap_plaintext, SITE_WRITES, true, -ENOKEY },
	{ "rewrap: new blob", rewrap_blob, SITE_WRITES, false, 0 },
	{ "child create: blob", child_create_blob, SITE_WRITES, false, 0 },
	{ "child encrypt: plaintext", child_encrypt_plaintext, SITE_READS, false, -ENOKEY },
	{ "child decrypt: plaintext", child_decrypt_plaintext, SITE_WRITES, true, -ENOKEY },
	{ "child mac: message", child_mac_message, SITE_READS, false, -ENOKEY },
	{ "child mac: result", child_mac_result, SITE_WRITES, false, 0 },
	{ "item: input", item_input, SITE_READS, false, 0 },
	{ "item: associated data", item_aad, SITE_READS, false, -ENOKEY },
	{ "item: new associated data", item_new_aad, SITE_READS, false, -ENOKEY },
	{ "item: output", item_output, SITE_WRITES, true, -ENOKEY },
	{ "batch: output", batch_output, SITE_WRITES, true, -ENOKEY },
	{ "batch: items", batch_items, SITE_READS, false, 0 },
	{ "unlock: secret", unlock_secret, SITE_READS, false, 0 },
	{ "begin try: record", begin_record, SITE_WRITES, false, 0 },
	{ "read form", read_form, SITE_WRITES, false, 0 },
	{ "load: form", load_form, SITE_READS, false, 0 },
	{ "create: secret", create_secret, SITE_READS, false, 0 },
	{ "create: form", create_form, SITE_WRITES, false, 0 },
	{ "list: identifiers", list_uuids, SITE_WRITES, false, 0 },
	{ "read(2): events", events, SITE_WRITES, false, 0 },
	{ "status: argument", status, SITE_WRITES, false, 0 },
	{ "wrap: argument", wrap_argument, SITE_READS, false, 0 },
	{ "unwrap: argument", unwrap_argument, SITE_READS, false, 0 },
	{ "operate: argument", operate_argument, SITE_READS, false, 0 },
	{ "lock: argument", lock_argument, SITE_READS, false, 0 },
};

const unsigned int site_count = sizeof(sites) / sizeof(sites[0]);

int site_context_open(struct site_context *context, struct bag *bag)
{
	int result;

	context->bag = bag;
	context->wrong = secret_new(KEYBAG_PROTECTOR_PASSCODE);
	context->fd = bag_bind(bag);
	if (context->fd < 0)
		return context->fd;
	result = data_wrap(context->fd, KEYBAG_CLASS_AK, SITE_SECRET, SITE_LENGTH, NO_AAD,
			   context->blob);
	if (result == SITE_BLOB)
		result = child_create(context->fd, KEYBAG_CLASS_AK, NO_AAD, context->child_blob);
	if (result == CHILD_BLOB)
		result = child_open(context->fd, context->child_blob, CHILD_BLOB, NO_AAD);
	context->child = result;
	return result < 0 ? result : 0;
}

void site_context_close(struct site_context *context)
{
	close(context->fd);
}

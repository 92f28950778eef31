// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/store/hash.h"

#include <endian.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

#include "helper/keychain/store/keys.h"
#include "helper/libkeybag/keybag.h"

#define PREFIX_SIZE	12	/* table, column, length */
#define LONGEST		(KEYBAG_MAX_PAYLOAD - PREFIX_SIZE)
#define LONG_MARK	0x80000000U /* in the length: what follows is the SHA-256 of the bytes */
#define AT_A_TIME	64

enum lookup hash_lookup(uint32_t class_number)
{
	return class_number == KEYBAG_CLASS_DK || class_number == KEYBAG_CLASS_DKU
		? LOOKUP_ALWAYS : LOOKUP_FIRST_UNLOCK;
}

void hash_prepare(struct hash_job *job, enum item_class item_class,
		  const struct attribute *attribute, const struct value *value, char *buffer)
{
	const char *table = attribute->join ? attribute->join : item_class_name(item_class);
	const char *column = attribute->join ? attribute->join : attribute->name;

	memcpy(job->table, table, sizeof(job->table));
	memcpy(job->column, column, sizeof(job->column));
	if (attribute->join)
		job->lookup = LOOKUP_ALWAYS;
	job->bytes = attribute_bytes(value, buffer, &job->length);
}

static size_t input_size(const struct hash_job *job)
{
	return PREFIX_SIZE + (job->length > LONGEST ? SHA256_DIGEST_LENGTH : job->length);
}

static size_t put_input(const struct hash_job *job, uint8_t *input)
{
	uint32_t length = (uint32_t)job->length;
	bool digest = job->length > LONGEST;

	length = htole32(digest ? length | LONG_MARK : length);
	memcpy(input, job->table, 4);
	memcpy(input + 4, job->column, 4);
	memcpy(input + 8, &length, 4);
	if (digest)
		SHA256(job->bytes, job->length, input + PREFIX_SIZE);
	else if (job->length)
		memcpy(input + PREFIX_SIZE, job->bytes, job->length);
	return input_size(job);
}

static enum fault run(struct store *store, struct hash_job *jobs, size_t count, bool create,
		      uint8_t *inputs, bool *ret_again)
{
	struct keybag_item items[AT_A_TIME];
	uint8_t macs[AT_A_TIME][KEYBAG_MAC_SIZE];
	enum fault fault;
	int done;

	*ret_again = false;
	for (size_t i = 0; i < count; i++) {
		int child;

		fault = store_lookup_key(store, jobs[i].lookup, create, &child);
		if (fault)
			return fault;
		items[i] = (struct keybag_item){
			.operation = KEYBAG_OP_CHILD_MAC,
			.child = (uint32_t)child,
			.input = (uintptr_t)inputs,
			.output = (uintptr_t)macs[i],
			.output_capacity = KEYBAG_MAC_SIZE,
		};
		items[i].input_length = (uint32_t)put_input(&jobs[i], inputs);
		inputs += items[i].input_length;
	}
	done = keybag_batch(store->fd, items, count);
	if (done < 0)
		return store_key_fault(store, done);
	for (size_t i = 0; i < count; i++) {
		if (items[i].result < 0) {
			fault = store_key_fault(store, items[i].result);
			if (fault == FAULT_LOCKED) {
				store_forget_key(store, &store->lookup[jobs[i].lookup]);
				*ret_again = true;
			}
			return fault;
		}
		memcpy(jobs[i].hash, macs[i], HASH_SIZE);
	}
	return FAULT_NONE;
}

enum fault hash_all(struct store *store, struct hash_job *jobs, size_t count, bool create)
{
	while (count) {
		size_t now = count < AT_A_TIME ? count : AT_A_TIME, size = 0;
		bool again;
		uint8_t *inputs;
		enum fault fault;

		for (size_t i = 0; i < now; i++)
			size += input_size(&jobs[i]);
		inputs = malloc(size);
		if (!inputs)
			return FAULT_MEMORY;
		fault = run(store, jobs, now, create, inputs, &again);
		/* The number is from before a lock; if the class is open again, so is the key. */
		if (again)
			fault = run(store, jobs, now, create, inputs, &again);
		explicit_bzero(inputs, size);
		free(inputs);
		if (fault)
			return fault;
		jobs += now;
		count -= now;
	}
	return FAULT_NONE;
}

/* Counts where @bytes is NULL. */
static size_t put_unique(enum item_class item_class, const struct value *attributes, uint8_t *bytes)
{
	char buffer[ATTRIBUTE_BUFFER_SIZE];
	size_t at = 0;

	for (size_t i = 0; i < attribute_count(); i++) {
		const struct attribute *attribute = attribute_at(i);
		const void *content;
		uint32_t length;
		size_t size;

		if (!attribute_unique(attribute, item_class))
			continue;
		content = attribute_bytes(value_get(attributes, attribute->name), buffer, &size);
		length = htole32((uint32_t)size);
		if (bytes) {
			memcpy(bytes + at, attribute->name, 4);
			memcpy(bytes + at + 4, &length, 4);
			memcpy(bytes + at + 8, content, size);
		}
		at += 8 + size;
	}
	return at;
}

uint8_t *hash_unique_bytes(enum item_class item_class, const struct value *attributes,
			   size_t *ret_length)
{
	size_t length = put_unique(item_class, attributes, NULL);
	uint8_t *bytes = malloc(length);

	if (bytes)
		*ret_length = put_unique(item_class, attributes, bytes);
	return bytes;
}

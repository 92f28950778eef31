// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/store/row_seal.h"
#include "helper/keychain/store/own.h"
#include "helper/keychain/store/row_format.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "helper/keychain/store/keys.h"
#include "helper/libkeybag/keybag.h"

#define CHUNK		KEYBAG_MAX_PAYLOAD
#define SEALED_CHUNK	(CHUNK + KEYBAG_BLOB_OVERHEAD)
#define BLOB_VERSION	1
#define BLOB_BY_CHILD	2
#define OPENED_AT_ONCE	64
#define KEYS_AT_MOST	64	/* metadata keys of one class that are tried */

static size_t chunk_count(size_t length, size_t chunk)
{
	return (length + chunk - 1) / chunk;
}

/* A chunk's header says the class it was sealed for: a flipped bit there is no lock. */
static bool plausible(const struct row *row)
{
	for (size_t at = 0; at < row->sealed_length; at += SEALED_CHUNK) {
		const uint8_t *blob = row->sealed + at;

		if (row->sealed_length - at <= KEYBAG_BLOB_OVERHEAD || blob[0] != BLOB_VERSION ||
		    blob[1] != BLOB_BY_CHILD || blob[2] != row->class_number || blob[3])
			return false;
	}
	return row->sealed_length <= chunk_count(ROW_MAX_ATTRIBUTES, CHUNK) * SEALED_CHUNK;
}

/* After authentication: what stands in the clear is what was sealed. */
static bool consistent(const struct row *row)
{
	return row->has_secret == !!(row->flags & ROW_FLAG_SECRET) &&
	       !memcmp(row->binding, row->found_binding, ROW_BINDING_SIZE) && row->agrees == ROW_AGREES;
}

static enum fault decrypt(struct store *store, int child, struct row *row, const struct value *wanted, uint8_t *plain)
{
	size_t chunks = chunk_count(row->sealed_length, SEALED_CHUNK), length = 0;
	uint8_t aad[ROW_MAX_AAD];

	for (size_t i = 0; i < chunks; i++) {
		size_t at = i * SEALED_CHUNK, rest = row->sealed_length - at;
		size_t aad_length = row_associated_data(row, (uint32_t)i, (uint32_t)chunks, aad);
		ssize_t result;

		result = keybag_child_decrypt(store->fd, child, row->sealed + at,
					      rest < SEALED_CHUNK ? rest : SEALED_CHUNK, aad,
					      aad_length, plain + length, row->sealed_length - length);
		if (result < 0)
			return store_key_fault(store, (int)result);
		length += (size_t)result;
	}
	return row_decode(row, plain, length, wanted);
}

/* With one metadata key. *ret_opened: the key itself does open. */
static enum fault open_with(struct store *store, struct row *row, int64_t key, const struct value *wanted,
			    uint8_t *plain, bool *ret_opened)
{
	int child;
	enum fault fault = store_earlier_key(store, row->class_number, key, &child);

	*ret_opened = !fault;
	if (!fault)
		fault = decrypt(store, child, row, wanted, plain);
	if (fault == FAULT_LOCKED && *ret_opened) {
		/* The number may be from before a lock. */
		store_forget_metadata_key(store, row->class_number, key);
		fault = store_earlier_key(store, row->class_number, key, &child);
		*ret_opened = !fault;
		if (!fault)
			fault = decrypt(store, child, row, wanted, plain);
	}
	return fault;
}

/* Not now, and not by waiting. */
static bool unreadable(enum fault fault)
{
	return fault == FAULT_ABSENT || fault_is_damage(fault);
}

/*
 * With every key there is, the one that the row names first. Only where that one opens and the row does not is
 * the row damaged. A key may be that of a form of the keybag which was put back since, or will be; the class
 * of a passcode that was removed is gone for good.
 */
static enum fault open_one(struct store *store, struct row *row, const struct value *wanted)
{
	size_t size = row->sealed_length, count = 0;
	int64_t keys[KEYS_AT_MOST];
	uint8_t *plain = malloc(size);
	bool damaged, opened;
	enum fault fault;

	if (!plain)
		return FAULT_MEMORY;
	fault = open_with(store, row, row->key, wanted, plain, &damaged);
	if (fault == FAULT_NO_CLASS && row->class_number == KEYBAG_CLASS_AKPU)
		damaged = true;
	if (unreadable(fault)) {
		enum fault listed = store_metadata_ids(store, row->class_number, keys, KEYS_AT_MOST, &count);

		if (listed)
			fault = listed;
	}
	for (size_t i = 0; i < count && unreadable(fault); i++) {
		if (keys[i] == row->key)
			continue;
		fault = open_with(store, row, keys[i], wanted, plain, &opened);
		if (!fault)
			row->key = keys[i];
	}
	if (unreadable(fault))
		fault = damaged ? FAULT_DAMAGED : FAULT_ABSENT;
	explicit_bzero(plain, size);
	free(plain);
	return fault;
}

/* Rows that are decrypted with one call of the kernel: those of one chunk whose key is open. */
struct opening {
	struct keybag_item items[OPENED_AT_ONCE];
	struct row *rows[OPENED_AT_ONCE];
	size_t count;
	uint8_t *bytes;			/* plaintext and associated data of each, one behind the other */
};

static bool opens_at_once(struct store *store, const struct row *row, int *ret_child)
{
	return row->state == ROW_SEALED && row->sealed_length <= SEALED_CHUNK && plausible(row) &&
	       !store_earlier_key(store, row->class_number, row->key, ret_child);
}

/* Those that fit of @rows. */
static void gather(struct opening *opening, struct store *store, struct row *rows, size_t count)
{
	uint8_t *next = opening->bytes;

	for (size_t i = 0; i < count && opening->count < OPENED_AT_ONCE; i++) {
		struct row *row = &rows[i];
		size_t aad_length;
		int child;

		if (!opens_at_once(store, row, &child))
			continue;
		aad_length = row_associated_data(row, 0, 1, next + row->sealed_length);
		opening->rows[opening->count] = row;
		opening->items[opening->count++] = (struct keybag_item){
			.operation = KEYBAG_OP_CHILD_DECRYPT,
			.result = -EAGAIN,
			.child = (uint32_t)child,
			.input = (uintptr_t)row->sealed,
			.input_length = (uint32_t)row->sealed_length,
			.aad = (uintptr_t)(next + row->sealed_length),
			.aad_length = (uint32_t)aad_length,
			.output = (uintptr_t)next,
			.output_capacity = (uint32_t)row->sealed_length,
		};
		next += row->sealed_length + aad_length;
	}
}

/* Takes the plaintext of one row. A row that does not open so is opened alone. */
static void take_opened(struct row *row, const struct keybag_item *item, const struct value *wanted)
{
	uint8_t *plain = (uint8_t *)(uintptr_t)item->output;

	if (item->result >= 0 && !row_decode(row, plain, (size_t)item->result, wanted))
		row->state = consistent(row) ? ROW_OPEN : ROW_DAMAGED;
	explicit_bzero(plain, item->output_capacity);
}

/* Opens what can be so; the others stay ROW_SEALED. */
static void open_at_once(struct store *store, struct row *rows, size_t count, const struct value *wanted)
{
	struct opening opening;
	size_t size = 0;

	for (size_t i = 0; i < count; i++)
		size += rows[i].sealed_length + row_associated_size(&rows[i]);
	opening.count = 0;
	opening.bytes = count > 1 ? malloc(size) : NULL;
	if (!opening.bytes)
		return;
	gather(&opening, store, rows, count);
	/* Where it fails, so do all of them. */
	if (opening.count)
		keybag_batch(store->fd, opening.items, opening.count);
	for (size_t i = 0; i < opening.count; i++)
		take_opened(opening.rows[i], &opening.items[i], wanted);
	free(opening.bytes);
}

enum fault rows_open(struct store *store, struct row *rows, size_t count, const struct value *wanted)
{
	open_at_once(store, rows, count, wanted);
	for (size_t i = 0; i < count; i++) {
		struct row *row = &rows[i];
		enum fault fault;

		if (row->state != ROW_SEALED)
			continue;
		fault = plausible(row) ? open_one(store, row, wanted) : FAULT_DAMAGED;
		if (!fault)
			row->state = consistent(row) ? ROW_OPEN : ROW_DAMAGED;
		else if (fault == FAULT_LOCKED)
			row->state = ROW_LOCKED;
		else if (fault == FAULT_ABSENT)
			row->state = ROW_LOST;
		else if (fault_is_damage(fault))
			row->state = ROW_DAMAGED;
		else
			return fault;
	}
	return FAULT_NONE;
}

/* The hash of the set first; the others by their bytes, as their order would tell of that of the names. */
static int compare_hashes(const void *a, const void *b)
{
	return memcmp(a, b, HASH_SIZE);
}

static enum fault take_own(struct row *row, const struct hash_job *jobs, size_t count)
{
	free(row->own.hashes);
	row->own.hashes = count ? malloc(count * HASH_SIZE) : NULL;
	row->own.count = row->own.hashes ? count : 0;
	for (size_t i = 0; i < row->own.count; i++)
		memcpy(row->own.hashes + i * HASH_SIZE, jobs[i].hash, HASH_SIZE);
	if (row->own.count)
		qsort(row->own.hashes + HASH_SIZE, count - 1, HASH_SIZE, compare_hashes);
	return row->own.count == count ? FAULT_NONE : FAULT_MEMORY;
}

static enum fault compute_hashes(struct store *store, struct row *row)
{
	const struct attribute *const *hashed = schema_hashed(row->item_class);
	struct hash_job jobs[SCHEMA_MAX_HASHED + 1 + OWN_MAX_HASHES];
	struct own_jobs own = { .jobs = jobs };
	char buffers[SCHEMA_MAX_HASHED][ATTRIBUTE_BUFFER_SIZE];
	struct value *standing_in[SCHEMA_MAX_HASHED] = { 0 };
	size_t count = 0, length, at[SCHEMA_MAX_HASHED + 1];
	uint8_t *unique = hash_unique_bytes(row->item_class, row->attributes, &length);
	enum fault fault = unique ? FAULT_NONE : FAULT_MEMORY;

	for (unsigned int i = 0; !fault && hashed[i]; i++) {
		const struct value *value = value_get(row->attributes, hashed[i]->name);

		row->hashes[i].present = false;
		if (!value && attribute_unique(hashed[i], row->item_class)) {
			value = standing_in[i] = attribute_default(hashed[i]);
			if (!value)
				fault = FAULT_MEMORY;
		}
		if (!value)
			continue;
		jobs[count] = (struct hash_job){ .lookup = hash_lookup(row->class_number) };
		hash_prepare(&jobs[count], row->item_class, hashed[i], value, buffers[i]);
		at[count++] = i;
	}
	if (!fault) {
		jobs[count] = (struct hash_job){
			.lookup = hash_lookup(row->class_number), .column = "uniq",
			.bytes = unique, .length = length,
		};
		memcpy(jobs[count].table, item_class_name(row->item_class), 4);
		own.jobs = jobs + count + 1;
		fault = own_jobs_make(&own, value_get(row->attributes, OWN_NAME));
	}
	for (size_t i = 0; i < own.count; i++)
		own.jobs[i].lookup = hash_lookup(row->class_number);
	if (!fault)
		fault = hash_all(store, jobs, count + 1 + own.count, true);
	if (!fault)
		fault = take_own(row, own.jobs, own.count);
	own_jobs_release(&own);
	for (size_t i = 0; !fault && i < count; i++) {
		row->hashes[at[i]].present = true;
		memcpy(row->hashes[at[i]].hash, jobs[i].hash, HASH_SIZE);
	}
	if (!fault)
		memcpy(row->digest, jobs[count].hash, HASH_SIZE);
	for (unsigned int i = 0; hashed[i]; i++)
		value_free(standing_in[i]);
	if (unique)
		explicit_bzero(unique, length);
	free(unique);
	explicit_bzero(buffers, sizeof(buffers));
	return fault;
}

static enum fault encrypt(struct store *store, int child, struct row *row, const uint8_t *plain,
			  size_t length)
{
	size_t chunks = chunk_count(length, CHUNK);
	uint8_t aad[ROW_MAX_AAD];

	row->sealed_length = 0;
	for (size_t i = 0; i < chunks; i++) {
		size_t rest = length - i * CHUNK;
		size_t aad_length = row_associated_data(row, (uint32_t)i, (uint32_t)chunks, aad);
		ssize_t result;

		result = keybag_child_encrypt(store->fd, child, plain + i * CHUNK,
					      rest < CHUNK ? rest : CHUNK, aad, aad_length,
					      row->sealed + row->sealed_length, SEALED_CHUNK);
		if (result < 0)
			return store_key_fault(store, (int)result);
		row->sealed_length += (size_t)result;
	}
	return FAULT_NONE;
}

enum fault row_seal(struct store *store, struct row *row)
{
	size_t length = row_encode(row, NULL);
	uint8_t *plain;
	enum fault fault;
	int child;

	if (length > ROW_MAX_ATTRIBUTES)
		return FAULT_TOO_LONG;
	free(row->group);
	row->group = strdup(value_as_string(value_get(row->attributes, "agrp")));
	free(row->sealed);
	row->sealed = malloc(chunk_count(length, CHUNK) * SEALED_CHUNK);
	if (!row->group || !row->sealed)
		return FAULT_MEMORY;
	row->class_number = row_class_number(value_as_string(value_get(row->attributes, "pdmn")));
	row->synchronizable = value_as_integer(value_get(row->attributes, "sync")) != 0;
	row->tombstone = false;
	row->created = value_as_date(value_get(row->attributes, "cdat"));
	row->modified = value_as_date(value_get(row->attributes, "mdat"));
	/* The class first: where it is locked, that is what there is to say. */
	fault = store_metadata_key(store, row->class_number, true, &child);
	if (!fault)
		fault = compute_hashes(store, row);
	if (fault)
		return fault;
	plain = malloc(length);
	if (!plain)
		return FAULT_MEMORY;
	row_encode(row, plain);
	row->key = store->metadata[row->class_number].id;
	fault = encrypt(store, child, row, plain, length);
	if (fault == FAULT_LOCKED) {
		store_forget_key(store, &store->metadata[row->class_number]);
		fault = store_metadata_key(store, row->class_number, true, &child);
		row->key = store->metadata[row->class_number].id;
		if (!fault)
			fault = encrypt(store, child, row, plain, length);
	}
	explicit_bzero(plain, length);
	free(plain);
	return fault;
}

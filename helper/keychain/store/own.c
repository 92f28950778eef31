// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/store/own.h"

#include <stdlib.h>
#include <string.h>

#include "helper/keychain/store/number.h"

#define PAIR_HEADER	8	/* lengths of name and value */
#define TABLE		"attr"	/* in place of the class of an item */
#define COLUMN_SET	"set "
#define COLUMN_PAIR	"pair"

size_t own_size(const struct value *pairs)
{
	size_t size = 0;

	for (size_t i = 0; i < value_count(pairs); i++) {
		size_t length;

		value_bytes(value_at(pairs, i), &length);
		size += strlen(value_key_at(pairs, i)) + length;
	}
	return size;
}

/* The place of the pair whose name follows @last in the order of bytes; NULL: of the first one. -1: there is none. */
static ssize_t next_pair(const struct value *pairs, const char *last)
{
	ssize_t found = -1;

	for (size_t i = 0; i < value_count(pairs); i++) {
		const char *name = value_key_at(pairs, i);

		if ((!last || strcmp(name, last) > 0) &&
		    (found < 0 || strcmp(name, value_key_at(pairs, (size_t)found)) < 0))
			found = (ssize_t)i;
	}
	return found;
}

static size_t put_pair(const char *name, const struct value *value, uint8_t *bytes)
{
	size_t name_length = strlen(name), length;
	const void *content = value_bytes(value, &length);

	if (bytes) {
		number_put(bytes, (uint32_t)name_length);
		number_put(bytes + 4, (uint32_t)length);
		memcpy(bytes + PAIR_HEADER, name, name_length);
		memcpy(bytes + PAIR_HEADER + name_length, content, length);
	}
	return PAIR_HEADER + name_length + length;
}

size_t own_encode(const struct value *pairs, uint8_t *bytes)
{
	const char *name = NULL;
	size_t length = 0;
	ssize_t at;

	if (!bytes)
		return own_size(pairs) + value_count(pairs) * PAIR_HEADER;
	while ((at = next_pair(pairs, name)) >= 0) {
		name = value_key_at(pairs, (size_t)at);
		length += put_pair(name, value_at(pairs, (size_t)at), bytes + length);
	}
	return length;
}

/* Whether the name of @length bytes comes behind @last in the order of bytes. */
static bool follows(const uint8_t *name, size_t length, const char *last)
{
	size_t last_length = strlen(last);
	int order = memcmp(name, last, length < last_length ? length : last_length);

	return order ? order > 0 : length > last_length;
}

/* Takes one pair of at most @length bytes, whose name follows @last. */
static enum fault take_pair(const uint8_t *bytes, size_t length, struct value *pairs, char last[OWN_MAX_NAME + 1],
			    size_t *ret_size)
{
	size_t name_length, value_length;

	if (length < PAIR_HEADER)
		return FAULT_DAMAGED;
	name_length = number_get(bytes);
	value_length = number_get(bytes + 4);
	length -= PAIR_HEADER;
	bytes += PAIR_HEADER;
	if (name_length > OWN_MAX_NAME || name_length > length || value_length > length - name_length ||
	    memchr(bytes, 0, name_length))
		return FAULT_DAMAGED;
	if (value_count(pairs) && !follows(bytes, name_length, last))
		return FAULT_DAMAGED;
	memcpy(last, bytes, name_length);
	last[name_length] = 0;
	*ret_size = PAIR_HEADER + name_length + value_length;
	return value_set(pairs, last, value_string_of((const char *)bytes + name_length, value_length)) ? FAULT_MEMORY :
		FAULT_NONE;
}

enum fault own_decode(const uint8_t *bytes, size_t length, struct value **ret_pairs)
{
	struct value *pairs = value_dictionary();
	enum fault fault = !pairs ? FAULT_MEMORY : length ? FAULT_NONE : FAULT_DAMAGED;
	char last[OWN_MAX_NAME + 1] = "";

	while (!fault && length) {
		size_t size = 0;

		fault = value_count(pairs) < OWN_MAX_PAIRS ? take_pair(bytes, length, pairs, last, &size) : FAULT_DAMAGED;
		bytes += size;
		length -= size;
	}
	explicit_bzero(last, sizeof(last));
	if (fault)
		value_free(pairs);
	else
		*ret_pairs = pairs;
	return fault;
}

bool own_has(const struct value *pairs, const struct value *wanted, bool exact)
{
	if (exact && value_count(pairs) != value_count(wanted))
		return false;
	for (size_t i = 0; i < value_count(wanted); i++) {
		const struct value *value = value_get(pairs, value_key_at(wanted, i));

		if (!value || !value_equal(value, value_at(wanted, i)))
			return false;
	}
	return true;
}

bool own_hashed(const uint8_t *hashes, size_t count, const uint8_t hash[HASH_SIZE])
{
	for (size_t i = 0; i < count; i++) {
		if (!memcmp(hashes + i * HASH_SIZE, hash, HASH_SIZE))
			return true;
	}
	return false;
}

static void put_job(struct own_jobs *jobs, const char *column, const uint8_t *bytes, size_t length)
{
	struct hash_job *job = &jobs->jobs[jobs->count++];

	*job = (struct hash_job){ .table = TABLE, .bytes = bytes, .length = length };
	memcpy(job->column, column, sizeof(job->column));
}

enum fault own_jobs_make(struct own_jobs *jobs, const struct value *pairs)
{
	size_t size;

	jobs->count = jobs->length = 0;
	jobs->bytes = NULL;
	if (!value_count(pairs))
		return FAULT_NONE;
	if (value_count(pairs) > OWN_MAX_PAIRS)
		return FAULT_TOO_LONG;
	jobs->length = own_encode(pairs, NULL);
	jobs->bytes = malloc(jobs->length);
	if (!jobs->bytes)
		return FAULT_MEMORY;
	own_encode(pairs, jobs->bytes);
	put_job(jobs, COLUMN_SET, jobs->bytes, jobs->length);
	/* Each pair is a part of the set's bytes. */
	for (size_t at = 0; at < jobs->length; at += size) {
		size = PAIR_HEADER + number_get(jobs->bytes + at) + number_get(jobs->bytes + at + 4);
		put_job(jobs, COLUMN_PAIR, jobs->bytes + at, size);
	}
	return FAULT_NONE;
}

void own_jobs_release(struct own_jobs *jobs)
{
	if (jobs->bytes)
		explicit_bzero(jobs->bytes, jobs->length);
	free(jobs->bytes);
	jobs->bytes = NULL;
	jobs->count = 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "guard.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "common/registers.h"
#include "tpm_program.h"

/* Bytes of a file that all versions have: u32 version, u32 number, Name; little-endian. */
#define INDEX_AT	4
#define NAME_AT		8

/* The storage key as the TPM has put it out; nothing secret. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static uint32_t context_length;				/* mutex */
static uint8_t context[TPM_EXCHANGE_CONTEXT];		/* mutex */

static void give_context(struct tpm_exchange *exchange)
{
	pthread_mutex_lock(&mutex);
	exchange->context_length = context_length;
	memcpy(exchange->context, context, context_length);
	pthread_mutex_unlock(&mutex);
}

static void keep_context(const struct tpm_exchange *exchange)
{
	pthread_mutex_lock(&mutex);
	context_length = exchange->context_length <= sizeof(context) ? exchange->context_length : 0;
	memcpy(context, exchange->context, context_length);
	pthread_mutex_unlock(&mutex);
}

bool guard_index_of(const struct guard_file *file, struct guard_index *ret_index)
{
	const uint8_t *number = file->bytes + INDEX_AT;

	if (file->length < NAME_AT + TPM_EXCHANGE_NAME)
		return false;
	ret_index->number = number[0] | (uint32_t)number[1] << 8 | (uint32_t)number[2] << 16 | (uint32_t)number[3] << 24;
	memcpy(ret_index->name, file->bytes + NAME_AT, TPM_EXCHANGE_NAME);
	return true;
}

static void put_file(struct tpm_exchange *exchange, const struct guard_file *file)
{
	exchange->file_length = (uint32_t)file->length;
	memcpy(exchange->file, file->bytes, file->length);
}

static void put_passcode(struct tpm_exchange *exchange, const struct secret *passcode_key, const uint8_t *salt)
{
	memcpy(exchange->passcode_key, passcode_key->data, TPM_EXCHANGE_KEY);
	clear_vector_registers();
	memcpy(exchange->salt, salt, TPM_EXCHANGE_SALT);
}

static int take_secret(const struct guard_owner *owner, const struct tpm_exchange *exchange, struct secret *ret_secret,
		       struct request_result *ret_result)
{
	int result = secret_from(exchange->key, TPM_EXCHANGE_KEY, ret_secret);

	clear_vector_registers();
	return result < 0 ? request_result_fail_plain(ret_result, result, owner->label) : 0;
}

int guard_prepare(const struct guard_owner *owner, uint32_t number, struct handover *ret_making, struct guard_index *ret_index,
		  struct request_result *ret_result)
{
	struct guard_purpose purpose = guard_purpose(owner);
	struct tpm_exchange *exchange;
	int result = tpm_program_begin(TPM_GUARD_PREPARE, ret_making, ret_result);

	if (result < 0)
		return result;
	exchange = ret_making->mapping;
	exchange->index = number;
	result = tpm_program_ask(&purpose.common, ret_making, ret_result);
	if (result < 0)
		return result;
	ret_index->number = number;
	memcpy(ret_index->name, exchange->name, sizeof(ret_index->name));
	return 0;
}

int guard_make(const struct guard_owner *owner, struct handover *making, const struct secret *passcode_key, const uint8_t *salt,
	       struct guard_file *ret_file, struct secret *ret_secret, struct request_result *ret_result)
{
	struct guard_purpose purpose = guard_purpose(owner);
	struct tpm_exchange *exchange = making->mapping;
	int result;

	exchange->task = TPM_GUARD;
	exchange->verdict = TPM_UNDECIDED;
	put_passcode(exchange, passcode_key, salt);
	result = tpm_program_ask(&purpose.common, making, ret_result);
	if (result < 0)
		return result;
	if (exchange->file_length > sizeof(ret_file->bytes))
		return purpose.common.explain(&purpose.common, TPM_UNDECIDED, 0, ret_result);
	ret_file->length = exchange->file_length;
	memcpy(ret_file->bytes, exchange->file, ret_file->length);
	return take_secret(owner, exchange, ret_secret, ret_result);
}

int guard_release(const struct guard_owner *owner, const struct guard_file *file, const struct secret *passcode_key,
		  const uint8_t *salt, struct secret *ret_secret, uint32_t *ret_tries, struct request_result *ret_result)
{
	CLEANUP_HANDOVER struct handover memory = HANDOVER_NONE;
	struct guard_purpose purpose = guard_purpose(owner);
	struct tpm_exchange *exchange;
	int result = tpm_program_begin(TPM_RELEASE, &memory, ret_result);

	if (result < 0)
		return result;
	exchange = memory.mapping;
	put_file(exchange, file);
	put_passcode(exchange, passcode_key, salt);
	give_context(exchange);
	exchange->tries = TPM_EXCHANGE_TRIES_UNKNOWN;
	result = tpm_program_ask(&purpose.common, &memory, ret_result);
	*ret_tries = exchange->tries;
	if (result && result != -EKEYREJECTED)
		return result;
	keep_context(exchange);
	return result ? result : take_secret(owner, exchange, ret_secret, ret_result);
}

int guard_count(const struct guard_owner *owner, const struct guard_file *file, uint32_t *ret_tries,
		struct request_result *ret_result)
{
	CLEANUP_HANDOVER struct handover memory = HANDOVER_NONE;
	struct guard_purpose purpose = guard_purpose(owner);
	int result = tpm_program_begin(TPM_COUNT, &memory, ret_result);

	if (result < 0)
		return result;
	put_file(memory.mapping, file);
	result = tpm_program_ask(&purpose.common, &memory, ret_result);
	if (!result)
		*ret_tries = ((const struct tpm_exchange *)memory.mapping)->tries;
	return result;
}

int guard_remove(const struct guard_owner *owner, const struct guard_index *index, struct request_result *ret_result)
{
	CLEANUP_HANDOVER struct handover memory = HANDOVER_NONE;
	struct guard_purpose purpose = guard_purpose(owner);
	struct request_result before = *ret_result;
	struct tpm_exchange *exchange;
	int result = tpm_program_begin(TPM_REMOVE, &memory, ret_result);

	if (result < 0)
		return result;
	exchange = memory.mapping;
	exchange->index = index->number;
	memcpy(exchange->name, index->name, sizeof(exchange->name));
	result = tpm_program_ask(&purpose.common, &memory, ret_result);
	if (exchange->verdict != TPM_GONE && exchange->verdict != TPM_FOREIGN)
		return result;
	*ret_result = before;
	return 0;
}

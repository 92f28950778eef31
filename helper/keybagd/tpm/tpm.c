// SPDX-License-Identifier: GPL-2.0-or-later
#include "tpm.h"

#include <string.h>

#include "common/registers.h"
#include "tpm_program.h"
#include "tpm_verdict.h"

static const char without[] = "restore a copy of device.key and move device.tpm away";

static int device_key_explain(const struct tpm_purpose *purpose, uint32_t verdict, uint32_t code, struct request_result *ret_result)
{
	return tpm_verdict_explain(verdict, code, purpose->object, ret_result);
}

int tpm_seal(const char *object, const struct secret *key, struct tpm_sealed *ret_sealed, struct request_result *ret_result)
{
	const struct tpm_purpose purpose = { object, without, device_key_explain };
	CLEANUP_HANDOVER struct handover memory = HANDOVER_NONE;
	struct tpm_exchange *exchange;
	int result = tpm_program_begin(TPM_SEAL, &memory, ret_result);

	if (result < 0)
		return result;
	exchange = memory.mapping;
	memcpy(exchange->key, key->data, TPM_EXCHANGE_KEY);
	clear_vector_registers();
	result = tpm_program_ask(&purpose, &memory, ret_result);
	if (result < 0)
		return result;
	if (exchange->file_length > sizeof(ret_sealed->bytes))
		return tpm_verdict_explain(TPM_UNDECIDED, 0, object, ret_result);
	ret_sealed->length = exchange->file_length;
	memcpy(ret_sealed->bytes, exchange->file, ret_sealed->length);
	memcpy(ret_sealed->id, exchange->id, sizeof(ret_sealed->id));
	return 0;
}

int tpm_open(const char *object, struct tpm_sealed *sealed, struct secret *key, struct request_result *ret_result)
{
	const struct tpm_purpose purpose = { object, without, device_key_explain };
	CLEANUP_HANDOVER struct handover memory = HANDOVER_NONE;
	struct tpm_exchange *exchange;
	int result = tpm_program_begin(TPM_OPEN, &memory, ret_result);

	if (result < 0)
		return result;
	exchange = memory.mapping;
	exchange->file_length = (uint32_t)sealed->length;
	memcpy(exchange->file, sealed->bytes, sealed->length);
	result = tpm_program_ask(&purpose, &memory, ret_result);
	memcpy(sealed->id, exchange->id, sizeof(sealed->id));
	if (result < 0)
		return result;
	memcpy(key->data, exchange->key, TPM_EXCHANGE_KEY);
	clear_vector_registers();
	return 0;
}

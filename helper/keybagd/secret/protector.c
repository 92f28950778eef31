// SPDX-License-Identifier: GPL-2.0-or-later
#include "protector.h"

#include <errno.h>
#include <sys/random.h>

#include "common/recovery_code.h"
#include "kdf.h"
#include "keybagd/config/kdf_limits.h"

static int random_bytes(struct operation *operation, void *bytes, size_t length)
{
	if (getrandom(bytes, length, 0) == (ssize_t)length)
		return 0;
	return request_result_fail_plain(&operation->result, -EIO, "random numbers");
}

int protector_new_passcode(struct operation *operation, struct keybag_protector *ret_protector,
			   struct secret *ret_key, struct keybag_secret *ret_secret)
{
	struct keybag_protector protector = { 0 };
	int result = random_bytes(operation, protector.salt, sizeof(protector.salt));

	if (result < 0)
		return result;
	if (!operation->new_passcode) {
		*ret_protector = protector;
		*ret_secret = (struct keybag_secret){ .kind = KEYBAG_PROTECTOR_NONE };
		return 0;
	}
	protector.kdf_memory_kib = operation->kdf.memory_kib;
	protector.kdf_passes = operation->kdf.passes;
	protector.kdf_lanes = operation->kdf.lanes;
	result = kdf_derive(&operation->kdf, protector.salt, &operation->passcode, ret_key);
	if (result < 0)
		return operation_fail(operation, result,
				    "%s: not enough memory for the passcode (%u KiB): close something, "
				    "or ask for less", operation->label, operation->kdf.memory_kib);
	if (operation->kdf.memory_kib < KDF_WEAK_MEMORY_KIB)
		operation->result.warnings |= KEYBAG_WARNING_KDF_WEAK;
	*ret_protector = protector;
	*ret_secret = (struct keybag_secret){
		.secret = (uintptr_t)ret_key->data,
		.secret_length = (uint32_t)ret_key->length,
		.kind = KEYBAG_PROTECTOR_PASSCODE,
	};
	return 0;
}

static int put_text(struct operation *operation, const struct secret *key)
{
	CLEANUP_SECRET struct secret text = SECRET_NONE;
	int result = secret_new(&text, RECOVERY_CODE_LENGTH);

	if (!result) {
		recovery_code_format(RECOVERY_CODE_OWN, key->data, (char *)text.data);
		result = handover_new(&operation->handover, text.data, RECOVERY_CODE_LENGTH);
	}
	if (result < 0)
		return operation_fail_plain(operation, result);
	return 0;
}

int protector_new_recovery(struct operation *operation, struct keybag_protector *ret_protector,
			   struct secret *ret_key, struct keybag_secret *ret_secret)
{
	CLEANUP_SECRET struct secret key = SECRET_NONE;
	struct keybag_protector protector = { 0 };
	int result = secret_new(&key, RECOVERY_SECRET_SIZE);

	if (result < 0)
		return operation_fail_plain(operation, result);
	key.length = RECOVERY_SECRET_SIZE;
	result = random_bytes(operation, key.data, key.length);
	if (!result)
		result = random_bytes(operation, protector.salt, sizeof(protector.salt));
	if (!result)
		result = put_text(operation, &key);
	if (result < 0)
		return result;
	*ret_protector = protector;
	*ret_key = secret_take(&key);
	*ret_secret = (struct keybag_secret){
		.secret = (uintptr_t)ret_key->data,
		.secret_length = (uint32_t)ret_key->length,
		.kind = KEYBAG_PROTECTOR_RECOVERY,
	};
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "kdf.h"

#include <argon2.h>

static int kdf_allocate(uint8_t **ret_memory, size_t size)
{
	void *memory;

	if (locked_memory_new(&memory, size) < 0)
		return ARGON2_MEMORY_ALLOCATION_ERROR;
	*ret_memory = memory;
	return ARGON2_OK;
}

static void kdf_release(uint8_t *memory, size_t size)
{
	locked_memory_free(memory, size);
}

int kdf_derive(const struct keybag_kdf *cost, const uint8_t salt[KEYBAG_SALT_SIZE],
	       struct secret *passcode, struct secret *ret_key)
{
	CLEANUP_SECRET struct secret key = SECRET_NONE;
	argon2_context context = {
		.outlen = KEYBAG_PASSCODE_KEY_SIZE,
		.pwd = passcode->data,
		.pwdlen = (uint32_t)passcode->length,
		.salt = (uint8_t *)salt,
		.saltlen = KEYBAG_SALT_SIZE,
		.t_cost = cost->passes,
		.m_cost = cost->memory_kib,
		.lanes = cost->lanes,
		.threads = 1,
		.version = ARGON2_VERSION_13,
		.allocate_cbk = kdf_allocate,
		.free_cbk = kdf_release,
		.flags = ARGON2_FLAG_CLEAR_PASSWORD,
	};
	int result = secret_new(&key, KEYBAG_PASSCODE_KEY_SIZE);

	if (!result) {
		context.out = key.data;
		switch (argon2id_ctx(&context)) {
		case ARGON2_OK:
			key.length = KEYBAG_PASSCODE_KEY_SIZE;
			*ret_key = secret_take(&key);
			break;
		case ARGON2_MEMORY_ALLOCATION_ERROR:
			result = -ENOMEM;
			break;
		default:
			result = -EINVAL;
		}
	}
	secret_free(passcode);
	return result;
}

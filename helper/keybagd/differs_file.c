// SPDX-License-Identifier: GPL-2.0-or-later
#include "differs_file.h"

#include "store.h"

bool differs_file_is_there(const uint8_t uuid[KEYBAG_UUID_SIZE])
{
	return store_same(uuid, DIFFERS_SUFFIX, DIFFERS_SUFFIX);
}

int differs_file_write(const uint8_t uuid[KEYBAG_UUID_SIZE])
{
	if (differs_file_is_there(uuid))
		return 0;
	return store_write_new(uuid, DIFFERS_SUFFIX, "\n", 1);
}

/* Nothing is lost if it stays: one login more asks for the passcode. */
void differs_file_remove(const uint8_t uuid[KEYBAG_UUID_SIZE])
{
	store_remove(uuid, DIFFERS_SUFFIX);
}

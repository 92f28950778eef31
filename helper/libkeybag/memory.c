// SPDX-License-Identifier: LGPL-2.1-or-later
#include "keybag.h"

#include "../common/registers.h"
#include "../common/secret.h"

int keybag_memory_new(size_t size, void **ret_memory)
{
	return locked_memory_new(ret_memory, size);
}

void keybag_memory_free(void *memory, size_t size)
{
	locked_memory_free(memory, size);
}

void keybag_memory_wipe(void)
{
	locked_memory_wipe_all();
}

void keybag_clear_registers(void)
{
	clear_vector_registers();
}

// SPDX-License-Identifier: GPL-2.0-only
#include <linux/compiler.h>
#include <linux/string.h>
#include "burn.h"
#include "compat.h"

#define BURN_CIPHER	1408
/* Three frames of this size: one of 4 KiB would be over the limit for frames. */
#define BURN_FRAME	1408

noinline void keybag_burn_cipher(void)
{
	u8 area[BURN_CIPHER] KEYBAG_UNINITIALIZED;

	memzero_explicit(area, sizeof(area));
}

static noinline void burn_third(void)
{
	u8 area[BURN_FRAME] KEYBAG_UNINITIALIZED;

	memzero_explicit(area, sizeof(area));
}

/* The second wipe keeps the frame alive: no tail call may reuse it. */
static noinline void burn_second(void)
{
	u8 area[BURN_FRAME] KEYBAG_UNINITIALIZED;

	burn_third();
	memzero_explicit(area, sizeof(area));
}

noinline void keybag_burn_hash(void)
{
	u8 area[BURN_FRAME] KEYBAG_UNINITIALIZED;

	burn_second();
	memzero_explicit(area, sizeof(area));
}

// SPDX-License-Identifier: GPL-2.0-only
#include <linux/compiler.h>
#include <linux/string.h>
#include "../compat.h"
#include "burn.h"

#if defined(CONFIG_X86_64)
#include <asm/cpufeature.h>
#endif

#define BURN_CIPHER	1152
/* Three frames of this size: one of 4 KiB would be over the limit for frames. */
#define BURN_FRAME	1408

/* memzero_explicit() by words. */
static __always_inline void wipe(u64 *area, size_t size)
{
	memset64(area, 0, size / sizeof(*area));
	barrier_data(area);
}

noinline void keybag_burn_cipher(void)
{
	u64 area[BURN_CIPHER / sizeof(u64)] KEYBAG_UNINITIALIZED;

	wipe(area, sizeof(area));
	keybag_saved_vectors_clear();
}

static noinline void burn_third(void)
{
	u64 area[BURN_FRAME / sizeof(u64)] KEYBAG_UNINITIALIZED;

	wipe(area, sizeof(area));
}

/* The second wipe keeps the frame alive: no tail call may reuse it. */
static noinline void burn_second(void)
{
	u64 area[BURN_FRAME / sizeof(u64)] KEYBAG_UNINITIALIZED;

	burn_third();
	wipe(area, sizeof(area));
}

noinline void keybag_burn_hash(void)
{
	u64 area[BURN_FRAME / sizeof(u64)] KEYBAG_UNINITIALIZED;

	burn_second();
	wipe(area, sizeof(area));
	keybag_saved_vectors_clear();
}

/*
 * The kernel is compiled without these registers: the compiler keeps nothing there, and knows no
 * clobber by their names.
 */
#if defined(CONFIG_X86_64)
void keybag_vectors_clear(void)
{
	if (boot_cpu_has(X86_FEATURE_AVX))
		asm volatile("vzeroall" : : : "memory");
	else
		asm volatile(".irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n\t"
			     "pxor %%xmm\\n, %%xmm\\n\n\t"
			     ".endr" : : : "memory");
	/* The sixteen that only AVX-512 has. */
	if (boot_cpu_has(X86_FEATURE_AVX512F))
		asm volatile(".irp n, 16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n\t"
			     "vpxorq %%zmm\\n, %%zmm\\n, %%zmm\\n\n\t"
			     ".endr" : : : "memory");
}

#elif defined(CONFIG_ARM64)

/* This clears what SVE adds to them as well. */
void keybag_vectors_clear(void)
{
	asm volatile(".arch_extension fp\n\t.arch_extension simd\n\t"
		     ".irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n\t"
		     "movi v\\n\\().16b, #0\n\t"
		     ".endr\n\t"
		     ".irp n, 16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n\t"
		     "movi v\\n\\().16b, #0\n\t"
		     ".endr" : : : "memory");
}

#else

void keybag_vectors_clear(void)
{
}

#endif

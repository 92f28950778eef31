// SPDX-License-Identifier: LGPL-2.1-or-later
#include "registers.h"

#if defined(__x86_64__)

#define EACH_OF_16(do) \
	do(0) do(1) do(2) do(3) do(4) do(5) do(6) do(7) \
	do(8) do(9) do(10) do(11) do(12) do(13) do(14) do(15)
#define EACH_OF_32(do) \
	EACH_OF_16(do) \
	do(16) do(17) do(18) do(19) do(20) do(21) do(22) do(23) \
	do(24) do(25) do(26) do(27) do(28) do(29) do(30) do(31)

#define FILL_SSE(n)	"pcmpeqd %%xmm" #n ", %%xmm" #n "\n\t"
#define FILL_AVX2(n)	"vpcmpeqd %%ymm" #n ", %%ymm" #n ", %%ymm" #n "\n\t"
#define FILL_AVX512(n)	"vpternlogd $0xff, %%zmm" #n ", %%zmm" #n ", %%zmm" #n "\n\t"

#define CLOBBERS_16 \
	"xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", \
	"xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15"

__attribute__((target("avx512f"))) static void fill_avx512(void)
{
	__asm__ volatile(EACH_OF_32(FILL_AVX512) ::: CLOBBERS_16,
			 "xmm16", "xmm17", "xmm18", "xmm19", "xmm20", "xmm21", "xmm22", "xmm23",
			 "xmm24", "xmm25", "xmm26", "xmm27", "xmm28", "xmm29", "xmm30", "xmm31");
}

__attribute__((target("avx2"))) static void fill_avx2(void)
{
	__asm__ volatile(EACH_OF_16(FILL_AVX2) ::: CLOBBERS_16);
}

static void fill_sse(void)
{
	__asm__ volatile(EACH_OF_16(FILL_SSE) ::: CLOBBERS_16);
}

void clear_vector_registers(void)
{
	if (__builtin_cpu_supports("avx512f"))
		fill_avx512();
	else if (__builtin_cpu_supports("avx2"))
		fill_avx2();
	else
		fill_sse();
}

#elif defined(__aarch64__)

void clear_vector_registers(void)
{
#define FILL(n) "movi v" #n ".16b, #255\n\t"
	__asm__ volatile(
		FILL(0) FILL(1) FILL(2) FILL(3) FILL(4) FILL(5) FILL(6) FILL(7)
		FILL(8) FILL(9) FILL(10) FILL(11) FILL(12) FILL(13) FILL(14) FILL(15)
		FILL(16) FILL(17) FILL(18) FILL(19) FILL(20) FILL(21) FILL(22) FILL(23)
		FILL(24) FILL(25) FILL(26) FILL(27) FILL(28) FILL(29) FILL(30) FILL(31)
		::: "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11",
		"v12", "v13", "v14", "v15", "v16", "v17", "v18", "v19", "v20", "v21", "v22",
		"v23", "v24", "v25", "v26", "v27", "v28", "v29", "v30", "v31");
}

#else
#error "clear_vector_registers() is not written for this architecture"
#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_FUZZ_MUST_H
#define TESTS_FUZZ_MUST_H

#include <stdbool.h>
#include <stdlib.h>

/* A fuzzer stops where it does not hold. */
static inline void must(bool holds)
{
	if (!holds)
		abort();
}

#endif /* TESTS_FUZZ_MUST_H */

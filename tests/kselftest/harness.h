/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's harness, with limits that end only what hangs: a test is not wrong because the machine
 * is slow, or busy with something else.
 */
#ifndef HARNESS_H
#define HARNESS_H

#include "kselftest_harness.h"

#undef TEST_TIMEOUT_DEFAULT
#define TEST_TIMEOUT_DEFAULT	900	/* s */

/* How often to look, a millisecond apart, for what has to happen. */
#define PATIENCE_MS	300000

#endif /* HARNESS_H */

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

/* Looks, a millisecond apart, for what has to happen before a test gives up. */
#define PATIENCE_MS	300000

#endif /* HARNESS_H */

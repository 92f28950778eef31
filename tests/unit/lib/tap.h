/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * TAP 13 for unit tests: any number of check()s make up one test, which tap_test() then reports.
 *
 *	check(sum(1, 1) == 2);
 *	tap_test("sum adds");
 *	return tap_end();
 */
#ifndef UNIT_TAP_H
#define UNIT_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define TAP_MOST_NOTES	8	/* failed checks shown of one test */

static unsigned int tap_tests, tap_failed_tests, tap_failed_checks;

#define check(condition)	tap_check((condition), #condition, __FILE__, __LINE__)

/* Returns @passed, so that a test can print what it was working on. */
static inline bool tap_check(bool passed, const char *condition, const char *file, int line)
{
	if (!passed && ++tap_failed_checks <= TAP_MOST_NOTES)
		printf("# %s:%d: failed: %s\n", file, line, condition);
	return passed;
}

/* Reports all checks since the last report as one test. */
__attribute__((format(printf, 1, 2)))
static inline void tap_test(const char *name, ...)
{
	va_list arguments;

	if (tap_failed_checks)
		printf("# %u checks failed\n", tap_failed_checks);
	printf("%sok %u - ", tap_failed_checks ? "not " : "", ++tap_tests);
	va_start(arguments, name);
	vprintf(name, arguments);
	va_end(arguments);
	putchar('\n');
	fflush(stdout);
	tap_failed_tests += tap_failed_checks > 0;
	tap_failed_checks = 0;
}

static inline void tap_start(void)
{
	puts("TAP version 13");
}

/* Prints the plan; returns the exit status. */
static inline int tap_end(void)
{
	printf("1..%u\n", tap_tests);
	return tap_failed_tests ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif /* UNIT_TAP_H */

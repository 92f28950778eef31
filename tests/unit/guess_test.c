// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The guess table at and between its edges.
 */
#include "keybag/guess.h"
#include "lib/tap.h"

int main(void)
{
	static const u32 minutes[] = { 0, 0, 0, 0, 1, 5, 15, 60, 180, 480 };
	u32 failures;

	tap_start();
	for (failures = 0; failures < ARRAY_SIZE(minutes); failures++)
		check(kb_guess_delay(failures) == minutes[failures] * 60);
	tap_test("the delays are those of the table");

	for (failures = ARRAY_SIZE(minutes); failures < 2000; failures++)
		check(kb_guess_delay(failures) == 480 * 60);
	check(kb_guess_delay(0x7fffffff) == 480 * 60);
	check(kb_guess_delay(0x80000000) == 480 * 60);
	check(kb_guess_delay(0xffffffff) == 480 * 60);
	tap_test("the last delay repeats");

	for (failures = 1; failures < 2000; failures++)
		check(kb_guess_delay(failures) >= kb_guess_delay(failures - 1));
	check(kb_guess_delay(KB_GUESS_FAILURES_UNKNOWN) == kb_guess_delay(0xffffffff));
	tap_test("more failures never wait less, and no record waits longest");
	return tap_end();
}

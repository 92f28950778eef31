// SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later
#include "guess.h"

#define MINUTES	60
#define HOURS	3600

u32 kb_guess_delay(u32 failures)
{
	static const u32 delays[] = {
		0, 0, 0, 0, 1 * MINUTES, 5 * MINUTES, 15 * MINUTES,
		1 * HOURS, 3 * HOURS, 8 * HOURS,
	};
	const u32 last = ARRAY_SIZE(delays) - 1;

	return delays[failures < last ? failures : last];
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random numbers that are the same in each run.
 */
#ifndef UNIT_RANDOM_H
#define UNIT_RANDOM_H

#include "keybag/port.h"

/* xorshift64*; the state must not be 0. */
struct random {
	u64 state;
};

static inline u64 random_u64(struct random *random)
{
	random->state ^= random->state >> 12;
	random->state ^= random->state << 25;
	random->state ^= random->state >> 27;
	return random->state * 0x2545f4914f6cdd1dULL;
}

/* From @lowest to @highest, both included; each edge comes more often than the rest. */
static inline u32 random_between(struct random *random, u32 lowest, u32 highest)
{
	switch (random_u64(random) >> 61) {
	case 0:
		return lowest;
	case 1:
		return highest;
	default:
		return lowest + (u32)((random_u64(random) >> 32) % ((u64)highest - lowest + 1));
	}
}

static inline bool random_bool(struct random *random)
{
	return random_u64(random) >> 63;
}

static inline void random_bytes(struct random *random, u8 *out, size_t length)
{
	while (length--)
		*out++ = (u8)(random_u64(random) >> 56);
}

#endif /* UNIT_RANDOM_H */

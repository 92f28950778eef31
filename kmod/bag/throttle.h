/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Guess limits of one bag: how many wrong secrets, and when the next try may come.
 */
#ifndef _KEYBAG_THROTTLE_H
#define _KEYBAG_THROTTLE_H

#include <linux/time64.h>
#include <linux/types.h>
#include "../../keybag/record.h"
#include "../form/protector.h"
#include "../form/workspace.h"

/* Wrong secrets remembered, and for how long: a repeat of one does not count. */
#define KEYBAG_RECENT_WRONG	5
#define KEYBAG_RECENT_WRONG_NS	(5ULL * 60 * NSEC_PER_SEC)

/**
 * struct keybag_throttle - guess state; the bag's control mutex protects it, but STATUS reads the
 *	first three without
 * @failures: wrong secrets that count
 * @assumed: some of them are not known of, because there was no authentic record
 * @not_before: boot clock, ns: no try before it
 * @paused: there was a delay as the machine was about to be off
 * @recent: wrong secrets of late, as keyed hashes, @until (boot clock) they expire; 0: empty;
 *	of no use once the key is another
 * @oldest: of @recent, the next to be overwritten
 */
struct keybag_throttle {
	u32 failures;
	bool assumed;
	u64 not_before;
	bool paused;
	struct {
		u8 hash[KEYBAG_HMAC_SIZE];
		u64 until;
	} recent[KEYBAG_RECENT_WRONG];
	unsigned int oldest;
};

/*
 * Makes the random key under which wrong secrets are remembered, in hashes; exit wipes it. Another
 * one takes its place when all that were remembered have expired.
 */
void keybag_throttle_init(void);
void keybag_throttle_exit(void);

/* Forgets all wrong secrets at once: nobody can test a guess with their hashes any more. */
void keybag_throttle_forget(void);

/* The same at a panic, where nothing waits for a lock; nothing is remembered any more. */
void keybag_throttle_overwrite(void);

/* First load since boot, with @record, or NULL: the delay starts over, in full. */
void keybag_throttle_start(struct keybag_throttle *throttle, const struct kb_record *record);

/*
 * Before the machine is off with its memory on disk, and after that. The boot clock goes on by what
 * the clock of the hardware says then, which whoever has the machine can set: a delay that was not
 * over starts over, in full.
 */
void keybag_throttle_pause(struct keybag_throttle *throttle);
void keybag_throttle_resume(struct keybag_throttle *throttle);

/* Time to wait before the next try, ns. */
u64 keybag_throttle_wait(const struct keybag_throttle *throttle);

/* A secret was right. */
void keybag_throttle_right(struct keybag_throttle *throttle);

/*
 * A secret was wrong: counts it, unless it repeats a recent one. Where the hash cannot be made it
 * counts. Uses @workspace->verifier.
 */
void keybag_throttle_wrong(struct keybag_throttle *throttle, struct keybag_workspace *workspace,
			   const u8 *uuid, const struct keybag_credential *credential);

#endif /* _KEYBAG_THROTTLE_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Trying a secret: begin, use up, or give back.
 *
 * A try is only a number in the bag. BEGIN_TRY sets it; unlock or change takes it; a lock, or the
 * next BEGIN_TRY, voids it. Nothing counts but a wrong secret under a valid try.
 */
#ifndef _KEYBAG_TRY_H
#define _KEYBAG_TRY_H

#include "bag.h"
#include "credential.h"
#include "sealed_record.h"
#include "workspace.h"

/**
 * struct keybag_outcome - what a try came to, for the caller
 * @retry_after_ns: delay before the next try
 * @failures: wrong secrets that count
 * @record: to make durable, where there is a new one
 */
struct keybag_outcome {
	u64 retry_after_ns;
	u32 failures;
	struct keybag_sealed_record record;
};

/*
 * Tries @credential on the form in effect and opens the bag's keys into @workspace->keys. On
 * success the try is still there, for keybag_try_take(), and @outcome->record is the one that
 * follows. Call with bag->control held.
 * Errors: -ENOENT (no such protector), -ECANCELED (no such try), -EKEYREJECTED (counted, @outcome
 * is set), -EBADMSG.
 */
int keybag_try_secret(struct keybag_workspace *workspace, struct keybag_bag *bag, u64 try_id,
		      const struct keybag_credential *credential, struct keybag_outcome *outcome);

/*
 * Uses the try up: from here on the command succeeds. False where a lock voided it. A secret of
 * kind NONE needs no try: 0.
 */
bool keybag_try_take(struct keybag_bag *bag, u64 try_id);

/* Voids the try that is open, if any; it does not count. */
void keybag_try_void(struct keybag_bag *bag);

/* KEYBAG_IOC_BEGIN_TRY, CANCEL_TRY. */
int keybag_begin_try(struct keybag_try *args);
int keybag_cancel_try(struct keybag_try *args);

#endif /* _KEYBAG_TRY_H */

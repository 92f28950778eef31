/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Trying a secret: begin, use up, or give back.
 *
 * A try is only a number in the bag. Taken before the secret is looked at, a wrong secret counts,
 * whatever comes; a lock keeps a right one from having an effect. Nothing else counts.
 *
 *           begin        take
 *     none -------> open -----> running ---> none
 *
 *  none, open → open  BEGIN_TRY: keybag_begin_try(); the try that was open is void
 *  open → none        CANCEL_TRY: keybag_cancel_try(); a lock: keybag_try_void()
 *  open → running     unlock or change: keybag_try_secret()
 *  running → none     the secret is wrong, which counts: keybag_try_secret();
 *                     it is right, the command takes effect: keybag_try_end();
 *                     the command fails: keybag_try_drop(); a lock: keybag_try_void()
 */
#ifndef _KEYBAG_TRY_H
#define _KEYBAG_TRY_H

#include "../form/protector.h"
#include "../form/sealed_record.h"
#include "../form/workspace.h"
#include "bag.h"

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
 * Takes the try, tries @credential on the form in effect, and opens the bag's keys into
 * @workspace->keys. On success the try is running until keybag_try_end(), and @outcome->record is
 * the one that follows. Call with bag->control held.
 * Errors: -ENOENT (no such protector, the try still stands), -ECANCELED (no such try, or the secret
 * is right and a lock came), -EKEYREJECTED (counted, @outcome is set), -EBADMSG.
 */
int keybag_try_secret(struct keybag_workspace *workspace, struct keybag_bag *bag, u64 try_id,
		      const struct keybag_credential *credential, struct keybag_outcome *outcome);

/*
 * Ends it: from here on the command succeeds. False where a lock came since it was taken. A secret
 * of kind NONE needs no try: 0. Call with bag->control and, against locks, bag->rwsem for writing.
 */
bool keybag_try_end(struct keybag_bag *bag, u64 try_id);

/* Ends a try that came to nothing, if one is running. Call with bag->control held. */
void keybag_try_drop(struct keybag_bag *bag);

/* Voids the try that is open, if any, and the effect of the one that is running. */
void keybag_try_void(struct keybag_bag *bag);

/* KEYBAG_IOC_BEGIN_TRY, CANCEL_TRY. */
int keybag_begin_try(struct keybag_try *args);
int keybag_cancel_try(struct keybag_try *args);

#endif /* _KEYBAG_TRY_H */

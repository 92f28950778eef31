/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state of the user's keybag. It is asked of the kernel, so that it is never older than what the keychain answers;
 * keybagd's events tell when it is worth asking.
 */
#ifndef SECRETSERVICE_LOCK_STATE_H
#define SECRETSERVICE_LOCK_STATE_H

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

enum lock_state {
	LOCK_STATE_GONE = 0,		/* no keybag is loaded */
	LOCK_STATE_BEFORE_FIRST_UNLOCK,
	LOCK_STATE_LOCKED,
	LOCK_STATE_UNLOCKED,
};

/*
 * Begins to follow it; @changed is called from the loop when something may have happened. Returns 0 or a negative errno,
 * logged.
 */
int lock_state_follow(sd_event *loop, void (*changed)(void));
void lock_state_end(void);

/* As it is now. */
enum lock_state lock_state_now(void);

/* A change of the state: another one has another number, or, of a keybag that was loaded again, another time. */
struct lock_change {
	uint64_t sequence;
	uint64_t time_ns;	/* on CLOCK_REALTIME */
};

/* The same; @ret_last is another one whenever the state has changed in between, be it back again. */
enum lock_state lock_state_look(struct lock_change *ret_last);

bool lock_change_is(const struct lock_change *one, const struct lock_change *other);

/* Whether the keybag has a passcode: one without is unlocked as long as it is loaded. */
bool lock_state_has_passcode(void);

#endif /* SECRETSERVICE_LOCK_STATE_H */

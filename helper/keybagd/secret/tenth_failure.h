/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The end of the guess table, where the administrator wants more than the last delay once more:
 * keybagd.conf, tenth-failure. The kernel counts and delays; this is what follows from the count. Worker
 * threads.
 */
#ifndef KEYBAGD_TENTH_FAILURE_H
#define KEYBAGD_TENTH_FAILURE_H

#include "keybagd/bag/operation.h"

/* Wrong passcodes in a row. */
#define TENTH_FAILURE_COUNT	10

/* Whether the passcode of a keybag with that status is disabled. */
bool tenth_failure_disabled(const struct keybag_status *status);

/*
 * Before a try. Returns 0, or -EACCES for the one that is one too many if it is wrong, and was typed on another
 * machine or is what a login or a screen locker has taken, which need not be meant as a passcode; or -EKEYREVOKED, in the result, where it would be with a passcode that is
 * disabled: nothing is tried then.
 */
int tenth_failure_check(struct operation *operation);

/* After a wrong passcode: erases the keybag, if this was one too many. The result tells it then. */
void tenth_failure_enforce(struct operation *operation);

#endif /* KEYBAGD_TENTH_FAILURE_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The steps of a login and of a change of password, each for one call of libpam. None of them can
 * fail a login: what goes wrong is logged, told to the user where the user can do something about it, and
 * left at that.
 */
#ifndef PAM_KEYBAG_STEPS_H
#define PAM_KEYBAG_STEPS_H

#include "call.h"

/* The stack's own verifier accepted @passcode (NULL or "": none was typed). */
void step_authenticated(struct call *call, const char *passcode);

/*
 * With the argument "authenticate": whether what was typed (or is asked for now) is the passcode.
 * Returns PAM_SUCCESS, PAM_AUTH_ERR, or PAM_AUTHINFO_UNAVAIL when this is not for the keybag to
 * say.
 */
int step_verify(struct call *call);

/* The account checks are passed: redeem the ticket, if there is one. */
void step_redeem(struct call *call);

/* The session opens: see that the keybag is loaded, create it where that is wanted. */
void step_open_session(struct call *call);

/* Before the login password changes: say so if the passcode of a keybag cannot follow it. */
void step_prepare_change(struct call *call);

/* The login password was changed. @old_passcode: NULL when root did not have to give it. */
void step_change(struct call *call, const char *old_passcode, const char *passcode);

#endif /* PAM_KEYBAG_STEPS_H */

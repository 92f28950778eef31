/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Signatures, step by step: may the key be used here, does the person agree, is the keybag open, does the security key sign.
 */
#ifndef SSHAGENT_SIGNATURE_H
#define SSHAGENT_SIGNATURE_H

#include <systemd/sd-event.h>

#include "requester.h"

/* Returns 0 or a negative errno. */
int signature_begin(sd_event *loop, requester_answered *answered, unsigned int wait_s);

/*
 * The payload of the request. Returns whether it is done, and then *@ret_good whether there is a signature in @answer, as the
 * answer has it; else it is pending.
 */
bool signature_request(struct requester *requester, struct reader *from, struct buffer *answer, bool *ret_good);

/* Nobody waits for it any more. */
void signature_cancel(struct requester *requester);

/* Goes on with those that wait for the keybag. */
void signatures_on_open(void);

/*
 * Fails signatures that wait for the consent or the touch of a person and may not be made any more: the key is gone, may not be used
 * there, or, for a touch, cannot be opened. To be called when that may have changed.
 */
void signatures_look_again(void);

/* Fails all that wait for a person. */
void signatures_take_back(void);

#endif /* SSHAGENT_SIGNATURE_H */

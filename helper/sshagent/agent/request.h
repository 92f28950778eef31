/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests of the agent's protocol (draft-miller-ssh-agent; PROTOCOL.agent).
 */
#ifndef SSHAGENT_REQUEST_H
#define SSHAGENT_REQUEST_H

#include <systemd/sd-event.h>

#include "requester.h"

/* OpenSSH's own limit, both ways. */
#define REQUEST_MAX	(256 * 1024)

/* @wait_s: how long a signature waits for a locked keybag to be opened, in seconds; 0: not at all. Returns 0 or a negative errno. */
int request_begin(sd_event *loop, requester_answered *answered, unsigned int wait_s);

/*
 * Carries out the request of one message, without its length. Returns whether the answer is in @answer now; else it comes by
 * requester_answered(), and no other request of that requester is to be carried out before.
 */
bool request_handle(struct requester *requester, struct bytes message, struct buffer *answer);

/* They are gone. */
void request_forget(struct requester *requester);

/* The keybag was opened. */
void request_on_open(void);
/* It was closed, or keys may have been deleted from the keychain. */
void request_on_less(void);
/* The user's last session has ended. */
void request_on_logout(void);

#endif /* SSHAGENT_REQUEST_H */

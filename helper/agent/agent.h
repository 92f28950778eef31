/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When to ask: while the keybag is closed and the screen is not locked, once; again after a wrong
 * answer, when the delay is over; not again after the user has said no, until the keybag was open
 * or the screen locked in between.
 */
#ifndef AGENT_AGENT_H
#define AGENT_AGENT_H

#include <stdbool.h>
#include <systemd/sd-event.h>

#include "libkeybag/keybag.h"
#include "prompter.h"

struct agent_options {
	bool once;			/* ask now; end when it is open or the user says no */
	bool check;			/* with once: also where it is open, and open nothing; end when the passcode was right */
	struct keybag_whose whose;
	uid_t uid;
	const char *name;		/* of the user */
	enum prompter_kind prompter;
	const char *program;
};

/* Runs until it is told to end. Returns an exit status. */
int agent_run(const struct agent_options *options);

#endif /* AGENT_AGENT_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Asking for the passcode: by keybag-agent, which the service manager of the user starts, with the display that it knows of.
 */
#ifndef SECRETSERVICE_ASK_H
#define SECRETSERVICE_ASK_H

#include <stdbool.h>
#include <systemd/sd-bus.h>

/*
 * @declined is called when the user has said no, or could not be asked; @accepted when the passcode was right, with @check of a
 * keybag that was open all the time, and returns whether to ask once more. Returns 0 or a negative errno.
 */
int ask_begin(sd_bus *bus, sd_event *loop, void (*declined)(void), bool (*accepted)(bool check));

/*
 * Has the passcode asked for, once for all who wait; nothing is drawn on a screen that is locked, where it is asked for anyway,
 * or without a graphical session. Returns false where the user has said no just now.
 */
bool ask_for_passcode(void);

/* Takes the question back, if there is one: nobody waits any more. */
void ask_stop(void);

#endif /* SECRETSERVICE_ASK_H */

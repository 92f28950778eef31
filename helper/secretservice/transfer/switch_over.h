/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Has the keychain provide the Secret Service from now on, in the session that runs as well.
 */
#ifndef SECRETSERVICE_SWITCH_OVER_H
#define SECRETSERVICE_SWITCH_OVER_H

#include "sides.h"

/*
 * Makes the note that the generator looks for, has the user's service manager run it, and gnome-keyring end its part. Says from
 * when on the keychain is used. A note of a former keybag gives way. Where the generator refuses, a note that was made is removed again,
 * and the former one is back: the next login would find it.
 * Returns 0, or an exit status after a complaint.
 */
int switch_over(struct sides *sides);

#endif /* SECRETSERVICE_SWITCH_OVER_H */

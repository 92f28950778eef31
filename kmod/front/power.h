/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Handling of class keys when the machine stops, sleeps, crashes or is copied.
 */
#ifndef _KEYBAG_POWER_H
#define _KEYBAG_POWER_H

int keybag_power_init(void);
void keybag_power_exit(void);

#endif /* _KEYBAG_POWER_H */

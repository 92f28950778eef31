/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KEYBAGD_SETTINGS_H
#define KEYBAGD_SETTINGS_H

/* main.c gives what is to be done when users change after how long their keybag is locked. */
void settings_on_idle(void (*changed)(void));

#endif /* KEYBAGD_SETTINGS_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stands in for the kernel where the keychain's engine is tested without one: the data functions of
 * libkeybag on a keybag in this process, with its states.
 */
#ifndef KEYCHAIN_FAKE_KEYBAG_H
#define KEYCHAIN_FAKE_KEYBAG_H

#include <stdbool.h>

/*
 * "unlocked", "locked", "full" (before first unlock), "removed" and "set" (the passcode),
 * "unloaded" (and may be had again), "gone", without the device key ("no-device-key") or with one that is no good
 * ("bad-device-key"), and "back"; "another", one that was made after it was
 * destroyed, and "former", the first one again; "no-class-b", for good; "lock-between": locked and unlocked in the midst of the next
 * encryption; "lock-at-1" and "lock-at-2": locked before the next item's key, or the one after it, is unwrapped.
 */
bool fake_keybag_set(const char *state);

/* A descriptor for the functions of libkeybag, or what the state is an error of. */
int fake_keybag_open(void);

/*
 * A descriptor of a backup keybag, whose class keys are those of the keybag. @elsewhere: of another device, without those of
 * aku, cku and dku.
 */
int fake_keybag_open_backup(bool elsewhere);

/* Number of calls to functions that would be calls of the kernel. */
unsigned long fake_keybag_calls(void);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Changes of what is locked, told to the clients.
 */
#ifndef SECRETSERVICE_EXPORT_STATE_H
#define SECRETSERVICE_EXPORT_STATE_H

#include <stdbool.h>

/*
 * Looks at the keybag. If it was locked or opened since it was looked at last, the clients are told, and prompts completed. To
 * be called before a message is handled, so that what is told comes before the answer.
 */
void state_note(void);

/* Tells of the items that are locked since somebody has looked at them. */
void state_tell_locked(void);

/* A collection has lost all that was in it: ItemDeleted of each item that somebody has looked at, to all who see it. */
void state_tell_deleted(const char *keychain);

/* Tries once more all that the keychain did not answer for, prompts included. */
void state_look_again(void);

/*
 * The passcode was given; with @check of a keybag that was open: what programs had locked is open again. Whether it has to be
 * given once more, for prompts of what was locked again.
 */
bool state_note_answer(bool check);

/* A collection that programs had locked is open again, as nobody has to be asked. */
void state_note_opened(const char *keychain);

#endif /* SECRETSERVICE_EXPORT_STATE_H */

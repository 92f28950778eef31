/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A passcode that the TPM checks: S, which goes into the key of its protector, and the index that counts wrong ones. Worker threads.
 *
 *   unguarded → noted      passcode_guard_make(): the new index, and that of the passcode of before, are in the note on disk
 *   noted → made           the same: the TPM has the new index, and has given S once
 *   made → in effect       change_apply(): the form that names it is durable
 *   … → settled            passcode_guard_settle(): what is noted and no form names is removed from the TPM; then the note
 *
 * Nothing else removes an index, and none that the form on disk or in the kernel names.
 */
#ifndef KEYBAGD_PASSCODE_GUARD_H
#define KEYBAGD_PASSCODE_GUARD_H

#include "keybagd/bag/operation.h"
#include "keybagd/store/sealed_form.h"

/*
 * S of the passcode that is tried, in operation->hardware; of a wrong one something else, by which the kernel counts it. After
 * BEGIN_TRY and the KDF. Returns 0, or a negative errno that is in the result: nothing is known of the passcode then.
 */
int passcode_guard_open(struct operation *operation);

/* The TPM has counted one as wrong, and the kernel's try was voided by a lock: counts it there. */
void passcode_guard_count(struct operation *operation);

/* Before a try: one that could not be counted then is counted now. Returns 0 or a negative errno: nothing is to be tried. */
int passcode_guard_pay(struct operation *operation);

/*
 * For a new passcode, as flags and keybag want it; @protector and @secret have the opaque bytes and S then, of the operation. Also
 * notes the index of the passcode of before. Returns 0 or a negative errno that is in the result.
 */
int passcode_guard_make(struct operation *operation, const struct secret *key, struct keybag_protector *protector,
			struct keybag_secret *secret);

/* Whether a form that the kernel has made has what @change was given of it: a module that is too old drops it. */
bool passcode_guard_is_in(struct sealed_form *form, const struct keybag_change *change);

/* After a change, in effect or not. What cannot be done is done after the next one. */
void passcode_guard_settle(struct operation *operation);

/* Before, and after, a keybag is destroyed: its index goes last. */
void passcode_guard_note_destruction(struct operation *operation);

#endif /* KEYBAGD_PASSCODE_GUARD_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A private key in this process' memory, sealed under the class of the keybag that is open while it is unlocked: once it is
 * locked, nothing in memory opens it.
 */
#ifndef SSHAGENT_SEALED_KEY_H
#define SSHAGENT_SEALED_KEY_H

#include "helper/common/secret.h"
#include "helper/sshagent/wire/reader.h"

/* For the log: a keybag that was destroyed has sealed it, and to the present one its blobs are damage (-EBADMSG). */
#define SEALED_KEY_FORMER	"it is sealed under a keybag that is gone: take it out by 'ssh-add -d', and add it again"

struct sealed_key {
	uint8_t *blobs;			/* of parts of the key */
	size_t record_length;
};

/* Returns 0 or a negative errno, as keybag_wrap() has them: -ENOKEY where the keybag is locked. */
int sealed_key_new(struct sealed_key *key, struct bytes record);

/* Returns 0 or a negative errno, as keybag_unwrap() has them: -ENOKEY where the keybag is locked. */
int sealed_key_open(const struct sealed_key *key, struct secret *ret_record);

void sealed_key_free(struct sealed_key *key);

#endif /* SSHAGENT_SEALED_KEY_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keys in the keychain. Each is two items (keychain.h): where the public one is gone, as after 'keychainctl delete', the key is
 * gone, and its private one is deleted.
 *
 * Statuses are those of libkeychain.
 */
#ifndef SSHAGENT_KEPT_KEYS_H
#define SSHAGENT_KEPT_KEYS_H

#include "helper/common/secret.h"
#include "helper/sshagent/key/public_key.h"

#define KEPT_KEYS_MAX	256

struct kept_key {
	char fingerprint[KEY_FINGERPRINT_SIZE];
	struct bytes blob, comment;	/* in the list's memory */
};

struct kept_keys {
	struct kept_key *keys;
	size_t count;
	struct keychain_items *items;	/* NULL: there are none */
};

/* All of them, in the order of their making. errSecInteractionNotAllowed: the keybag was never open since the start. */
int kept_keys_list(struct kept_keys *ret_keys);
void kept_keys_free(struct kept_keys *keys);
#define CLEANUP_KEPT_KEYS CLEANUP(kept_keys_free)

/* @record: as private_key.h reads it. The key that is there already gets another comment. errSecDiskFull: there are too many. */
int kept_keys_add(struct bytes blob, struct bytes comment, struct bytes record);

/*
 * The private key, to sign with. errSecItemNotFound: there is no such key. errSecInteractionNotAllowed: its class is locked. errSecDecode:
 * it has no content. Whether it is the private half of that key is for the caller to see.
 */
int kept_keys_open(struct bytes blob, struct secret *ret_record);

/* Deletes private halves whose public ones are gone; while the class is locked those that were seen before. */
void kept_keys_sweep(void);

void kept_keys_forget(void);

#endif /* SSHAGENT_KEPT_KEYS_H */

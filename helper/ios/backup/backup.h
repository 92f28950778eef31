/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An encrypted backup of iOS 10 or later, opened: its keys, and the file with the keychain.
 */
#ifndef IOS_BACKUP_H
#define IOS_BACKUP_H

#include "helper/ios/keybag/ios_unlock.h"
#include "input.h"
#include "manifest.h"

#define IOS_KEYCHAIN_MAX_SIZE	(64U << 20)

struct ios_backup {
	struct ios_input manifest_file, keychain_file;
	struct ios_manifest manifest;
	struct ios_class_keys keys;
	plist_t keychain;
};

#define IOS_BACKUP_NONE ((struct ios_backup){ 0 })

/* Each returns NULL, or why nothing can be had: an IOS_FAILURE_* of ios_exchange.h. */

/* Reads Manifest.plist, which says what device and version it is of. */
const char *ios_backup_begin(struct ios_backup *backup, int manifest);
const char *ios_backup_unlock(struct ios_backup *backup, const struct secret *password);
/* Decrypts @database, and with a key out of it @keychain. */
const char *ios_backup_open(struct ios_backup *backup, int database, int keychain);

void ios_backup_end(struct ios_backup *backup);

#define CLEANUP_BACKUP CLEANUP(ios_backup_end)

#endif

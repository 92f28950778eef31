/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Manifest.plist of a backup.
 */
#ifndef IOS_MANIFEST_H
#define IOS_MANIFEST_H

#include "helper/ios/keybag/ios_keybag.h"
#include "helper/ios/plist/plist_read.h"

#define IOS_MANIFEST_MAX_SIZE	(32U << 20)

/* A key and the class that it is wrapped for, as files of backups have it. */
struct ios_wrapped_key {
	uint32_t class;
	const uint8_t *wrapped;		/* NULL: there is none */
	size_t length;
};

struct ios_manifest {
	plist_t list;
	struct ios_keybag keybag;
	struct ios_wrapped_key database;	/* ManifestKey; none before iOS 10.2 */
	const char *device, *version;		/* NULL: it does not say */
};

/*
 * Returns 0; -EBADMSG (no manifest), -ENOKEY (the backup is not encrypted), -EKEYREVOKED (its keybag is damaged, or not that
 * of a backup), -E2BIG, -ENOMEM.
 */
int ios_manifest_read(const uint8_t *bytes, size_t length, struct ios_manifest *ret_manifest);
void ios_manifest_free(struct ios_manifest *manifest);

/* Bytes of a class and a wrapped key. False: there is no room for both. */
bool ios_wrapped_key_read(const uint8_t *bytes, size_t length, struct ios_wrapped_key *ret_key);

#endif

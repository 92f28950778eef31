/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * import --ios-backup: items of the keychain in an encrypted backup of iOS.
 */
#ifndef KEYCHAIN_CLI_IMPORT_IOS_H
#define KEYCHAIN_CLI_IMPORT_IOS_H

#include <stdbool.h>

#include "commands.h"

struct import_ios_options {
	const char *folder;
	const char *group;		/* access group of the items; NULL: the first of one's own */
	const char *from_group;		/* only items that had this one; NULL: all */
	bool dry_run, json;
};

/* Returns an exit status. */
int import_ios(struct keychain_client *client, const struct import_ios_options *options);

#endif

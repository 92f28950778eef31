/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the daemon wants to know of a keybag without asking the kernel or the disk again.
 */
#ifndef KEYBAGD_BAG_INFO_H
#define KEYBAGD_BAG_INFO_H

#include "keybag/form.h"
#include "keybagd/store/owner_file.h"

struct bag_info {
	bool passcode;			/* it has one */
	struct keybag_kdf kdf;		/* of the passcode */
	uint32_t recoveries;		/* recovery codes */
	uint32_t warnings;		/* KEYBAG_WARNING_RECOVERY_OPEN, _KDF_WEAK */
	uint64_t generation;
	char owner_name[OWNER_NAME_SIZE];
};

/* From a parsed form; leaves the name. */
void bag_info_from_form(struct bag_info *info, const struct kb_form *form);

#endif /* KEYBAGD_BAG_INFO_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Facts about a keybag that the daemon keeps so as not to read its form again: all that requests ask of it, a login
 * too. The generation says which form they are from.
 */
#ifndef KEYBAGD_BAG_INFO_H
#define KEYBAGD_BAG_INFO_H

#include "keybag/form.h"
#include "keybagd/organisation/organisation.h"
#include "keybagd/store/owner_file.h"
#include "keybagd/tpm/guard.h"

/* The organisation that may open it. */
struct bag_organisation {
	bool present;
	uint32_t protector;		/* id */
	uint8_t digest[ORGANISATION_DIGEST];	/* SHA-256 of its certificate */
	bool known;			/* the certificate is here, and with it what follows */
	int64_t not_before;		/* s since the epoch */
	int64_t not_after;
	char subject[ORGANISATION_SUBJECT];
};

struct bag_info {
	bool accepted;			/* by the kernel: the form is not only what the disk has */
	bool passcode;			/* it has one */
	struct keybag_kdf kdf;		/* of the passcode */
	uint8_t salt[KEYBAG_SALT_SIZE];	/* of the passcode */
	bool guarded;			/* the TPM checks the passcode */
	struct guard_file guard;	/* what it is asked with */
	bool login_verified;		/* a login has verified this passcode (login_bond.h) */
	uint32_t recoveries;		/* recovery codes */
	uint32_t recovery_id;		/* protector id of the first one, 0: none */
	struct bag_organisation organisation;
	uint32_t warnings;		/* KEYBAG_WARNING_RECOVERY_OPEN, _KDF_WEAK */
	uint64_t generation;
	char owner_name[OWNER_NAME_SIZE];
	bool owner_was_local;		/* it was in /etc/passwd: where it is no more, it was deleted */
};

/*
 * From a parsed form, and the organisation's certificate beside it; leaves what is of the owner. @accepted: the
 * kernel has it in effect.
 */
void bag_info_from_form(struct bag_info *info, const struct kb_form *form, bool accepted);

#endif /* KEYBAGD_BAG_INFO_H */

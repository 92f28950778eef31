/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The organisation that may open a keybag, as keybagctl tells of it.
 */
#ifndef KEYBAGCTL_ORGANISATION_H
#define KEYBAGCTL_ORGANISATION_H

#include "arguments.h"
#include "cli/organisation_text.h"

/* Lines of 'keybagctl status'. */
void organisation_print(const struct keybag_organisation_info *info);

/* Members of --json; @info is NULL where it is not known. */
void organisation_json(const struct keybag_organisation_info *info);

/* Tells, before a keybag is made or taken over, which organisation keybagd.conf lets in. */
void organisation_tell_configured(struct keybag_client *client);

/*
 * Tells, before anyone is asked for a passcode, which organisation may open the keybag with it, and which one will
 * not any more. @first: there is no passcode yet. Whether another one comes into the place of one that is there is
 * in *@ret_replaced: that voids recovery codes. Tells nothing where keybagd does not answer: what is asked for next
 * says that.
 */
void organisation_tell(struct keybag_client *client, const struct arguments *arguments, bool first, bool *ret_replaced);

#endif /* KEYBAGCTL_ORGANISATION_H */

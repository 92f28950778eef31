/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Protectors: from a secret to K_bag and K_akpu, and back.
 */
#ifndef _KEYBAG_PROTECTOR_H
#define _KEYBAG_PROTECTOR_H

#include "../keybag/form.h"
#include "credential.h"
#include "workspace.h"

/* The protector of @form that @credential is for: by id and kind, or the only one; or NULL. */
const struct kb_protector *keybag_protector_find(const struct kb_form *form,
						 const struct keybag_credential *credential);

/*
 * Opens it into @keys. Returns 0, -EKEYREJECTED (wrong secret), -EBADMSG (right secret, damaged
 * protector). Without device key (@workspace->device NULL) only recovery and escrow can be opened.
 */
int keybag_protector_open(struct keybag_workspace *workspace, const u8 *uuid,
			  const struct kb_protector *protector,
			  const struct keybag_credential *credential, struct keybag_bag_keys *keys);

/*
 * Seals @keys under the secret. Writes to @verifier, and to @sealed_bag and @sealed_akpu (passcode
 * only), which become those of @protector.
 */
int keybag_protector_seal(struct keybag_workspace *workspace, const u8 *uuid,
			  struct kb_protector *protector,
			  const struct keybag_credential *credential,
			  const struct keybag_bag_keys *keys, u8 *verifier, u8 *sealed_bag,
			  u8 *sealed_akpu);

#endif /* _KEYBAG_PROTECTOR_H */

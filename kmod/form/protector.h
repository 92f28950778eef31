/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Protectors: from a secret to K_bag and K_akpu, and back.
 */
#ifndef _KEYBAG_PROTECTOR_H
#define _KEYBAG_PROTECTOR_H

#include <linux/types.h>
#include "../../keybag/form.h"
#include "../uapi/keybag.h"
#include "workspace.h"

/**
 * struct keybag_credential - a secret that opens a protector
 * @kind: enum keybag_protector_kind
 * @id: of the protector, 0: the only one of that kind
 * @length: of @secret
 * @hardware_length: of @hardware
 * @secret: passcode key, recovery code, escrow secret
 * @hardware: S
 */
struct keybag_credential {
	u32 kind;
	u32 id;
	u32 length;
	u32 hardware_length;
	u8 secret[KEYBAG_MAX_SECRET] __aligned(16);
	u8 hardware[KEYBAG_MAX_HARDWARE_SECRET] __aligned(16);
};

/* The one that opens a protector of kind NONE. */
extern const struct keybag_credential keybag_credential_none;

/*
 * Copies it in from user memory. ERR_PTR(-EINVAL) where kind and lengths do not go together,
 * -EFAULT, -ENOMEM.
 */
struct keybag_credential *keybag_credential_copy(const struct keybag_secret *secret);

/* Wipes and frees it; NULL and ERR_PTR() are fine. */
void keybag_credential_free(struct keybag_credential *credential);

/* The protector of @form that @credential is for: by id and kind, or the only one; or NULL. */
const struct kb_protector *keybag_protector_find(const struct kb_form *form,
						 const struct keybag_credential *credential);

/* Notes in a form whether the passcode that it gets, @credential, has S. */
enum kb_hardware keybag_credential_hardware(const struct keybag_credential *credential);

/* Whether @credential has S where a passcode of @form wants it. */
bool keybag_credential_suits(const struct kb_form *form,
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

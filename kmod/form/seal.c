// SPDX-License-Identifier: GPL-2.0-only
#include <linux/align.h>
#include <linux/random.h>
#include <linux/string.h>
#include "../../keybag/bytes.h"
#include "../../keybag/record.h"
#include "../crypto/burn.h"
#include "../crypto/hkdf.h"
#include "seal.h"

static_assert(KEYBAG_KEY_SIZE + KEYBAG_SEAL_OVERHEAD == KB_SEALED_KEY_SIZE);
static_assert(KB_RECORD_HEADER_SIZE + KB_RECORD_CONTENT_SIZE + KEYBAG_SEAL_OVERHEAD ==
	      KB_RECORD_SIZE);
static_assert(KB_RECORD_CONTENT_SIZE <= KEYBAG_WORKSPACE_CONTENT);

int keybag_seal_key(struct keybag_workspace *workspace, const u8 *uuid, const u8 *x)
{
	const struct keybag_part part = { x, KEYBAG_KEY_SIZE };
	int err;

	err = keybag_hkdf(workspace->hmac, uuid, KB_UUID_SIZE, &part, 1, "seal encrypt",
			  workspace->encrypt, KEYBAG_KEY_SIZE);
	if (!err)
		err = keybag_hkdf(workspace->hmac, uuid, KB_UUID_SIZE, &part, 1, "seal nonce",
				  workspace->nonce, KEYBAG_KEY_SIZE);
	if (!err)
		err = keybag_gcm_key_set(workspace->gcm, workspace->encrypt);
	if (!err)
		err = keybag_cmac_key_set(workspace->cmac, &workspace->bench, workspace->nonce);
	memzero_explicit(workspace->encrypt, sizeof(workspace->encrypt));
	memzero_explicit(workspace->nonce, sizeof(workspace->nonce));
	keybag_burn_cipher();
	return err;
}

static u8 *aad_begin(struct keybag_workspace *workspace, const u8 *uuid)
{
	u8 *aad = workspace->data + KEYBAG_HEDGE_SIZE;

	memcpy(aad, uuid, KB_UUID_SIZE);
	return aad + KB_UUID_SIZE;
}

/* Moves it so that the content behind it is aligned: then no driver copies that (work.h). */
static void aad_end(struct keybag_workspace *workspace, const u8 *end)
{
	u8 *aad = workspace->data + KEYBAG_HEDGE_SIZE;

	workspace->aad_length = end - aad;
	workspace->aad = PTR_ALIGN(aad + workspace->aad_length, KEYBAG_BLOCK_SIZE) -
			 workspace->aad_length;
	memmove(workspace->aad, aad, workspace->aad_length);
}

void keybag_seal_protector_aad(struct keybag_workspace *workspace, const u8 *uuid, u32 purpose,
			       const struct kb_protector *protector)
{
	u8 *aad = aad_begin(workspace, uuid);

	kb_put_le32(aad, purpose);
	aad += sizeof(u32);
	aad_end(workspace, aad + kb_protector_aad(aad, protector));
}

void keybag_seal_class_aad(struct keybag_workspace *workspace, const u8 *uuid,
			   const struct kb_class_key *key)
{
	u8 *aad = aad_begin(workspace, uuid);

	kb_class_key_aad(aad, key);
	aad_end(workspace, aad + KB_CLASS_KEY_FIXED_SIZE);
}

void keybag_seal_record_aad(struct keybag_workspace *workspace, const u8 *uuid, const u8 *header)
{
	u8 *aad = aad_begin(workspace, uuid);

	memcpy(aad, header, KB_RECORD_HEADER_SIZE);
	aad_end(workspace, aad + KB_RECORD_HEADER_SIZE);
}

/* The nonce: a PRF of fresh random bytes, associated data and content, which stand in a row. */
static int seal_nonce(struct keybag_workspace *workspace, size_t length, u8 *nonce)
{
	u8 *hedge = workspace->aad - KEYBAG_HEDGE_SIZE;

	get_random_bytes(hedge, KEYBAG_HEDGE_SIZE);
	return keybag_cmac(&workspace->bench, workspace->cmac, hedge,
			   KEYBAG_HEDGE_SIZE + workspace->aad_length + length, nonce);
}

int keybag_seal(struct keybag_workspace *workspace, const u8 *plaintext, size_t length, u8 *out)
{
	u8 *aad = workspace->aad;
	u8 *content = aad + workspace->aad_length;
	u8 nonce[KEYBAG_CMAC_SIZE] __aligned(16) = {};
	int err;

	if (WARN_ON_ONCE(length > KEYBAG_WORKSPACE_CONTENT))
		return -EINVAL;

	memcpy(content, plaintext, length);
	err = seal_nonce(workspace, length, nonce);
	if (err)
		goto out;

	memcpy(out, nonce, KEYBAG_GCM_NONCE);
	err = keybag_gcm_encrypt(&workspace->bench, workspace->gcm, aad, workspace->aad_length,
				 length, nonce);
	if (!err)
		memcpy(out + KEYBAG_GCM_NONCE, content, length + KEYBAG_GCM_TAG);
out:
	memzero_explicit(content, length);
	keybag_burn_cipher();
	return err;
}

int keybag_open(struct keybag_workspace *workspace, const u8 *sealed, size_t length, u8 *out)
{
	u8 *aad = workspace->aad;
	u8 *content = aad + workspace->aad_length;
	u8 nonce[KEYBAG_CMAC_SIZE] __aligned(16) = {};
	int err;

	if (WARN_ON_ONCE(length > KEYBAG_WORKSPACE_CONTENT))
		return -EINVAL;

	memcpy(nonce, sealed, KEYBAG_GCM_NONCE);
	memcpy(content, sealed + KEYBAG_GCM_NONCE, length + KEYBAG_GCM_TAG);
	err = keybag_gcm_decrypt(&workspace->bench, workspace->gcm, aad, workspace->aad_length,
				 length, nonce);
	if (err)
		memset(out, 0, length);
	else
		memcpy(out, content, length);
	memzero_explicit(content, length);
	keybag_burn_cipher();
	return err;
}

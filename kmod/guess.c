// SPDX-License-Identifier: GPL-2.0-only
#include <linux/random.h>
#include <linux/string.h>
#include <linux/ktime.h>
#include "../keybag/bytes.h"
#include "../keybag/guess.h"
#include "compat.h"
#include "guess.h"
#include "hkdf.h"

static u8 boot_key[KEYBAG_KEY_SIZE];

void keybag_guess_init(void)
{
	get_random_bytes(boot_key, sizeof(boot_key));
}

void keybag_guess_exit(void)
{
	memzero_explicit(boot_key, sizeof(boot_key));
}

static void impose_delay(struct keybag_guess *guess)
{
	u64 delay = kb_guess_delay(guess->failures);

	guess->not_before = delay ? ktime_get_boottime_ns() + delay * NSEC_PER_SEC : 0;
}

void keybag_guess_start(struct keybag_guess *guess, const struct kb_record *record)
{
	guess->failures = record ? record->failures : KB_GUESS_FAILURES_UNKNOWN;
	guess->assumed = record ? record->assumed : true;
	impose_delay(guess);
}

u64 keybag_guess_wait(const struct keybag_guess *guess)
{
	u64 now = ktime_get_boottime_ns();

	return guess->not_before > now ? guess->not_before - now : 0;
}

void keybag_guess_right(struct keybag_guess *guess)
{
	memzero_explicit(guess, sizeof(*guess));
}

/* Of the secret alone, not S: a repeat is not worth asking the TPM. */
static int hash_secret(struct keybag_workspace *workspace, const u8 *uuid,
		       const struct keybag_credential *credential, u8 *hash)
{
	const struct keybag_part parts[] = {
		{ boot_key, sizeof(boot_key) },
		{ uuid, KB_UUID_SIZE },
		{ (const u8 *)&credential->kind, sizeof(credential->kind) },
		{ (const u8 *)&credential->id, sizeof(credential->id) },
		{ credential->secret, credential->length },
	};

	return keybag_hkdf(workspace->hmac, NULL, 0, parts, ARRAY_SIZE(parts), "recent wrong",
			   hash, KEYBAG_HMAC_SIZE);
}

static bool is_recent(const struct keybag_guess *guess, const u8 *hash)
{
	u64 now = ktime_get_boottime_ns();
	bool found = false;
	unsigned int i;

	for (i = 0; i < KEYBAG_RECENT_WRONG; i++)
		if (guess->recent[i].until > now &&
		    !crypto_memneq(guess->recent[i].hash, hash, KEYBAG_HMAC_SIZE))
			found = true;
	return found;
}

static void remember(struct keybag_guess *guess, const u8 *hash)
{
	memcpy(guess->recent[guess->oldest].hash, hash, KEYBAG_HMAC_SIZE);
	guess->recent[guess->oldest].until = ktime_get_boottime_ns() + KEYBAG_RECENT_WRONG_NS;
	guess->oldest = (guess->oldest + 1) % KEYBAG_RECENT_WRONG;
}

void keybag_guess_wrong(struct keybag_guess *guess, struct keybag_workspace *workspace,
			const u8 *uuid, const struct keybag_credential *credential)
{
	u8 *hash = workspace->verifier;

	if (!hash_secret(workspace, uuid, credential, hash)) {
		if (is_recent(guess, hash))
			goto out;
		remember(guess, hash);
	}
	if (guess->failures < U32_MAX)
		guess->failures++;
	impose_delay(guess);
out:
	memzero_explicit(hash, KEYBAG_HMAC_SIZE);
}

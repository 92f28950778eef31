// SPDX-License-Identifier: GPL-2.0-only
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/random.h>
#include <linux/rwsem.h>
#include <linux/string.h>
#include <linux/workqueue.h>
#include "../../keybag/bytes.h"
#include "../../keybag/guess.h"
#include "../compat.h"
#include "../crypto/hkdf.h"
#include "throttle.h"

/* Under which wrong secrets are remembered: with it all of them are forgotten. */
static u8 memory_key[KEYBAG_KEY_SIZE];
static DECLARE_RWSEM(memory_lock);

/* When the secret that was remembered last expires, ns of the boot clock. */
static u64 last_expiry;

void keybag_throttle_forget(void)
{
	down_write(&memory_lock);
	get_random_bytes(memory_key, sizeof(memory_key));
	up_write(&memory_lock);
}

void keybag_throttle_overwrite(void)
{
	memzero_explicit(memory_key, sizeof(memory_key));
}

static void forget_expired(struct work_struct *work);
static DECLARE_DELAYED_WORK(forget_work, forget_expired);

static void forget_expired(struct work_struct *work)
{
	u64 now = ktime_get_boottime_ns(), expiry = READ_ONCE(last_expiry);

	if (expiry > now)
		schedule_delayed_work(&forget_work, nsecs_to_jiffies(expiry - now) + 1);
	else
		keybag_throttle_forget();
}

void keybag_throttle_init(void)
{
	keybag_throttle_forget();
}

void keybag_throttle_exit(void)
{
	cancel_delayed_work_sync(&forget_work);
	keybag_throttle_overwrite();
}

static void impose_delay(struct keybag_throttle *throttle)
{
	u64 delay = kb_guess_delay(throttle->failures);

	throttle->not_before = delay ? ktime_get_boottime_ns() + delay * NSEC_PER_SEC : 0;
}

void keybag_throttle_start(struct keybag_throttle *throttle, const struct kb_record *record)
{
	throttle->failures = record ? record->failures : KB_GUESS_FAILURES_UNKNOWN;
	throttle->assumed = record ? record->assumed : true;
	impose_delay(throttle);
}

void keybag_throttle_pause(struct keybag_throttle *throttle)
{
	throttle->paused = keybag_throttle_wait(throttle);
}

void keybag_throttle_resume(struct keybag_throttle *throttle)
{
	if (throttle->paused)
		impose_delay(throttle);
	throttle->paused = false;
}

u64 keybag_throttle_wait(const struct keybag_throttle *throttle)
{
	u64 not_before = READ_ONCE(throttle->not_before);
	u64 now = ktime_get_boottime_ns();

	return not_before > now ? not_before - now : 0;
}

void keybag_throttle_right(struct keybag_throttle *throttle)
{
	memzero_explicit(throttle, sizeof(*throttle));
}

/* Hashes the secret alone, without S: a repeat is not worth asking the TPM. */
static int hash_secret(struct keybag_workspace *workspace, const u8 *uuid,
		       const struct keybag_credential *credential, u8 *hash)
{
	const struct keybag_part parts[] = {
		{ memory_key, sizeof(memory_key) },
		{ uuid, KB_UUID_SIZE },
		{ (const u8 *)&credential->kind, sizeof(credential->kind) },
		{ (const u8 *)&credential->id, sizeof(credential->id) },
		{ credential->secret, credential->length },
	};
	int error;

	down_read(&memory_lock);
	error = keybag_hkdf(workspace->hmac, NULL, 0, parts, ARRAY_SIZE(parts), "recent wrong",
			    hash, KEYBAG_HMAC_SIZE);
	up_read(&memory_lock);
	return error;
}

static bool is_recent(const struct keybag_throttle *throttle, const u8 *hash)
{
	u64 now = ktime_get_boottime_ns();
	bool found = false;
	unsigned int i;

	for (i = 0; i < KEYBAG_RECENT_WRONG; i++)
		if (throttle->recent[i].until > now &&
		    !crypto_memneq(throttle->recent[i].hash, hash, KEYBAG_HMAC_SIZE))
			found = true;
	return found;
}

static void remember(struct keybag_throttle *throttle, const u8 *hash)
{
	u64 expiry = ktime_get_boottime_ns() + KEYBAG_RECENT_WRONG_NS;

	memcpy(throttle->recent[throttle->oldest].hash, hash, KEYBAG_HMAC_SIZE);
	throttle->recent[throttle->oldest].until = expiry;
	throttle->oldest = (throttle->oldest + 1) % KEYBAG_RECENT_WRONG;
	WRITE_ONCE(last_expiry, expiry);
	schedule_delayed_work(&forget_work, nsecs_to_jiffies(KEYBAG_RECENT_WRONG_NS) + 1);
}

void keybag_throttle_wrong(struct keybag_throttle *throttle, struct keybag_workspace *workspace,
			   const u8 *uuid, const struct keybag_credential *credential)
{
	u8 *hash = workspace->verifier;

	if (!hash_secret(workspace, uuid, credential, hash)) {
		if (is_recent(throttle, hash))
			goto out;
		remember(throttle, hash);
	}
	if (throttle->failures < U32_MAX)
		throttle->failures++;
	impose_delay(throttle);
out:
	memzero_explicit(hash, KEYBAG_HMAC_SIZE);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * An hmac(sha256) that takes as long as a test wants: the thread with the number in the parameter
 * victim waits at the start of each message until that is something else, as a slow cipher would
 * where it must not sleep. "held" says that it does. The work is done by the driver that was
 * there before.
 */
#include <crypto/internal/hash.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/preempt.h>
#include <linux/sched.h>

/* A test that died leaves nobody behind for long. */
#define PATIENCE_MS	10000
#define STEP_US		100

static int victim;
module_param(victim, int, 0644);

static bool held;
module_param(held, bool, 0444);

static char driver[CRYPTO_MAX_ALG_NAME];

struct hold_key {
	struct crypto_shash *inner;
};

static struct shash_desc *inner_of(struct shash_desc *desc)
{
	struct hold_key *key = crypto_shash_ctx(desc->tfm);
	struct shash_desc *inner = shash_desc_ctx(desc);

	inner->tfm = key->inner;
	return inner;
}

static void hold(void)
{
	unsigned int left = PATIENCE_MS * 1000 / STEP_US;

	while (READ_ONCE(victim) == current->pid && left--) {
		WRITE_ONCE(held, true);
		if (preemptible())
			usleep_range(STEP_US, 2 * STEP_US);
		else
			udelay(STEP_US);
	}
	WRITE_ONCE(held, false);
}

static int hold_init(struct shash_desc *desc)
{
	if (unlikely(READ_ONCE(victim) == current->pid))
		hold();
	return crypto_shash_init(inner_of(desc));
}

static int hold_update(struct shash_desc *desc, const u8 *data, unsigned int length)
{
	return crypto_shash_update(inner_of(desc), data, length);
}

static int hold_final(struct shash_desc *desc, u8 *out)
{
	return crypto_shash_final(inner_of(desc), out);
}

static int hold_setkey(struct crypto_shash *tfm, const u8 *bytes, unsigned int length)
{
	struct hold_key *key = crypto_shash_ctx(tfm);

	return crypto_shash_setkey(key->inner, bytes, length);
}

static int hold_init_tfm(struct crypto_shash *tfm)
{
	struct hold_key *key = crypto_shash_ctx(tfm);

	key->inner = crypto_alloc_shash(driver, 0, 0);
	return PTR_ERR_OR_ZERO(key->inner);
}

static void hold_exit_tfm(struct crypto_shash *tfm)
{
	struct hold_key *key = crypto_shash_ctx(tfm);

	crypto_free_shash(key->inner);
}

static struct shash_alg alg = {
	.init = hold_init,
	.update = hold_update,
	.final = hold_final,
	.setkey = hold_setkey,
	.init_tfm = hold_init_tfm,
	.exit_tfm = hold_exit_tfm,
	.digestsize = 32,
	.base = {
		.cra_name = "hmac(sha256)",
		.cra_driver_name = "hmac-sha256-hold",
		.cra_priority = 100000,
		.cra_blocksize = 64,
		.cra_ctxsize = sizeof(struct hold_key),
		.cra_module = THIS_MODULE,
	},
};

static int __init hold_module_init(void)
{
	struct crypto_shash *before = crypto_alloc_shash("hmac(sha256)", 0, 0);

	if (IS_ERR(before))
		return PTR_ERR(before);
	strscpy(driver, crypto_shash_driver_name(before), sizeof(driver));
	alg.descsize = sizeof(struct shash_desc) + crypto_shash_descsize(before);
	crypto_free_shash(before);
	return crypto_register_shash(&alg);
}

static void __exit hold_module_exit(void)
{
	crypto_unregister_shash(&alg);
}

module_init(hold_module_init);
module_exit(hold_module_exit);

MODULE_DESCRIPTION("A hash that a test can hold");
MODULE_LICENSE("GPL");

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keybag: class keys that exist only while the lock state allows it.
 */
#include <linux/module.h>
#include "cipher.h"
#include "device_key.h"
#include "file.h"
#include "floor.h"
#include "guess.h"
#include "key_type.h"
#include "nonce.h"
#include "power.h"
#include "registry.h"
#include "work.h"

static int __init keybag_init(void)
{
	int err;

	keybag_guess_init();
	err = keybag_cipher_init();
	if (err)
		goto err_cipher;
	err = keybag_nonce_check();
	if (err)
		goto err_work;
	err = keybag_work_init_cache();
	if (err)
		goto err_work;
	err = keybag_power_init();
	if (err)
		goto err_power;
	err = keybag_key_type_init();
	if (err)
		goto err_key_type;
	err = keybag_file_init();
	if (err)
		goto err_file;

	pr_info("keybag: %s, %s\n", keybag_cipher_aead_driver(), keybag_cipher_cmac_driver());
	return 0;

err_file:
	keybag_key_type_exit();
err_key_type:
	keybag_power_exit();
err_power:
	keybag_work_exit_cache();
err_work:
	keybag_cipher_exit();
err_cipher:
	keybag_guess_exit();
	return err;
}

static void __exit keybag_exit(void)
{
	keybag_file_exit();
	keybag_key_type_exit();
	keybag_power_exit();
	keybag_evict_all(KEYBAG_REASON_UNLOAD, NULL);
	/* Bags are freed after a grace period, by who does not run our code. */
	keybag_floor_exit();
	keybag_work_exit_cache();
	keybag_cipher_exit();
	keybag_guess_exit();
}

module_init(keybag_init);
module_exit(keybag_exit);

MODULE_DESCRIPTION("Class keys whose availability follows the lock state");
MODULE_LICENSE("GPL");
MODULE_VERSION(KEYBAG_MODULE_VERSION);
MODULE_SOFTDEP("pre: aesni_intel ghash_clmulni_intel gcm ctr ghash-generic cbc cmac hmac sha256 curve25519-x86_64");

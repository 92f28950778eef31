// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keybag: class keys that exist only while the lock state allows it.
 */
#include <linux/module.h>
#include "bag/event.h"
#include "bag/follower.h"
#include "bag/registry.h"
#include "bag/rollback.h"
#include "bag/throttle.h"
#include "crypto/cipher.h"
#include "crypto/cmac.h"
#include "crypto/gcm.h"
#include "data/file.h"
#include "data/work.h"
#include "form/device_key.h"
#include "front/device.h"
#include "front/key_type.h"
#include "front/power.h"

static int __init keybag_init(void)
{
	int err;

	keybag_throttle_init();
	err = keybag_cipher_init();
	if (err)
		goto err_cipher;
	err = keybag_work_init_cache();
	if (err)
		goto err_work;
	err = keybag_event_init();
	if (err)
		goto err_event;
	err = keybag_power_init();
	if (err)
		goto err_power;
	err = keybag_follower_init();
	if (err)
		goto err_follower;
	err = keybag_key_type_init();
	if (err)
		goto err_key_type;
	keybag_file_set_operations(&keybag_device_operations);
	err = keybag_device_init();
	if (err)
		goto err_device;

	pr_info("keybag: %s, %s\n", keybag_gcm_driver(), keybag_cmac_driver());
	return 0;

err_device:
	keybag_key_type_exit();
err_key_type:
	keybag_follower_exit();
err_follower:
	keybag_power_exit();
err_power:
	keybag_event_exit();
err_event:
	keybag_work_exit_cache();
err_work:
	keybag_cipher_exit();
err_cipher:
	keybag_throttle_exit();
	return err;
}

static void __exit keybag_exit(void)
{
	keybag_device_exit();
	keybag_key_type_exit();
	keybag_follower_exit();
	keybag_power_exit();
	keybag_evict_all(KEYBAG_REASON_UNLOAD, NULL);
	keybag_event_exit();
	/* Bags are freed after a grace period, by who does not run our code. */
	keybag_rollback_exit();
	keybag_work_exit_cache();
	keybag_cipher_exit();
	keybag_throttle_exit();
}

module_init(keybag_init);
module_exit(keybag_exit);

MODULE_DESCRIPTION("Class keys whose availability follows the lock state");
MODULE_LICENSE("GPL");
MODULE_VERSION(KEYBAG_MODULE_VERSION);

/* The processor's own ciphers come first: a generic one that is there already keeps them out. */
#if defined(CONFIG_X86_64)
#define PROCESSOR_CIPHERS "aesni_intel ghash_clmulni_intel curve25519-x86_64"
#elif defined(CONFIG_ARM64)
#define PROCESSOR_CIPHERS "aes-ce-blk ghash-ce sha2-ce"
#else
#define PROCESSOR_CIPHERS ""
#endif
MODULE_SOFTDEP("pre: " PROCESSOR_CIPHERS " gcm ctr ghash-generic cbc cmac hmac sha256");

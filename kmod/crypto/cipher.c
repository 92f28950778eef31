// SPDX-License-Identifier: GPL-2.0-only
#include "cipher.h"
#include "cmac.h"
#include "gcm.h"
#include "hmac.h"

int keybag_cipher_init(void)
{
	int err;

	err = keybag_gcm_init();
	if (err)
		return err;
	err = keybag_cmac_init();
	if (err)
		goto err_cmac;
	err = keybag_hmac_init();
	if (err)
		goto err_hmac;
	return 0;

err_hmac:
	keybag_cmac_exit();
err_cmac:
	keybag_gcm_exit();
	return err;
}

void keybag_cipher_exit(void)
{
	keybag_hmac_exit();
	keybag_cmac_exit();
	keybag_gcm_exit();
}

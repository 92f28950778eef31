// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kernel.h>
#include "driver.h"

int keybag_driver_error(long error)
{
	return error == -ENOENT ? -ENOPKG : (int)error;
}

/*
 * A driver that says ASYNC may leave a request to another thread: cryptd and pcrypt do, which any
 * user can have put over a driver by AF_ALG, where they go before it. The SIMD helper says ASYNC as
 * well, but puts off only what comes in an interrupt. It is told by the driver it stands on: that
 * has the same name after "__".
 */
bool keybag_driver_completes_in_call(const struct crypto_tfm *tfm)
{
	char inner[CRYPTO_MAX_ALG_NAME + 2];

	if (!(tfm->__crt_alg->cra_flags & CRYPTO_ALG_ASYNC))
		return true;
	snprintf(inner, sizeof(inner), "__%s", tfm->__crt_alg->cra_driver_name);
	return crypto_has_alg(inner, CRYPTO_ALG_INTERNAL, CRYPTO_ALG_INTERNAL);
}

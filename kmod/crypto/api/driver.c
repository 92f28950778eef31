// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kernel.h>
#include <linux/string.h>
#include "driver.h"

int keybag_driver_error(long error)
{
	return error == -ENOENT ? -ENOPKG : (int)error;
}

/* The SIMD helper is told by the driver it stands on: that has the same name after "__". */
static bool stands_on(const struct crypto_tfm *tfm, char *inner)
{
	const char *name = tfm->__crt_alg->cra_driver_name;

	return snprintf(inner, CRYPTO_MAX_ALG_NAME, "__%s", name) < CRYPTO_MAX_ALG_NAME &&
	       crypto_has_alg(inner, CRYPTO_ALG_INTERNAL, CRYPTO_ALG_INTERNAL);
}

/*
 * A driver that says ASYNC may leave a request to another thread: cryptd and pcrypt do, which any
 * user can have put over a driver by AF_ALG, where they go before it. The SIMD helper says ASYNC as
 * well, but puts off only what comes in an interrupt.
 */
bool keybag_driver_completes_in_call(const struct crypto_tfm *tfm)
{
	char inner[CRYPTO_MAX_ALG_NAME];

	return !(tfm->__crt_alg->cra_flags & CRYPTO_ALG_ASYNC) || stands_on(tfm, inner);
}

void keybag_driver_of_keys(struct keybag_driver *driver, const struct crypto_tfm *chosen)
{
	driver->type = CRYPTO_ALG_INTERNAL;
	if (stands_on(chosen, driver->name))
		return;
	driver->type = 0;
	strscpy(driver->name, chosen->__crt_alg->cra_driver_name, sizeof(driver->name));
}

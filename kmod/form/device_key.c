// SPDX-License-Identifier: GPL-2.0-only
#include <linux/bitops.h>
#include <linux/err.h>
#include <linux/string.h>
#include "../compat.h"
#include "device_key.h"

DECLARE_RWSEM(keybag_device_lock);

/* keybag_device_lock; to change @is_set, for writing. */
static struct keybag_device_subkeys subkeys;
static bool is_set;
/* Memory is about to be written out or left behind; no key may come. */
static unsigned long refused;	/* bits: enum keybag_refusal */

const struct keybag_device_subkeys *keybag_device_subkeys(void)
{
	lockdep_assert_held(&keybag_device_lock);
	if (READ_ONCE(refused))
		return ERR_PTR(-EBUSY);
	return is_set ? &subkeys : ERR_PTR(-ENODEV);
}

void keybag_device_key_refuse(enum keybag_refusal why, bool refuse)
{
	assign_bit(why, &refused, refuse);
}

void keybag_device_key_wipe(void)
{
	WRITE_ONCE(is_set, false);
	memzero_explicit(&subkeys, sizeof(subkeys));
}

void keybag_device_key_overwrite(void)
{
	memzero_explicit(&subkeys, sizeof(subkeys));
}

bool keybag_device_key_present(void)
{
	return READ_ONCE(is_set);
}

bool keybag_device_key_id(u8 *ret_id)
{
	bool found;

	down_read(&keybag_device_lock);
	found = is_set;
	if (found)
		memcpy(ret_id, subkeys.id, sizeof(subkeys.id));
	up_read(&keybag_device_lock);
	return found;
}

int keybag_device_key_install(const struct keybag_device_subkeys *derived)
{
	int err = 0;

	down_write(&keybag_device_lock);
	if (READ_ONCE(refused)) {
		err = -EBUSY;
	} else if (!is_set) {
		subkeys = *derived;
		WRITE_ONCE(is_set, true);
	} else if (crypto_memneq(subkeys.id, derived->id, sizeof(derived->id))) {
		err = -EEXIST;
	}
	up_write(&keybag_device_lock);
	return err;
}

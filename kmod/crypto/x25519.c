// SPDX-License-Identifier: GPL-2.0-only
#include <crypto/curve25519.h>
#include "burn.h"
#include "x25519.h"

bool keybag_x25519_make(u8 *secret, u8 *public_half)
{
	bool made;

	curve25519_generate_secret(secret);
	made = curve25519_generate_public(public_half, secret);
	keybag_burn_hash();
	return made;
}

bool keybag_x25519_agree(u8 *shared, const u8 *secret, const u8 *public_half)
{
	return curve25519(shared, secret, public_half);
}

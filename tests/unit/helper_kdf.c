// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The passcode KDF against the library's own plain interface.
 */
#include <argon2.h>
#include <errno.h>
#include <string.h>

#include "keybagd/secret/kdf.h"
#include "lib/tap.h"

static void test_same(uint32_t memory_kib, uint32_t passes, uint32_t lanes)
{
	static const char passcode[] = "correct horse battery staple";
	CLEANUP_SECRET struct secret secret = SECRET_NONE, key = SECRET_NONE;
	const struct keybag_kdf cost = { memory_kib, passes, lanes };
	uint8_t salt[KEYBAG_SALT_SIZE], want[KEYBAG_PASSCODE_KEY_SIZE];

	memset(salt, 0x5a, sizeof(salt));
	check(secret_new(&secret, sizeof(passcode)) == 0);
	memcpy(secret.data, passcode, sizeof(passcode) - 1);
	secret.length = sizeof(passcode) - 1;
	check(argon2id_hash_raw(passes, memory_kib, lanes, passcode, sizeof(passcode) - 1, salt,
				sizeof(salt), want, sizeof(want)) == ARGON2_OK);
	check(kdf_derive(&cost, salt, &secret, &key) == 0);
	check(key.length == sizeof(want) && !memcmp(key.data, want, sizeof(want)));
	check(!secret.data);
	tap_test("%u KiB, %u passes, %u lanes", memory_kib, passes, lanes);
}

static void test_refused(void)
{
	static const struct keybag_kdf cost = { 4, 1, 1 };
	CLEANUP_SECRET struct secret secret = SECRET_NONE, key = SECRET_NONE;
	uint8_t salt[KEYBAG_SALT_SIZE] = { 0 };

	check(secret_new(&secret, 8) == 0);
	secret.length = 8;
	check(kdf_derive(&cost, salt, &secret, &key) == -EINVAL);
	check(!secret.data && !key.data);
	tap_test("a cost that is no cost is refused, and the passcode wiped all the same");
}

int main(void)
{
	tap_start();
	test_same(64, 1, 1);
	test_same(64, 3, 4);
	test_same(1000, 2, 1);
	test_same(16384, 1, 2);
	test_refused();
	return tap_end();
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * keybagd.conf.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "keybagd/config.h"
#include "keybagd/kdf.h"
#include "tap.h"

static void load(const char *text)
{
	char path[] = "/tmp/keybagd.conf.XXXXXX";
	int fd = mkstemp(path);

	check(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
	config_load(path);
	unlink(path);
}

static void test_defaults(void)
{
	config_load("/nowhere");
	check(config.kdf.memory_kib <= KDF_DEFAULT_MEMORY_KIB);
	check(config.kdf.passes == KDF_DEFAULT_PASSES && config.kdf.lanes == KDF_DEFAULT_LANES);
	check(!config.create_at_login);
	check(config.memory_limit_kib && config.memory_limit_kib <= KDF_MAX_MEMORY_KIB);
	tap_test("defaults without a file");
}

static void test_lines(void)
{
	load("# a comment\n\n  kdf-memory-kib=  128 # another\nkdf-passes = 7\r\nkdf-lanes\t=\t2\n"
	     "create = login");
	check(config.kdf.memory_kib == 128 && config.kdf.passes == 7 && config.kdf.lanes == 2);
	check(config.create_at_login);
	load("create = login\ncreate = never\n");
	check(!config.create_at_login);
	tap_test("keys, comments, blanks");

	load("kdf-memory-kib = 63\nkdf-passes = 0\nkdf-passes = 101\nkdf-lanes = 5\nkdf-lanes = -1\n"
	     "kdf-passes = 3x\nkdf-passes =\n= 5\nkdf-passes\ncreate = maybe\nno-such-key = 1\n"
	     "kdf-passes = 99999999999999999999\n");
	check(config.kdf.memory_kib >= 64 && config.kdf.passes == KDF_DEFAULT_PASSES);
	check(config.kdf.lanes == KDF_DEFAULT_LANES && !config.create_at_login);
	tap_test("what is not understood is passed over");
}

static void test_idle(void)
{
	config_load("/nowhere");
	check(!config.lock_after_idle);
	load("lock-after-idle = 604800\n");
	check(config.lock_after_idle == CONFIG_MAX_IDLE);
	load("lock-after-idle = 300\nlock-after-idle = 604801\nlock-after-idle = -1\n");
	check(config.lock_after_idle == 300);
	tap_test("lock-after-idle: never, seconds, at most a week");
}

static void test_limits(void)
{
	struct keybag_kdf kdf = { 0 };

	config_load("/nowhere");
	config.memory_limit_kib = 1000;
	config.kdf.memory_kib = 500;
	check(config_complete_kdf(&kdf, false) == 0);
	check(kdf.memory_kib == 500 && kdf.passes == 3 && kdf.lanes == 1);
	kdf = (struct keybag_kdf){ .memory_kib = 501 };
	check(config_complete_kdf(&kdf, false) == -EINVAL);
	kdf = (struct keybag_kdf){ .memory_kib = 1000 };
	check(config_complete_kdf(&kdf, true) == 0);
	kdf = (struct keybag_kdf){ .memory_kib = 1001 };
	check(config_complete_kdf(&kdf, true) == -EINVAL);
	kdf = (struct keybag_kdf){ .memory_kib = 63 };
	check(config_complete_kdf(&kdf, true) == -EINVAL);
	kdf = (struct keybag_kdf){ .passes = 101 };
	check(config_complete_kdf(&kdf, true) == -EINVAL);
	kdf = (struct keybag_kdf){ .lanes = 5 };
	check(config_complete_kdf(&kdf, true) == -EINVAL);
	tap_test("what a user and what root may ask for");
}

int main(void)
{
	tap_start();
	test_defaults();
	test_lines();
	test_idle();
	test_limits();
	return tap_end();
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The device key from a credential of systemd: which ones reach the kernel.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/paths.h"
#include "keybagd/kernel/device_key.h"
#include "keybagd/store/form_file.h"
#include "keybagd/store/store.h"
#include "libkeybag/keybag.h"
#include "lib/tap.h"

static const uint8_t uuid[KEYBAG_UUID_SIZE] = { 0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0x4d, 0xef, 0x80 };
static struct request_result result;
static unsigned int handed_over;
static bool has_other;

/* The kernel of the machine that tests this gets no key of ours. */
int __wrap_device_ioctl(unsigned long command, void *argument);
int __wrap_device_ioctl(unsigned long command, void *argument)
{
	const struct keybag_device_key *key = argument;

	check(command == KEYBAG_IOC_SET_DEVICE_KEY && !memcmp((const void *)(uintptr_t)key->key, "a key that is", 13));
	handed_over++;
	return has_other ? -EEXIST : 0;
}

static unsigned int dropped;

/* A file system may have read by the page cache and not say so. */
int __wrap_posix_fadvise(int fd, off_t offset, off_t length, int advice);
int __wrap_posix_fadvise(int fd, off_t offset, off_t length, int advice)
{
	check(fd >= 0 && !offset && !length && advice == POSIX_FADV_DONTNEED);
	dropped++;
	return 0;
}

static void put(size_t size, mode_t mode)
{
	static const char bytes[64] = "a key that is no key";
	int fd;

	unlink("keybag.device-key");
	fd = open("keybag.device-key", O_WRONLY | O_CREAT | O_EXCL, 0600);
	check(fd >= 0 && write(fd, bytes, size) == (ssize_t)size && fchmod(fd, mode) == 0 && close(fd) == 0);
}

static int supply(void)
{
	result = (struct request_result){ 0 };
	return device_key_supply(&result);
}

int main(void)
{
	char folder[] = "/tmp/device-key.XXXXXX";

	tap_start();
	check(mkdtemp(folder) && chdir(folder) == 0 && setenv("CREDENTIALS_DIRECTORY", folder, 1) == 0);

	put(45, 0400);
	check(supply() == -EMEDIUMTYPE && strstr(result.text, "credential") && strstr(result.text, "45 bytes long, not 32"));
	check(strstr(result.text, "then 'systemctl restart keybagd'"));
	put(0, 0400);
	check(supply() == -EMEDIUMTYPE && strstr(result.text, "0 bytes long, not 32"));
	tap_test("a credential of wrong size is an error with its remedy");

	put(32, 0444);
	check(supply() == -EMEDIUMTYPE && strstr(result.text, "credential") && strstr(result.text, "others can get at it"));
	check(unlink("keybag.device-key") == 0 && symlink("/dev/zero", "keybag.device-key") == 0);
	check(supply() == -ELOOP);
	tap_test("one that others can read, or a link, is not used");

	check(!handed_over);
	put(32, 0400);
	check(supply() == 0 && handed_over == 1 && dropped == 1);
	check(!device_key_is_lost());
	tap_test("a right one is handed to the kernel, and its page is dropped");

	has_other = true;
	check(supply() == -EMEDIUMTYPE && strstr(result.text, "kernel already has another key") && device_key_is_lost());
	has_other = false;
	check(supply() == 0 && handed_over == 3 && !device_key_is_lost());
	tap_test("where the kernel has another one, that has to be mended");

	check(access("etc", F_OK) < 0 && errno == ENOENT);
	tap_test("nothing is written, and no other key is made");

	check(unsetenv("CREDENTIALS_DIRECTORY") == 0 && store_open() == 0 && form_file_create(uuid, "form", 4) == 0);
	check(supply() == -ENODEV && strstr(result.text, "is missing, but 1 keybag is sealed to it"));
	check(handed_over == 3 && access(KEYBAG_DEVICE_KEY_FILE, F_OK) < 0);
	check(form_file_destroy(uuid) == 0);
	tap_test("a key that is missing is not replaced while a keybag is sealed to it");

	check(mkdir("credstore.encrypted", 0700) == 0);
	check(rename("keybag.device-key", "credstore.encrypted/keybag.device-key") == 0);
	check(supply() == -ENODEV && strstr(result.text, "is the credential credstore.encrypted/keybag.device-key"));
	check(strstr(result.text, "'systemctl restart keybagd'") && access(KEYBAG_DEVICE_KEY_FILE, F_OK) < 0);
	check(mkdir("credstore", 0700) == 0);
	check(rename("credstore.encrypted/keybag.device-key", "credstore/keybag.device-key") == 0);
	check(supply() == -ENODEV && device_key_is_lost() && handed_over == 3 && access(KEYBAG_DEVICE_KEY_FILE, F_OK) < 0);
	check(rename("credstore/keybag.device-key", "keybag.device-key") == 0);
	check(rmdir("credstore") == 0 && rmdir("credstore.encrypted") == 0);
	tap_test("nor is one made beside a credential that this daemon was not given");

	check(rmdir(KEYBAG_BAG_FOLDER) == 0 && rmdir("bags/of/a") == 0 && rmdir("bags/of") == 0 && rmdir("bags") == 0);
	check(unlink("keybag.device-key") == 0 && chdir("/") == 0 && rmdir(folder) == 0);
	return tap_end();
}

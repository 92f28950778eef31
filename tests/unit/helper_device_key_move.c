// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The device key in a TPM (swtpm), by the program keybag-tpm: made there, moved to the file and back with a stop at every call that
 * changes a file and with every such call failing, and with the TPM failing at each of its commands.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/paths.h"
#include "keybagd/kernel/device_key.h"
#include "keybagd/kernel/device_key_file.h"
#include "keybagd/kernel/device_key_move.h"
#include "keybagd/store/store.h"
#include "libkeybag/keybag.h"
#include "lib/swtpm.h"
#include "lib/tap.h"

#define BAG		KEYBAG_BAG_FOLDER "/00000000-0000-4000-8000-000000000001.keybag"
#define UNIT		TOP_FOLDER "/helper/units/keybagd.service"

static struct request_result result;
static struct swtpm first = { .state = "tpm1" }, second = { .state = "tpm2" };
static uint8_t kernel_key[KEYBAG_DEVICE_KEY_SIZE];
static bool kernel_has_key;

int __wrap_device_ioctl(unsigned long command, void *argument);
int __wrap_device_ioctl(unsigned long command, void *argument)
{
	const void *key = (const void *)(uintptr_t)((const struct keybag_device_key *)argument)->key;

	check(command == KEYBAG_IOC_SET_DEVICE_KEY);
	if (kernel_has_key && memcmp(key, kernel_key, sizeof(kernel_key)) != 0)
		return -EEXIST;
	memcpy(kernel_key, key, sizeof(kernel_key));
	kernel_has_key = true;
	return 0;
}

bool __wrap_device_ioctl_is_open(void);
bool __wrap_device_ioctl_is_open(void)
{
	return true;
}

/* Trouble at the call with number @trouble_at: the process ends, or the call fails. */
static int calls, trouble_at, trouble_error;

static int trouble(void)
{
	if (!trouble_at || ++calls != trouble_at)
		return 0;
	if (!trouble_error)
		_exit(77);
	errno = trouble_error;
	return -1;
}

#define WRAPPED(type, name, parameters, arguments) \
	type __real_##name parameters; \
	type __wrap_##name parameters; \
	type __wrap_##name parameters \
	{ \
		return trouble() ? -1 : __real_##name arguments; \
	}

WRAPPED(int, fsync, (int fd), (fd))
WRAPPED(int, fdatasync, (int fd), (fd))
WRAPPED(int, link, (const char *from, const char *to), (from, to))
WRAPPED(ssize_t, pwrite, (int fd, const void *bytes, size_t length, off_t offset), (fd, bytes, length, offset))
WRAPPED(ssize_t, write, (int fd, const void *bytes, size_t length), (fd, bytes, length))

/* The last name of a file goes: its blocks keep what is in them. */
static void lose_name(const char *path);

int __real_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to)
{
	if (trouble())
		return -1;
	lose_name(to);
	return __real_rename(from, to);
}

int __real_unlink(const char *path);
int __wrap_unlink(const char *path);
int __wrap_unlink(const char *path)
{
	if (trouble())
		return -1;
	lose_name(path);
	return __real_unlink(path);
}

static bool *left_in_blocks;	/* the key, in a file that was removed */

static void lose_name(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	uint8_t bytes[KEYBAG_DEVICE_KEY_SIZE];
	struct stat status;

	if (fd < 0)
		return;
	if (fstat(fd, &status) == 0 && status.st_nlink == 1 && read(fd, bytes, sizeof(bytes)) == sizeof(bytes) &&
	    !memcmp(bytes, kernel_key, sizeof(bytes)))
		*left_in_blocks = true;
	close(fd);
}

static int to_tpm(void)
{
	result = (struct request_result){ 0 };
	return device_key_move_to_tpm(&result);
}

static int to_file(void)
{
	result = (struct request_result){ 0 };
	return device_key_move_to_file(&result);
}

static int supply(void)
{
	result = (struct request_result){ 0 };
	return device_key_supply(&result);
}

static bool there(const char *path)
{
	return access(path, F_OK) == 0;
}

/* As at the start of the machine: the same key comes out. */
static bool is_kept(void)
{
	kernel_has_key = true;
	return supply() == 0;
}

static bool stopped_at(int at, int (*action)(void))
{
	int status;
	pid_t child = fork();

	if (!child) {
		trouble_at = at;
		_exit(action() ? 1 : 0);
	}
	waitpid(child, &status, 0);
	return WIFEXITED(status) && WEXITSTATUS(status) == 77;
}

static void test_made(void)
{
	check(supply() == 0 && there(KEYBAG_DEVICE_KEY_SEALED) && !device_key_file_remains() && !device_key_is_lost());
	kernel_has_key = false;
	swtpm_present = &first;
	check(supply() == 0 && kernel_has_key);
	tap_test("a new key is made in the TPM, and in no file");
}

static void test_stopped(const char *name, int (*move)(void), int (*back)(void), const char *from, const char *to)
{
	int at;

	for (at = 1; stopped_at(at, move); at++) {
		check(is_kept());
		/* The same again goes on. */
		check(move() == 0 && is_kept() && there(to) && !there(from));
		check(move != to_tpm || !device_key_file_remains());
		check(back() == 0 && is_kept());
		/* So does the way back, and the next move. */
		check(stopped_at(at, move) && back() == 0 && move() == 0 && back() == 0 && is_kept());
	}
	check(!*left_in_blocks);
	check(at > 5 && there(to) && !there(from) && back() == 0);
	tap_test("%s, stopped at each of %d calls: the key is there, and the same again goes on", name, at - 1);
}

static void test_failing(const char *name, int (*move)(void), int (*back)(void), int error)
{
	int at;

	for (at = 1;; at++) {
		int code;

		calls = 0;
		trouble_at = at;
		trouble_error = error;
		code = move();
		trouble_at = 0;
		trouble_error = 0;
		check(is_kept());
		if (calls < at) {
			check(!code);
			break;
		}
		check(move() == 0 && is_kept() && back() == 0 && is_kept());
	}
	check(back() == 0 && !*left_in_blocks);
	tap_test("%s, with each of %d calls failing: %s", name, at - 1, strerror(error));
}

/* One whose room is not given back would fill up: swtpm has three places for keys. */
static void test_commands(const char *name, int (*action)(void), int (*back)(void), uint32_t code)
{
	for (int at = 1;; at++) {
		int failed;

		swtpm_faults->commands = 0;
		swtpm_faults->fail_at = at;
		swtpm_faults->code = code;
		failed = action();
		swtpm_faults->fail_at = 0;
		if (swtpm_faults->commands < at) {
			check(!failed);
			tap_test("%s, with each of %d commands of the TPM failing: 0x%x", name, at - 1, code);
			return;
		}
		check(!failed || *result.text);
		check(is_kept());
		if (!failed)
			check(back() == 0);
	}
}

static void test_messages(void)
{
	static const uint8_t clear[] = { 0x80, 2, 0, 0, 0, 27, 0, 0, 1, 0x26, 0x40, 0, 0, 0x0a, 0, 0, 0, 9, 0x40, 0, 0, 9, 0, 0, 0, 0, 0 };
	uint8_t answer[SWTPM_COMMAND], key[KEYBAG_DEVICE_KEY_SIZE];
	int fd;

	swtpm_present = NULL;
	check(supply() == -ENODEV && strstr(result.text, "device.tpm: there is no TPM 2.0") && device_key_is_lost());
	tap_test("no TPM: an error with its remedy, and no other key is made");
	swtpm_present = &second;
	check((fd = open(BAG, O_WRONLY | O_CREAT | O_EXCL, 0600)) >= 0 && close(fd) == 0);
	check(supply() == -EMEDIUMTYPE && strstr(result.text, "sealed by another TPM"));
	tap_test("another TPM: an error of its own");
	swtpm_present = &first;
	check(supply() == 0);
	swtpm_faults->commands = 0;
	swtpm_faults->fail_at = 2;
	swtpm_faults->code = 0x921;
	check(supply() == -ENODEV && strstr(result.text, "is locked out"));
	swtpm_faults->fail_at = 0;
	check(supply() == 0 && !device_key_is_lost());
	tap_test("a TPM that is locked out: an error that may pass");

	memcpy(key, kernel_key, sizeof(key));
	check(swtpm_ask(clear, sizeof(clear), answer) == 19 || answer[9] == 0);
	check(supply() == -EMEDIUMTYPE && strstr(result.text, "was cleared since") && to_file() == -EXDEV);
	check(there(KEYBAG_DEVICE_KEY_SEALED) && to_tpm() == -EXDEV);
	tap_test("a TPM that was cleared: an error of its own, and nothing is removed");

	fd = open(KEYBAG_DEVICE_KEY_FILE, O_WRONLY | O_CREAT | O_EXCL, 0600);
	check(fd >= 0 && __real_write(fd, "another key, not the kernel's....", 32) == 32 && close(fd) == 0);
	kernel_has_key = false;
	check(to_tpm() == -EEXIST && strstr(result.text, "different device keys") && there(KEYBAG_DEVICE_KEY_FILE) && !kernel_has_key);
	swtpm_present = NULL;
	check(to_tpm() == -ENODEV && !kernel_has_key);
	swtpm_present = &first;
	fd = open(KEYBAG_DEVICE_KEY_FILE, O_WRONLY);
	check(fd >= 0 && __real_write(fd, key, sizeof(key)) == sizeof(key) && close(fd) == 0);
	check(to_tpm() == 0 && is_kept() && !device_key_file_remains());
	tap_test("a copy of the key, not another one, is sealed anew then");
}

static void test_damage(void)
{
	struct tpm_sealed sealed;
	int fd;

	check(device_key_tpm_read(&sealed, &result) == 0);
	for (size_t at = 0; at <= sealed.length; at += sealed.length / 5) {
		struct tpm_sealed damaged = sealed;

		if (at < damaged.length)
			damaged.bytes[at] ^= 1;
		else
			damaged.length--;
		check(device_key_tpm_write(&damaged) == 0);
		check(supply() == -EMEDIUMTYPE && strstr(result.text, "it is damaged: restore device.tpm from a backup"));
	}
	check(device_key_tpm_write(&sealed) == 0 && supply() == 0);
	fd = open(KEYBAG_DEVICE_KEY_SEALED, O_RDONLY);
	check(fd >= 0 && fchmod(fd, 0640) == 0 && supply() == -EMEDIUMTYPE && strstr(result.text, "others can get at it"));
	check(fchmod(fd, 0600) == 0 && close(fd) == 0);
	tap_test("a device.tpm that is damaged, or that others can get at, is not used");
}

/* A machine made from an image of another, or whose virtual TPM did not last. */
static void test_image(void)
{
	swtpm_present = &second;
	check(supply() == -EMEDIUMTYPE && unlink(BAG) == 0);
	kernel_has_key = false;
	check(supply() == 0 && kernel_has_key && there(KEYBAG_DEVICE_KEY_SEALED ".old") && !device_key_file_remains() && is_kept());
	tap_test("a device.tpm of another TPM that no keybag is sealed to: it is set aside, and a new key is made");
}

/* keybag/vectors/keys.txt has them. */
static void test_id(void)
{
	static const uint8_t device_key[] = {
		0x83, 0xfe, 0xcc, 0x2f, 0x8c, 0xa7, 0x83, 0xc1, 0x02, 0xa8, 0xb3, 0x9e, 0x41, 0xff, 0x86, 0x0f,
		0xe9, 0x72, 0x27, 0x60, 0xd1, 0xa0, 0xe3, 0xf4, 0xb4, 0x11, 0xc6, 0x9a, 0xe7, 0xd4, 0x53, 0xca,
	};
	static const uint8_t id[] = { 0x75, 0xd3, 0xe1, 0x57, 0xe9, 0x22, 0xde, 0x07, 0xbb, 0x29, 0xcd, 0xd1, 0x24, 0x5d, 0x06, 0x59 };
	CLEANUP_SECRET struct secret key = SECRET_NONE;
	struct tpm_sealed sealed;

	check(secret_new(&key, sizeof(device_key)) == 0);
	memcpy(key.data, device_key, sizeof(device_key));
	check(tpm_seal("known key", &key, &sealed, &result) == 0);
	check(!memcmp(sealed.id, id, sizeof(id)) && !memcmp(sealed.bytes + 16, id, sizeof(id)));
	tap_test("the header has the device-key id of docs/format.md");
}

/* The service manager ends a keybagd whose main thread is silent for WatchdogSec; sd-event has told it at most a quarter of that ago. */
static void test_main_thread(void)
{
	char line[256];
	unsigned int watchdog = 0;
	FILE *unit = fopen(UNIT, "r");

	check(unit);
	while (fgets(line, sizeof(line), unit))
		sscanf(line, "WatchdogSec=%u", &watchdog);
	fclose(unit);
	check(watchdog / 4 + DEVICE_KEY_MAIN_SECONDS < watchdog);
	device_key_begin();
	result = (struct request_result){ 0 };
	check(device_key_supply_main(&result) == -EBUSY && !result.error);
	device_key_end();
	check(device_key_supply_main(&result) == 0);
	tap_test("the main thread does not wait for others that are at the TPM, and its own time is within the watchdog's");
}

/* Last: it is left alone for a while then. */
static void test_silent(void)
{
	const time_t begin = time(NULL);
	time_t first_end;

	swtpm_faults->silent = true;
	result = (struct request_result){ 0 };
	check(device_key_supply_main(&result) == -ENODEV && strstr(result.text, "the TPM does not answer in time"));
	first_end = time(NULL);
	check(first_end - begin <= TPM_EXCHANGE_SECONDS + 1);
	for (int i = 0; i < 3; i++)
		check(supply() == -ENODEV && strstr(result.text, "the TPM does not answer in time") && to_file() == -ENODEV);
	check(time(NULL) - first_end <= 1 && there(KEYBAG_DEVICE_KEY_SEALED));
	swtpm_faults->silent = false;
	tap_test("a TPM that is silent takes its time once, and is not asked again at once");
}

int main(void)
{
	char folder[] = "/tmp/device-key-move.XXXXXX";
	char command[64];

	tap_start();
	check(unsetenv("CREDENTIALS_DIRECTORY") == 0 && mkdtemp(folder) && chdir(folder) == 0 && store_open() == 0);
	left_in_blocks = mmap(NULL, sizeof(*left_in_blocks), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	check(left_in_blocks != MAP_FAILED);
	swtpm_start(&first);
	swtpm_start(&second);
	swtpm_present = &first;
	/* By this file keybagd sees that there is one. */
	check(symlink("/dev/null", KEYBAG_TPM_DEVICE) == 0);
	test_made();
	test_stopped("TPM to file", to_file, to_tpm, KEYBAG_DEVICE_KEY_SEALED, KEYBAG_DEVICE_KEY_FILE);
	check(to_file() == 0);
	test_stopped("file to TPM", to_tpm, to_file, KEYBAG_DEVICE_KEY_FILE, KEYBAG_DEVICE_KEY_SEALED);
	test_failing("file to TPM", to_tpm, to_file, EIO);
	check(to_tpm() == 0);
	test_failing("TPM to file", to_file, to_tpm, ENOSPC);
	test_commands("opened", supply, supply, 0x101);
	check(to_file() == 0);
	test_commands("sealed", to_tpm, to_file, 0x902);
	test_messages();
	test_damage();
	test_image();
	test_id();
	test_main_thread();
	test_silent();
	swtpm_stop(&first);
	swtpm_stop(&second);
	snprintf(command, sizeof(command), "rm -r %s", folder);
	check(chdir("/") == 0 && system(command) == 0);
	return tap_end();
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Passcode keys that the TPM has found wrong, and indexes that are noted on disk.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/paths.h"
#include "keybagd/secret/wrong_passcode.h"
#include "keybagd/store/guard_note_file.h"
#include "keybagd/store/store.h"
#include "lib/tap.h"

static const uint8_t one[KEYBAG_UUID_SIZE] = { 1 }, other[KEYBAG_UUID_SIZE] = { 2 };
static time_t later;

int __real_clock_gettime(clockid_t clock, struct timespec *time);
int __wrap_clock_gettime(clockid_t clock, struct timespec *time);
int __wrap_clock_gettime(clockid_t clock, struct timespec *time)
{
	int result = __real_clock_gettime(clock, time);

	time->tv_sec += later;
	return result;
}

static void test_known(void)
{
	CLEANUP_SECRET struct secret key = SECRET_NONE, another = SECRET_NONE;

	check(secret_from("a passcode key of thirty-two byt", 32, &key) == 0);
	check(secret_from("a passcode key of thirty-two byT", 32, &another) == 0);
	check(!wrong_passcode_known(one, &key));
	wrong_passcode_remember(one, &key);
	check(wrong_passcode_known(one, &key) && !wrong_passcode_known(one, &another) && !wrong_passcode_known(other, &key));
	tap_test("a wrong one is known again, of its keybag");

	later = 359;
	check(wrong_passcode_known(one, &key));
	later = 361;
	check(!wrong_passcode_known(one, &key));
	later = 0;
	tap_test("for six minutes, which is longer than the kernel knows it");

	wrong_passcode_remember(other, &key);
	wrong_passcode_forget(one);
	check(!wrong_passcode_known(one, &key) && wrong_passcode_known(other, &key));
	wrong_passcode_forget_all();
	check(!wrong_passcode_known(other, &key));
	wrong_passcode_remember(other, &key);
	check(wrong_passcode_known(other, &key));
	wrong_passcode_forget_all();
	tap_test("until it is forgotten");
}

static void test_note(void)
{
	struct guard_note note = { .count = 2, .indexes = { { 0x01923456, { 1, 2 } }, { 0x01923457, { 3 } } } }, read = { 0 };

	check(guard_note_file_read(one, &read) == -ENOENT);
	check(guard_note_file_write(one, &note) == 0 && guard_note_file_read(one, &read) == 0);
	check(read.count == 2 && !memcmp(&read, &note, sizeof(note)));
	note.count = 1;
	check(guard_note_file_write(one, &note) == 0 && guard_note_file_read(one, &read) == 0 && read.count == 1);
	note.count = 0;
	check(guard_note_file_write(one, &note) == 0 && guard_note_file_read(one, &read) == -ENOENT);
	check(store_write_new(one, GUARD_NOTE_SUFFIX, "short", 5) == 0 && guard_note_file_read(one, &read) == -EBADMSG);
	tap_test("indexes are noted on disk, and the note goes with the last");
}

int main(void)
{
	char folder[] = "/tmp/wrong.XXXXXX", command[64];

	tap_start();
	check(mkdtemp(folder) && chdir(folder) == 0 && store_open() == 0);
	test_known();
	test_note();
	snprintf(command, sizeof(command), "rm -r %s", folder);
	check(chdir("/") == 0 && system(command) == 0);
	return tap_end();
}

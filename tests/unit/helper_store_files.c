// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The files of a keybag, one by one: sizes, slots of records, names of accounts, names of files.
 */
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/capability.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/io.h"
#include "keybag/record.h"
#include "keybagd/account/account_name.h"
#include "keybagd/store/form_file.h"
#include "keybagd/store/owner_file.h"
#include "keybagd/store/record_file.h"
#include "keybagd/store/store.h"
#include "lib/tap.h"

#define FOLDER	KEYBAG_BAG_FOLDER

static const uint8_t uuid[KEYBAG_UUID_SIZE] = { 0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0x4d, 0xef, 0x80 };

static void record_of(uint64_t sequence, struct sealed_record *record)
{
	memset(record, 0x33, sizeof(*record));
	record->length = KB_RECORD_SIZE;
	kb_record_header_write(record->bytes, sequence);
}

static void test_too_long(void)
{
	static uint8_t bytes[KEYBAG_MAX_FORM + 1];
	uint8_t back[KEYBAG_MAX_FORM];

	check(form_file_create(uuid, bytes, KEYBAG_MAX_FORM) == 0);
	check(form_file_read(uuid, back) == KEYBAG_MAX_FORM);
	check(form_file_destroy(uuid) == 0);
	check(form_file_create(uuid, bytes, sizeof(bytes)) == 0);
	check(form_file_read(uuid, back) == -EBADMSG);
	check(form_file_destroy(uuid) == 0);
	check(form_file_read(uuid, back) == -ENOENT);
	tap_test("forms of the largest size and over it");
}

/* Its previous generation is gone, as when the disk fails. */
static void test_not_back(void)
{
	int before = dup(STDERR_FILENO), log = memfd_create("said", 0);
	char said[1024] = "";

	check(form_file_create(uuid, "form", 4) == 0);
	dup2(log, STDERR_FILENO);
	check(form_file_revert(uuid) == -ENOENT);
	dup2(before, STDERR_FILENO);
	check(pread(log, said, sizeof(said) - 1, 0) > 0 && strstr(said, "12345678-9abc-4def-8000-000000000000"));
	check(strstr(said, "could not be put back") && strstr(said, "'systemctl restart keybagd'"));
	check(form_file_destroy(uuid) == 0);
	close(before);
	close(log);
	tap_test("a generation that cannot be put back is told of");
}

static void test_records(void)
{
	struct sealed_record record, present[RECORD_SLOTS];
	u64 sequence, sequences[RECORD_SLOTS];
	struct stat status;
	ino_t file = 0;
	int i, fd;

	check(record_file_read(uuid, present) == -ENOENT);
	for (sequence = 1; sequence < 20; sequence++) {
		record_of(sequence, &record);
		check(record_file_write(uuid, &record) == 0);
		check(stat(FOLDER "/12345678-9abc-4def-8000-000000000000.tries", &status) == 0);
		check(!file || file == status.st_ino);
		check(status.st_size == RECORD_SLOTS * RECORD_SLOT_SIZE && status.st_blocks > 0);
		file = status.st_ino;
		check(record_file_read(uuid, present) == 0);
		for (i = 0; i < RECORD_SLOTS; i++) {
			sequences[i] = 0;
			if (present[i].length)
				check(!kb_record_header_read(&sequences[i], present[i].bytes,
							     present[i].length));
		}
		/* The newest and the one before it. */
		check(sequences[0] == sequence || sequences[1] == sequence);
		check(sequences[0] + sequences[1] == 2 * sequence - 1);
	}
	tap_test("records take turns in the two slots of one file");

	fd = store_file(uuid, RECORD_SUFFIX, O_WRONLY);
	check(pwrite(fd, "damage", 6, 0) == 6);
	check(record_file_read(uuid, present) == 0);
	check(present[0].length > 0 && present[1].length == KB_RECORD_SIZE);
	record_of(30, &record);
	check(record_file_write(uuid, &record) == 0);
	check(record_file_read(uuid, present) == 0);
	check(!kb_record_header_read(&sequence, present[0].bytes, present[0].length) &&
	      sequence == 30);
	tap_test("a damaged slot is the next to be written");

	record_of(500, &record);
	check(record_file_write(uuid, &record) == 0);
	record_of(1, &record);
	check(record_file_renew(uuid, &record) == 0);
	check(record_file_read(uuid, present) == 0 && present[0].length > 0 && !present[1].length);
	tap_test("where one slot was refused both are written anew, whatever its number");

	close(fd);
	fd = store_file(uuid, RECORD_SUFFIX, O_WRONLY);
	check(ftruncate(fd, 100) == 0);
	close(fd);
	check(record_file_read(uuid, present) == 0 && !present[1].length);
	record_of(31, &record);
	check(record_file_write(uuid, &record) == 0);
	check(record_file_read(uuid, present) == 0 && present[0].length == KB_RECORD_SIZE);
	tap_test("a file of another size is made anew");
	form_file_destroy(uuid);
}

/* As the service has no right to pass over the modes of files. */
static void drop_override(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	check(syscall(SYS_capget, &header, data) == 0);
	data[0].effective &= ~(1U << CAP_DAC_OVERRIDE);
	check(syscall(SYS_capset, &header, data) == 0);
}

static void test_read_only_mode(void)
{
	struct sealed_record record;
	struct stat status;

	record_of(1, &record);
	check(record_file_write(uuid, &record) == 0);
	drop_override();
	check(chmod(FOLDER "/12345678-9abc-4def-8000-000000000000.tries", 0400) == 0);
	record_of(2, &record);
	check(record_file_write(uuid, &record) == 0);
	check(stat(FOLDER "/12345678-9abc-4def-8000-000000000000.tries", &status) == 0);
	check((status.st_mode & 07777) == 0600);
	tap_test("a file whose mode was made read-only is written all the same");
	form_file_destroy(uuid);
}

static void write_owner(const char *text)
{
	int fd;

	store_remove(uuid, OWNER_SUFFIX);
	fd = store_file(uuid, OWNER_SUFFIX, O_WRONLY | O_CREAT);
	check(write_all(fd, text, strlen(text)) == 0);
	close(fd);
}

static void test_owner(void)
{
	static const char *const bad[] = {
		"", "\n", "1000", "1000\n", "1000 \n", "1000 anna", "anna\n", " anna\n", "-1 anna\n",
		"4294967295 anna\n", "99999999999999999999 anna\n",
	};
	char name[OWNER_NAME_SIZE], long_name[300];
	uid_t uid;
	size_t i;

	check(owner_file_read(uuid, &uid, name) == -ENOENT);
	check(owner_file_write(uuid, 1000, "anna") == 0);
	check(owner_file_read(uuid, &uid, name) == 0 && uid == 1000 && !strcmp(name, "anna"));
	check(owner_file_write(uuid, 0, "a name with blanks") == 0);
	check(owner_file_read(uuid, &uid, name) == 0 && !uid && !strcmp(name, "a name with blanks"));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		write_owner(bad[i]);
		if (!check(owner_file_read(uuid, &uid, name) == -EBADMSG))
			printf("# '%s'\n", bad[i]);
	}
	memset(long_name, 'x', sizeof(long_name) - 1);
	memcpy(long_name, "7 ", 2);
	long_name[298] = '\n';
	long_name[299] = 0;
	write_owner(long_name);
	check(owner_file_read(uuid, &uid, name) == -EBADMSG);
	check(account_name(0, name) == 0 && !strcmp(name, "root"));
	check(account_name(987654321, name) == -ENOENT);
	form_file_destroy(uuid);
	tap_test("names of accounts");
}

int __real_getpwuid_r(uid_t uid, struct passwd *entry, char *buffer, size_t size, struct passwd **ret_found);
int __real_getpwnam_r(const char *name, struct passwd *entry, char *buffer, size_t size, struct passwd **ret_found);
int __wrap_getpwuid_r(uid_t uid, struct passwd *entry, char *buffer, size_t size, struct passwd **ret_found);
int __wrap_getpwnam_r(const char *name, struct passwd *entry, char *buffer, size_t size, struct passwd **ret_found);

#define DIRECTORY_UID	987654322

/* A directory with an account that has two names, of which it answers the first for the uid. */
int __wrap_getpwuid_r(uid_t uid, struct passwd *entry, char *buffer, size_t size, struct passwd **ret_found)
{
	if (uid != DIRECTORY_UID)
		return __real_getpwuid_r(uid, entry, buffer, size, ret_found);
	*entry = (struct passwd){ .pw_name = (char *)"anna@example.org", .pw_uid = uid };
	*ret_found = entry;
	return 0;
}

int __wrap_getpwnam_r(const char *name, struct passwd *entry, char *buffer, size_t size, struct passwd **ret_found)
{
	*ret_found = NULL;
	if (!strcmp(name, "away"))
		return EIO;
	if (strcmp(name, "anna") && strcmp(name, "ben"))
		return __real_getpwnam_r(name, entry, buffer, size, ret_found);
	*entry = (struct passwd){ .pw_name = (char *)name, .pw_uid = DIRECTORY_UID + !strcmp(name, "ben") };
	*ret_found = entry;
	return 0;
}

static void test_second_name(void)
{
	char name[OWNER_NAME_SIZE];

	check(account_name(DIRECTORY_UID, name) == 0 && !strcmp(name, "anna@example.org"));
	check(account_has_name(DIRECTORY_UID, "anna") == 0);
	check(account_has_name(DIRECTORY_UID, "ben") == -ENOENT);
	check(account_has_name(DIRECTORY_UID, "nobody-of-that-name") == -ENOENT);
	check(account_has_name(DIRECTORY_UID, "") == -ENOENT);
	check(account_has_name(DIRECTORY_UID, "away") == -EIO);
	check(account_has_name(0, "root") == 0);
	check(account_is_local(0) && !account_is_local(DIRECTORY_UID));
	tap_test("a second name of an account of a directory, and a directory that is away");
}

static int seen;

static void count_one(const uint8_t found[KEYBAG_UUID_SIZE], void *context)
{
	(void)context;
	seen += !memcmp(found, uuid, KEYBAG_UUID_SIZE);
}

static void test_names(void)
{
	static const char *const others[] = {
		FOLDER "/x.keybag", FOLDER "/12345678-9abc-4def-8000-000000000000.keybag.bak",
		FOLDER "/12345678-9ABC-4def-8000-000000000000.keybag",
		FOLDER "/123456789abc4def8000000000000000.keybag",
	};
	size_t i;

	check(form_file_create(uuid, "form", 4) == 0);
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		close(open(others[i], O_CREAT | O_WRONLY, 0600));
	check(store_each(FORM_SUFFIX, count_one, NULL) == 1 && seen == 1);
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		check(unlink(others[i]) == 0);
	check(symlink("/etc/passwd", FOLDER "/12345678-9abc-4def-8000-000000000000.new") == 0);
	check(store_file(uuid, ".new", O_RDONLY) == -ELOOP);
	check(unlink(FOLDER "/12345678-9abc-4def-8000-000000000000.new") == 0);
	form_file_destroy(uuid);
	tap_test("other files are no keybags, and links are not followed");
}

int main(void)
{
	char folder[] = "/tmp/helper_store_files.XXXXXX";

	tap_start();
	check(mkdtemp(folder) && chdir(folder) == 0 && store_open() == 0);
	test_too_long();
	test_not_back();
	test_records();
	test_owner();
	test_second_name();
	test_names();
	test_read_only_mode();
	check(rmdir(FOLDER) == 0 && rmdir("bags/of/a") == 0 && rmdir("bags/of") == 0 &&
	      rmdir("bags") == 0 && rmdir(folder) == 0);
	tap_test("nothing is left over");
	return tap_end();
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * keybagd.conf.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "keybagd/config/config.h"
#include "keybagd/config/kdf_limits.h"
#include "lib/tap.h"

static void with_file(const char *text, void (*read)(const char *path))
{
	char path[] = "/tmp/keybagd.conf.XXXXXX";
	int fd = mkstemp(path);

	check(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
	read(path);
	unlink(path);
}

static void load(const char *text)
{
	with_file(text, config_load);
}

static int answer;

static void read_again(const char *path)
{
	answer = config_reload(path);
}

static void check_again(const char *path)
{
	answer = config_check(path);
}

static int reload(const char *text)
{
	with_file(text, read_again);
	return answer;
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
	check(!config.create_of_any);
	load("create = any-login\n");
	check(config.create_at_login && config.create_of_any);
	load("create = any-login\ncreate = login\n");
	check(config.create_at_login && !config.create_of_any);
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

static void test_reload(void)
{
	load("kdf-passes = 7\nlock-after-idle = 300\n");
	check(reload("kdf-passes = 8\nfrom-a-later-version = 1\n") == 0);
	check(config.kdf.passes == 8 && !config.lock_after_idle);
	tap_test("read again: all of it is as in the file");

	check(reload("kdf-passes = 9\nlock-after-idle = soon\n") == -EINVAL);
	check(config.kdf.passes == 8 && !config.lock_after_idle);
	check(config_reload("/proc/self/mem/no-folder") == -ENOTDIR);
	check(config.kdf.passes == 8);
	tap_test("read again with a mistake, or unreadable: nothing changes");

	check(config_reload("/nowhere") == 0);
	check(config.kdf.passes == KDF_DEFAULT_PASSES);
	tap_test("read again without a file: defaults");
}

/* check_file TEXT: what is said of a file with it, without the file's name, and the result in answer */
static const char *check_file(const char *text)
{
	static char said[4096];
	int before = dup(STDERR_FILENO);
	int fd = memfd_create("said", 0);
	ssize_t length;

	fflush(stderr);
	dup2(fd, STDERR_FILENO);
	with_file(text, check_again);
	fflush(stderr);
	dup2(before, STDERR_FILENO);
	length = pread(fd, said, sizeof(said) - 1, 0);
	said[length < 0 ? 0 : length] = 0;
	close(fd);
	close(before);
	return said;
}

static void test_check(void)
{
	const char *said;

	load("kdf-passes = 7\n");
	said = check_file("# all is well\nkdf-passes = 9\n");
	check(answer == 0 && !*said && config.kdf.passes == 7);
	tap_test("a check of what is right says nothing and changes nothing");

	said = check_file("kdf-passes = many\n\ncreate = maybe\ntenth-failure = boom\nkdf-memory-kib = 63\nnonsense\n");
	check(answer == -EINVAL && config.kdf.passes == 7);
	check(strstr(said, ":1: ") && strstr(said, "kdf-passes takes a number from 1 to 100\n"));
	check(strstr(said, ":3: ") && strstr(said, "create takes login, any-login or never\n"));
	check(strstr(said, ":4: ") && strstr(said, "tenth-failure takes delay, disable or erase\n"));
	check(strstr(said, ":5: ") && strstr(said, "kdf-memory-kib takes a number from 64 to 131072\n"));
	check(strstr(said, ":6: ") && strstr(said, "a line is 'key = value'"));
	tap_test("a check names each fault, its line and what would be right");

	said = check_file("kdf-pases = 9\n");
	check(answer == -EINVAL && strstr(said, ":1: unknown key 'kdf-pases'"));
	said = check_file("\033[2J = 9\n");
	check(answer == -EINVAL && strstr(said, ":1: ") && !strchr(said, '\033'));
	check(config_check("/nowhere") == -ENOENT && config_check("/proc/self") < 0);
	tap_test("a mistyped key is a fault, as is a file that is not there");
}

/* Loads them. Returns whether they have a mistake that a check finds. */
static bool with_bytes(const char *bytes, size_t length)
{
	char path[] = "/tmp/keybagd.conf.XXXXXX";
	int fd = mkstemp(path);
	int result;

	check(write(fd, bytes, length) == (ssize_t)length);
	close(fd);
	config_load(path);
	result = config_check(path);
	unlink(path);
	return result == -EINVAL;
}

static void test_odd_files(void)
{
	char text[1200];

	load("create # = login\n");
	check(!config.create_at_login);
	tap_test("a comment has no value for what stands before it");

	memset(text, 'x', sizeof(text));
	memcpy(text, "# ", 2);
	strcpy(text + 511, "kdf-passes = 9\nkdf-passes = many\n");
	check(strstr(check_file(text), ":2: "));
	load(text);
	check(config.kdf.passes == KDF_DEFAULT_PASSES);
	tap_test("a long line is one line");

	load("kdf-passes = 7\n");
	check(config_reload("/proc/self") == -EISDIR && config.kdf.passes == 7);
	tap_test("what cannot be read to its end is not used");

	check(with_bytes("kdf-passes = 8\0\nkdf-lanes = 2\n", 30) && config.kdf.passes == KDF_DEFAULT_PASSES &&
	      config.kdf.lanes == 2);
	check(with_bytes("# \0a comment\n", 13));
	tap_test("a NUL is a mistake: nothing is cut off at it");

	check(with_bytes("# settings\rkdf-passes = 8\r", 26));
	check(!with_bytes("# settings\r\nkdf-passes = 8\r\n", 28) && config.kdf.passes == 8);
	check(!with_bytes("kdf-passes = 9\r", 15) && config.kdf.passes == 9);
	tap_test("a lone carriage return ends no line, and says so");
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *ftw)
{
	(void)status, (void)kind, (void)ftw;
	return remove(path);
}

static void put(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	check(file && fputs(text, file) >= 0 && fclose(file) == 0);
}

static void make_places(void)
{
	static const char *const folders[] = { "usr", "run", "etc" };
	char path[64];
	size_t i;

	for (i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		snprintf(path, sizeof(path), "%s/of/a/test/keybagd.conf.d/", folders[i]);
		for (char *end = strchr(path, '/'); end; end = strchr(end + 1, '/')) {
			*end = 0;
			check(mkdir(path, 0755) == 0);
			*end = '/';
		}
	}
}

/* The folders of a test's build are relative: see tests/helper/build.mk. */
static void test_places(void)
{
	char folder[] = "/tmp/keybagd.conf.XXXXXX";

	check(mkdtemp(folder) && chdir(folder) == 0);
	check(config_check(NULL) == 0);
	tap_test("without any file nothing is wrong");

	make_places();
	put("usr/of/a/test/keybagd.conf", "kdf-passes = 4\nkdf-lanes = 2\nlock-after-idle = 60\n");
	put("run/of/a/test/keybagd.conf", "kdf-lanes = 3\n");
	put("etc/of/a/test/keybagd.conf", "kdf-passes = 5\n");
	config_load(NULL);
	check(config.kdf.passes == 5 && config.kdf.lanes == 3 && config.lock_after_idle == 60);
	tap_test("the administrator's value goes before that of this boot, and that before the vendor's");

	put("usr/of/a/test/keybagd.conf.d/50-b.conf", "kdf-passes = 6\n");
	put("run/of/a/test/keybagd.conf.d/60-c.conf", "kdf-passes = 7\nkdf-lanes = 4\n");
	put("etc/of/a/test/keybagd.conf.d/40-a.conf", "kdf-passes = 8\nlock-after-idle = 30\n");
	put("etc/of/a/test/keybagd.conf.d/99.conf.bak", "kdf-passes = 9\n");
	put("etc/of/a/test/keybagd.conf.d/.99.conf", "kdf-passes = 9\n");
	config_load(NULL);
	check(config.kdf.passes == 7 && config.kdf.lanes == 4 && config.lock_after_idle == 30);
	tap_test("drop-ins go before all of them, by name, wherever they are");

	put("etc/of/a/test/keybagd.conf.d/60-c.conf", "kdf-passes = 10\n");
	config_load(NULL);
	check(config.kdf.passes == 10 && config.kdf.lanes == 3);
	check(unlink("etc/of/a/test/keybagd.conf.d/60-c.conf") == 0);
	check(symlink("/dev/null", "etc/of/a/test/keybagd.conf.d/60-c.conf") == 0);
	config_load(NULL);
	check(config.kdf.passes == 6 && config.kdf.lanes == 3);
	tap_test("one of the same name takes its place, a link to /dev/null as well");

	put("etc/of/a/test/keybagd.conf.d/70.conf", "kdf-passes = many\n");
	check(config_check(NULL) == -EINVAL && config_reload(NULL) == -EINVAL && config.kdf.passes == 6);
	config_load(NULL);
	check(config.kdf.passes == 6);
	check(unlink("etc/of/a/test/keybagd.conf.d/70.conf") == 0 && config_reload(NULL) == 0);
	tap_test("a mistake in a drop-in: as in keybagd.conf");

	check(mkfifo("etc/of/a/test/keybagd.conf.d/70.conf", 0600) == 0);
	config_load(NULL);
	check(config.kdf.passes == 6 && config_check(NULL) == -EINVAL && config_reload(NULL) == -EINVAL);
	check(unlink("etc/of/a/test/keybagd.conf.d/70.conf") == 0);
	tap_test("a pipe is no drop-in, and nobody waits for it");

	check(symlink("/srv/not-mounted/70.conf", "etc/of/a/test/keybagd.conf.d/70.conf") == 0);
	check(config_check(NULL) == -ENOLINK && config_reload(NULL) == -ENOLINK);
	check(unlink("etc/of/a/test/keybagd.conf.d/70.conf") == 0 && config_check(NULL) == 0);
	check(unlink("etc/of/a/test/keybagd.conf") == 0 && symlink("/srv/not-mounted", "etc/of/a/test/keybagd.conf") == 0);
	check(config_check(NULL) == -ENOLINK);
	check(unlink("etc/of/a/test/keybagd.conf") == 0 && config_check(NULL) == 0);
	check(rename("run/of/a/test/keybagd.conf.d", "run/of/a/test/kept") == 0);
	check(symlink("nowhere", "run/of/a/test/keybagd.conf.d") == 0 && config_check(NULL) == -ENOLINK);
	check(unlink("run/of/a/test/keybagd.conf.d") == 0 && config_check(NULL) == 0);
	check(rename("usr/of/a/test", "usr/of/a/kept") == 0 && config_check(NULL) == 0);
	check(symlink("nowhere", "usr/of/a/test") == 0 && config_check(NULL) == -ENOLINK);
	tap_test("a link to what is not there is a mistake, of a file and of a folder");

	check(chdir("/") == 0 && nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0);
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
	config.memory_limit_kib = KDF_MAX_MEMORY_KIB;
	kdf = (struct keybag_kdf){ .memory_kib = 131072, .passes = 16 };
	check(config_complete_kdf(&kdf, false) == 0);
	kdf.passes = 17;
	check(config_complete_kdf(&kdf, false) == -EINVAL && config_complete_kdf(&kdf, true) == 0);
	config.kdf = kdf;
	check(config_complete_kdf(&kdf, false) == 0);
	tap_test("what a user and what root may ask for");
}

int main(void)
{
	tap_start();
	test_defaults();
	test_lines();
	test_reload();
	test_check();
	test_odd_files();
	test_places();
	test_idle();
	test_limits();
	return tap_end();
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Files of databases that are put aside, with a stop at every system call that changes a name, and with every call that
 * changes something failing: there is a file of that name all the time, the old one or the new one, whole; no item is
 * lost; and the next start leaves nothing over. And the names that files are put aside under.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sqlite3.h>

#include "helper/keychain/store/aside.h"
#include "tests/keychain/fake_keybag.h"
#include "tests/keychain/trouble.h"
#include "tests/unit/lib/tap.h"

#define PAGE_SIZE	4096

/* No database can be made of it: no key is left. */
static void start_hopeless(void)
{
	static struct content nonsense = { .length = 3 * PAGE_SIZE };

	memset(nonsense.bytes, 0x5a, nonsense.length);
	clear();
	write_file(path, &nonsense);
}


/* A request finds the damage, and the file is mended or replaced by the same or the next one. */
static int find_damage(void)
{
	size_t found;

	return ask(ALL, &found);
}

/* In a process of its own, which ends at call @at. Returns whether it came that far. */
static bool stopped_at(int at, int (*action)(void))
{
	int status;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (!child) {
		calls = 0;
		renaming = false;
		trouble_at = at;
		_exit(action() == -1 ? 1 : 0);
	}
	waitpid(child, &status, 0);
	check(WIFEXITED(status));
	return WIFEXITED(status) && WEXITSTATUS(status) == 77;
}

static bool failing_at(int at, int error, int (*action)(void))
{
	bool reached;

	calls = 0;
	renaming = false;
	trouble_error = error;
	trouble_at = at;
	action();
	reached = calls >= at;
	trouble_at = 0;
	trouble_error = 0;
	return reached;
}

static bool is_there(void)
{
	struct stat status;

	return !lstat(path, &status);
}

/* The next start: all items, the damaged file aside, once, and nothing besides. */
static void check_replaced(size_t items, int at)
{
	size_t found = count_items();

	if (!check(found == items))
		printf("# %zu items after a stop at call %d\n", found, at);
	if (!check(asides("t.db.damaged-") == 1) || !check(nothing_left_over())) {
		printf("# after a stop at call %d:\n", at);
		names("", "", show);
	}
}

static void test_stopped(const char *name, void (*start)(void), size_t items)
{
	int at;

	for (at = 1;; at++) {
		start();
		if (!stopped_at(at, find_damage))
			break;
		check(no_links || is_there());
		check_replaced(items, at);
	}
	check_replaced(items, at);
	check(at > 5);
	tap_test("%s, stopped at each of %d calls%s", name, at - 1, no_links ? ", without hard links" : "");
}

static void test_failing(int error)
{
	int at;

	for (at = 1;; at++) {
		start_damaged();
		if (!failing_at(at, error, find_damage))
			break;
		check(is_there());
		check_replaced(whole_items, at);
	}
	tap_test("a damaged file, with each of %d calls failing: %s", at - 1, strerror(error));
}

/* Changes that are in the WAL alone, as another program keeps SQLite from writing them into the file. */
static pid_t reader;

static void start_with_wal(void)
{
	static const char nonsense[] = "no header of ours";
	int ready[2], fd;
	char byte;

	clear();
	add_items(0, ITEMS);
	check(pipe2(ready, O_CLOEXEC) == 0);
	fflush(stdout);
	reader = fork();
	if (!reader) {
		sqlite3 *handle;

		/* The first page of this change, with the header, is not in the WAL. */
		if (sqlite3_open(path, &handle) || sqlite3_exec(handle, "DELETE FROM genp WHERE row=2;BEGIN;SELECT * FROM genp",
								NULL, NULL, NULL) ||
		    write(ready[1], "r", 1) != 1)
			_exit(1);
		pause();
	}
	check(read(ready[0], &byte, 1) == 1);
	close(ready[0]);
	close(ready[1]);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	check(pwrite(fd, nonsense, sizeof(nonsense), 0) == sizeof(nonsense));
	close(fd);
}

static void end_reader(void)
{
	kill(reader, SIGKILL);
	waitpid(reader, NULL, 0);
}

static void test_wal(void)
{
	bool reached = true;
	int at;

	for (at = 1; reached; at++) {
		start_with_wal();
		reached = stopped_at(at, find_damage);
		/* The machine goes down, the other program with it. */
		end_reader();
		check(is_there());
		check_replaced(ITEMS - 1, at);
	}
	tap_test("a damaged file with a WAL, stopped at each of %d calls", at - 2);
}

/*
 * Where the power goes, what was not synced may be lost, and only that: the new file is on the disk before its name says
 * so, that name before the old file is touched, and the last name before anything else is done.
 */
static void test_power(void)
{
	const char *linked, *ready, *end;

	start_damaged();
	memset(order, 0, sizeof(order));
	ordering = true;
	check(find_damage() == 0);
	ordering = false;
	linked = strchr(order, 'l');
	check(linked && linked > order);
	for (ready = linked; ready && ready > order && *ready != 'r'; ready--)
		;
	/* Nobody needs the parts of its log that SQLite erases in between. */
	check(ready && strcspn(ready, "s") < (size_t)(linked - ready));
	while (ready && ready > order && *ready != 's' && *ready != 'w')
		ready--;
	check(ready && *ready == 's');
	end = linked;
	for (const char *at = linked; at && *at && *at != 'w'; at++)
		end = *at == 'r' ? at : end;
	check(end && strcspn(end, "s") < strcspn(end, "w"));
	tap_test("before the power goes: what the next step relies on is on the disk");
}

/* ---- a file of another keybag ---- */

static void start_another(void)
{
	fake_keybag_set("former");
	clear();
	add_items(0, ITEMS);
	fake_keybag_set("another");
}

static int exchange(void)
{
	return ask("{\"op\":\"copy\",\"query\":{\"class\":\"genp\"}}", NULL) == -1 ? -1 : 0;
}

static int exchange_back(void)
{
	fake_keybag_set("former");
	return exchange();
}

static void check_exchanged(unsigned int expected)
{
	check(count_items() == 0);
	check(asides("t.db.keybag-") == expected && nothing_left_over());
	fake_keybag_set("former");
	check(count_items() == ITEMS);
	check(nothing_left_over());
}

static void test_another_keybag(void)
{
	int at;

	for (at = 1;; at++) {
		start_another();
		if (!stopped_at(at, exchange))
			break;
		check_exchanged(1);
	}
	check_exchanged(1);
	tap_test("another keybag's file put aside, stopped at each of %d calls", at - 1);
	for (at = 1;; at++) {
		start_another();
		check(exchange() == 0);
		if (!stopped_at(at, exchange_back))
			break;
		fake_keybag_set("another");
		fake_keybag_set("former");
		check(count_items() == ITEMS && asides("t.db.keybag-") == 0 && nothing_left_over());
	}
	tap_test("and brought back, stopped at each of %d calls", at - 1);
}

/* The damaged files of a keybag go and come with its file, whenever that is stopped. */
static void test_damaged_of_another(void)
{
	int at;

	for (at = 1;; at++) {
		fake_keybag_set("former");
		start_damaged();
		check(count_items() == whole_items);
		fake_keybag_set("another");
		check(exchange() == 0);
		check(asides("t.db.damaged-") == 0);
		if (!stopped_at(at, exchange_back))
			break;
		fake_keybag_set("former");
		check(count_items() == whole_items);
		check(asides("t.db.damaged-") == 1 && asides("t.db.keybag-") == 0);
	}
	tap_test("damaged files come back with their keybag's, stopped at each of %d calls", at - 1);
}

/* ---- names ---- */

static enum fault put_aside(char **ret_target, struct fault_reason *reason)
{
	enum fault fault = aside_prepare(path, in_folder("new"), reason);

	return fault ? fault : aside_damaged(path, ret_target, reason);
}

static void start_aside(void)
{
	static const struct content old = { .length = 3, .bytes = "old" }, new = { .length = 3, .bytes = "new" };

	write_file(path, &old);
	write_file(in_folder("new"), &new);
}

static bool has(const char *name, const char *text)
{
	static struct content content;

	return read_file(name, &content) && content.length == strlen(text) && !memcmp(content.bytes, text, content.length);
}

#define FIRST	"t.db.damaged-" STAMP

static void test_many_names(void)
{
	static const struct content other = { .length = 5, .bytes = "other" };
	struct fault_reason reason;
	char *target = NULL;

	clear();
	write_file(in_folder(FIRST), &other);
	start_aside();
	check(put_aside(&target, &reason) == 0 && !strcmp(target, in_folder(FIRST "-1")));
	check(has(target, "old") && has(path, "new") && has(in_folder(FIRST), "other"));
	free(target);
	for (unsigned int i = 2; i < 1000; i++) {
		char name[80];

		snprintf(name, sizeof(name), FIRST "-%u", i);
		write_file(in_folder(name), &other);
	}
	start_aside();
	check(put_aside(&target, &reason) == FAULT_FILE);
	check(strstr(reason.text, "too often") && strstr(reason.text, "t.db.damaged-*"));
	check(has(path, "old") && has(in_folder("t.db.ready"), "new"));
	check(names("t.db.damaged-", "", NULL) == 1000);
	check(unlink(in_folder(FIRST "-500")) == 0);
	check(aside_damaged(path, &target, &reason) == 0 && !strcmp(target, in_folder(FIRST "-500")));
	check(has(target, "old") && has(path, "new"));
	free(target);
	tap_test("names that are taken: the next free one; none free: said so, and nothing is done");
}

/* A name that cannot be looked up or written is not known to be free. */
static void test_refused_names(void)
{
	static const int errors[] = { EACCES, ENOSPC, EDQUOT, EROFS };
	struct fault_reason reason;
	char *target = NULL;
	enum fault fault;

	for (unsigned int i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		clear();
		start_aside();
		check(aside_prepare(path, in_folder("new"), &reason) == 0);
		for (int at = 1;; at++) {
			calls = 0;
			trouble_error = errors[i];
			trouble_at = at;
			reason.text[0] = 0;
			fault = aside_damaged(path, &target, &reason);
			if (!fault)
				break;
			check(fault == FAULT_FILE && strstr(reason.text, strerrordesc_np(errors[i])));
			check(has(path, "old") || has(path, "new"));
			if (has(path, "new"))
				break;
		}
		trouble_at = 0;
		trouble_error = 0;
		free(target);
		target = NULL;
		check(has(path, "new") && asides("t.db.damaged-") == 1 && has(in_folder(FIRST), "old"));
	}
	tap_test("a folder that cannot be written, is full or read-only: the file stays until it can be");
}

static char noted[300];

static void note_aside(const char *name)
{
	if (!is_beside(name))
		snprintf(noted, sizeof(noted), "%s", name);
}

/* The WAL of a database that somebody has taken away is not that of the next one with its name. */
static void test_orphaned_wal(void)
{
	static const struct content alien = { .length = 5, .bytes = "alien" };
	char name[400] = "";

	start_another();
	check(exchange() == 0);
	names("t.db.keybag-", "", note_aside);
	snprintf(name, sizeof(name), "%s-wal", noted);
	fake_keybag_set("former");
	check(count_items() == ITEMS);
	write_file(name, &alien);
	fake_keybag_set("another");
	check(exchange() == 0);
	check(access(name, F_OK) && errno == ENOENT);
	fake_keybag_set("former");
	check(count_items() == ITEMS);
	tap_test("a WAL without its database is not taken for that of the file put aside");
}

/* A file of the same name is there when what was damaged comes back. */
static void test_never_overwritten(void)
{
	static const struct content other = { .length = 5, .bytes = "other" };

	fake_keybag_set("former");
	start_damaged();
	check(count_items() == whole_items);
	fake_keybag_set("another");
	check(exchange() == 0);
	write_file(in_folder(FIRST), &other);
	fake_keybag_set("former");
	check(count_items() == whole_items && has(in_folder(FIRST), "other"));
	check(names("t.db.keybag-", &FIRST[4], NULL) == 1);
	tap_test("what comes back overwrites nothing that is aside");
}

int main(void)
{
	tap_start();
	trouble_begin();
	test_stopped("a damaged file", start_damaged, whole_items);
	late = true;
	test_stopped("a file of nonsense", start_hopeless, 0);
	no_links = true;
	test_stopped("a damaged file", start_damaged, whole_items);
	no_links = false;
	test_wal();
	late = false;
	test_power();
	test_failing(ENOSPC);
	test_another_keybag();
	test_damaged_of_another();
	test_many_names();
	test_refused_names();
	test_orphaned_wal();
	test_never_overwritten();
	trouble_end();
	return tap_end();
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/keychain/trouble.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <sqlite3.h>

#include "helper/keychain/base/json_parse.h"
#include "tests/keychain/fake_keybag.h"

#define PAGE_SIZE	4096

static char folder[] = "/dev/shm/keychain-XXXXXX";
char path[64];

/*
 * A process is forked for each call to stop at: its copy of the memory that is freed and not used again takes half of the
 * time where AddressSanitizer keeps 256 MiB of it.
 */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "quarantine_size_mb=4";
}

/* ---- what happens at the call with number @trouble_at: the process ends, or the call fails ---- */

int calls, trouble_at, trouble_error;
bool no_links, late, every, renaming;
static bool writing;
char order[ORDER_SIZE];
bool ordering;

/* Like calls in a row count once. */
static void note(char call)
{
	size_t length = strlen(order);

	if (ordering && length + 1 < sizeof(order) && (!length || order[length - 1] != call))
		order[length] = call;
}

static void must(bool good, const char *what)
{
	if (good)
		return;
	printf("Bail out! %s\n", what);
	exit(1);
}

/*
 * Only calls that change names are places to stop at: what SQLite has written by halves is its own to undo. All calls
 * can fail; of writes in a row the first.
 */
static bool trouble(bool data)
{
	bool again = data && (writing || !trouble_error);

	writing = data;
	if (every && data) {
		errno = trouble_error;
		return true;
	}
	if (!trouble_at || again || (late && !renaming) || ++calls != trouble_at)
		return false;
	if (!trouble_error)
		_exit(77);
	errno = trouble_error;
	return true;
}

#define WRAPPED(type, name, letter, data, parameters, ...) \
	type name parameters; \
	type name parameters \
	{ \
		note(letter); \
		return trouble(data) ? -1 : (type)syscall(__VA_ARGS__); \
	}

WRAPPED(int, fsync, 's', false, (int fd), SYS_fsync, fd)
WRAPPED(int, fdatasync, 's', true, (int fd), SYS_fdatasync, fd)
WRAPPED(int, unlink, 'u', false, (const char *name), SYS_unlink, name)
WRAPPED(int, mknod, 'u', false, (const char *name, mode_t mode, dev_t device), SYS_mknod, name, mode, device)
WRAPPED(int, chmod, 'u', false, (const char *name, mode_t mode), SYS_chmod, name, mode)
WRAPPED(ssize_t, write, 'w', true, (int fd, const void *bytes, size_t length), SYS_write, fd, bytes, length)
WRAPPED(ssize_t, pwrite64, 'w', true, (int fd, const void *bytes, size_t length, off64_t offset), SYS_pwrite64, fd, bytes, length,
	offset)
WRAPPED(ssize_t, pwrite, 'w', true, (int fd, const void *bytes, size_t length, off_t offset), SYS_pwrite64, fd, bytes, length, offset)
WRAPPED(ssize_t, sendfile, 'w', true, (int out, int in, off_t *offset, size_t length), SYS_sendfile, out, in, offset, length)
WRAPPED(int, ftruncate64, 'u', true, (int fd, off64_t length), SYS_ftruncate, fd, length)

int rename(const char *old, const char *new)
{
	note('r');
	renaming = true;
	return trouble(false) ? -1 : (int)syscall(SYS_rename, old, new);
}

int link(const char *old, const char *new)
{
	note('l');
	renaming = true;
	if (trouble(false))
		return -1;
	if (no_links) {
		errno = EPERM;
		return -1;
	}
	return (int)syscall(SYS_link, old, new);
}

/* A clock that stands still. */
time_t time(time_t *ret_time)
{
	struct tm fields = { .tm_year = 126, .tm_mon = 10, .tm_mday = 30, .tm_hour = 12 };
	time_t now = timegm(&fields);

	if (ret_time)
		*ret_time = now;
	return now;
}

/* ---- files ---- */

bool read_file(const char *name, struct content *ret_content)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, ret_content->bytes, MAX_FILE);

	ret_content->length = length < 0 ? 0 : (size_t)length;
	if (fd >= 0)
		close(fd);
	return length >= 0;
}

void write_file(const char *name, const struct content *content)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	must(fd >= 0 && write(fd, content->bytes, content->length) == (ssize_t)content->length, name);
	close(fd);
}

const char *in_folder(const char *name)
{
	static char text[2][400];
	static unsigned int last;

	last = !last;
	snprintf(text[last], sizeof(text[last]), "%s/%s", folder, name);
	return text[last];
}

bool is_beside(const char *name)
{
	size_t length = strlen(name);

	return length > 4 && (!strcmp(name + length - 4, "-wal") || !strcmp(name + length - 4, "-shm"));
}

/* Calls @each, if there is one, for each name that begins with @prefix and contains @word. Returns their number. */
unsigned int names(const char *prefix, const char *word, void (*each)(const char *name))
{
	DIR *stream = opendir(folder);
	unsigned int count = 0;
	struct dirent *entry;

	while (stream && (entry = readdir(stream))) {
		if (entry->d_name[0] == '.' || strncmp(entry->d_name, prefix, strlen(prefix)) ||
		    !strstr(entry->d_name, word))
			continue;
		count++;
		if (each)
			each(in_folder(entry->d_name));
	}
	if (stream)
		closedir(stream);
	return count;
}

static unsigned int beside;

static void count_beside(const char *name)
{
	beside += is_beside(name);
}

/* Databases, without what SQLite has beside them. */
unsigned int asides(const char *prefix)
{
	beside = 0;
	return names(prefix, "", count_beside) - beside;
}

static void remove_name(const char *name)
{
	must(unlink(name) == 0, name);
}

void clear(void)
{
	names("", "", remove_name);
}

void show(const char *name)
{
	struct stat status;

	printf("#   %s, %lld bytes\n", name, lstat(name, &status) ? -1LL : (long long)status.st_size);
}

/* Lists the files after the next start: the database, what SQLite has beside it, and what was put aside. */
bool nothing_left_over(void)
{
	bool good = true;
	unsigned int all = names("", "", NULL), known = names("t.db.damaged-", "", NULL) + names("t.db.keybag-", "", NULL);
	struct stat status;

	known += !lstat(path, &status);
	known += !lstat(in_folder("t.db-wal"), &status) + !lstat(in_folder("t.db-shm"), &status);
	good = all == known;
	if (!good)
		names("", "", show);
	return good;
}

/* ---- requests ---- */

static int keybag(void *context)
{
	(void)context;
	return fake_keybag_open();
}

char message[MESSAGE_SIZE];

/* The status of a request; *ret_found, if not NULL: how many results it has. */
int ask_engine(struct engine *engine, const char *text, size_t *ret_found)
{
	const char *group = "test";
	struct engine_caller caller = { .groups = &group, .group_count = 1 };
	struct value *request = NULL, *answer;
	struct json_error error;
	int status;

	must(!json_parse(text, strlen(text), VALUE_MAX_ENTRIES, &request, &error), text);
	answer = engine_execute(engine, &caller, request);
	status = (int)value_as_integer(value_get(answer, "status"));
	/* A damaged file is told to whoever asks first. */
	if (value_get(answer, "moved_aside")) {
		value_free(answer);
		answer = engine_execute(engine, &caller, request);
		status = (int)value_as_integer(value_get(answer, "status"));
	}
	snprintf(message, sizeof(message), "%s", value_as_string(value_get(answer, "message")));
	if (ret_found)
		*ret_found = value_count(value_get(answer, "result"));
	value_free(answer);
	value_free(request);
	return status;
}

int open_engine(struct engine **ret_engine)
{
	struct engine_settings settings = { .keybag = keybag, .path = path };

	return engine_open(&settings, ret_engine, message);
}

/* With an engine of its own. -1: the file could not be opened. */
int ask(const char *text, size_t *ret_found)
{
	struct engine *engine;
	int status;

	if (open_engine(&engine))
		return -1;
	status = ask_engine(engine, text, ret_found);
	engine_close(engine);
	return status;
}

size_t count_items(void)
{
	size_t found = 0;
	int status = ask(ALL, &found);

	return status ? 0 : found;
}

void add_items(unsigned int from, unsigned int to)
{
	char text[20000];
	size_t at = (size_t)sprintf(text, "{\"op\":\"add-all\",\"items\":[");

	for (unsigned int i = from; i < to; i++)
		at += (size_t)sprintf(text + at, "%s{\"class\":\"genp\",\"acct\":\"a%03u\",\"svce\":\"s\",\"v_Data\":"
				      "{\"data\":\"c2VjcmV0\"}}", i > from ? "," : "", i);
	sprintf(text + at, "]}");
	must(ask(text, NULL) == 0, message);
}

/* ---- a damaged file ---- */

static struct content damaged;
size_t whole_items;

/* Where the first page of the table's rows is. */
static int find_leaf(void)
{
	sqlite3 *handle;
	sqlite3_stmt *select;
	int page = 0;

	must(sqlite3_open(path, &handle) == SQLITE_OK, path);
	must(sqlite3_prepare_v2(handle, "SELECT min(pageno) FROM dbstat WHERE name='genp' AND pagetype='leaf'", -1,
				&select, NULL) == SQLITE_OK, "dbstat");
	if (sqlite3_step(select) == SQLITE_ROW)
		page = sqlite3_column_int(select, 0);
	sqlite3_finalize(select);
	sqlite3_close(handle);
	return page;
}

static void make_damaged(void)
{
	int page;

	add_items(0, ITEMS);
	page = find_leaf();
	must(page > 1 && read_file(path, &damaged), "a page of rows");
	damaged.bytes[(page - 1) * PAGE_SIZE] ^= 1;
	clear();
	write_file(path, &damaged);
	whole_items = count_items();
	must(whole_items > ITEMS / 3 && whole_items < ITEMS, "items of the other pages");
	clear();
}

void start_damaged(void)
{
	clear();
	write_file(path, &damaged);
}


void trouble_begin(void)
{
	must(mkdtemp(folder), folder);
	snprintf(path, sizeof(path), "%s/t.db", folder);
	make_damaged();
}

void trouble_end(void)
{
	clear();
	rmdir(folder);
}

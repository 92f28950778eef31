// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The engine sees what other programs do to a file that it has open.
 */
#include <sqlite3.h>
#include <unistd.h>

#include "tests/keychain/fake_keybag.h"
#include "tests/keychain/trouble.h"
#include "tests/unit/lib/tap.h"

static void write_as_other(void)
{
	sqlite3 *handle = NULL;

	check(sqlite3_open(path, &handle) == SQLITE_OK &&
	      sqlite3_exec(handle, "UPDATE genp SET mdat=mdat", NULL, NULL, NULL) == SQLITE_OK);
	sqlite3_close(handle);
}

static void test_written(void)
{
	struct engine *engine;

	clear();
	check(fake_keybag_set("former"));
	add_items(0, 2);
	check(open_engine(&engine) == 0);
	/* The first time that it is asked, too. */
	write_as_other();
	check(engine_written_by_others(engine));
	check(!engine_written_by_others(engine));
	check(ask_engine(engine, ALL, NULL) == 0 && !engine_written_by_others(engine));
	write_as_other();
	check(ask_engine(engine, ALL, NULL) == 0 && engine_written_by_others(engine));
	engine_close(engine);
	check(open_engine(&engine) == 0 && !engine_written_by_others(engine));
	engine_close(engine);
	tap_test("what others have written since the file was opened, or since that was asked last");
}

static void tidy(struct engine *engine)
{
	while (engine_tidy(engine))
		;
}

#define ADD "{\"op\":\"add\",\"query\":{\"class\":\"genp\",\"acct\":\"new\",\"v_Data\":{\"data\":\"c2VjcmV0\"}}}"
#define DELETE "{\"op\":\"delete\",\"query\":{\"class\":\"genp\"}}"

/* Clearing up is the engine's own, and hides nothing of what others did before it. */
static void test_tidied(void)
{
	struct engine *engine;

	clear();
	check(open_engine(&engine) == 0);
	tidy(engine);
	check(!engine_written_by_others(engine));
	for (int i = 0; i < 3; i++) {
		check(ask_engine(engine, ADD, NULL) == 0);
		tidy(engine);
		check(!engine_written_by_others(engine));
		check(ask_engine(engine, ALL, NULL) == 0 && !engine_written_by_others(engine));
		check(ask_engine(engine, DELETE, NULL) == 0 && !engine_written_by_others(engine));
		tidy(engine);
		check(!engine_written_by_others(engine));
	}
	add_items(0, ITEMS);
	check(engine_written_by_others(engine));
	check(ask_engine(engine, DELETE, NULL) == 0 && !engine_written_by_others(engine));
	tidy(engine);
	check(!engine_written_by_others(engine));
	check(ask_engine(engine, ADD, NULL) == 0);
	write_as_other();
	tidy(engine);
	check(engine_written_by_others(engine) && !engine_written_by_others(engine));
	write_as_other();
	check(ask_engine(engine, ALL, NULL) == 0);
	tidy(engine);
	check(engine_written_by_others(engine) && !engine_written_by_others(engine));
	engine_close(engine);
	tap_test("clearing up after requests is not taken for the work of others");
}

static void test_moved(void)
{
	struct engine *engine;

	clear();
	check(open_engine(&engine) == 0 && !engine_moved(engine));
	check(ask_engine(engine, ALL, NULL) == -25300 && !engine_moved(engine));
	check(rename(path, in_folder("t.db.former")) == 0 && engine_moved(engine));
	write_file(path, &(struct content){ 0 });
	check(engine_moved(engine));
	check(unlink(path) == 0 && rename(in_folder("t.db.former"), path) == 0 && !engine_moved(engine));
	engine_close(engine);
	tap_test("whether a file has its name");
}

/* The administrator puts a copy in the place of the file, whose last changes are in its log only. */
static void start_restored(struct engine **ret_engine, size_t copied)
{
	static struct content copy;
	size_t found;

	clear();
	add_items(0, copied);
	check(read_file(path, &copy));
	write_file(in_folder("copy"), &copy);
	check(open_engine(ret_engine) == 0);
	check(ask_engine(*ret_engine, DELETE, NULL) == 0 && ask_engine(*ret_engine, ADD, NULL) == 0);
	check(ask_engine(*ret_engine, ALL, &found) == 0 && found == 1);
}

static void test_restored(void)
{
	struct engine *engine;
	size_t found;

	start_restored(&engine, 40);
	check(rename(in_folder("copy"), path) == 0);
	engine_close(engine);
	check(open_engine(&engine) == 0 && ask_engine(engine, ALL, &found) == 0 && found == 40);
	engine_close(engine);

	start_restored(&engine, 40);
	check(rename(path, in_folder("t.db.former")) == 0 && rename(in_folder("copy"), path) == 0);
	engine_close(engine);
	check(open_engine(&engine) == 0 && ask_engine(engine, ALL, &found) == 0 && found == 40);
	engine_close(engine);
	check(unlink(path) == 0 && rename(in_folder("t.db.former"), path) == 0);
	check(open_engine(&engine) == 0 && ask_engine(engine, ALL, &found) == 0 && found == 1);
	engine_close(engine);
	tap_test("a copy in the place of the file gets nothing of that one's log, which goes where the file went");
}

/* Another program keeps the log from being written into the file. */
static void test_restored_while_read(void)
{
	struct engine *engine;
	sqlite3 *reader = NULL;
	size_t found;

	start_restored(&engine, 40);
	check(sqlite3_open(path, &reader) == SQLITE_OK &&
	      sqlite3_exec(reader, "BEGIN;SELECT count(*) FROM genp", NULL, NULL, NULL) == SQLITE_OK);
	check(ask_engine(engine, DELETE, NULL) == 0);
	check(rename(in_folder("copy"), path) == 0);
	engine_close(engine);
	check(open_engine(&engine) == 0 && ask_engine(engine, ALL, &found) == 0 && found == 40);
	sqlite3_close(reader);
	check(ask_engine(engine, ADD, NULL) == 0 && ask_engine(engine, ALL, &found) == 0 && found == 41);
	engine_close(engine);
	tap_test("nor where the former one is read all the while");
}

/* A whole folder was exchanged: the log at that name is another file's. */
static void test_log_of_another(void)
{
	struct engine *engine;
	sqlite3 *other = NULL;
	char name[80];
	size_t found;

	start_restored(&engine, 40);
	check(rename(in_folder("copy"), path) == 0);
	snprintf(name, sizeof(name), "%s-wal", path);
	check(unlink(name) == 0);
	snprintf(name, sizeof(name), "%s-shm", path);
	check(unlink(name) == 0);
	check(sqlite3_open(path, &other) == SQLITE_OK &&
	      sqlite3_exec(other, "UPDATE genp SET tomb=1 WHERE row=1", NULL, NULL, NULL) == SQLITE_OK);
	engine_close(engine);
	snprintf(name, sizeof(name), "%s-wal", path);
	check(access(name, F_OK) == 0);
	sqlite3_close(other);
	check(open_engine(&engine) == 0 && ask_engine(engine, ALL, &found) == 0 && found == 39);
	engine_close(engine);
	tap_test("the log of another file is left alone");
}

int main(void)
{
	tap_start();
	trouble_begin();
	test_written();
	test_tidied();
	test_moved();
	test_restored();
	test_restored_while_read();
	test_log_of_another();
	trouble_end();
	return tap_end();
}

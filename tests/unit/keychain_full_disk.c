// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A disk that takes nothing more, for whatever reason: requests say which, nothing is lost or put aside, and it works
 * again afterwards.
 */
#include <errno.h>
#include <string.h>

#include "helper/keychain/include/keychain-status.h"
#include "tests/keychain/fake_keybag.h"
#include "tests/keychain/trouble.h"
#include "tests/unit/lib/tap.h"

#define ADD "{\"op\":\"add\",\"query\":{\"class\":\"genp\",\"acct\":\"new\",\"v_Data\":{\"data\":\"c2VjcmV0\"}}}"

#define OTHER "{\"op\":\"add\",\"query\":{\"class\":\"genp\",\"acct\":\"other\",\"v_Data\":{\"data\":\"c2VjcmV0\"}}}"

/* A file that has to be opened while there is no room can be read, and written when there is. */
static void check_reading(int expected)
{
	struct engine *engine;
	size_t found;

	if (!check(open_engine(&engine) == 0)) {
		printf("# opened: %s\n", message);
		return;
	}
	check(ask_engine(engine, ALL, &found) == 0 && found == ITEMS + 1);
	check(ask_engine(engine, OTHER, NULL) == expected && strstr(message, "no space"));
	check(ask_engine(engine, ALL, &found) == 0 && found == ITEMS + 1);
	every = false;
	check(ask_engine(engine, OTHER, NULL) == 0);
	engine_close(engine);
	check(count_items() == ITEMS + 2);
}

static void check_no_room(int error, int expected, const char *text)
{
	struct engine *engine;
	size_t found;

	clear();
	check(fake_keybag_set("former"));
	add_items(0, ITEMS);
	check(open_engine(&engine) == 0 && ask_engine(engine, ALL, NULL) == 0);
	every = true;
	trouble_error = error;
	for (unsigned int i = 0; i < 3; i++) {
		if (!check(ask_engine(engine, ADD, NULL) == expected) || !check(strstr(message, text)))
			printf("# %s: %s\n", strerrorname_np(error), message);
		check(ask_engine(engine, ALL, &found) == 0 && found == ITEMS);
	}
	every = false;
	check(ask_engine(engine, ADD, NULL) == 0);
	check(ask_engine(engine, ALL, &found) == 0 && found == ITEMS + 1);
	engine_close(engine);
	/* The same where the file has to be opened first. */
	every = true;
	if (!strcmp(text, "no space"))
		check_reading(expected);
	else if (!check(open_engine(&engine) == expected) || !check(strstr(message, text)))
		printf("# %s, opened: %s\n", strerrorname_np(error), message);
	every = false;
	/* And where it is damaged. */
	start_damaged();
	every = true;
	if (!open_engine(&engine)) {
		check(ask_engine(engine, ALL, NULL) == expected);
		engine_close(engine);
	} else if (!check(strstr(message, text))) {
		printf("# %s, damaged: %s\n", strerrorname_np(error), message);
	}
	every = false;
	trouble_error = 0;
	check(asides("t.db.damaged-") == 0);
	check(count_items() == whole_items && asides("t.db.damaged-") == 1 && nothing_left_over());
	tap_test("%s: told, nothing is lost or put aside, and it works again after it", strerror(error));
}

int main(void)
{
	tap_start();
	trouble_begin();
	check_no_room(ENOSPC, errSecNotAvailable, "no space");
	check_no_room(EDQUOT, errSecNotAvailable, "no space");
	check_no_room(EFBIG, errSecIO, "larger");
	check_no_room(EROFS, errSecReadOnly, "read-only");
	trouble_end();
	return tap_end();
}

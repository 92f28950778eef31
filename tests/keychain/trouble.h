/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A database in a folder of its own, and system calls that end the process or fail. Linked into a test, this stands
 * before the C library for its own and SQLite's calls.
 */
#ifndef KEYCHAIN_TROUBLE_H
#define KEYCHAIN_TROUBLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "helper/keychain/items/engine.h"

#define ITEMS		60		/* in the database, before it is damaged */
#define MAX_FILE	(1 << 20)
#define MESSAGE_SIZE	(ENGINE_WHY_SIZE > 400 ? ENGINE_WHY_SIZE : 400)
#define STAMP		"20261130T120000Z"	/* the time, which stands still */

#define ALL "{\"op\":\"copy\",\"query\":{\"class\":\"genp\",\"m_Limit\":\"m_LimitAll\",\"r_Attributes\":true,\"r_Data\":true}}"

extern char path[64];			/* of the database */
extern char message[MESSAGE_SIZE];	/* of the last answer, or why it could not be opened */
extern size_t whole_items;		/* that a damaged file has in its whole pages */

/* At call @trouble_at (0: none) of @calls the process ends with 77, or the call fails with @trouble_error. */
extern int calls, trouble_at, trouble_error;
extern bool no_links;			/* of the file system */
extern bool late;			/* calls count from the first rename or link on, */
extern bool renaming;			/* which has come */
extern bool every;			/* all calls fail that write */

/* With @ordering: what was called, a letter a call: w(rite), s(ync), r(ename), l(ink), u for what changes a file else. */
#define ORDER_SIZE	4096
extern char order[ORDER_SIZE];
extern bool ordering;

struct content {
	size_t length;
	uint8_t bytes[MAX_FILE];
};

void trouble_begin(void);
void trouble_end(void);

bool read_file(const char *name, struct content *ret_content);
void write_file(const char *name, const struct content *content);
/* The path of a name: good until the next but one. */
const char *in_folder(const char *name);
bool is_beside(const char *name);
/* Calls @each, if there is one, for each name that begins with @prefix and contains @word. Returns their number. */
unsigned int names(const char *prefix, const char *word, void (*each)(const char *name));
/* Databases whose names begin so, without what SQLite has beside them. */
unsigned int asides(const char *prefix);
void show(const char *name);
/* Whether there are the database, what SQLite has beside it, and what was put aside; nothing else. */
bool nothing_left_over(void);
void clear(void);

int open_engine(struct engine **ret_engine);
/* The status of a request; *ret_found, if not NULL: how many results it has. */
int ask_engine(struct engine *engine, const char *text, size_t *ret_found);
/* The same with an engine of its own. -1: the file could not be opened. */
int ask(const char *text, size_t *ret_found);
size_t count_items(void);
void add_items(unsigned int from, unsigned int to);

/* Nothing but a database that has a damaged page. */
void start_damaged(void);

#endif

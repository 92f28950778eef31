// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/store/statement.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define PLACES	8	/* where a statement may be kept */

static int compile(sqlite3 *handle, const char *sql, sqlite3_stmt **ret_statement)
{
	return sqlite3_prepare_v3(handle, sql, -1, SQLITE_PREPARE_PERSISTENT, ret_statement, NULL);
}

void statements_release(struct statements *statements)
{
	for (unsigned int i = 0; i < STATEMENTS_NAMED; i++)
		sqlite3_finalize(statements->named[i].statement);
	for (unsigned int i = 0; i < STATEMENTS_TEXTS; i++) {
		sqlite3_finalize(statements->texts[i].statement);
		free(statements->texts[i].sql);
	}
	*statements = (struct statements){ 0 };
}

/* The first of the places where a statement of that name may be. */
static unsigned int place_of(const struct statement_name *name)
{
	uint64_t mixed = (name->columns + name->flags) * 0x9e3779b97f4a7c15U;

	mixed = (mixed ^ name->kind ^ (uint64_t)name->item_class << 8) * 0x9e3779b97f4a7c15U;
	return (unsigned int)(mixed >> 32) % STATEMENTS_NAMED;
}

static bool same_name(const struct statement_name *a, const struct statement_name *b)
{
	return a->kind == b->kind && a->item_class == b->item_class && a->flags == b->flags && a->columns == b->columns;
}

sqlite3_stmt *statements_find(const struct statements *statements, const struct statement_name *name)
{
	unsigned int first = place_of(name);

	for (unsigned int i = 0; i < PLACES; i++) {
		unsigned int place = (first + i) % STATEMENTS_NAMED;
		sqlite3_stmt *statement = statements->named[place].statement;

		if (statement && same_name(&statements->named[place].name, name) && !sqlite3_stmt_busy(statement))
			return statement;
	}
	return NULL;
}

/* A free place, or one whose statement is not in use, not always the same; -1: there is none. */
static int place_for(const struct statements *statements, const struct statement_name *name)
{
	unsigned int first = place_of(name);
	int chosen = -1;

	for (unsigned int i = 0; i < PLACES; i++) {
		unsigned int place = (first + (statements->next_named + i) % PLACES) % STATEMENTS_NAMED;
		sqlite3_stmt *present = statements->named[place].statement;

		if (!present)
			return (int)place;
		if (!sqlite3_stmt_busy(present))
			chosen = (int)place;
	}
	return chosen;
}

int statements_add(struct statements *statements, sqlite3 *handle, const struct statement_name *name, const char *sql,
		   sqlite3_stmt **ret_statement)
{
	int place = place_for(statements, name), result;
	sqlite3_stmt *statement;

	if (place < 0)
		return SQLITE_MISUSE;
	result = compile(handle, sql, &statement);
	if (result != SQLITE_OK)
		return result;
	statements->next_named++;
	sqlite3_finalize(statements->named[place].statement);
	statements->named[place].statement = *ret_statement = statement;
	statements->named[place].name = *name;
	return SQLITE_OK;
}

int statements_text(struct statements *statements, sqlite3 *handle, const char *sql, sqlite3_stmt **ret_statement)
{
	sqlite3_stmt *statement;
	unsigned int slot;
	char *copy;
	int result;

	for (slot = 0; slot < STATEMENTS_TEXTS; slot++) {
		if (statements->texts[slot].sql && !strcmp(statements->texts[slot].sql, sql) &&
		    !sqlite3_stmt_busy(statements->texts[slot].statement)) {
			*ret_statement = statements->texts[slot].statement;
			return SQLITE_OK;
		}
	}
	do {
		slot = statements->next_text++ % STATEMENTS_TEXTS;
	} while (statements->texts[slot].sql && sqlite3_stmt_busy(statements->texts[slot].statement));
	copy = strdup(sql);
	result = copy ? compile(handle, sql, &statement) : SQLITE_NOMEM;
	if (result != SQLITE_OK) {
		free(copy);
		return result;
	}
	sqlite3_finalize(statements->texts[slot].statement);
	free(statements->texts[slot].sql);
	statements->texts[slot].sql = copy;
	statements->texts[slot].statement = *ret_statement = statement;
	return SQLITE_OK;
}

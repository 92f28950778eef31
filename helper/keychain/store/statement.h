/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Statements of one connection, kept for the next time: by a name, or by their text.
 */
#ifndef KEYCHAIN_STATEMENT_H
#define KEYCHAIN_STATEMENT_H

#include <stdint.h>

#include <sqlite3.h>

#define STATEMENTS_NAMED	128
#define STATEMENTS_TEXTS	32

/* Purposes of statements. */
enum statement_kind {
	STATEMENT_NONE = 0,
	STATEMENT_BEGIN,
	STATEMENT_BEGIN_WRITE,
	STATEMENT_COMMIT,
	STATEMENT_ROLLBACK,
	STATEMENT_SELECT,
	STATEMENT_SAMPLE,
	STATEMENT_GROUP,
	STATEMENT_COUNT,
	STATEMENT_KEYED,
	STATEMENT_UUID,
	STATEMENT_NUMBER,
	STATEMENT_DIGEST,
	STATEMENT_SECRET,
	STATEMENT_INSERT,
	STATEMENT_UPDATE,
	STATEMENT_DELETE,
	STATEMENT_DISPLACE,
	STATEMENT_BURY,
	STATEMENT_OWN_READ,
	STATEMENT_OWN_ADD,
	STATEMENT_OWN_REMOVE,
	STATEMENT_OWN_SAMPLE,
};

/* The name that a statement is kept by: those of one name have the same text, which need not be made to find one. */
struct statement_name {
	uint16_t kind, item_class;
	uint32_t flags;		/* with @columns, as the kind has it */
	uint64_t columns;
};

struct statements {
	struct {
		struct statement_name name;
		sqlite3_stmt *statement;
	} named[STATEMENTS_NAMED];
	struct {
		char *sql;
		sqlite3_stmt *statement;
	} texts[STATEMENTS_TEXTS];
	unsigned int next_named, next_text;
};

void statements_release(struct statements *statements);

/* The statement of that name; NULL: none is kept, or it is in use. */
sqlite3_stmt *statements_find(const struct statements *statements, const struct statement_name *name);

/* Makes one and keeps it. These return results of SQLite's. */
int statements_add(struct statements *statements, sqlite3 *handle, const struct statement_name *name, const char *sql,
		   sqlite3_stmt **ret_statement);

/* The one of that text, kept or made. */
int statements_text(struct statements *statements, sqlite3 *handle, const char *sql, sqlite3_stmt **ret_statement);

#endif

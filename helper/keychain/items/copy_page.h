/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Common parts of copies of rows and of identities: limits, pages, what is withheld.
 */
#ifndef KEYCHAIN_COPY_PAGE_H
#define KEYCHAIN_COPY_PAGE_H

#include "helper/keychain/items/find.h"
#include "helper/keychain/items/request.h"
#include "helper/keychain/items/row_iterator.h"

struct copy {
	struct request *request;
	const struct query *query;
	const struct groups *groups;	/* where certificates of a chain are looked for */
	bool many;		/* the result is an array */
	bool partial;		/* locked rows are counted, not an error */
	bool references;	/* and told of, without what is sealed */
	struct value *locked;	/* those that were; NULL: none yet */
	bool more;		/* a page is full */
	int64_t remaining;
	int64_t after;		/* number of the last row */
	size_t found, bytes, secrets;
	size_t damaged_count, lost_count;	/* rows that may have matched */
	size_t withheld;
	uint32_t withheld_classes;
};

int copy_start(struct copy *copy, struct request *request, const struct query *query);

/*
 * A row that is locked, as @class_number is: an error, or counted, and told of where the request wants references. Of an
 * identity @row is the certificate.
 */
int copy_locked(struct copy *copy, const struct row *row, uint32_t class_number, bool *stop);

/*
 * In a copy of all that matches, before first unlock, rows of which that is not known are an error, or
 * counted.
 */
int copy_withhold(struct copy *copy, struct find *find);

/* Takes @result, which may be NULL. */
int copy_result(struct copy *copy, struct value *result, size_t secret_length, int64_t row,
		bool *stop);

/* Takes over which rows could not be read. */
void copy_unreadable(struct copy *copy, const struct row_iterator *iterator);

/* Whether nothing was found, and there is nothing to tell of what there may have been either. */
bool copy_is_nothing(const struct copy *copy);

/* Cursor, counts of what was withheld and of what is unreadable, and what is told of it; unless @status is an error, which is returned. */
int copy_finish(struct copy *copy, int status);

/* The m_ keys that look into certificates. */
int copy_certificate_matches(struct copy *copy, const struct value *data, bool *ret_matches);

#endif

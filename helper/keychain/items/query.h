/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Queries: the dictionary of a request, checked and taken apart. Everything in it is the client's
 * and may be anything.
 */
#ifndef KEYCHAIN_QUERY_H
#define KEYCHAIN_QUERY_H

#include <stdbool.h>

#include "helper/keychain/items/outcome.h"
#include "helper/keychain/store/row.h"

#define QUERY_MAX_KEYS		128
#define REFERENCE_SIZE		20	/* class and row identity */
#define REFERENCE_LEGACY_SIZE	12	/* class and row number */

enum query_use {
	QUERY_ADD,
	QUERY_COPY,
	QUERY_UPDATE,		/* which rows */
	QUERY_CHANGE,		/* what becomes of them: no class, attributes and value only */
	QUERY_DELETE,
};

enum query_limit {
	LIMIT_DEFAULT,
	LIMIT_ONE,
	LIMIT_ALL,
	LIMIT_NUMBER,
};

enum query_synchronizable {
	SYNCHRONIZABLE_NO,
	SYNCHRONIZABLE_YES,
	SYNCHRONIZABLE_ANY,
};

struct query {
	enum query_use use;
	enum item_class item_class;
	bool has_class;
	/*
	 * Normalised attributes without agrp, pdmn, sync, accc and secret fields. Own attributes are among them unless
	 * they are none and that is no change.
	 */
	struct value *attributes;
	bool exact;				/* m_ExactAttributes: no other own attributes than these */
	const char *group; /* agrp, NULL: not given; these belong to the request */
	const char *protection;			/* pdmn or of accc; see has_protection */
	bool has_protection;			/* pdmn itself was given: a filter */
	bool has_synchronizable;
	enum query_synchronizable synchronizable;
	const struct value *data;		/* v_Data */
	const struct value *certificate; /* certdata, beside v_Data: of an identity that is added */
	struct value *fields;			/* secret attributes, NULL: none */
	struct {
		bool given, legacy;
		uint8_t uuid[ROW_UUID_SIZE];
		int64_t row;
	} reference;
	bool return_data, return_attributes, return_reference;
	enum query_limit limit;
	int64_t limit_number;
	const char *host;			/* m_HostOrSubdomainOfHost */
	bool match_certificate;			/* has a key of certificate/match.h; see source */
	bool skip_protected;			/* u_AuthUI Skip */
	const struct value *source;
};

/*
 * @source has to outlive the query. @any_class: class may be left out, for operations over all of
 * them; the attributes have to be valid for one class at least then. Returns a status, with
 * @outcome set unless it is success. query_release() in any case.
 */
int query_decode(struct query *query, enum query_use use, const struct value *source,
		 enum item_class change_class, bool any_class, struct outcome *outcome);
void query_release(struct query *query);

/* Whether anything is to be returned. */
bool query_returns(const struct query *query);

struct value *query_reference(enum item_class item_class, const uint8_t uuid[ROW_UUID_SIZE]);

#endif

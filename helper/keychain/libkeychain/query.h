/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBKEYCHAIN_QUERY_H
#define LIBKEYCHAIN_QUERY_H

#include "helper/keychain/common/value.h"
#include "keychain.h"

struct keychain_query {
	struct value *dictionary;
	bool failed;			/* without memory */
	const char *misuse; /* static: the first setter that was given what it does not take */
};

enum attribute_type {
	ATTRIBUTE_TEXT,
	ATTRIBUTE_DATA,
	ATTRIBUTE_NUMBER,
	ATTRIBUTE_BOOLEAN,
	ATTRIBUTE_DATE,
	ATTRIBUTE_NONE,			/* no such attribute */
};

enum attribute_type attribute_type(enum keychain_attribute attribute);

/* The class with that name, 0: none. */
enum keychain_accessible accessible_by_name(const char *name);

#endif

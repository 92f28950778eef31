/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBKEYCHAIN_NAMES_H
#define LIBKEYCHAIN_NAMES_H

#include "helper/keychain/include/keychain.h"

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

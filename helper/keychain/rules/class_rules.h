/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Root's rules for the protection classes of items that other programs make by the Secret Service, by schema or attribute.
 * A line each, the first that matches counts, those of the administrator before those of packages:
 *
 *   schema PATTERN CLASS
 *   attribute NAME=PATTERN CLASS
 *
 * Patterns are those of fnmatch(3), classes the short names. Blank lines and what begins with # are left out.
 */
#ifndef KEYCHAIN_CLASS_RULES_H
#define KEYCHAIN_CLASS_RULES_H

#include "helper/keychain/include/keychain.h"

#ifndef CLASS_RULES_OF_ADMINISTRATOR
#define CLASS_RULES_OF_ADMINISTRATOR	"/etc/keychain/secret-service.conf"
#endif
/* The build says where they are installed: DATADIR of the Makefile. */
#ifndef CLASS_RULES_OF_PACKAGES
#define CLASS_RULES_OF_PACKAGES		"/usr/share/keychain/secret-service.conf"
#endif

struct class_rule {
	const char *file;
	unsigned int line;			/* the first is 1 */
	const char *name, *pattern;		/* of the attribute; NULL in a line with a mistake */
	enum keychain_accessible accessible;	/* 0: the line has a mistake, and says nothing */
};

/* Gets the rules in their order. The texts are there until it returns; false ends the reading. */
typedef bool class_rules_take(void *context, const struct class_rule *rule);

/* Tells of a file that cannot be read, and says nothing; @error is a negative errno. */
typedef void class_rules_fail(void *context, const char *file, int error);

/* Reads the files. One that is not there has no rules. @fail may be NULL. */
void class_rules_read(class_rules_take *take, class_rules_fail *fail, void *context);

/* The value of an attribute; NULL: there is none of that name. */
typedef const char *class_rules_value(void *context, const char *name);

/* The class by the first rule that matches; 0: none. */
enum keychain_accessible class_rules_find(class_rules_value *value, void *context);

#endif /* KEYCHAIN_CLASS_RULES_H */

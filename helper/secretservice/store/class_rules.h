/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Root's rules for the protection classes of new items, by schema or attribute. A line each, the first that matches counts,
 * those of the administrator before those of packages:
 *
 *   schema PATTERN CLASS
 *   attribute NAME=PATTERN CLASS
 *
 * Patterns are those of fnmatch(3), classes the short names. Blank lines and what begins with # are left out.
 */
#ifndef SECRETSERVICE_CLASS_RULES_H
#define SECRETSERVICE_CLASS_RULES_H

#include "helper/keychain/include/keychain.h"
#include "helper/secretservice/bus/attributes.h"

#ifndef CLASS_RULES_OF_ADMINISTRATOR
#define CLASS_RULES_OF_ADMINISTRATOR	"/etc/keychain/secret-service.conf"
#define CLASS_RULES_OF_PACKAGES		"/usr/share/keychain/secret-service.conf"
#endif

/* 0: no rule says anything. The files are read each time; a line with a mistake says nothing. */
enum keychain_accessible class_rules_find(const struct attributes *attributes);

/* Writes to the journal which lines have a mistake. */
void class_rules_check(void);

#endif /* SECRETSERVICE_CLASS_RULES_H */

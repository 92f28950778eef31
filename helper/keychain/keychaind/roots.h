/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine's CA certificates as a keychain that is only read.
 *
 * Each user has one, sealed like any other under his own keybag: a copy of the machine's file that
 * is made anew when that file has changed. Items are of class cert, always available, in the group
 * ROOTS_GROUP.
 */
#ifndef KEYCHAIND_ROOTS_H
#define KEYCHAIND_ROOTS_H

#include "helper/keychain/engine/engine.h"

#define ROOTS_KEYCHAIN	"system-roots"
#define ROOTS_GROUP	"system-roots"

#ifndef ROOTS_FILE
#define ROOTS_FILE	"/etc/ssl/certs/ca-certificates.crt"
#endif

/* Who reads it: the caller, with ROOTS_GROUP for his groups, and nothing to be changed. */
struct engine_caller roots_caller(const struct engine_caller *caller);

/*
 * Brings the items up to date. Returns 0; or an errSec status with *@ret_failure set to the answer
 * that says so, or to NULL without memory.
 */
int roots_refresh(struct engine *engine, struct value **ret_failure);

#endif

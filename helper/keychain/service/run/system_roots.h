/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine's CA certificates as a keychain that is only read.
 *
 * Each user has one, sealed like any other under their own keybag: a copy of the machine's file that
 * is made anew when that file has changed. Items are of class cert, always available, in the group
 * SYSTEM_ROOTS_GROUP.
 */
#ifndef KEYCHAIND_SYSTEM_ROOTS_H
#define KEYCHAIND_SYSTEM_ROOTS_H

#include "helper/keychain/items/engine.h"

#define SYSTEM_ROOTS_GROUP	"system-roots"

#ifndef SYSTEM_ROOTS_FILE
#define SYSTEM_ROOTS_FILE	"/etc/ssl/certs/ca-certificates.crt"
#endif

/* The caller as a reader of the view: it has SYSTEM_ROOTS_GROUP alone, and may change nothing. */
struct engine_caller system_roots_caller(const struct engine_caller *caller);

/*
 * Brings the items up to date. Returns 0; or an errSec status with *@ret_failure set to the answer
 * that says so, or to NULL without memory.
 */
int system_roots_refresh(struct engine *engine, struct value **ret_failure);

#endif

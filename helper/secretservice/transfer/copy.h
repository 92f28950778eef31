/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Copies what one Secret Service has to another. The other one is left as it is where it has an item of the same attributes and
 * secret. One of the same attributes and another secret is renewed where that secret is older.
 *
 * Each item is copied whole or not at all. Those that cannot be are named on standard error.
 */
#ifndef SECRETSERVICE_COPY_H
#define SECRETSERVICE_COPY_H

#include "copy_items.h"

/*
 * All collections but session, each to one of its own, with a line for each on standard output. Returns 0, or an exit status after a
 * complaint.
 */
int copy_all(struct copy *copy);

#endif /* SECRETSERVICE_COPY_H */

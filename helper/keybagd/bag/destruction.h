/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KEYBAGD_DESTRUCTION_H
#define KEYBAGD_DESTRUCTION_H

#include "operation.h"

/*
 * Worker: overwrites and removes all files of its keybag, which is not in the kernel. Returns 0, or a negative errno with its
 * text in @ret_result. The operation's @on_disk says whether the keybag is still there: where it is not, the next start
 * finishes what was begun.
 */
int destruction_carry_out(struct operation *operation, struct request_result *ret_result);

#endif /* KEYBAGD_DESTRUCTION_H */

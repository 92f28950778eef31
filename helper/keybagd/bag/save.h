/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records of guesses and wraps: from the kernel to the disk.
 */
#ifndef KEYBAGD_SAVE_H
#define KEYBAGD_SAVE_H

#include "keybagd/store/sealed_form.h"
#include "operation.h"

/*
 * Worker: makes a record durable and tells the kernel. A failure is a warning of the result, never an
 * error: a full disk must not keep a user out.
 */
void save_record(struct operation *operation, const struct sealed_record *record);

/* Worker: the same where a record on disk is not authentic: record_file_renew(). */
void save_record_anew(struct operation *operation, const struct sealed_record *record);

/* Worker: the record as the kernel has it now. */
void save_present_record(struct operation *operation);

/* Main thread: when it is the keybag's turn. After a failure the next attempt waits a while. */
void save_later(struct bag *bag);

int save_open_loop(sd_event *loop);

#endif /* KEYBAGD_SAVE_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A keybag described: for people, and as JSON.
 */
#ifndef KEYBAGCTL_REPORT_H
#define KEYBAGCTL_REPORT_H

#include <stddef.h>

#include "libkeybag/keybag.h"

/* "not loaded" or the lock state. */
const char *report_state(const struct keybag_info *info);

void report_print(const struct keybag_info *info);

/*
 * The format of the objects that status, list and watch print; keybagctl(1) describes their members. It is raised when
 * a member goes or changes its meaning, not when one is added.
 */
#define REPORT_JSON_FORMAT	1

/* Its members; the caller opens and closes the object. */
void report_json(const struct keybag_info *info);

/* A time of the real-time clock, ISO 8601; "" for 0. */
void report_time(uint64_t time_ns, char *ret_text, size_t size);

#endif /* KEYBAGCTL_REPORT_H */

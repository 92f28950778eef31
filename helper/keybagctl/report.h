/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A keybag described: for people, and as JSON.
 */
#ifndef KEYBAGCTL_REPORT_H
#define KEYBAGCTL_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "libkeybag/keybag.h"

/* The lock state, "not loaded", or "unknown": a module of another version may have it. */
const char *report_state(const struct keybag_info *info);

/* The version of the kernel module, also of one that this program does not understand. Returns 0 or a negative errno. */
int report_module_version(struct keybag_version *ret_version);

/* Whether its file could be read: otherwise nobody knows whether it has a passcode. */
bool report_is_readable(const struct keybag_info *info);

void report_print(const struct keybag_info *info);

/*
 * The format of everything that --json prints; keybagctl(1) describes the members. It is raised when a member goes or
 * changes its meaning, not when one is added.
 */
#define REPORT_JSON_FORMAT	1

/* Members that say after how long without use a keybag is locked. */
void report_timeout_json(const struct keybag_settings *settings);

/* Its members; the caller opens and closes the object. */
void report_json(const struct keybag_info *info);

/* Writes a time of the real-time clock as ISO 8601; "" for 0. */
void report_time(uint64_t time_ns, char *ret_text, size_t size);

/* A member @name with that time as text, "2026-11-22T20:00:00.123456789Z", or null for 0: no number of JSON holds it. */
void report_time_json(const char *name, uint64_t time_ns);

#endif /* KEYBAGCTL_REPORT_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events, each with whom it concerns and why: a line "event: key=value ..." for people, tests and machines. In the
 * journal each key is a field of its own besides (result= is KEYBAG_RESULT), and the kinds that an
 * administrator may want to look for have a MESSAGE_ID; keybag.catalog explains those. Failures go to the
 * kernel's audit system as well.
 */
#ifndef KEYBAGD_EVENT_LOG_H
#define KEYBAGD_EVENT_LOG_H

/* @format makes the words key=value; a value with spaces is in double quotes, which it has none of. */
__attribute__((format(printf, 1, 2))) void event_log(const char *format, ...);

#endif /* KEYBAGD_EVENT_LOG_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines for the journal, or for standard error where there is none. No secrets, no attributes of
 * items, no text of a peer. They leave errno as it is.
 */
#ifndef DAEMON_LOG_H
#define DAEMON_LOG_H

#include <stdbool.h>
#include <syslog.h>

__attribute__((format(printf, 2, 3))) void log_line(int priority, const char *format, ...);

#define log_error(...)		log_line(LOG_ERR, __VA_ARGS__)
#define log_warning(...)	log_line(LOG_WARNING, __VA_ARGS__)
#define log_notice(...)		log_line(LOG_NOTICE, __VA_ARGS__)
#define log_info(...)		log_line(LOG_INFO, __VA_ARGS__)

/* Whether lines end up in the journal. */
bool log_goes_to_journal(void);

#endif /* DAEMON_LOG_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines for the journal, or for standard error where there is none. No attributes, no secrets, no
 * text of a peer.
 */
#ifndef KEYCHAIND_LOG_H
#define KEYCHAIND_LOG_H

#include <syslog.h>

__attribute__((format(printf, 2, 3))) void log_line(int priority, const char *format, ...);

#define log_error(...)		log_line(LOG_ERR, __VA_ARGS__)
#define log_warning(...)	log_line(LOG_WARNING, __VA_ARGS__)
#define log_notice(...)		log_line(LOG_NOTICE, __VA_ARGS__)

#endif

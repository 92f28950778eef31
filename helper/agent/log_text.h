/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef AGENT_LOG_TEXT_H
#define AGENT_LOG_TEXT_H

#include <unistd.h>

#include "common/translate.h"

/* A text for standard error: translated for people at a terminal, in English for the journal. */
__attribute__((format_arg(1))) static inline const char *log_text(const char *text)
{
	return isatty(STDERR_FILENO) ? _(text) : text;
}

#endif /* AGENT_LOG_TEXT_H */

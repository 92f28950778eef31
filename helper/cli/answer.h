/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Answers to questions, in English and in the language of messages: "yes" means the same in each.
 */
#ifndef CLI_ANSWER_H
#define CLI_ANSWER_H

#include <stdbool.h>

/* Whether @answer is the whole word. */
bool answer_is_yes(const char *answer);

/* Whether @answer begins as it does: "y" is enough. */
bool answer_begins_yes(const char *answer);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SSHAGENT_QUESTION_H
#define SSHAGENT_QUESTION_H

#include "helper/sshagent/wire/buffer.h"

/* Bytes of a comment in a question. */
#define COMMENT_SHOWN	128

/*
 * Appends, as a string, the question whether a key is to be used: two lines, whatever is in the comment, which whoever added
 * the key has chosen.
 */
void question_put(struct bytes comment, const char *fingerprint, struct buffer *to);

#endif /* SSHAGENT_QUESTION_H */

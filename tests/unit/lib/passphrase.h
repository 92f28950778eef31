/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stand-in that is asked for the passphrase of a file: gives the answer that a test has set, and counts how often.
 */
#ifndef UNIT_PASSPHRASE_H
#define UNIT_PASSPHRASE_H

#include <errno.h>
#include <stddef.h>
#include <string.h>

static const char *answer;	/* NULL: there is none to be had */
static int asked;

static int give(void *context, char *buffer, size_t size)
{
	(void)context;
	asked++;
	if (!answer)
		return -ENOKEY;
	if (strlen(answer) > size)
		return -EMSGSIZE;
	memcpy(buffer, answer, strlen(answer));
	return (int)strlen(answer);
}

#endif

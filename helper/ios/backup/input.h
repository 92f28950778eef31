/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file in memory, to be decrypted in place.
 */
#ifndef IOS_INPUT_H
#define IOS_INPUT_H

#include <stddef.h>
#include <stdint.h>

#include "helper/common/cleanup.h"

struct ios_input {
	uint8_t *bytes;
	size_t length;
	size_t size;		/* of the mapping */
};

#define IOS_INPUT_NONE ((struct ios_input){ 0 })

/* Reads a regular file. Returns 0, -EFBIG for more than @maximum bytes, -ENODATA for an empty one, or another negative errno. */
int ios_input_read(int descriptor, size_t maximum, struct ios_input *ret_input);
void ios_input_free(struct ios_input *input);

#define CLEANUP_IOS_INPUT CLEANUP(ios_input_free)

#endif

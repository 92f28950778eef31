// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * keychain call: one request in JSON from standard input, the answer to standard output.
 */
#include <errno.h>
#include <string.h>

#include "complain.h"
#include "stream.h"

/* A secret of the largest size, as base64, and what goes with it. */
#define MAX_REQUEST	(2U << 20)

int command_call(struct keychain_client *client, int argc, char **argv)
{
	CLEANUP_SECRET struct secret request = SECRET_NONE;
	char *answer;
	size_t length;
	int result;

	(void)argv;
	if (argc != 1)
		return complain_usage(
			"'call' takes no arguments: the request comes by standard input");
	result = stream_read(MAX_REQUEST, &request);
	if (result < 0)
		return complain_other("standard input: %s", strerrordesc_np(-result));
	result =
		keychain_call(client, (const char *)request.data, request.length, &answer, &length);
	if (result)
		return complain(client, result);
	result = stream_write(answer, length);
	if (!result)
		result = stream_write("\n", 1);
	keychain_text_free(answer, length);
	return result < 0 ? complain_other("standard output: %s", strerrordesc_np(-result)) : 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "portal_copy.h"

#include "helper/keychain/include/keychain-status.h"
#include "helper/secretservice/bus/secret_pipe.h"

int portal_copy(const void *bytes, size_t length, struct secret *ret_secret)
{
	if (!bytes || !length || length > SECRET_PIPE_MAX)
		return errSecDecode;
	return secret_from(bytes, length, ret_secret) < 0 ? errSecAllocate : 0;
}

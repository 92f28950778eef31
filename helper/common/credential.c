// SPDX-License-Identifier: LGPL-2.1-or-later
#include "credential.h"

#include <stddef.h>
#include <unistd.h>

const char *credential_stored(void)
{
	if (access(KEYBAG_CREDENTIAL_STORED, F_OK) == 0)
		return KEYBAG_CREDENTIAL_STORED;
	return access(KEYBAG_CREDENTIAL_ENCRYPTED, F_OK) == 0 ? KEYBAG_CREDENTIAL_ENCRYPTED : NULL;
}

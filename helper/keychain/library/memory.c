// SPDX-License-Identifier: LGPL-2.1-or-later
#include "helper/common/secret.h"
#include "helper/keychain/include/keychain.h"

void keychain_memory_wipe(void)
{
	locked_memory_wipe_all();
}

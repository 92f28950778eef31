// SPDX-License-Identifier: GPL-2.0-or-later
#include "keychain_account.h"

#include "common/account_file.h"
#include "common/protocol.h"

bool keychain_account_is(uid_t uid)
{
	uid_t keychain;

	return uid == 0 || (!account_file_find(KEYCHAIN_ACCOUNT, &keychain) && uid == keychain);
}

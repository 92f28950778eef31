// SPDX-License-Identifier: GPL-2.0-or-later
#include "open.h"

#include "helper/secretservice/client/client.h"
#include "helper/secretservice/store/lock_state.h"
#include "helper/secretservice/store/soft_lock.h"
#include "state.h"

void open_without_passcode(const char *keychain)
{
	struct client *served = client_served();

	if (!soft_lock_is_set(keychain) || lock_state_now() != LOCK_STATE_UNLOCKED || lock_state_has_passcode())
		return;
	state_note_opened(keychain);
	/* Others were served by that. */
	client_serve(served);
}

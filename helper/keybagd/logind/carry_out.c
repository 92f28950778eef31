// SPDX-License-Identifier: GPL-2.0-or-later
#include "carry_out.h"

#include "session_note.h"

static void (*lock_owner)(uid_t uid, uint32_t reason, const char *why);

void carry_out_open(void (*lock)(uid_t uid, uint32_t reason, const char *why))
{
	lock_owner = lock;
}

void carry_out(struct auto_lock decision)
{
	if (!decision.reason)
		return;
	lock_owner(decision.uid, decision.reason, decision.why);
	if (decision.reason == KEYBAG_REASON_LOGOUT && !session_any(decision.uid))
		session_note_drop(decision.uid);
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "relay.h"
#include "request.h"
#include "steps.h"

void step_authenticated(struct call *call, const char *passcode)
{
	relay_clear(call);
	if (!passcode || !*passcode) {
		call_debug(call, "no password was typed: the keybag of %s is left as it is",
			   call->user);
		return;
	}
	if (!call_is_own_name(call)) {
		call_debug(call, "%s is another name of uid %u: its password is not the passcode", call->user, call->uid);
		return;
	}
	if (call->kind == SERVICE_LOCKER && call_is_for_another(call)) {
		call_debug(call, "%s goes back to no session of %s: the keybag is left as it is", call->service, call->user);
		return;
	}
	/*
	 * A locker has nothing that follows: many call neither the account checks nor
	 * pam_setcred(). A host that runs as the user goes back to the user's session, too.
	 */
	if (call->kind == SERVICE_LOCKER || call_runs_as_user(call))
		request_unlock(call, passcode, KEYBAG_UNLOCK_IF_CLOSED, KEYBAG_REASON_SCREEN);
	else if (request_ticket(call, passcode))
		relay_keep_passcode(call, passcode);
}

void step_redeem(struct call *call)
{
	uint8_t ticket[KEYBAG_TICKET_SIZE];

	if (relay_get_ticket(call, ticket) && !request_redeem(call, ticket, true))
		relay_drop_ticket(call);
}

/* Once more for the session: the keybag may have been locked since. */
static void redeem_for_session(struct call *call)
{
	uint8_t ticket[KEYBAG_TICKET_SIZE];

	if (relay_get_ticket(call, ticket))
		request_redeem(call, ticket, false);
}

void step_open_session(struct call *call)
{
	const char *passcode = relay_passcode(call);

	if (relay_unreachable(call))
		call_debug(call, "keybagd did not answer before: not asked again");
	else if (relay_has_ticket(call))
		redeem_for_session(call);
	else if (passcode)
		request_create(call, passcode);
	else
		request_look(call);
	relay_clear(call);
}

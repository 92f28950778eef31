// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>

#include "cli/organisation_text.h"
#include "relay.h"
#include "request.h"
#include "steps.h"

static const char differs[] =
	N_("Your login password has changed, your keybag keeps its old passcode. Change it with \"keybagctl passwd\".");

static const char not_learned[] =
	N_("Your login password has changed. Whether the passcode of your keybag has, could not be learned: try \"keybagctl unlock\" with the new one, then with the old one.");

/*
 * Before a new password is asked for: whom it lets in. Nothing where keybagd is of a release before, or does not
 * answer.
 */
static void tell_of_organisation(struct call *call)
{
	struct keybag_whose whose = call_whose(call);
	struct keybag_organisation_info info;
	char text[ORGANISATION_TEXT_SIZE];

	if (keybag_client_organisation(call->client, &whose, &info) < 0)
		return;
	if (organisation_is_to_come(&info))
		call_tell(call, _("With the new password an organisation may open your keybag, too: %s."),
			  organisation_text(&info.configured, text));
	else if (info.present.present)
		call_tell(call, _("An organisation may open your keybag, too, as before: %s."), organisation_text(&info.present, text));
}

static void tell_warnings(struct call *call, uint32_t warnings)
{
	if (warnings & KEYBAG_WARNING_RECOVERY_DROPPED)
		call_tell(call, _("The recovery code of your keybag is void now. Make a new one with \"keybagctl recovery add\"."));
	if (warnings & KEYBAG_WARNING_ORGANISATION_DROPPED)
		call_tell(call, _("The organisation that could open your keybag cannot any more: \"keybagctl organisation\" shows who can."));
	if (warnings & KEYBAG_WARNING_ORGANISATION_ADDED)
		call_tell(call, _("An organisation may open your keybag from now on: \"keybagctl organisation\" shows it."));
}

static bool has_passcode(enum keybag_found found)
{
	return found == KEYBAG_FOUND_UNLOCKED || found == KEYBAG_FOUND_CLOSED;
}

void step_prepare_change(struct call *call)
{
	enum keybag_found found;

	relay_set_change_done(call, false);
	relay_set_seen(call, false);
	if (!call_is_own_name(call))
		return;
	found = request_look(call);
	relay_set_seen(call, has_passcode(found));
	if (has_passcode(found))
		tell_of_organisation(call);
	if (found == KEYBAG_FOUND_UNKNOWN)
		call_tell(call, _("If %s has a keybag, it will keep its old passcode."), call->user);
}

/* keybagd went away between the two passes: whoever was told nothing in the first one is told now. */
static void tell_unknown(struct call *call)
{
	if (relay_seen(call))
		call_tell(call, "%s", _(differs));
}

/* keybagd has read the request, perhaps, and has not said what came of it. */
static bool is_unclear(int error)
{
	return error == -ETIMEDOUT || error == -ECONNRESET;
}

static bool change(struct call *call, const char *old_passcode, const char *passcode)
{
	struct keybag_whose whose = call_whose(call);
	struct keybag_proof authority = request_proof(old_passcode);
	struct keybag_proof proof = request_proof(passcode);
	struct keybag_attempt attempt = { 0 };
	int result;

	call_limit_derive(call, 2);
	result = keybag_client_set_passcode(call->client, &whose, &authority, &proof, NULL, &attempt);
	if (result < 0) {
		request_log_failure(call, result, "cannot change the passcode of the keybag");
		call_tell(call, "%s", is_unclear(result) ? _(not_learned) : _(differs));
		return false;
	}
	call_log(call, LOG_NOTICE, "changed the passcode of the keybag of %s", call->user);
	tell_warnings(call, attempt.warnings);
	return true;
}

void step_change(struct call *call, const char *old_passcode, const char *passcode)
{
	enum keybag_found found;
	bool login;

	/* By another line of the stack, by hand beside the profile, say: the old password would count as a wrong passcode. */
	if (relay_change_done(call))
		return;
	relay_set_change_done(call, true);
	/*
	 * An expired password is changed in the middle of a login. What was prepared is a key of the password before:
	 * it is not the login password any more, whether it was the passcode or not.
	 */
	login = relay_drop_ticket(call);
	if (relay_unreachable(call)) {
		call_log(call, LOG_WARNING,
			 "keybagd did not answer: a keybag of %s keeps its old passcode", call->user);
		tell_unknown(call);
		return;
	}
	if (!passcode || !*passcode || !call_is_own_name(call))
		return;
	/* A keybag that the session is going to make gets the new one. */
	if (relay_passcode(call))
		relay_keep_passcode(call, passcode);
	found = request_look(call);
	if (found == KEYBAG_FOUND_UNKNOWN)
		tell_unknown(call);
	if (!has_passcode(found))
		return;
	if (old_passcode && *old_passcode) {
		if (change(call, old_passcode, passcode) && login)
			request_ticket(call, passcode);
		return;
	}
	call_log(call, LOG_NOTICE,
		 "the old password was not given: the keybag of %s keeps its own passcode", call->user);
	call_tell(call,
		  _("The keybag of %s keeps its own passcode. Only someone who knows that passcode can change it: "
		  "\"keybagctl passwd\"."),
		  call->user);
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "request.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/organisation_text.h"
#include "cli/sent_text.h"
#include "relay.h"

#define SECOND_NS UINT64_C(1000000000)

static const char *reason_text(struct call *call, int error)
{
	const char *message = keybag_client_message(call->client);

	return *message ? message : keybag_error_text(error);
}

void request_log_failure(struct call *call, int error, const char *doing)
{
	if (error == -ETIMEDOUT || error == -EHOSTDOWN || error == -ECONNREFUSED)
		relay_set_unreachable(call);
	call_log(call, LOG_WARNING, "%s of %s: %s", doing, call->user, reason_text(call, error));
}

/*
 * Before anything is known of the keybag: a daemon that does not run, or hangs, is logged. Whoever has no keybag at all is
 * not bothered with it.
 */
static bool log_unreachable(struct call *call, int error, const char *doing)
{
	if (error != -ECONNREFUSED && error != -EHOSTDOWN)
		return false;
	request_log_failure(call, error, doing);
	return true;
}

enum keybag_found request_look(struct call *call)
{
	struct keybag_whose whose = call_whose(call);
	enum keybag_found found;
	struct keybag_info *info;
	int result;

	call_limit_quick(call);
	result = keybag_client_load_info(call->client, &whose, 0, &info);
	if (result == -ENOENT)
		return KEYBAG_FOUND_NONE;
	if (result < 0) {
		request_log_failure(call, result, "cannot look at the keybag");
		/* Whoever has no keybag at all is not bothered with a daemon that does not run. */
		if (!relay_unreachable(call))
			call_tell(call, _("Your keybag cannot be used: %s."), sent_text(reason_text(call, result)));
		return KEYBAG_FOUND_UNKNOWN;
	}
	if (!(info->status.flags & KEYBAG_STATUS_PASSCODE))
		found = KEYBAG_FOUND_WITHOUT_PASSCODE;
	else if (info->status.state == KEYBAG_STATE_UNLOCKED)
		found = KEYBAG_FOUND_UNLOCKED;
	else
		found = KEYBAG_FOUND_CLOSED;
	keybag_info_free(info);
	return found;
}

struct keybag_proof request_proof(const char *passcode)
{
	return (struct keybag_proof){
		.kind = KEYBAG_PROTECTOR_PASSCODE,
		.text = passcode,
		.length = strlen(passcode),
	};
}

static unsigned long seconds_until_try(const struct keybag_attempt *attempt)
{
	return (attempt->retry_after_ns + SECOND_NS - 1) / SECOND_NS;
}

static void report_try(struct call *call, int error, const struct keybag_attempt *attempt)
{
	unsigned long seconds = seconds_until_try(attempt);

	switch (error) {
	case 0:
		call_log(call, LOG_INFO, "keybag of %s is %s", call->user,
			 keybag_state_name(attempt->state));
		if (attempt->warnings & KEYBAG_WARNING_RECORD_NOT_SAVED)
			call_log(call, LOG_WARNING,
				 "the guess record of %s was not saved: disk full or read-only",
				 call->user);
		return;
	case -EKEYREJECTED:
		call_log(call, LOG_NOTICE,
			 "keybag of %s stays closed: its passcode is not the login password (%u failures)",
			 call->user, attempt->failures);
		call_tell(call,
			  _("Your keybag stays closed: its passcode is not your login password. Open it with \"keybagctl unlock\", make both the same with \"keybagctl passwd\"."));
		return;
	case -EAGAIN:
		call_log(call, LOG_NOTICE,
			 "keybag of %s stays closed: too many wrong passcodes, next try in %lu s",
			 call->user, seconds);
		call_tell(call,
			  _("Your keybag stays closed after too many wrong passcodes. In %lu s it can be opened with \"keybagctl unlock\"."),
			  seconds);
		return;
	default:
		request_log_failure(call, error, "cannot unlock the keybag");
		call_tell(call, _("Your keybag stays closed: %s."), sent_text(reason_text(call, error)));
	}
}

/* Reports the outcome of what was to open it. */
static void report_opened(struct call *call, int error, const struct keybag_attempt *attempt)
{
	report_try(call, error, attempt);
	if (error == 0 && attempt->state == KEYBAG_STATE_LOCKED)
		call_tell(call,
			  _("Your keybag stays locked while your screen is. Open it with \"keybagctl unlock\"."));
}

int request_verify(struct call *call, const char *passcode, bool unlock)
{
	struct keybag_whose whose = call_whose(call);
	struct keybag_proof proof = request_proof(passcode);
	struct keybag_attempt attempt = { 0 };
	int result;

	call_limit_derive(call, 1);
	result = keybag_client_unlock(call->client, &whose, &proof,
				      KEYBAG_UNLOCK_AUTHENTICATE | (unlock ? 0 : KEYBAG_UNLOCK_CHECK),
				      unlock ? KEYBAG_REASON_SCREEN : KEYBAG_REASON_REQUEST, &attempt);
	if (log_unreachable(call, result, "cannot unlock the keybag"))
		return result;
	if (result == -EACCES || result == -ENOENT)
		call_debug(call, "%s", reason_text(call, result));
	else if (result == 0 && !unlock)
		call_debug(call, "the passcode of the keybag of %s is right", call->user);
	else if (result == -EKEYREJECTED)
		call_log(call, LOG_NOTICE, "wrong passcode of the keybag of %s (%u failures)",
			 call->user, attempt.failures);
	else if (result == -EAGAIN)
		call_tell(call, _("Too many wrong passcodes. The next try is possible in %lu s."),
			  seconds_until_try(&attempt));
	else
		report_try(call, result, &attempt);
	return result;
}

/* A daemon that an upgrade has not restarted yet does not know the flag: it is asked whether the keybag is closed. */
static int unlock_by_looking(struct call *call, const struct keybag_proof *proof, uint32_t reason,
			     struct keybag_attempt *ret_attempt)
{
	struct keybag_whose whose = call_whose(call);

	switch (request_look(call)) {
	case KEYBAG_FOUND_CLOSED:
		call_limit_derive(call, 1);
		return keybag_client_unlock(call->client, &whose, proof, KEYBAG_UNLOCK_VERIFIED, reason, ret_attempt);
	case KEYBAG_FOUND_NONE:
		return -ENOENT;
	default:
		return -EALREADY;
	}
}

void request_unlock(struct call *call, const char *passcode, uint32_t flags, uint32_t reason)
{
	struct keybag_whose whose = call_whose(call);
	struct keybag_proof proof = request_proof(passcode);
	struct keybag_attempt attempt = { 0 };
	int result;

	call_limit_derive(call, 1);
	result = keybag_client_unlock(call->client, &whose, &proof, KEYBAG_UNLOCK_VERIFIED | flags, reason,
				      &attempt);
	if (result == -EINVAL && flags & KEYBAG_UNLOCK_IF_CLOSED)
		result = unlock_by_looking(call, &proof, reason, &attempt);
	if (log_unreachable(call, result, "cannot unlock the keybag"))
		return;
	if (result == -ENOENT)
		call_debug(call, "%s has no keybag", call->user);
	else if (result == -EALREADY)
		call_debug(call, "the keybag of %s is unlocked already", call->user);
	else
		report_opened(call, result, &attempt);
}

static void report_no_ticket(struct call *call, int error, uint32_t state)
{
	if (log_unreachable(call, error, "cannot prepare to unlock the keybag"))
		return;
	request_log_failure(call, error, "cannot prepare to unlock the keybag");
	if (state == KEYBAG_STATE_UNLOCKED)
		return;
	call_tell(call, state == KEYBAG_STATE_GONE ? _("Your keybag cannot be used: %s.") : _("Your keybag stays closed: %s."),
		  sent_text(reason_text(call, error)));
}

bool request_ticket(struct call *call, const char *passcode)
{
	struct keybag_whose whose = call_whose(call);
	struct keybag_proof proof = request_proof(passcode);
	struct keybag_ticket ticket;
	int result;

	call_limit_derive(call, 1);
	result = keybag_client_ticket(call->client, &whose, &proof, &ticket);
	switch (result) {
	case 0:
		relay_put_ticket(call, ticket.number);
		call_debug(call, "a ticket for the keybag of %s is ready%s", call->user,
			   ticket.state == KEYBAG_STATE_UNLOCKED ? ", which is unlocked already" : "");
		return false;
	case -ENOENT:
		call_debug(call, "%s has no keybag", call->user);
		return ticket.create_at_login;
	case -EALREADY:
		call_debug(call, "the keybag of %s has no passcode", call->user);
		return false;
	default:
		report_no_ticket(call, result, ticket.state);
		return false;
	}
}

/* A ticket that is too old, of a login that waited for a second factor, say, tells nothing of the keybag. */
static void report_void_ticket(struct call *call)
{
	char text[512];

	request_log_failure(call, -EKEYEXPIRED, "cannot unlock the keybag");
	snprintf(text, sizeof(text), "%s", sent_text(reason_text(call, -EKEYEXPIRED)));
	if (request_look(call) == KEYBAG_FOUND_CLOSED)
		call_tell(call, _("Your keybag stays closed: %s."), text);
}

bool request_redeem(struct call *call, const uint8_t ticket[KEYBAG_TICKET_SIZE], bool keep)
{
	struct keybag_attempt attempt = { 0 };
	int result;

	call_limit_derive(call, 1);
	result = keybag_client_ticket_redeem(call->client, ticket,
					     KEYBAG_UNLOCK_VERIFIED |
					     (keep ? KEYBAG_UNLOCK_KEEP_TICKET : 0) |
					     (call->remote ? KEYBAG_UNLOCK_REMOTE : 0),
					     KEYBAG_REASON_LOGIN, &attempt);
	/* A lock, or sleep, came in between; the session is another occasion. */
	if (keep && (result == -ECANCELED || result == -EBUSY)) {
		request_log_failure(call, result, "cannot unlock the keybag yet");
		return true;
	}
	if (result == -EKEYEXPIRED) {
		report_void_ticket(call);
		return false;
	}
	/* As it was left before: there is nothing to tell. */
	if (result == 0 && attempt.state == relay_state(call))
		return true;
	report_opened(call, result, &attempt);
	if (result == 0)
		relay_set_state(call, attempt.state);
	return result == 0;
}

/* Before it is made. */
static void tell_of_organisation(struct call *call)
{
	struct keybag_whose whose = call_whose(call);
	struct keybag_organisation_info info;
	char text[ORGANISATION_TEXT_SIZE];

	call_limit_quick(call);
	if (keybag_client_organisation(call->client, &whose, &info) == 0 && organisation_is_to_come(&info))
		call_tell(call, _("A keybag will be created for you, and an organisation may open it, too: %s."),
			  organisation_text(&info.configured, text));
}

void request_create(struct call *call, const char *passcode)
{
	struct keybag_whose whose = call_whose(call);
	struct keybag_proof proof = request_proof(passcode);
	uint8_t uuid[KEYBAG_UUID_SIZE];
	char text[KEYBAG_UUID_TEXT_SIZE];
	int result;

	tell_of_organisation(call);
	call_limit_derive(call, 1);
	result = keybag_client_create(call->client, &whose, &proof, NULL, KEYBAG_CREATE_AT_LOGIN, uuid);
	if (result < 0) {
		request_log_failure(call, result, "cannot create a keybag");
		return;
	}
	keybag_uuid_format(uuid, text);
	call_log(call, LOG_NOTICE, "created keybag %s of %s", text, call->user);
	call_tell(call, _("A keybag was created for you. Its passcode is your login password."));
	request_unlock(call, passcode, call->remote ? KEYBAG_UNLOCK_REMOTE : 0, KEYBAG_REASON_LOGIN);
}

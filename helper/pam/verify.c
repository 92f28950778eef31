// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>

#include <security/pam_ext.h>

#include "request.h"
#include "steps.h"

static const char *item(struct call *call, int type)
{
	const void *value = NULL;

	return pam_get_item(call->pamh, type, &value) == PAM_SUCCESS ? value : NULL;
}

/*
 * Each wrong answer counts against the keybag. So it is asked only on behalf of who sits at this
 * machine: whoever may try from elsewhere, by su, or by a locker of their own, could keep its owner out.
 */
static bool may_try(struct call *call)
{
	const char *asking = item(call, PAM_RUSER);

	if (call->remote || !call_is_own_name(call) || call_is_for_another(call))
		return false;
	return call->kind != SERVICE_OTHER || call_runs_as_user(call) ||
	       (asking && strcmp(asking, call->user) == 0);
}

static bool has_passcode(struct call *call)
{
	enum keybag_found found = request_look(call);

	return found == KEYBAG_FOUND_CLOSED || found == KEYBAG_FOUND_UNLOCKED;
}

int step_verify(struct call *call)
{
	const char *passcode;

	if (!may_try(call)) {
		call_debug(call, "%s does not try the keybag of %s", call->service, call->user);
		return PAM_AUTHINFO_UNAVAIL;
	}
	passcode = item(call, PAM_AUTHTOK);
	/* A passcode that another module has asked for is tried at once; nobody is asked in vain. */
	if ((!passcode || !*passcode) && !has_passcode(call))
		return PAM_AUTHINFO_UNAVAIL;
	if (pam_get_authtok(call->pamh, PAM_AUTHTOK, &passcode, NULL) != PAM_SUCCESS || !*passcode)
		return PAM_AUTH_ERR;
	switch (request_verify(call, passcode, call->kind == SERVICE_LOCKER)) {
	case 0:
		return PAM_SUCCESS;
	case -EKEYREJECTED:
	case -EAGAIN:
		return PAM_AUTH_ERR;
	default:
		return PAM_AUTHINFO_UNAVAIL;
	}
}

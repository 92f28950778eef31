// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pam_keybag: hands what was typed at login, at the screen locker and at passwd to keybagd.
 *
 * Every entry point answers PAM_IGNORE (sessions: PAM_SUCCESS): this module neither lets anybody in
 * nor keeps anybody out. It has to stand behind the module that verifies the password, in a place
 * that is reached only when that one succeeded.
 *
 * With the argument "authenticate" it verifies the password itself, against the keybag's passcode.
 */
#include <security/pam_ext.h>
#include <security/pam_modules.h>

#include "call.h"
#include "steps.h"

static const char *item(pam_handle_t *pamh, int type)
{
	const void *value = NULL;

	if (pam_get_item(pamh, type, &value) != PAM_SUCCESS)
		return NULL;
	return value;
}

__attribute__((visibility("default")))
int pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	struct call call;
	int result = PAM_IGNORE;

	if (call_begin(&call, pamh, flags, argc, argv)) {
		if (call.options.authenticate)
			result = step_verify(&call);
		else if (call.kind == SERVICE_OTHER)
			call_debug(&call, "%s leaves the keybag of %s as it is", call.service,
				   call.user);
		else
			step_authenticated(&call, item(pamh, PAM_AUTHTOK));
	}
	call_end(&call);
	return result;
}

__attribute__((visibility("default")))
int pam_sm_setcred(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	struct call call;

	if (call_begin(&call, pamh, flags, argc, argv) && call.kind != SERVICE_OTHER &&
	    !(flags & PAM_DELETE_CRED))
		step_redeem(&call);
	call_end(&call);
	return PAM_IGNORE;
}

__attribute__((visibility("default")))
int pam_sm_open_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	struct call call;

	if (call_begin(&call, pamh, flags, argc, argv) && call.kind != SERVICE_OTHER)
		step_open_session(&call);
	call_end(&call);
	return PAM_SUCCESS;
}

/* Whether this was the user's last session is not known here; locking is up to keybagd. */
__attribute__((visibility("default")))
int pam_sm_close_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)pamh;
	(void)flags;
	(void)argc;
	(void)argv;
	return PAM_SUCCESS;
}

__attribute__((visibility("default")))
int pam_sm_chauthtok(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	struct call call;

	if (call_begin(&call, pamh, flags, argc, argv)) {
		if (flags & PAM_PRELIM_CHECK)
			step_prepare_change(&call);
		else if (flags & PAM_UPDATE_AUTHTOK)
			step_change(&call, item(pamh, PAM_OLDAUTHTOK), item(pamh, PAM_AUTHTOK));
	}
	call_end(&call);
	return PAM_IGNORE;
}

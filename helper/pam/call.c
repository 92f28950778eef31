// SPDX-License-Identifier: GPL-2.0-or-later
#include "call.h"

#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include <security/pam_ext.h>
#include <security/pam_modutil.h>

#include "common/paths.h"
#include "common/tpm_exchange.h"

#define SECOND_NS UINT64_C(1000000000)

static const char *item(pam_handle_t *pamh, int type)
{
	const void *value = NULL;

	if (pam_get_item(pamh, type, &value) != PAM_SUCCESS)
		return NULL;
	return value;
}

/*
 * Whether a display, which may stand in place of a terminal, is one of another machine: "host:0", as LightDM names those
 * of XDMCP. ":0", "unix:0" and terminals are not.
 */
static bool is_elsewhere(const char *display)
{
	const char *colon = display && *display != '/' ? strrchr(display, ':') : NULL;

	if (!colon || colon == display)
		return false;
	return colon - display != 4 || strncmp(display, "unix", 4) != 0;
}

/*
 * sshd names the other end also where it is this machine: what is behind a tunnel is not known. Servers of remote
 * desktops do not all name it. A locker of the user's own is where its user is, whatever it says: xsecurelock names
 * "localhost".
 */
static bool is_remote(const struct call *call)
{
	const char *host = item(call->pamh, PAM_RHOST);

	if (strcmp(call->service, "sshd") == 0 || options_service_is_remote(call->service))
		return true;
	if (call->kind == SERVICE_LOCKER && call_runs_as_user(call))
		return false;
	return (host && *host) || is_elsewhere(item(call->pamh, PAM_TTY)) ||
	       is_elsewhere(item(call->pamh, PAM_XDISPLAY));
}

bool call_begin(struct call *ret_call, pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	struct call *call = ret_call;
	const struct passwd *account;
	int result;

	*call = (struct call){ .pamh = pamh, .silent = flags & PAM_SILENT };
	options_parse(pamh, argc, argv, &call->options);
	translate_bind();

	call->service = item(pamh, PAM_SERVICE) ?: "";
	call->kind = options_service_kind(&call->options, call->service);

	/* Not pam_get_user(): that one prompts. */
	call->user = item(pamh, PAM_USER);
	if (!call->user) {
		call_debug(call, "no user name yet");
		return false;
	}
	account = pam_modutil_getpwnam(pamh, call->user);
	if (!account) {
		call_debug(call, "no account of that name");
		return false;
	}
	call->uid = account->pw_uid;
	call->remote = is_remote(call);
	if (geteuid() != 0 && geteuid() != call->uid) {
		call_debug(call, "%s runs as uid %u and cannot speak for %s", call->service, geteuid(),
			   call->user);
		return false;
	}
	result = keybag_client_new(&call->client);
	if (result < 0) {
		call_log(call, LOG_ERR, "%s", keybag_error_text(result));
		return false;
	}
	return true;
}

bool call_is_own_name(const struct call *call)
{
	const struct passwd *named = pam_modutil_getpwnam(call->pamh, call->user);
	const struct passwd *account = pam_modutil_getpwuid(call->pamh, call->uid);

	return named && account && strcmp(account->pw_name, named->pw_name) == 0;
}

bool call_runs_as_user(const struct call *call)
{
	return geteuid() != 0 && geteuid() == call->uid;
}

bool call_is_for_another(const struct call *call)
{
	return geteuid() == 0 && getuid() != 0 && getuid() != call->uid;
}

void call_end(struct call *call)
{
	keybag_client_free(call->client);
	call->client = NULL;
	/* strlen() is enough to leave a passcode in them. */
	keybag_clear_registers();
}

struct keybag_whose call_whose(const struct call *call)
{
	if (geteuid() != 0)
		return (struct keybag_whose){ .by = KEYBAG_WHOSE_OWN };
	return (struct keybag_whose){ .by = KEYBAG_WHOSE_UID, .uid = call->uid };
}

void call_limit_quick(struct call *call)
{
	keybag_client_set_time_limit(call->client, CALL_QUICK_SECONDS * SECOND_NS);
}

/* The time that a TPM may take for each passcode that it checks. */
static unsigned int tpm_seconds(void)
{
	return access(KEYBAG_TPM_DEVICE, F_OK) == 0 ? TPM_EXCHANGE_SECONDS : 0;
}

void call_limit_derive(struct call *call, unsigned int keys)
{
	keybag_client_set_time_limit(call->client, keys * (call->options.timeout + tpm_seconds()) * SECOND_NS);
	keybag_client_set_start_limit(call->client, CALL_QUICK_SECONDS * SECOND_NS);
}

void call_debug(const struct call *call, const char *format, ...)
{
	va_list arguments;

	if (!call->options.debug)
		return;
	va_start(arguments, format);
	pam_vsyslog(call->pamh, LOG_DEBUG, format, arguments);
	va_end(arguments);
}

void call_log(const struct call *call, int priority, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	pam_vsyslog(call->pamh, priority, format, arguments);
	va_end(arguments);
}

void call_tell(const struct call *call, const char *format, ...)
{
	va_list arguments;

	if (call->silent)
		return;
	va_start(arguments, format);
	pam_vprompt(call->pamh, PAM_TEXT_INFO, NULL, format, arguments);
	va_end(arguments);
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "complain.h"

#include <errno.h>
#include <stdarg.h>

#include "cli/program.h"
#include "cli/sent_text.h"
#include "common/module_policy.h"
#include "common/namespace.h"
#include "libkeybag/organisation.h"
#include "exit_code.h"
#include "libkeybag/passcode_tpm.h"

int complain(int code, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	program_tell(format, arguments);
	va_end(arguments);
	return code;
}

void warn(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	program_tell(format, arguments);
	va_end(arguments);
}

const char *explain_error(int error)
{
	switch (error) {
	case -ENXIO:
		return module_absence_text();
	case -EPERM:
		if (in_user_namespace(0))
			return _("keybags cannot be reached from a user namespace (container): use them "
				 "from outside of it");
		return _(keybag_error_text(error));
	default:
		return _(keybag_error_text(error));
	}
}

int complain_of(const struct keybag_client *client, int error)
{
	/* From there the daemon is nobody's, and the library does not even talk to it. */
	if (error == -EPERM && in_user_namespace(0))
		return complain(exit_code_of(error), "%s", explain_error(error));
	return complain(exit_code_of(error), "%s", sent_text(keybag_client_message(client)));
}

void warn_of_attempt(const struct keybag_attempt *attempt)
{
	if (attempt->warnings & KEYBAG_WARNING_RECORD_NOT_SAVED)
		warn(_("warning: the record of wrong answers could not be saved (disk full or read-only?)"));
	if (attempt->warnings & KEYBAG_WARNING_RECOVERY_DROPPED)
		warn(_("the recovery code is void now: make a new one with 'keybagctl recovery add'"));
	if (attempt->warnings & KEYBAG_WARNING_ORGANISATION_ADDED)
		warn(_("an organisation that keybagd.conf names may open the keybag from now on: 'keybagctl organisation' shows it"));
	if (attempt->warnings & KEYBAG_WARNING_ORGANISATION_DROPPED)
		warn(_("the organisation that could open the keybag cannot any more: 'keybagctl organisation' shows who can"));
	if (attempt->warnings & KEYBAG_WARNING_ORGANISATION_USED)
		warn(_("warning: the code of the organisation could not be renewed, and opens the keybag again: 'keybagctl organisation add "
		       "--replace' with its certificate makes another, 'keybagctl organisation remove' voids it"));
	if (attempt->warnings & KEYBAG_WARNING_OLD_FORM_REMAINS)
		warn(_("warning: the previous keybag file could not be overwritten: see the journal of "
		     "keybagd"));
	if (attempt->warnings & KEYBAG_WARNING_NOT_BY_TPM)
		warn(_("warning: the TPM does not check the passcode: the journal of keybagd says why; 'keybagctl passwd --tpm' tries "
		     "again"));
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "complain.h"

#include <stdarg.h>
#include <string.h>

#include "helper/cli/program.h"
#include "helper/cli/sent_text.h"

int complain_usage(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	program_tell(format, arguments);
	va_end(arguments);
	return EXIT_USAGE;
}

int complain_other(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	program_tell(format, arguments);
	va_end(arguments);
	return EXIT_OTHER;
}

int complain(const struct keychain_client *client, int status)
{
	return complain_status(status, keychain_client_message(client));
}

int complain_file(const char *name, int error)
{
	complain_other("%s: %s", name, translate_errno(error));
	return exit_status_of_file(error);
}

int complain_status(int status, const char *message)
{
	return complain_reason(status, message, NULL);
}

/* A thing that is missing is not found; a service that is, or one that fails, is not there. */
static int exit_of_unavailable(const char *reason)
{
	static const char *const missing[] = { "no-keybag", "no-keychain", "no-passcode", "no-class" };

	for (size_t i = 0; reason && i < sizeof(missing) / sizeof(missing[0]); i++)
		if (!strcmp(missing[i], reason))
			return EXIT_NOT_FOUND;
	return EXIT_NOT_THERE;
}

int complain_reason(int status, const char *message, const char *reason)
{
	const char *name = keychain_status_name(status);

	complain_other("%s (%d): %s", name ? name : _("error"), status,
		       sent_text(message ? message : keychain_status_text(status)));
	switch (status) {
	case errSecParam:
	case errSecNoSuchAttr:
	case errSecNoSuchClass:
		return EXIT_USAGE;
	case errSecItemNotFound:
		return EXIT_NOT_FOUND;
	case errSecInteractionNotAllowed:
		return EXIT_LOCKED;
	case errSecDuplicateItem:
		return EXIT_DUPLICATE;
	case errSecMissingEntitlement:
		return EXIT_NO_PERMISSION;
	case errSecNotAvailable:
		return exit_of_unavailable(reason);
	default:
		return EXIT_OTHER;
	}
}

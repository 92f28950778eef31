// SPDX-License-Identifier: GPL-2.0-or-later
#include "complain.h"

#include <stdarg.h>

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

int complain_status(int status, const char *message)
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
		return EXIT_NO_ACCESS;
	case errSecNotAvailable:
		return EXIT_NO_SERVICE;
	default:
		return EXIT_OTHER;
	}
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "complain.h"

#include <errno.h>
#include <stdarg.h>

#include "helper/cli/exit_status.h"
#include "helper/cli/program.h"
#include "helper/common/secret.h"
#include "helper/keychain/include/keychain-status.h"

#define MEMORY_WANTED	(64 << 10)	/* of most logins, as a hint */

int complain(int status, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	program_tell(format, arguments);
	va_end(arguments);
	return status;
}

const char *complain_input_problem(int error)
{
	static char text[SECRET_PROBLEM_SIZE];

	switch (error) {
	case -EINVAL:
		return _("a line has no '=', or a NUL byte in it");
	case -EMSGSIZE:
		return _("it is too long");
	case -ENOMEM:
		secret_problem(MEMORY_WANTED, text);
		return text;
	default:
		return translate_errno(error);
	}
}

int complain_exit_status(int status)
{
	switch (status) {
	case errSecSuccess:
		return EXIT_DONE;
	case errSecInteractionNotAllowed:
		return EXIT_LOCKED;
	case errSecItemNotFound:
		return EXIT_NOT_FOUND;
	case errSecMissingEntitlement:
		return EXIT_NO_PERMISSION;
	case errSecNotAvailable:
		return EXIT_NOT_THERE;
	default:
		return EXIT_FAILED;
	}
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "password.h"

#include <errno.h>
#include <unistd.h>

#include "helper/common/terminal.h"
#include "helper/common/translate.h"

#define LINE_SIZE	4096

bool password_is_asked(void)
{
	return isatty(STDIN_FILENO);
}

int password_read(const char *prompt, struct secret *ret_password)
{
	CLEANUP_SECRET struct secret line = SECRET_NONE;
	int result = secret_new(&line, LINE_SIZE);

	if (!result)
		result = password_is_asked() ? terminal_ask_own(prompt, TERMINAL_HIDDEN, &line) : line_read(STDIN_FILENO, &line);
	if (!result && !line.length)
		result = -ENODATA;
	if (!result)
		*ret_password = secret_take(&line);
	return result;
}

int password_read_new(const char *prompt, struct secret *ret_password)
{
	CLEANUP_SECRET struct secret password = SECRET_NONE, again = SECRET_NONE;
	int result = password_read(prompt, &password);

	if (!result && password_is_asked())
		result = password_read(_("The same once more: "), &again);
	if (result)
		return result;
	if (password_is_asked() && !secret_equal(&password, &again))
		return -EKEYREJECTED;
	*ret_password = secret_take(&password);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/store/fault.h"

#include <stdarg.h>
#include <stdio.h>

enum fault fault_because(struct fault_reason *reason, enum fault fault, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(reason->text, sizeof(reason->text), format, arguments);
	va_end(arguments);
	return fault;
}

bool fault_is_damage(enum fault fault)
{
	return fault == FAULT_DAMAGED || fault == FAULT_REFUSED || fault == FAULT_NO_CLASS;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * To be preloaded: the module of another version of the interface, as far as it says which one it is.
 */
#include <dlfcn.h>
#include <linux/keybag.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/ioctl.h>

int ioctl(int fd, unsigned long command, ...)
{
	static int (*real)(int fd, unsigned long command, void *argument);
	va_list arguments;
	void *argument;
	int result;

	if (!real)
		real = (int (*)(int, unsigned long, void *))dlsym(RTLD_NEXT, "ioctl");
	va_start(arguments, command);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	result = real(fd, command, argument);
	if (!result && command == KEYBAG_IOC_VERSION)
		((struct keybag_version *)argument)->abi = KEYBAG_ABI_VERSION - 1;
	return result;
}

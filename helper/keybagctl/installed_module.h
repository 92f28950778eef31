/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The file that modprobe would take for the module, by the index that depmod made for a kernel.
 */
#ifndef KEYBAGCTL_INSTALLED_MODULE_H
#define KEYBAGCTL_INSTALLED_MODULE_H

#include <stdbool.h>
#include <stddef.h>

#define INSTALLED_MODULE_NAME	"keybag"
#define INSTALLED_RELEASE_SIZE	65	/* as in struct utsname */

struct installed_module {
	bool found;
	char path[512];
	char version[32];
	char signer[128];	/* "": not signed */
};

/* @release: of the kernel; NULL: the running one. */
void installed_module_find(const char *release, struct installed_module *ret_module);

/*
 * Calls @each for every kernel that this machine can start, in no order: it has a folder of modules, and its image lies in it or
 * in /boot. What a removed kernel leaves of its folder does not count.
 */
void installed_module_for_kernels(void (*each)(const char *release, void *context), void *context);

#endif /* KEYBAGCTL_INSTALLED_MODULE_H */

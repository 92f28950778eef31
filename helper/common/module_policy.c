// SPDX-License-Identifier: LGPL-2.1-or-later
#include "module_policy.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "translate.h"
#include "version.h"

#define SIG_ENFORCE	"/sys/module/module/parameters/sig_enforce"
#define LOCKDOWN	"/sys/kernel/security/lockdown"

/* The file's beginning; "" when it cannot be read. */
static void read_text(const char *path, char *ret_text, size_t size)
{
	CLEANUP_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? 0 : read(fd, ret_text, size - 1);

	ret_text[length > 0 ? length : 0] = 0;
}

bool module_signature_required(void)
{
	char text[128];

	read_text(SIG_ENFORCE, text, sizeof(text));
	if (*text == 'Y' || *text == '1')
		return true;
	/* "none [integrity] confidentiality": the one in force is in brackets. */
	read_text(LOCKDOWN, text, sizeof(text));
	return strchr(text, '[') && !strstr(text, "[none]");
}

bool module_present(void)
{
	return access("/sys/module/keybag", F_OK) == 0;
}

const char *module_absence_text(void)
{
	if (module_present())
		return _("the kernel module is loaded, but there is no /dev/keybag here: a container has to be "
			 "given it, on a machine udev or devtmpfs makes it");
	if (module_signature_required())
		return _("the kernel module is not loaded, and this kernel loads signed modules only "
			 "(Secure Boot): 'keybagctl doctor' says what to do");
	return _("the kernel module is not loaded: run 'modprobe keybag'");
}

bool module_understood(const struct keybag_version *version, char *ret_text, size_t size)
{
	if (version->abi == KEYBAG_ABI_VERSION)
		return true;
	snprintf(ret_text, size, version->abi < KEYBAG_ABI_VERSION ?
		 _("the loaded kernel module (%.*s, interface %u) is older than this program (%s, interface %u): "
		   "install the module of the same release and restart the machine") :
		 _("the loaded kernel module (%.*s, interface %u) is newer than this program (%s, interface %u): "
		   "install the programs of the same release"),
		 (int)sizeof(version->module), version->module, version->abi, KEYBAG_VERSION, KEYBAG_ABI_VERSION);
	return false;
}

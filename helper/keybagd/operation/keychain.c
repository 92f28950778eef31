// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A descriptor of a keybag for keychaind, which has no right to it of its own.
 */
#include "common/protocol.h"
#include "handlers.h"
#include "keybagd/bag/load.h"
#include "keybagd/kernel/device_ioctl.h"

/* The keychain does everything with class keys but hand the rights of its descriptor on. */
#define RIGHTS	(KEYBAG_RIGHT_ALL & ~KEYBAG_RIGHT_CLONE)

static void keychain_work(struct operation *operation)
{
	int fd, result;

	if (load_bag(operation) < 0)
		return;
	fd = device_ioctl_bind(operation->uuid);
	result = fd < 0 ? fd : keybag_restrict(fd, RIGHTS, KEYBAG_CLASSES_ALL, KEYCHAIN_DOMAIN);
	if (result < 0)
		operation_fail_plain(operation, result);
	if (fd >= 0)
		operation->handover.descriptor = fd;
}

const struct handler handle_keychain = {
	.name = "keychain",
	.properties = TAKES_TARGET | NEEDS_BAG | NEEDS_KERNEL | KEYCHAIN_ONLY,
	.work = keychain_work,
	.finish = load_note_result,
};

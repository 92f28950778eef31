// SPDX-License-Identifier: GPL-2.0-or-later
#include "keychain.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>

#include "common/protocol.h"
#include "handlers.h"
#include "load.h"

/* What the keychain does with class keys: everything but handing its descriptor's rights on. */
#define RIGHTS	(KEYBAG_RIGHT_WRAP | KEYBAG_RIGHT_UNWRAP | KEYBAG_RIGHT_REWRAP | KEYBAG_RIGHT_CHILD)

/*
 * From the file itself: a name service that does not answer must not hold up the daemon, and none
 * but the machine's own administrator says who keychaind is.
 */
static bool find_account(uid_t *ret_uid)
{
	/* A line of any length that an account may have: one that does not fit would hide those behind it. */
	static char buffer[256 * 1024];
	struct passwd entry, *found;
	FILE *file = fopen("/etc/passwd", "re");

	if (!file)
		return false;
	do {
		if (fgetpwent_r(file, &entry, buffer, sizeof(buffer), &found))
			found = NULL;
	} while (found && strcmp(found->pw_name, KEYCHAIN_ACCOUNT));
	fclose(file);
	if (!found || !found->pw_uid)
		return false;
	*ret_uid = found->pw_uid;
	return true;
}

bool keychain_is_peer(uid_t uid)
{
	uid_t keychain;

	return uid == 0 || (find_account(&keychain) && uid == keychain);
}

static void work(struct operation *operation)
{
	int fd, result;

	if (load_bag(operation) < 0)
		return;
	fd = control_bind(operation->uuid);
	result = fd < 0 ? fd : keybag_restrict(fd, RIGHTS, KEYBAG_CLASSES_ALL, KEYCHAIN_DOMAIN);
	if (result < 0)
		outcome_fail_plain(&operation->outcome, result, operation->label);
	if (fd >= 0)
		operation->handover.descriptor = fd;
}

const struct handler handle_keychain = {
	.name = "keychain",
	.properties = TAKES_TARGET | NEEDS_BAG | NEEDS_KERNEL | KEYCHAIN_ONLY,
	.work = work,
	.finish = load_note_result,
};

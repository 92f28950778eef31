// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * keychaind, and files of keychains that were put aside: damaged ones, and such of other keybags.
 */
#include <dirent.h>
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/account_file.h"
#include "common/protocol.h"
#include "doctor.h"
#include "keychain_items.h"

#define FOLDER	"/var/lib/keychain"

static int is_aside(const struct dirent *entry)
{
	const char *end = entry->d_name + strlen(entry->d_name);

	return (strstr(entry->d_name, ".db.damaged-") || strstr(entry->d_name, ".db.keybag-")) &&
	       strcmp(end - 4, "-wal") && strcmp(end - 4, "-shm");
}

static int is_owner(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int look_into(const char *owner)
{
	struct dirent **names = NULL;
	char path[512];
	int count, i;

	snprintf(path, sizeof(path), FOLDER "/%s", owner);
	count = scandir(path, &names, is_aside, alphasort);
	for (i = 0; i < count; i++) {
		if (strstr(names[i]->d_name, ".damaged-"))
			doctor_say(VERDICT_WARNING, "keychain", _("as root 'systemctl stop keychaind.socket "
				   "keychaind.service', put the file back from a backup, 'systemctl start keychaind.socket'; or "
				   "remove the damaged one"),
				   _("a keychain's file was damaged and put aside: %s/%s"), path, names[i]->d_name);
		else
			doctor_say(VERDICT_NOTE, "keychain", _("put that keybag back, and the items come back; or "
				   "remove the file"),
				   _("items of a keybag that is not there any more were put aside: %s/%s"), path,
				   names[i]->d_name);
		free(names[i]);
	}
	free(names);
	return count < 0 ? 0 : count;
}

/* As what was restored from a machine where the account had another number: keychaind gets "permission denied". */
static bool belongs_to_another(const char *owner, const struct passwd *account)
{
	struct stat status;
	char path[512];

	snprintf(path, sizeof(path), FOLDER "/%s", owner);
	return stat(path, &status) == 0 && status.st_uid != account->pw_uid;
}

static void check_owner(struct dirent **owners, int count)
{
	const struct passwd *account = getpwnam(KEYCHAIN_ACCOUNT);

	for (int i = 0; account && i < count; i++) {
		if (belongs_to_another(owners[i]->d_name, account)) {
			doctor_say(VERDICT_ERROR, "keychain", _("as root 'chown -R _keychain: /var/lib/keychain'"),
				   _("/var/lib/keychain/%s does not belong to _keychain: keychaind cannot use it"), owners[i]->d_name);
			return;
		}
	}
}

/* An account that only a name service knows: neither keybagd nor clients ask one who keychaind is. */
static void check_account(void)
{
	uid_t uid;

	if (account_file_find(KEYCHAIN_ACCOUNT, &uid) == -EPERM && getpwnam(KEYCHAIN_ACCOUNT))
		doctor_say(VERDICT_ERROR, "keychain-account", _("as root 'getent passwd _keychain >>/etc/passwd'"),
			   _("the account _keychain is neither in /etc/passwd nor in /usr/lib/passwd: keychaind is refused"));
}

void doctor_keychain(void)
{
	struct dirent **owners = NULL;
	int count = scandir(FOLDER, &owners, is_owner, alphasort), error = errno, found = 0, i;

	/* Root sees whether anyone has a keychain; others may have one, and would miss it. */
	if (!keychain_answers())
		doctor_say(count ? VERDICT_WARNING : VERDICT_NOTE, "keychaind",
			   /* A restart also where the socket is active and its name is gone. */
			   _("as root 'systemd-sysusers keychain.conf && systemd-tmpfiles --create keychain.conf && systemctl "
			   "enable keychaind.socket && systemctl restart keychaind.socket keychaind.service'; 'journalctl -u "
			   "keychaind' says why it stopped"),
			   _("keychaind does not answer: keychains cannot be used"));
	else if (keychain_installed())
		doctor_say(VERDICT_OK, "keychaind", NULL, _("keychaind answers"));
	if (count < 0 && error == EACCES)
		doctor_say(VERDICT_SKIPPED, "keychain", NULL, _("/var/lib/keychain: takes root to see"));
	check_account();
	check_owner(owners, count);
	for (i = 0; i < count; i++) {
		found += look_into(owners[i]->d_name);
		free(owners[i]);
	}
	free(owners);
	if (count >= 0 && !found)
		doctor_say(VERDICT_OK, "keychain", NULL, _("no file of a keychain was put aside"));
}

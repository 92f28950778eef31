// SPDX-License-Identifier: GPL-2.0-or-later
#include "restrict.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helper/common/protocol.h"
#include "helper/daemon/landlock.h"
#include "helper/daemon/log.h"
#include "helper/keychain/transport/wire.h"
#include "keychains.h"

static int make_folder(const char *path, mode_t mode, const struct passwd *account)
{
	if ((mkdir(path, mode) < 0 && errno != EEXIST) ||
	    chown(path, account->pw_uid, account->pw_gid) < 0 || chmod(path, mode) < 0)
		return -errno;
	return 0;
}

static int drop_privilege(const struct passwd *account)
{
	if (setgroups(0, NULL) < 0 ||
	    setresgid(account->pw_gid, account->pw_gid, account->pw_gid) < 0 ||
	    setresuid(account->pw_uid, account->pw_uid, account->pw_uid) < 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	return 0;
}

int become_account(void)
{
	const struct passwd *account;
	int result;

	if (geteuid())
		return 0;
	account = getpwnam(KEYCHAIN_ACCOUNT);
	if (!account || !account->pw_uid) {
		log_error("there is no account " KEYCHAIN_ACCOUNT ": run systemd-sysusers");
		return -ENOENT;
	}
	result = make_folder(KEYCHAIN_SOCKET_FOLDER, 0755, account);
	if (!result)
		result = make_folder(KEYCHAIN_STATE_FOLDER, 0700, account);
	if (!result)
		result = drop_privilege(account);
	if (result < 0)
		log_error("the account " KEYCHAIN_ACCOUNT " cannot be taken on: %s",
			  strerrordesc_np(-result));
	return result;
}

void restrict_files(void)
{
	static const struct landlock_place places[] = {
		{ KEYCHAIN_STATE_FOLDER, LANDLOCK_CHANGE },
		{ "/etc", LANDLOCK_READ },
		{ "/usr", LANDLOCK_READ },
		{ "/proc", LANDLOCK_READ },
		{ "/sys/fs/selinux/enforce", LANDLOCK_ACCESS_FS_READ_FILE },
		{ "/dev/urandom", LANDLOCK_ACCESS_FS_READ_FILE },
	};

	landlock_confine(places, sizeof(places) / sizeof(*places));
}

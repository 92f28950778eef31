// SPDX-License-Identifier: GPL-2.0-or-later
#include "restrict.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/landlock.h>
#include <pwd.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "helper/common/cleanup.h"
#include "helper/common/protocol.h"
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

#define READ	(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define CHANGE	(READ | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE | \
		 LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR)
/* All of the first version of Landlock. */
#define ALL	((LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1)

static int allow(int rules, const char *path, uint64_t access)
{
	CLEANUP_FD int fd = open(path, O_PATH | O_CLOEXEC);
	struct landlock_path_beneath_attr rule = { .allowed_access = access, .parent_fd = fd };
	struct stat status;

	/* A path that is not there needs no permission. */
	if (fd < 0 || fstat(fd, &status) < 0)
		return 0;
	if (!S_ISDIR(status.st_mode))
		rule.allowed_access &= LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE;
	return syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0 ?
		       -errno : 0;
}

static int apply_rules(void)
{
	const struct landlock_ruleset_attr attributes = { .handled_access_fs = ALL };
	CLEANUP_FD int rules = (int)syscall(SYS_landlock_create_ruleset, &attributes,
					    sizeof(attributes), 0);
	int result = rules < 0 ? -errno : 0;

	if (!result)
		result = allow(rules, KEYCHAIN_STATE_FOLDER, CHANGE);
	if (!result)
		result = allow(rules, "/etc", READ);
	if (!result)
		result = allow(rules, "/usr", READ);
	if (!result)
		result = allow(rules, "/proc", READ);
	if (!result)
		result = allow(rules, "/sys/fs/selinux/enforce", LANDLOCK_ACCESS_FS_READ_FILE);
	if (!result)
		result = allow(rules, "/dev/urandom", LANDLOCK_ACCESS_FS_READ_FILE);
	if (!result && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		result = -errno;
	if (!result && syscall(SYS_landlock_restrict_self, rules, 0) < 0)
		result = -errno;
	return result;
}

void restrict_files(void)
{
	int result = apply_rules();

	if (result == -ENOSYS || result == -EOPNOTSUPP)
		log_notice("this kernel has no Landlock: files are guarded by the account alone");
	else if (result < 0)
		log_warning("Landlock: %s", strerrordesc_np(-result));
}

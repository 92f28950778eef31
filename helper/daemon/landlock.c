// SPDX-License-Identifier: GPL-2.0-or-later
#include "landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "helper/common/cleanup.h"
#include "log.h"

/* All of the first version of Landlock. */
#define ALL	((LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1)

static int allow(int rules, const struct landlock_place *place)
{
	CLEANUP_FD int fd = open(place->path, O_PATH | O_CLOEXEC);
	struct landlock_path_beneath_attr rule = { .allowed_access = place->access, .parent_fd = fd };
	struct stat status;

	if (fd < 0 || fstat(fd, &status) < 0)
		return 0;
	if (!S_ISDIR(status.st_mode))
		rule.allowed_access &= LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE;
	return syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0 ?
		       -errno : 0;
}

static int apply_rules(const struct landlock_place *places, size_t count)
{
	const struct landlock_ruleset_attr attributes = { .handled_access_fs = ALL };
	CLEANUP_FD int rules = (int)syscall(SYS_landlock_create_ruleset, &attributes,
					    sizeof(attributes), 0);
	int result = rules < 0 ? -errno : 0;

	for (size_t at = 0; !result && at < count; at++)
		result = allow(rules, &places[at]);
	if (!result && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		result = -errno;
	if (!result && syscall(SYS_landlock_restrict_self, rules, 0) < 0)
		result = -errno;
	return result;
}

void landlock_confine(const struct landlock_place *places, size_t count)
{
	int result = apply_rules(places, count);

	if (result == -ENOSYS || result == -EOPNOTSUPP)
		log_notice("this kernel has no Landlock: files are guarded by the account alone");
	else if (result < 0)
		log_warning("Landlock: %s", strerrordesc_np(-result));
}

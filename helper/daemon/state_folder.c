// SPDX-License-Identifier: GPL-2.0-or-later
#include "state_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helper/common/cleanup.h"
#include "log.h"
#include "process_state.h"

int state_folder_open(const char *path)
{
	CLEANUP_FD int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat status;

	if (fd < 0 || fstat(fd, &status) < 0)
		goto fail;
	if (status.st_uid != geteuid() || status.st_mode & 022) {
		log_error("%s has to belong to uid %u, and nobody else may write to it", path,
			  geteuid());
		return -EPERM;
	}
	if ((status.st_mode & 0777) != 0700 && fchmod(fd, 0700) < 0)
		goto fail;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return take_descriptor(&fd);
	if (errno == EWOULDBLOCK && process_before_is_dead()) {
		log_warning("the %s before this one has ended, but for a descriptor that does not close: going on",
			    program_invocation_short_name);
		return take_descriptor(&fd);
	}
	if (errno == EWOULDBLOCK) {
		log_error("another %s runs already: stop it first", program_invocation_short_name);
		return -EBUSY;
	}
fail:
	log_error("%s: %m", path);
	return -errno;
}

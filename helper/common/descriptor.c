// SPDX-License-Identifier: LGPL-2.1-or-later
#include "descriptor.h"

#include <fcntl.h>
#include <unistd.h>

#include "cleanup.h"

int descriptor_above_standard(int descriptor)
{
	CLEANUP_FD int low = descriptor;

	if (descriptor < 0 || descriptor > STDERR_FILENO)
		return take_descriptor(&low);
	return fcntl(low, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "files.h"

#include "helper/daemon/landlock.h"

void files_restrict(void)
{
	static const struct landlock_place places[] = {
		{ "/usr", LANDLOCK_READ },
		{ "/etc", LANDLOCK_READ },
		{ "/proc", LANDLOCK_READ },
		/* Sessions, as logind tells of them. */
		{ "/run/systemd", LANDLOCK_READ },
		/* The folder: the keybag's node is another file when the module is loaded again, or is not there yet. */
		{ "/dev", LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE },
	};

	landlock_confine(places, sizeof(places) / sizeof(*places));
}

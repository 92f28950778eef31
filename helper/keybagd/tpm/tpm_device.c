// SPDX-License-Identifier: GPL-2.0-or-later
#include "tpm_device.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "common/paths.h"

bool tpm_device_exists(void)
{
	return access(KEYBAG_TPM_DEVICE, F_OK) == 0;
}

int tpm_device_open(void)
{
	int fd = open(KEYBAG_TPM_DEVICE, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);

	return fd < 0 ? -errno : fd;
}

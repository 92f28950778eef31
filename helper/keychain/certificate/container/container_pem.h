/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KEYCHAIN_CONTAINER_PEM_H
#define KEYCHAIN_CONTAINER_PEM_H

#include <stddef.h>

#include "helper/keychain/certificate/container/container_parts.h"

int container_read_pem(struct container *container, const void *bytes, size_t length);

#endif

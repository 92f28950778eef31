/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KEYCHAIN_CONTAINER_OPENSSH_H
#define KEYCHAIN_CONTAINER_OPENSSH_H

#include <stddef.h>

#include "helper/keychain/certificate/container/container_parts.h"

/* Reads the contents of a block OPENSSH PRIVATE KEY. */
int container_read_openssh(struct container *container, const void *bytes, size_t length);

/* Whether, and how, a file is one for SSH that is no PEM: a sentence with the remedy, or NULL. */
const char *container_ssh_problem(const void *bytes, size_t length);

#endif

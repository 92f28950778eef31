/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KEYCHAIN_CONTAINER_PKCS12_H
#define KEYCHAIN_CONTAINER_PKCS12_H

#include "helper/keychain/certificate/container/container_parts.h"

int container_read_pkcs12(struct container *container, PKCS12 *file);

#endif

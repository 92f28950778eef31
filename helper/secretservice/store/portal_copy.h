/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The portal's secret as an item has it, be it the service's own or one that an import has brought.
 */
#ifndef SECRETSERVICE_PORTAL_COPY_H
#define SECRETSERVICE_PORTAL_COPY_H

#include "helper/common/secret.h"

/*
 * A copy of what can be handed out: of 1 to SECRET_PIPE_MAX bytes, or else errSecDecode, of libkeychain; @bytes NULL: there are none.
 */
int portal_copy(const void *bytes, size_t length, struct secret *ret_secret);

#endif /* SECRETSERVICE_PORTAL_COPY_H */

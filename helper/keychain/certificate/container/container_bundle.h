/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KEYCHAIN_CONTAINER_BUNDLE_H
#define KEYCHAIN_CONTAINER_BUNDLE_H

#include <stddef.h>

#include "helper/keychain/base/value.h"

/*
 * The certificates of a file in PEM that is not the caller's own and is to be of use all the same when
 * a part of it is not: *ret_items as of container_items(), without each block that is no certificate. @left_out,
 * unless NULL, is told of those: their number in the file, from 1, and why. Returns errSecSuccess;
 * errSecDecode where nothing of a file that is not empty is a certificate; errSecParam, errSecAllocate.
 */
int container_bundle(const void *bytes, size_t length,
		     void (*left_out)(void *context, unsigned int block, const char *reason), void *context,
		     struct value **ret_items);

/*
 * The same of an open file, from where it stands. It is read, not mapped: others may cut it off meanwhile. Also
 * errSecIO, with errno.
 */
int container_bundle_file(int descriptor,
			  void (*left_out)(void *context, unsigned int block, const char *reason), void *context,
			  struct value **ret_items);

#endif

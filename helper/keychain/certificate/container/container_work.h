/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KEYCHAIN_CONTAINER_WORK_H
#define KEYCHAIN_CONTAINER_WORK_H

#include <stdbool.h>

#include <openssl/x509.h>

#define CONTAINER_MAX_ITERATIONS	10000000

/*
 * Whether decrypting by this algorithm is a matter of seconds: files say themselves how often a key
 * is derived. True for algorithms that derive none, or are not known.
 */
bool container_bounded_work(const X509_ALGOR *algorithm);

#endif

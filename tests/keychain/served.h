/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The keychain's engine behind a socket as keychaind's, in a thread of the test, on a keybag in this process.
 */
#ifndef KEYCHAIN_TEST_SERVED_H
#define KEYCHAIN_TEST_SERVED_H

#include <stdbool.h>

#include "helper/keychain/base/value.h"
#include "tests/certificate/make.h"

/* False: the database, an absolute path, cannot be made. */
bool served_start(const char *socket, const char *database);
void served_stop(void);

/* fake_keybag_set(), at once, and behind the next request with that field in its query. */
bool served_set(const char *state);
void served_set_behind(const char *field, const char *state);

/* Number of requests for the secret of one item that is no certificate. */
unsigned int served_secrets(void);

/* A request of an item class and a label (NULL: none), and its query, to be added to. */
struct value *served_request(const char *operation, const char *class, const char *label);
struct value *served_query(struct value *request);

/* The status of the answer. Takes @request. */
int served_status(struct value *request);

/* Takes the bytes. @protection NULL: the default. Statuses are returned. */
int served_add(const char *class, const char *label, const char *protection, struct bytes bytes);
/* A certificate of the key for itself, with that name. */
int served_add_certificate(EVP_PKEY *key, const char *name, const char *serial);
int served_delete(const char *class, const char *label);
void served_delete_all(void);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The connection to keychaind, by libkeychain: the one client of this process, which its one thread uses for whomever it
 * serves.
 *
 * An entitlement file grants this program to ask on behalf of its clients: what they reach is theirs, by what keychaind sees
 * of them. Without that grant, of a program that is not installed as it should be, it serves nobody: in its own name it would
 * give what is outside of sandboxes to those within.
 *
 * Statuses are those of libkeychain.
 */
#ifndef SECRETSERVICE_LIBRARY_H
#define SECRETSERVICE_LIBRARY_H

#include <stdbool.h>

#include "helper/keychain/include/keychain-status.h"
#include "helper/keychain/include/keychain.h"

/*
 * All requests of one message together take so long at most, so that an answer comes before programs give up on it (25 s): others
 * wait meanwhile. Then they are errSecNotAvailable. The parts of one result that libkeychain reads by itself may take longer.
 */
#define LIBRARY_LIMIT_NS	UINT64_C(10000000000)
#define LIBRARY_AGAIN_NS	UINT64_C(2000000000)

#define LIBRARY_GROUP_SIZE	256

/*
 * Asks keychaind what is granted. errSecMissingEntitlement, logged: not to ask on behalf of others. With @in_own_name, for
 * tests, everything is asked in its own name then.
 */
int library_open(bool in_own_name);
void library_close(void);

/* Asks whether it may not ask on behalf of others any more: another file may be in the place of this program, as after an upgrade. */
bool library_has_lost_grant(void);

/* The time for what is handled now begins. */
void library_begin(void);
/* The same for what is tried again and again until the keychain answers: others wait meanwhile. */
void library_begin_again(void);
bool library_time_is_over(void);
/* The rest of it is the limit of the next request: called by those that hand a client out, and before each page of a list. */
void library_limit(void);

/* Whether it asks on behalf of its clients. */
bool library_serves_others(void);

/* The process that is served from now on: its pidfd, which is the caller's to close; -1: nobody is. */
void library_serve(int pidfd);

/*
 * The client, for requests to @keychain (NULL: the default one) of whoever is served, until one of these two is called again.
 * NULL: no memory, or nobody is served.
 */
struct keychain_client *library_client(const char *keychain);
/* The same for requests in the service's own name. */
struct keychain_client *library_own_client(const char *keychain);

/* The same for what anybody may ask: it costs keychaind less on behalf of whoever is served, if somebody is. */
struct keychain_client *library_any_client(void);

/* The access group of whoever is served. errSecMissingEntitlement: there is none. */
int library_group(char ret_group[LIBRARY_GROUP_SIZE]);

/* Why the last request failed, with the remedy. Never NULL. */
const char *library_message(void);

#endif /* SECRETSERVICE_LIBRARY_H */

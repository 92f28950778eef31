/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files of keychains that were found damaged and put aside: what the new file does not have may be in one of them. A program that is
 * told that nothing is stored makes a new key.
 */
#ifndef SECRETSERVICE_PUT_ASIDE_H
#define SECRETSERVICE_PUT_ASIDE_H

#include "helper/keychain/include/keychain.h"

/*
 * *@ret_name: @keychain if a file of that one is aside, of NULL: the first keychain that has one; "": none. That of LOGIN_TIME_KEYCHAIN
 * does not count: what was in it is not waited for. Returns a status of libkeychain.
 */
int put_aside_look(const char *keychain, char ret_name[KEYCHAIN_NAME_SIZE]);

/*
 * For one who finds nothing in @keychain, NULL: in all of them, or adds something. Returns 0, STATUS_PUT_ASIDE, which the journal tells
 * once, or a status of libkeychain. What was seen counts for a second, until put_aside_forget().
 */
int put_aside_check(const char *keychain);
/* A request has failed: it may have found a file damaged. */
void put_aside_forget(void);

#endif /* SECRETSERVICE_PUT_ASIDE_H */

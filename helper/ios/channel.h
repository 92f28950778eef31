/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records to keychainctl, as ios_exchange.h says.
 */
#ifndef IOS_CHANNEL_H
#define IOS_CHANNEL_H

#include "helper/common/secret.h"
#include "helper/keychain/base/value.h"

struct channel {
	void *window;
	int socket;
};

/* Maps the window. Returns 0 or a negative errno. */
int channel_begin(int window, int socket, struct channel *ret_channel);

/*
 * Sends a record, and waits until it was taken. Takes @record (NULL: no memory). Returns 0, -E2BIG (it does not fit, nothing
 * was sent), -EPIPE (nobody is there any more), or another negative errno.
 */
int channel_send(struct channel *channel, struct value *record);

/* Takes the password that came with the answer to a record. Returns 0, -EPROTO or -ENOMEM. */
int channel_take_password(struct channel *channel, struct secret *ret_password);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The other program of this service, which asks the person and talks to security keys: it starts programs and opens devices,
 * and holds no private key. This one holds keys, and can do neither.
 *
 * Messages are datagrams of SSH's strings and numbers:
 *
 *   to it     u32 number, u8 ASK_CONFIRM, string text           the person is to say yes or no
 *             u32 number, u8 ASK_SIGN, string type, string application, u8 flags, string handle, string data
 *             u32 number, u8 ASK_CANCEL                         nobody waits for the answer any more
 *   from it   u32 number, u8 yes, string answer                 of ASK_SIGN the signature, as SSH sends it; to all that is
 *                                                               asked, cancelled or not, and no further one counts
 */
#ifndef SSHAGENT_ASK_H
#define SSHAGENT_ASK_H

#include <systemd/sd-event.h>

#include "helper/sshagent/wire/buffer.h"

#define ASK_SOCKET	3	/* its descriptor of the connection */
#define ASK_MESSAGE_MAX	(512 * 1024)
#define ASK_MAX		16	/* at a time */

enum ask_kind {
	ASK_CONFIRM = 1,
	ASK_SIGN = 2,
	ASK_CANCEL = 3,
};

/* Called once, unless it was cancelled. @answer lives until it returns. */
typedef void ask_done(void *context, bool yes, struct bytes answer);

/*
 * Starts it, with none of the groups that this program was given, and without a way back to them: to be called before system
 * calls are restricted. Returns 0 or a negative errno, logged.
 */
int ask_begin(sd_event *loop, const char *program);
void ask_end(void);

/* @content: what is behind the kind. Returns a number for ask_cancel(), or 0: it cannot be asked. */
uint32_t ask(enum ask_kind kind, struct bytes content, ask_done *done, void *context);
void ask_cancel(uint32_t number);

#endif /* SSHAGENT_ASK_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Connections: messages of a length and so many bytes, one after the other. A message may hold a private key: it is read into
 * locked memory, which is wiped when it has been answered.
 *
 *   idle      no byte of the next message is there yet, however long
 *   reading   the rest has to come in 10 seconds
 *   pending   the answer comes later (request.h); nothing is read
 *   writing   the answer has to be read in 10 seconds
 */
#ifndef SSHAGENT_CONNECTION_H
#define SSHAGENT_CONNECTION_H

#include <systemd/sd-event.h>

#define CONNECTIONS_MAX	128	/* more are closed at once */

/* Owns @fd, which was accepted and is non-blocking. Only processes of this user that are in no container are served. */
void connection_accept(sd_event *loop, int fd);

/* Closes @fd, as of one that is not served. */
void connection_refuse(int fd);

/* Answers a request that was pending, of the connection that owns @requester. */
struct requester;
struct bytes;
void connection_answer(struct requester *requester, struct bytes answer);

void connections_close_all(void);

#endif /* SSHAGENT_CONNECTION_H */

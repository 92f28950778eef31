/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shares of the service that one user, and one application of a user's, may take. An application is what has a unit, a
 * sandbox or a container of its own: however many connections it opens and answers it leaves unread, its user's
 * other programs find room.
 */
#ifndef KEYCHAIND_LIMITS_H
#define KEYCHAIND_LIMITS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Connections: of a user, of one application, of all applications of a user; of all users, of which the last ones are
 * root's. A user has at most as many as are left for others: however many are greedy, the next one finds some.
 */
#define CONNECTIONS_OF_USER		256
#define CONNECTIONS_OF_APPLICATION	64
#define CONNECTIONS_OF_APPLICATIONS	128
#define CONNECTIONS_OF_ALL		4096
#define CONNECTIONS_OF_ROOT		256

/* Bytes of answers that were not read, besides what fits into mailboxes. */
#define UNREAD_OF_USER		(16U << 20)
#define UNREAD_OF_APPLICATION	(4U << 20)

/* So many seconds a connection may be silent, at first and between requests. */
#define SILENT_AT_FIRST_SECONDS	30
#define SILENT_SECONDS		120

/* Limits of one user. */
struct limits {
	unsigned int connections;
	unsigned int of_applications;
	struct {
		uint32_t application;
		unsigned int connections;
	} each[CONNECTIONS_OF_APPLICATIONS];
};

/* Counts one more connection. @all: of all users. Returns NULL, or the text of a refusal. */
const char *limits_enter(struct limits *limits, uid_t uid, uint32_t application, unsigned int all);

void limits_leave(struct limits *limits, uint32_t application);

#endif

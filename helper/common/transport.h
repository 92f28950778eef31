/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One datagram of a SOCK_SEQPACKET socket, with file descriptors.
 */
#ifndef KEYBAG_COMMON_TRANSPORT_H
#define KEYBAG_COMMON_TRANSPORT_H

#include <stddef.h>
#include <sys/types.h>

#define TRANSPORT_MAX_DESCRIPTORS	2

/* Sends; never raises SIGPIPE. Returns 0 or a negative errno (-EAGAIN on a full non-blocking socket). */
int transport_send(int fd, const void *bytes, size_t length, const int *descriptors, size_t count);

/*
 * The same in the name of the effective user and group, as SO_PEERCRED has a process that connects; where nothing is
 * said the kernel names the real ones.
 */
int transport_send_effective(int fd, const void *bytes, size_t length, const int *descriptors, size_t count);

/*
 * Receives, of a peer that hung up too what it has left. Returns the length, 0 at the end of the connection, -EMSGSIZE
 * for a message over @capacity or with too many descriptors, or another negative errno. Descriptors are close-on-exec, have
 * numbers above those of the standard streams and belong to the caller; unused entries of @ret_descriptors are -1.
 */
ssize_t transport_receive(int fd, void *bytes, size_t capacity,
			  int ret_descriptors[TRANSPORT_MAX_DESCRIPTORS]);

/* As many as one message can carry. */
#define TRANSPORT_ANY_DESCRIPTORS	253

/*
 * The same from a peer whose descriptors may take any time to close: none is closed here. *ret_count of them belong to
 * the caller, whatever is returned: -EMSGSIZE for a message over @capacity.
 */
ssize_t transport_receive_any(int fd, void *bytes, size_t capacity, int ret_descriptors[TRANSPORT_ANY_DESCRIPTORS],
			      size_t *ret_count);

/* Closes what transport_receive() handed over. */
void transport_close(int descriptors[TRANSPORT_MAX_DESCRIPTORS]);

#endif /* KEYBAG_COMMON_TRANSPORT_H */

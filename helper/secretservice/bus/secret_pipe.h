/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A secret into a pipe or socket that a program has sent: its other copies, and what it does with them meanwhile, are that
 * program's.
 */
#ifndef SECRETSERVICE_SECRET_PIPE_H
#define SECRETSERVICE_SECRET_PIPE_H

#include <stddef.h>

#define SECRET_PIPE_MAX	512	/* POSIX: a pipe takes so many bytes all together, or none of them */

/*
 * Writes @length bytes, at most SECRET_PIPE_MAX, without waiting, whatever descriptor that is and whatever mode it has. Raises no
 * SIGPIPE where that is ignored. Does not close @fd. Returns 0, -EPIPE (nobody reads), -EAGAIN (there is no room), -ESPIPE (it is
 * neither a pipe without a name nor a socket of this machine: another file may take for ever, or keep the secret), -EIO (a part was
 * taken: what reads it does not get the rest) or another negative errno.
 */
int secret_pipe_write(int fd, const void *secret, size_t length);

#endif /* SECRETSERVICE_SECRET_PIPE_H */

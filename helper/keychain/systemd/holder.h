/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which process holds the other end of a connection. A process can connect, hand the socket on, and end; whoever gets its
 * number next would be taken for it.
 */
#ifndef KEYCHAIN_SYSTEMD_HOLDER_H
#define KEYCHAIN_SYSTEMD_HOLDER_H

#include <sys/types.h>

/*
 * Whether process @pid has the other end of the connected socket @fd, of a namespace of networks that is ours, among its
 * descriptors. Takes CAP_SYS_PTRACE for a process of more capabilities. Returns 0; -ESRCH: it has not, or there is none of
 * that number; -ENOENT: the socket is of another namespace, or the kernel has no unix_diag; or another negative errno.
 */
int holder_check(int fd, pid_t pid);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The security module's name of a process: SELinux's context, AppArmor's profile and its mode.
 *
 * The label counts that a peer had when it connected, and only for as long as it keeps it. SELinux
 * remembers it with the socket; so does AppArmor from Linux 6.17 on. Before that the process is looked
 * at, twice: when its connection is accepted, which is before it knows the nonce that its requests
 * carry, and with each request.
 */
#ifndef KEYCHAIND_SECURITY_LABEL_H
#define KEYCHAIND_SECURITY_LABEL_H

#include <stdbool.h>
#include <sys/types.h>

#define SECURITY_LABEL_SIZE	256

/*
 * The label that the peer of @fd, process @pid, connected with; "" where there is none, or it is
 * longer than SECURITY_LABEL_SIZE - 1 bytes.
 */
void security_label_of_peer(int fd, pid_t pid, char ret_label[SECURITY_LABEL_SIZE]);

/*
 * Whether process @pid, whose number is held by a pidfd, still has @label, and labels are enforced.
 * Unknown: it has not.
 */
bool security_label_is_kept(const char *label, pid_t pid);

/*
 * Whether @label is the context or the profile @wanted, and enforced. @ret_why: a static text where it
 * is that, but confines nothing.
 */
bool security_label_is(const char *label, const char *wanted, const char **ret_why);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The system calls that this process makes once it has started: sockets of the machine, its own descriptors and memory,
 * files that are read, the keybag, threads. A mistake in its code that somebody makes use of starts no program, reaches no
 * network, and looks into no other process.
 */
#ifndef USERSERVICE_SYSTEM_CALLS_H
#define USERSERVICE_SYSTEM_CALLS_H

/*
 * Refuses all others but @more, names that end with NULL (NULL: none), for good, and forbids new privileges: EPERM, or ENOSYS of
 * clone3 and of a call that libseccomp does not know, for which libraries have another way, or ENOTTY of an ioctl that is not the keybag's. No call
 * ends the process. Where the kernel has no filters, or refuses, and on machines of 32 bits, nothing is restricted, and the journal
 * says so.
 */
void system_calls_restrict(const char *const *more);

#endif /* USERSERVICE_SYSTEM_CALLS_H */

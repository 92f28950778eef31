/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DAEMON_PROCESS_STATE_H
#define DAEMON_PROCESS_STATE_H

#include <stdbool.h>
#include <sys/types.h>

#define PROCESS_NAME_SIZE	16

/* The state of a process, a letter as in proc(5), and its name; 0: there is none, or it cannot be seen. */
char process_state(pid_t process, char ret_name[PROCESS_NAME_SIZE]);

/*
 * Whether one of this program and account has ended, but for a thread of it that closes what never closes, and no other one
 * runs. The thread keeps all its descriptors, with their locks, and does nothing any more.
 */
bool process_before_is_dead(void);

#endif /* DAEMON_PROCESS_STATE_H */

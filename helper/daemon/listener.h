/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DAEMON_LISTENER_H
#define DAEMON_LISTENER_H

#include <systemd/sd-event.h>

/*
 * Listens on the SOCK_SEQPACKET socket @path: that which the service manager passed, or one of its own, for everybody, in the
 * place of one that was left behind. -EADDRINUSE: somebody listens there, the service manager for instance, which is not
 * woken. Where @path does not lead to what was passed, which nobody can connect to then, it says so and goes on. Those who
 * connect wait until the loop runs, which hands each connection's descriptor, non-blocking and close-on-exec, to @accepted,
 * which owns it. Returns 0 or a negative errno, logged.
 */
int listener_open(sd_event *loop, const char *path, void (*accepted)(int fd));

#endif /* DAEMON_LISTENER_H */

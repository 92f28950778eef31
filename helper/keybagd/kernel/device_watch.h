/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The module may come after the daemon: a package is configured later, or DKMS builds it. Main thread only.
 */
#ifndef KEYBAGD_DEVICE_WATCH_H
#define KEYBAGD_DEVICE_WATCH_H

#include <systemd/sd-event.h>

#include "keybagd/log/request_result.h"

/*
 * Exit status that asks the service manager for a new start: it lets a service open the devices only that were
 * there when it started. The unit knows it as no failure.
 */
#define DEVICE_WATCH_EXIT	75

/*
 * Calls @open_module as soon as /dev/keybag appears. Where that is not permitted to this process,
 * the loop ends with DEVICE_WATCH_EXIT. Returns 0 or a negative errno.
 */
int device_watch_open(sd_event *loop, int (*open_module)(struct request_result *ret_result));

#endif /* KEYBAGD_DEVICE_WATCH_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The first meeting of daemon and module: at start, or when the module is loaded after the daemon.
 */
#ifndef KEYBAGD_MODULE_OPEN_H
#define KEYBAGD_MODULE_OPEN_H

#include "keybagd/log/request_result.h"

/*
 * Opens the device if it is not open. The first time it also supplies the device key, adopts keybags that
 * are loaded already, settles changes that a daemon before this one left unfinished, and queues the
 * loading of all others. Main thread. Returns 0 or a negative errno that is in @ret_result.
 */
int module_open(struct request_result *ret_result);

/* The error of the last module_open(), 0 if there was none. Main thread. */
const struct request_result *module_why_not(void);

#endif /* KEYBAGD_MODULE_OPEN_H */

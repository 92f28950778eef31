/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages that may have descriptors, kept until nobody needs them. sd-bus closes these with the message, whoever reads it or not,
 * and how long that takes is their sender's to say.
 */
#ifndef SECRETSERVICE_BUS_KEPT_MESSAGES_H
#define SECRETSERVICE_BUS_KEPT_MESSAGES_H

#include <systemd/sd-bus.h>

/* From a filter. Those before it are released: they were served. Nobody else may keep it longer. */
void kept_messages_add(sd_bus_message *message);

/* Outside of what serves a message. Waits for no descriptor. */
void kept_messages_release(void);

#endif /* SECRETSERVICE_BUS_KEPT_MESSAGES_H */

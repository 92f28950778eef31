/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * org.freedesktop.Secret.Prompt.
 */
#ifndef SECRETSERVICE_EXPORT_PROMPT_H
#define SECRETSERVICE_EXPORT_PROMPT_H

#include <stdbool.h>
#include <systemd/sd-bus.h>

#include "helper/secretservice/client/prompt.h"

/* @again is called some time after prompts_look_again(). Returns 0 or a negative errno. */
int prompt_export(sd_bus *bus, void (*again)(void));

/*
 * Shows one that a client wants to be shown by @message: it is completed, if it is due, and ended; otherwise the passcode is asked
 * for, where somebody can be asked.
 */
void prompt_show(struct client *client, struct prompt *prompt, sd_bus_message *message);

/* Ends one without a word: it is not waited for any more. */
void prompt_take_back(struct client *client, struct prompt *prompt);

/* The keychain does not answer, and no event tells when it does again. */
void prompts_look_again(void);

/* Completes all that were shown and whose objects are open now. Whether there are others, for which somebody is to be asked. */
bool prompts_complete(void);

/* Dismisses all that were shown. */
void prompts_dismiss(void);

/* Nothing is looked at again. */
void prompts_end(void);

#endif /* SECRETSERVICE_EXPORT_PROMPT_H */

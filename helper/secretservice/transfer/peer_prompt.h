/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Prompts of a Secret Service: what it does by one alone, be it that it asks nobody.
 */
#ifndef SECRETSERVICE_PEER_PROMPT_H
#define SECRETSERVICE_PEER_PROMPT_H

#include "peer_call.h"

/*
 * Shows the prompt of the path @prompt and waits for its end. Returns 0, -ECANCELED (declined), -ETIMEDOUT (a person has not answered in
 * five minutes, and it was dismissed), -ESRCH (the service has ended) or another negative errno. @ret_made: the path of what was made, to
 * be released with free(3); NULL: none was told.
 */
int peer_run_prompt(struct peer *peer, const char *prompt, char **ret_made);

#endif /* SECRETSERVICE_PEER_PROMPT_H */

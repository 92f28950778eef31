/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Programs that ask the person: that of SSH_ASKPASS or ssh-askpass, which has a window; where there is none, a pinentry.
 */
#ifndef SSHAGENT_PROGRAM_H
#define SSHAGENT_PROGRAM_H

#include <stdbool.h>

#include "helper/common/secret.h"

/* Bytes of a PIN, as FIDO2 has it. */
#define PIN_MAX	63

/*
 * Takes over the variables by which programs find the display and the session, as the user's service manager has them now: the
 * session may have begun after this service.
 */
void program_environment(void);

/* Whether it takes over a variable, "NAME=value". */
bool program_takes(const char *variable);

/* Shows @text. Returns whether the person has agreed: not where nobody can be asked. */
bool program_confirm(const char *text);

/* Asks for a PIN, with a NUL behind it. Returns false where there is none; @ret_pin is SECRET_NONE then. */
bool program_ask_pin(const char *text, struct secret *ret_pin);

#endif /* SSHAGENT_PROGRAM_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Programs that ask the person: that of SSH_ASKPASS or ssh-askpass, which has a window; where there is none, a pinentry.
 */
#ifndef SSHAGENT_PROGRAM_H
#define SSHAGENT_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Takes over the variables by which programs find the display and the session, as the user's service manager has them now: the
 * session may have begun after this service.
 */
void program_environment(void);

/* Shows @text. Returns whether the person has agreed: not where nobody can be asked. */
bool program_confirm(const char *text);

/* Asks for a PIN. Returns its length, with a NUL behind it, or 0: there is none. */
size_t program_ask_pin(const char *text, char *ret_pin, size_t capacity);

#endif /* SSHAGENT_PROGRAM_H */

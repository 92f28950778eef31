/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SSHAGENT_PATTERN_H
#define SSHAGENT_PATTERN_H

#include "helper/sshagent/wire/reader.h"

/* Whether @pattern stands for all of @text, by OpenSSH's rules: "*" is any number of bytes, "?" is one, everything else is itself. */
bool pattern_matches(struct bytes pattern, struct bytes text);

#endif /* SSHAGENT_PATTERN_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KEYBAGCTL_EXIT_CODE_H
#define KEYBAGCTL_EXIT_CODE_H

#include "cli/exit_status.h"

/* The exit status for an error of libkeybag. */
int exit_code_of(int error);

#endif /* KEYBAGCTL_EXIT_CODE_H */

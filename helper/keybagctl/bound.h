/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A descriptor of the device that is bound to a keybag. Commands that wrap and seal begin with it.
 */
#ifndef KEYBAGCTL_BOUND_H
#define KEYBAGCTL_BOUND_H

#include "arguments.h"

/* Returns 0, or an exit code after a message. @whose: of struct arguments. */
int bound_open(const struct keybag_whose *whose, int *ret_fd);

/* Prints why an operation on a bound descriptor failed, with the remedy, and returns the exit code. */
int bound_explain(int fd, int error, const char *class_name);

/*
 * The same of a rewrap from the keybag of @fd to that of @target (-1: the same one): of the class that stood in the
 * way. NULL: the blob names no class.
 */
int bound_explain_rewrap(int fd, int target, int error, const char *from_class, const char *to_class);

/* A terminal is no place for sealed bytes. Returns 0, or an exit code after a message. */
int bound_refuse_terminal(const struct arguments *arguments);

#endif /* KEYBAGCTL_BOUND_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The beginning and the end of the project's commands, and their lines on standard error.
 */
#ifndef CLI_PROGRAM_H
#define CLI_PROGRAM_H

#include <stdarg.h>
#include <stdbool.h>

struct program {
	const char *name;
	int failed;			/* exit status where standard streams fail */
	int (*run)(int argc, char **argv);
};

/* Keeps secrets out of core dumps and debuggers, runs the program and returns its exit status. */
int program_main(const struct program *program, int argc, char **argv);

/*
 * Makes 'help COMMAND' the same as 'COMMAND --help'; further words, as in 'help recovery add', are left out. Returns the
 * number of arguments that there are then.
 */
int program_turn_help(int argc, char **argv);

/* Whether @word asks for help on the whole program. */
bool program_wants_help(const char *word);

/* Prints a line to standard error, behind the program's name. It may have any name of a file or an item in it. */
__attribute__((format(printf, 1, 0))) void program_tell(const char *format, va_list arguments);
/* The same. Returns EXIT_FAILED. */
__attribute__((format(printf, 1, 2))) int program_complain(const char *format, ...);

#endif

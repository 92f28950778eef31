/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Options of a command line. A long one is known by its whole name only: a script that abbreviates would break with the
 * next option that is added.
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <getopt.h>
#include <stdbool.h>

struct options {
	int argc;
	char **argv;			/* [1] to [words]: what is no option, in its order, as far as it was read */
	const struct option *table;	/* as for getopt_long(3): name, has_arg, val; ends with an entry without name */
	const char *letters;		/* "jk:": those of one letter, which are their own numbers */
	const char *value;		/* of the option that was returned; NULL: it has none */
	char given[64];			/* the last option as it was given, without its value */
	int words;
	int next;
	const char *more;		/* letters that stand behind the last one */
	bool over;			/* behind "--" */
};

#define OPTIONS_BEGIN(count, vector, names, singles) \
	((struct options){ .argc = (count), .argv = (vector), .table = (names), .letters = (singles), .next = 1, .more = "" })

enum {
	OPTIONS_END		= -1,
	OPTIONS_UNKNOWN		= -2,
	OPTIONS_LACKS_VALUE	= -3,
	OPTIONS_TAKES_NONE	= -4,
};

/* The number of the next option, wherever it stands, or one of the above. Moves words to the front of argv. */
int options_next(struct options *options);

/*
 * Says what is wrong with the option, with the name that may have been meant. @fault: of options_next(). @command: what
 * explains them with --help, "keybagctl lock". Returns EXIT_USAGE.
 */
int options_complain(const struct options *options, int fault, const char *command);

#endif

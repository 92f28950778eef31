// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/program.h"
#include "cli/exit_status.h"

#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

#include "common/ending.h"
#include "common/printable.h"
#include "common/secret.h"
#include "common/standard_streams.h"
#include "common/translate.h"

static const char *program_name;

void program_tell(const char *format, va_list arguments)
{
	fprintf(stderr, "%s: ", program_name);
	printable_line_of(stderr, format, arguments);
}

int program_complain(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	program_tell(format, arguments);
	va_end(arguments);
	return EXIT_FAILED;
}

int program_turn_help(int argc, char **argv)
{
	static char option[] = "--help";

	if (argc < 3 || strcmp(argv[1], "help"))
		return argc;
	argv[1] = argv[2];
	argv[2] = option;
	return 3;
}

bool program_wants_help(const char *word)
{
	return !strcmp(word, "--help") || !strcmp(word, "-h") || !strcmp(word, "help");
}

int program_main(const struct program *program, int argc, char **argv)
{
	int result, error;

	program_name = program->name;
	translate_begin();
	prctl(PR_SET_DUMPABLE, 0);
	ending_add(locked_memory_wipe_all);
	error = standard_streams_begin();
	if (error < 0) {
		program_complain("/dev/null: %s", translate_errno(error));
		return program->failed;
	}
	result = program->run(argc, argv);
	error = standard_streams_end();
	if (error < 0)
		program_complain(_("standard output: %s"), translate_errno(error));
	return error < 0 && !result ? program->failed : result;
}

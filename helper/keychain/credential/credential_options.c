// SPDX-License-Identifier: GPL-2.0-or-later
#include "credential_options.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "complain.h"
#include "helper/cli/exit_status.h"
#include "helper/cli/options.h"
#include "helper/cli/program.h"
#include "helper/common/ending.h"
#include "helper/common/heap.h"
#include "helper/common/version.h"

int credential_main(const struct program *program, int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	heap_lock();
	ending_add(keychain_memory_wipe);
	return program_main(program, argc, argv);
}

static enum keychain_accessible accessible_of(const char *name)
{
	for (int i = KEYCHAIN_WHEN_UNLOCKED; i <= KEYCHAIN_WHEN_PASSCODE_SET_THIS_DEVICE; i++)
		if (!strcmp(keychain_accessible_name((enum keychain_accessible)i), name))
			return (enum keychain_accessible)i;
	return 0;
}

/* Returns an exit status where the program is to end, or -1. */
static int take_option(int option, const struct options *options, const char *program, const char *usage,
		       struct credential_options *result)
{
	switch (option) {
	case 'h':
		fputs(_(usage), stdout);
		return EXIT_DONE;
	case 'v':
		printf("%s %s\n", program, KEYBAG_VERSION);
		return EXIT_DONE;
	case 'a':
		result->accessible = accessible_of(options->value);
		if (result->accessible)
			return -1;
		return complain(EXIT_USAGE, _("'%s' is no protection class: it is ak, ck, dk, aku, cku, dku or akpu"), options->value);
	default:
		return options_complain(options, option, program);
	}
}

bool credential_options_read(int argc, char **argv, const char *program, const char *usage,
			     struct credential_options *ret_options, int *ret_status)
{
	static const struct option table[] = {
		{ "accessible", required_argument, NULL, 'a' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'v' },
		{ 0 },
	};
	struct options options = OPTIONS_BEGIN(argc, argv, table, "hv");
	int option;

	*ret_options = (struct credential_options){ 0 };
	while ((option = options_next(&options)) != OPTIONS_END) {
		*ret_status = take_option(option, &options, program, usage, ret_options);
		if (*ret_status >= 0)
			return false;
	}
	if (options.words > 1) {
		*ret_status = complain(EXIT_USAGE, _("one operation is taken, and there are %d: see '%s --help'"), options.words, program);
		return false;
	}
	if (options.words)
		ret_options->operation = argv[1];
	return true;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * keybag-agent: asks for the passcode of a keybag that is closed while its user is there.
 */
#include <errno.h>
#include <getopt.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "agent.h"
#include "common/account_error.h"
#include "common/ending.h"
#include "common/version.h"
#include "lock.h"
#include "log_text.h"
#include "prompter.h"

static int usage(FILE *out)
{
	fputs(_("usage: keybag-agent [--once | --check] [--user=NAME] [--pinentry=PROGRAM | --ask-password]\n"
	      "       keybag-agent --version\n"
	      "Asks for the passcode of a keybag that is closed; see keybag-agent(1).\n"), out);
	return out == stderr ? 2 : 0;
}

/* One for each user: two would ask twice. The lock is held until the end. */
static bool is_first(void)
{
	return lock_take("keybag-agent.lock") != -EWOULDBLOCK;
}

static int find_user(const char *name, struct agent_options *ret_options)
{
	const struct passwd *account;
	int error;

	errno = 0;
	account = name ? getpwnam(name) : getpwuid(geteuid());
	error = errno;
	if (!account) {
		if (account_error(error) != -ENOENT)
			fprintf(stderr, log_text(N_("keybag-agent: accounts cannot be looked up: %s\n")), strerrordesc_np(error));
		else if (name)
			fprintf(stderr, log_text(N_("keybag-agent: no account %s\n")), name);
		else
			fprintf(stderr, log_text(N_("keybag-agent: no account of uid %u\n")), geteuid());
		return -ENOENT;
	}
	ret_options->uid = account->pw_uid;
	ret_options->name = strdup(account->pw_name);
	if (account->pw_uid != geteuid())
		ret_options->whose = (struct keybag_whose){
			.by = KEYBAG_WHOSE_UID,
			.uid = account->pw_uid,
		};
	return ret_options->name ? 0 : -ENOMEM;
}

static void block_signals(void)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTSTP);
	sigprocmask(SIG_BLOCK, &signals, NULL);
}

int main(int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "once", no_argument, NULL, 'o' },
		{ "check", no_argument, NULL, 'c' },
		{ "user", required_argument, NULL, 'u' },
		{ "pinentry", required_argument, NULL, 'p' },
		{ "ask-password", no_argument, NULL, 'a' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'v' },
		{ 0 },
	};
	struct agent_options options = { .prompter = PROMPTER_PINENTRY, .program = "pinentry" };
	const char *user = NULL;
	int option;

	prctl(PR_SET_DUMPABLE, 0);
	translate_begin();
	while ((option = getopt_long(argc, argv, "", long_options, NULL)) >= 0) {
		switch (option) {
		case 'c':
			options.check = true;
			/* fall through */
		case 'o':
			options.once = true;
			break;
		case 'u':
			user = optarg;
			break;
		case 'p':
			options.prompter = PROMPTER_PINENTRY;
			options.program = optarg;
			break;
		case 'a':
			options.prompter = PROMPTER_ASK_PASSWORD;
			options.program = "systemd-ask-password";
			break;
		case 'h':
			return usage(stdout);
		case 'v':
			puts("keybag-agent " KEYBAG_VERSION);
			return 0;
		default:
			return usage(stderr);
		}
	}
	if (optind < argc)
		return usage(stderr);
	if (find_user(user, &options) < 0)
		return 1;
	if (!options.once && !is_first())
		return 0;
	/* The terminal, or the end of the session, may be what ends it while a passcode is tried. */
	ending_add(keybag_memory_wipe);
	ending_add(prompter_wipe_answer);
	block_signals();
	return agent_run(&options);
}

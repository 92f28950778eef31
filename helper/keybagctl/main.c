// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * keybagctl: keybags from the command line.
 */
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "arguments.h"
#include "cli/nearest.h"
#include "cli/program.h"
#include "commands.h"
#include "complain.h"
#include "common/ending.h"
#include "common/version.h"
#include "exit_code.h"
#include "libkeybag/keybag.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *usage;
	const char *what;
} commands[] = {
	{ "create", command_create, "[--if-missing] [--no-passcode] [--kdf-memory KIB] [--kdf-passes N] [--json]",
	  N_("make a keybag; on a terminal it guides you to a passcode and a recovery code") },
	{ "status", command_status, "[--json]", N_("its state, and what is to be done about it") },
	{ "unlock", command_unlock, "[--recovery] [--first-only] [--reason R]", N_("open it") },
	{ "lock", command_lock, "[--full] [--all] [--reason R]",
	  N_("wipe its keys from memory; --full: as after a restart") },
	{ "timeout", command_timeout, "[SECONDS | default] [--json]",
	  N_("show or set after how long without use it is locked, within root's limit") },
	{ "passwd", command_passwd, "[--set | --remove] [--recovery] [--tpm | --no-tpm] [--no-recovery] [--yes] [--kdf-memory KIB] [--kdf-passes N]",
	  N_("change, set or remove the passcode; --recovery: with the recovery code") },
	{ "wrap", command_wrap, "--class C [--aad TEXT] [--generate N] [--in FILE] [--out FILE]",
	  N_("wrap a key, or another secret of up to 4096 bytes") },
	{ "unwrap", command_unwrap, "[--aad TEXT] [--force] [--in FILE] [--out FILE]", N_("unwrap it") },
	{ "rewrap", command_rewrap,
	  "--class C [--aad TEXT] [--new-aad TEXT] [--to-user U | --to-system] [--in FILE] [--out FILE]",
	  N_("wrap for another class or keybag, inside the kernel") },
	{ "seal", command_seal, "[--class C] [--in FILE] [--out FILE] [FILE]",
	  N_("seal a file of any size, as FILE.sealed") },
	{ "open", command_open, "[--stream] [--force] [--in FILE] [--out FILE] [FILE]", N_("open a sealed file") },
	{ "inspect", command_inspect, "[--hex] [--json] FILE",
	  N_("what a keybag file says, tag by tag; also one of iOS") },
	{ "list", command_list, "[--json]", N_("the keybags you may see") },
	{ "load", command_load, "[--renamed] [--json]", N_("from disk into the kernel") },
	{ "unload", command_unload, "", N_("out of the kernel (root)") },
	{ "destroy", command_destroy, "[--recovery] [--yes]", N_("overwrite and remove it, for ever") },
	{ "watch", command_watch, "[--json]", N_("changes of state as they happen") },
	{ "doctor", command_doctor, "[--json]", N_("what is wrong on this machine, and the remedy") },
	{ "recovery", command_recovery, "add [--replace [--yes]] | confirm | refuse",
	  N_("recovery code: make one, show that you kept it, want none") },
	{ "recover", command_recover, "[--no-passcode] [--kdf-memory KIB] [--kdf-passes N] [--json] FILE",
	  N_("take over a keybag of another device") },
	{ "organisation", command_organisation,
	  "[--json] | add [--replace] [--yes] CERTIFICATE | remove [--yes] | export [FILE]",
	  N_("which organisation may open it, too: show it, let one in, put it out, write what is sealed to it") },
	{ "device-key", command_device_key, "[move tpm | move file] [--yes] [--json]",
	  N_("where the device key is, or move it to the TPM or to a file (root)") },
	{ "evict", command_evict, "", N_("all keybags and the device key out of the kernel (root)") },
};

static void help(void)
{
	size_t i;

	puts(_("usage: keybagctl COMMAND [OPTION...]\n\nCommands:"));
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		printf("  %s %s\n        %s\n", commands[i].name, commands[i].usage, _(commands[i].what));
	puts(_("\nAll but inspect, list, doctor, recover, device-key and evict act on your own keybag,\n"
	     "root's with --user NAME, --uuid UUID or --system on another. Passcodes are typed, or a line each\n"
	     "on standard input. Classes: ak ck dk (when unlocked, after first unlock, always), aku\n"
	     "cku dku (the same, this device only), akpu (when unlocked, while there is a passcode),\n"
	     "and for files A C D. FILE may be '-', standard input or output.\n"
	     "\n"
	     "Exit status:\n"
	     "   0  done\n"
	     "   1  failed\n"
	     "   2  wrong use\n"
	     "   3  locked: the class key is not available in this lock state\n"
	     "   4  wrong passcode or recovery code\n"
	     "   5  throttled: too many wrong ones, nothing was tried\n"
	     "   6  damaged or of a newer version: keybag, blob or sealed file; sealed by another keybag\n"
	     "   7  sealed to another device key\n"
	     "   8  no permission\n"
	     "   9  no such keybag, user, class key, recovery code or file\n"
	     "  10  keybagd, the kernel module or the device key is missing\n"
	     "  11  doctor: keybags work, but something should be repaired\n"
	     "  12  there is such a keybag, recovery code or file already"));
}

static int help_of(size_t index)
{
	printf(_("usage: keybagctl %s%s%s\n\n  %s\n\n"
	       "'keybagctl --help' explains classes, other people's keybags, and exit statuses; see\n"
	       "keybagctl(1).\n"),
	       commands[index].name, *commands[index].usage ? " " : "", commands[index].usage,
	       _(commands[index].what));
	return EXIT_DONE;
}

static int refuse_command(const char *word)
{
	struct nearest nearest = NEAREST_TO(word);

	if (*word == '-')
		return complain(EXIT_USAGE, _("'%s' stands before the command: options stand behind it, see 'keybagctl --help'"),
				word);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		nearest_try(&nearest, commands[i].name);
	if (nearest.name)
		return complain(EXIT_USAGE, _("there is no command '%s'; did you mean '%s'? See 'keybagctl --help'"), word,
				nearest.name);
	return complain(EXIT_USAGE, _("there is no command '%s': see 'keybagctl --help'"), word);
}

static int run(int argc, char **argv)
{
	size_t i;
	int result;

	if (argc < 2)
		return complain(EXIT_USAGE, _("which command? See 'keybagctl --help'"));
	argc = program_turn_help(argc, argv);
	if (program_wants_help(argv[1])) {
		help();
		return EXIT_DONE;
	}
	if (!strcmp(argv[1], "--version")) {
		puts("keybagctl " KEYBAG_VERSION);
		return EXIT_DONE;
	}
	if (argc == 3 && !strcmp(argv[1], "--complete")) {
		arguments_complete(argv[2]);
		return EXIT_DONE;
	}
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(commands[i].name, argv[1]))
			continue;
		result = commands[i].run(argc - 1, argv + 1);
		return result == ARGUMENTS_HELP ? help_of(i) : result;
	}
	return refuse_command(argv[1]);
}

int main(int argc, char **argv)
{
	static const struct program program = { "keybagctl", EXIT_FAILED, run };
	static const struct rlimit no_core = { 0, 0 };

	/* Core dumps would keep what is typed. */
	setrlimit(RLIMIT_CORE, &no_core);
	ending_add(keybag_memory_wipe);
	return program_main(&program, argc, argv);
}

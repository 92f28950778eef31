// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * keybagctl: keybags from the command line.
 */
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "commands.h"
#include "complain.h"
#include "exit_code.h"
#include "common/version.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *usage;
	const char *what;
} commands[] = {
	{ "create", command_create, "[--no-passcode] [--kdf-memory KIB] [--kdf-passes N]",
	  "make a keybag; its passcode is asked for" },
	{ "status", command_status, "[--json]", "its state, and what is to be done about it" },
	{ "unlock", command_unlock, "[--recovery] [--first-only] [--reason R]", "open it" },
	{ "lock", command_lock, "[--full] [--all] [--reason R]",
	  "wipe its keys from memory; --full: as after a restart" },
	{ "passwd", command_passwd, "[--set | --remove] [--recovery] [--kdf-memory KIB] [--kdf-passes N]",
	  "change, set or remove the passcode; --recovery: with the recovery code" },
	{ "wrap", command_wrap, "--class C [--aad TEXT] [--generate N] [--in FILE] [--out FILE]",
	  "seal up to 4096 bytes" },
	{ "unwrap", command_unwrap, "[--aad TEXT] [--in FILE] [--out FILE]", "open what was sealed" },
	{ "rewrap", command_rewrap,
	  "--class C [--aad TEXT] [--new-aad TEXT] [--to-user U | --to-system] [--in FILE] [--out FILE]",
	  "seal for another class or keybag, inside the kernel" },
	{ "list", command_list, "[--json]", "the keybags you may see" },
	{ "load", command_load, "[--renamed]", "from disk into the kernel" },
	{ "unload", command_unload, "", "out of the kernel (root)" },
	{ "destroy", command_destroy, "[--yes]", "overwrite and remove it, for ever" },
	{ "watch", command_watch, "[--json]", "changes of state as they happen" },
	{ "doctor", command_doctor, "[--json]", "what is wrong on this machine, and the remedy" },
	{ "recovery", command_recovery, "add [--replace] | confirm | refuse",
	  "recovery code: make one, show that you kept it, want none" },
	{ "recover", command_recover, "[--no-passcode] [--kdf-memory KIB] [--kdf-passes N] FILE",
	  "take over a keybag of another device" },
	{ "evict", command_evict, "", "all keybags and the device key out of the kernel (root)" },
};

static void help(void)
{
	size_t i;

	puts("keybagctl COMMAND [OPTIONS]\n\nCommands:");
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		printf("  %s %s\n        %s\n", commands[i].name, commands[i].usage, commands[i].what);
	puts("\nAll but evict act on your own keybag, root's with --user NAME, --uuid UUID or --system\n"
	     "on another. Passcodes are typed, or a line each on standard input. Classes: ak ck dk\n"
	     "(when unlocked, after first unlock, always), aku cku dku (the same, this device only),\n"
	     "akpu (when unlocked, while there is a passcode), and for files A B C D.\n"
	     "\n"
	     "Exit status:\n"
	     "   0  done\n"
	     "   1  failed\n"
	     "   2  wrong use\n"
	     "   3  locked: the class key is not available in this lock state\n"
	     "   4  wrong passcode or recovery code\n"
	     "   5  throttled: too many wrong ones, nothing was tried\n"
	     "   6  damaged: keybag or blob\n"
	     "   7  sealed to another device key\n"
	     "   8  no permission\n"
	     "   9  no such keybag, user, class key, recovery code or file\n"
	     "  10  keybagd, the kernel module or the device key is missing\n"
	     "  11  doctor: keybags work, but something should be mended");
}

/* What is typed here stays out of core dumps and debuggers. */
static void protect_memory(void)
{
	static const struct rlimit no_core = { 0, 0 };

	prctl(PR_SET_DUMPABLE, 0);
	setrlimit(RLIMIT_CORE, &no_core);
}

int main(int argc, char **argv)
{
	size_t i;

	if (argc < 2)
		return complain(EXIT_USAGE, "which command? See 'keybagctl --help'");
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "help")) {
		help();
		return EXIT_DONE;
	}
	if (!strcmp(argv[1], "--version")) {
		puts("keybagctl " KEYBAG_VERSION);
		return EXIT_DONE;
	}
	protect_memory();
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!strcmp(commands[i].name, argv[1]))
			return commands[i].run(argc - 1, argv + 1);
	return complain(EXIT_USAGE, "there is no command '%s': see 'keybagctl --help'", argv[1]);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * keybag-secret-service-transfer: copies secrets between the keychain and another Secret Service, for keychainctl import-secrets
 * and export-secrets.
 */
#include <stdbool.h>
#include <string.h>

#include "helper/cli/exit_status.h"
#include "helper/cli/program.h"
#include "helper/common/heap.h"
#include "helper/common/translate.h"
#include "copy.h"
#include "sides.h"
#include "switch_over.h"

struct options {
	bool import, dry_run, partial;
	bool provide;		/* nothing is copied: the package is installed again */
};

/* From keychainctl, which explains them, and from the package. */
static bool read_options(int argc, char **argv, struct options *ret_options)
{
	*ret_options = (struct options){ 0 };
	ret_options->provide = argc == 2 && !strcmp(argv[1], "provide");
	if (ret_options->provide)
		return true;
	if (argc < 2 || (strcmp(argv[1], "import") && strcmp(argv[1], "export")))
		return false;
	ret_options->import = !strcmp(argv[1], "import");
	for (int at = 2; at < argc; at++) {
		if (!strcmp(argv[at], "--dry-run"))
			ret_options->dry_run = true;
		else if (!strcmp(argv[at], "--partial"))
			ret_options->partial = true;
		else
			return false;
	}
	return true;
}

/* Programs that did not find what was left would take it for gone. */
static int finish_import(struct sides *sides, const struct options *options, const struct copy *copy)
{
	int result = 0;

	if (copy->total.left && !options->partial)
		program_complain(_("programs use the other store as before, as not all of it is in the keychain; --partial has them use the keychain all "
		       "the same"));
	else
		result = switch_over(sides);
	return result ? result : copy->total.left ? EXIT_PARTIAL : 0;
}

static int finish(struct sides *sides, const struct options *options, const struct copy *copy)
{
	if (!options->dry_run && options->import)
		return finish_import(sides, options, copy);
	return copy->total.left ? EXIT_PARTIAL : 0;
}

static int transfer(struct sides *sides, const struct options *options, struct peer *keychain, struct peer *other)
{
	struct copy copy = {
		.from = options->import ? other : keychain,
		.to = options->import ? keychain : other,
		.keychain_limits = options->import,
		.dry_run = options->dry_run,
	};
	int result = sides_open_keychain(sides, keychain);

	if (!result)
		result = sides_open_other(sides, options->import, other);
	if (!result)
		result = copy_all(&copy);
	copy.total.left += sides->others;
	if (!result && sides_copies_are_old(sides)) {
		program_complain(_("gnome-keyring has changed its keyrings meanwhile: run this again"));
		copy.total.left++;
	}
	return result ? result : finish(sides, options, &copy);
}

static int run(int argc, char **argv)
{
	struct peer keychain = PEER_NONE, other = PEER_NONE;
	struct options options;
	struct sides sides;
	int result;

	if (!read_options(argc, argv, &options)) {
		program_complain(_("this program is started by 'keychainctl import-secrets' and 'keychainctl export-secrets'"));
		return EXIT_USAGE;
	}
	sides_begin(&sides);
	result = options.provide ? switch_over(&sides) : transfer(&sides, &options, &keychain, &other);
	peer_close(&keychain);
	peer_close(&other);
	sides_end(&sides);
	return result;
}

int main(int argc, char **argv)
{
	static const struct program program = { "keychainctl", EXIT_FAILED, run };

	heap_lock();
	return program_main(&program, argc, argv);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * system: credentials of system units, in the system keychain.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "arguments.h"
#include "complain.h"
#include "confirm.h"
#include "execute.h"
#include "helper/common/printable.h"
#include "helper/keychain/base/unit_credential.h"
#include "secret_input.h"

#define DEFAULT_ACCESSIBLE	"ck"

static const char usage[] =
	N_("usage: keychainctl system [list] [--for UNIT] [--json]\n"
	"       keychainctl system add --for UNIT NAME [--accessible CLASS] [--replace] [--trim-newline]\n"
	"       keychainctl system delete --for UNIT NAME | --all [--yes] [--dry-run] [--json]\n"
	"       keychainctl system rename UNIT UNIT [--dry-run] [--json]\n\n"
	"Credentials of system units. 'add' grants one: its secret is standard input as it is, or\n"
	"is asked for twice on the terminal. The unit loads it with\n"
	"  LoadCredential=NAME:/run/keychain/credentials.sock\n"
	"A template, as in backup@.service, stands for its instances. 'rename' keeps what was\n"
	"granted for a unit that has another name now.\n\n"
	"      --for UNIT       the whole name of the unit, as in backup.service\n"
	"      --accessible CLASS  ck (the default), dk, cku or dku\n"
	"      --replace        change the secret where there is one already\n"
	"      --trim-newline   without the end of line at the end of standard input\n"
	"      --all            all that is granted to the unit\n"
	"      --yes            do not ask\n"
	"      --dry-run        only say how many\n"
	"  -j, --json           as JSON\n");

/* The query for what is granted; @unit and @name may be NULL. NULL without memory. */
static struct value *query_of(const char *unit, const char *name)
{
	struct value *query = value_dictionary();

	if (value_set(query, "class", value_string("genp")) == 0 &&
	    value_set(query, "agrp", value_string(UNIT_CREDENTIAL_GROUP)) == 0 &&
	    (!unit || value_set(query, "svce", value_string(unit)) == 0) &&
	    (!name || value_set(query, "acct", value_string(name)) == 0))
		return query;
	value_free(query);
	return NULL;
}

static int check_unit(const char *unit)
{
	if (unit_name_valid(unit))
		return 0;
	return complain_usage(_("'%s' is no name of a unit that can load credentials: give the whole name of a service, socket, "
				"mount or swap, as in backup.service"), unit);
}

static int check_fits(const char *unit, const char *name)
{
	if (unit_credential_fits(unit, name))
		return 0;
	return complain_usage(_("the names '%s' and '%s' are too long: together they may have %d bytes, as systemd puts both into "
				"the address of a socket; choose a shorter name for the credential"), unit, name,
			      UNIT_CREDENTIAL_NAMES);
}

/* systemd from 254 on hands the names to the unit's process in lines that it splits at blanks. */
static int check_blanks(const char *name)
{
	if (!strchr(name, ' '))
		return 0;
	return complain_usage(_("the name '%s' has a blank, and systemd 254 and later start no unit that loads such a credential: "
				"choose another name"), name);
}

static int check_names(const char *unit, const char *name)
{
	int result = check_unit(unit);

	if (!result && !credential_name_valid(name))
		result = complain_usage(_("'%s' is no name of a credential: it takes printable ASCII without ':' and '/'"), name);
	return result ? result : check_fits(unit, name);
}

/* ---- add ---- */

static int check_accessible(const char *accessible)
{
	static const char *const classes[] = { "ck", "dk", "cku", "dku" };

	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		if (!strcmp(accessible, classes[i]))
			return 0;
	return complain_usage(_("'%s' is no class for a credential: it takes ck, dk, cku or dku, which open without a user"),
			      accessible);
}

/* Takes @request. Returns a status. */
static int carry_out(struct keychain_client *client, struct value *request, bool dry_run)
{
	if (dry_run)
		request_set(&request, "options", "dry_run", value_boolean(true));
	return execute_quietly(client, request, NULL);
}

/* Changes the secret of what is granted, and keeps its class. Returns a status. */
static int replace_secret(struct keychain_client *client, const char *unit, const char *name, const struct value *item, bool dry_run)
{
	struct value *request = request_new("update", query_of(unit, name));

	request_set(&request, "update", "v_Data", value_copy(value_get(item, "v_Data")));
	return carry_out(client, request, dry_run);
}

/* Returns 0 or an exit status. */
static int store(struct keychain_client *client, const struct arguments *arguments, const char *name, const struct value *item,
		 bool dry_run)
{
	bool replaces = arguments->given & OPTION_REPLACE;
	int status = errSecItemNotFound;

	if (replaces && !arguments->accessible)
		status = replace_secret(client, arguments->unit, name, item, dry_run);
	if (status == errSecItemNotFound)
		status = carry_out(client, request_new(replaces ? "upsert" : "add", value_copy(item)), dry_run);
	if (!status && !dry_run)
		fprintf(stderr, _("keychainctl: granted; in %s it is loaded with LoadCredential=%s:/run/keychain/credentials.sock\n"),
			arguments->unit, name);
	if (status != errSecDuplicateItem)
		return status ? execute_complain(status) : 0;
	complain_other(_("'%s' is granted to %s already: --replace changes its secret"), name, arguments->unit);
	return EXIT_DUPLICATE;
}

static int check_size(const struct value *item, const char *name)
{
	size_t length = 0, room = UNIT_CREDENTIAL_MAX - strlen(name);

	value_bytes(value_get(item, "v_Data"), &length);
	return length <= room ? 0 : complain_usage(_("the secret has %zu bytes: a credential of that name may have %zu"), length, room);
}

/* Whether it could be stored is told before somebody types a secret for it. */
static int read_secret(struct keychain_client *client, const struct arguments *arguments, const char *name, struct value *item)
{
	int result = 0;

	if (confirm_at_terminal()) {
		if (value_set(item, "v_Data", value_data("", 0)) < 0)
			return complain_other(_("out of memory"));
		result = store(client, arguments, name, item, true);
	}
	if (!result)
		result = secret_input_set(item, arguments->given & OPTION_TRIM, SECRET_INPUT_NEVER_EMPTY);
	return result ? result : check_size(item, name);
}

static int add(struct keychain_client *client, const struct arguments *arguments, const char *name)
{
	const char *accessible = arguments->accessible ? arguments->accessible : DEFAULT_ACCESSIBLE;
	struct value *item;
	int result = check_names(arguments->unit, name);

	if (!result)
		result = check_blanks(name);
	if (!result)
		result = check_accessible(accessible);
	if (result)
		return result;
	item = query_of(arguments->unit, name);
	if (!item || value_set(item, "pdmn", value_string(accessible)) < 0)
		result = complain_other(_("out of memory"));
	if (!result)
		result = read_secret(client, arguments, name, item);
	if (!result)
		result = store(client, arguments, name, item, false);
	value_free(item);
	return result;
}

/* ---- list ---- */

/* Granted credentials without their secrets: an answer to be freed. *@ret_answer NULL: nothing. Returns an exit status. */
static int read_granted(struct keychain_client *client, const char *unit, struct value **ret_answer)
{
	struct value *request = request_new("copy", query_of(unit, NULL));
	int status;

	*ret_answer = NULL;
	request_set(&request, "query", "m_Limit", value_string("m_LimitAll"));
	request_set(&request, "query", "r_Attributes", value_boolean(true));
	request_set(&request, "options", "partial", value_boolean(true));
	status = execute_quietly(client, request, ret_answer);
	return status && status != errSecItemNotFound ? execute_complain(status) : 0;
}

static const char *text_of(const struct value *item, const char *key)
{
	const char *text = value_as_string(value_get(item, key));

	return text ? text : "";
}

static struct value *report_of(const struct value *items)
{
	struct value *report = value_array(), *entry;

	for (size_t i = 0; report && i < value_count(items); i++) {
		const struct value *item = value_at(items, i);

		entry = value_dictionary();
		if (value_set(entry, "unit", value_string(text_of(item, "svce"))) == 0 &&
		    value_set(entry, "credential", value_string(text_of(item, "acct"))) == 0 &&
		    value_set(entry, "accessible", value_string(text_of(item, "pdmn"))) == 0 &&
		    value_set(entry, "modified", value_copy(value_get(item, "mdat"))) == 0 && value_append(report, entry) == 0)
			continue;
		value_free(report);
		report = NULL;
	}
	return report;
}

/* The names need not be those of 'add': whoever has the group may store others. */
static void print_granted(const struct value *items)
{
	bool shown = isatty(STDOUT_FILENO);

	for (size_t i = 0; i < value_count(items); i++) {
		const struct value *item = value_at(items, i);
		const char *unit = text_of(item, "svce"), *name = text_of(item, "acct"), *class = text_of(item, "pdmn");

		if (shown)
			printable_line(stdout, "%-40s  %-30s  %s", unit, name, class);
		else
			printf("%s\t%s\t%s\n", unit, name, class);
	}
}

static int list(struct keychain_client *client, const struct arguments *arguments)
{
	const struct value *items;
	struct value *answer;
	int result = arguments->unit ? check_unit(arguments->unit) : 0;

	if (!result)
		result = read_granted(client, arguments->unit, &answer);
	if (result)
		return result;
	items = value_get(answer, "result");
	if (arguments->given & OPTION_JSON)
		result = print_report_json("credentials", report_of(items));
	else
		print_granted(items);
	if (!result)
		result = tell_left_out(answer);
	value_free(answer);
	return result;
}

/* ---- delete, rename ---- */

/* Takes @request. @renamed: the name that it gives to the unit, or NULL. */
static int change(struct keychain_client *client, const struct arguments *arguments, const char *unit, const char *renamed,
		  struct value *request, const char *verb)
{
	struct value *answer = NULL;
	int status, result;

	if (arguments->given & OPTION_DRY_RUN)
		request_set(&request, "options", "dry_run", value_boolean(true));
	status = execute_quietly(client, request, &answer);
	if (status == errSecDuplicateItem && renamed) {
		complain_other(_("nothing was renamed: a credential that has one of these names is granted to %s already; 'keychainctl "
				 "system list' shows which"), renamed);
		return EXIT_DUPLICATE;
	}
	if (status == errSecItemNotFound) {
		complain_other(_("nothing of that name is granted to %s: 'keychainctl system list' shows what is granted"), unit);
		return EXIT_NOT_FOUND;
	}
	if (status)
		return execute_complain(status);
	result = print_count(stderr, arguments->given & OPTION_JSON, arguments->given & OPTION_DRY_RUN, verb,
			     value_as_integer(value_get(answer, "count")));
	value_free(answer);
	return result;
}

static int delete(struct keychain_client *client, const struct arguments *arguments, const char *name)
{
	struct value *request;
	int64_t count = 0;
	int result = check_unit(arguments->unit);

	if (result)
		return result;
	request = request_new("delete", query_of(arguments->unit, name));
	if (!name && !(arguments->given & (OPTION_YES | OPTION_DRY_RUN)) && confirm_at_terminal() &&
	    !confirm_count(client, request, &count) && count)
		result = confirm_number(translate_count("%lld credential of %s will be lost for ever.",
							"%lld credentials of %s will be lost for ever.", (unsigned long long)count),
					count, arguments->unit);
	if (!result)
		return change(client, arguments, arguments->unit, NULL, request, "deleted");
	value_free(request);
	return result;
}

/* The new name may be too long for some; of those that are locked that cannot be told. */
static int check_all(struct keychain_client *client, const char *unit, const char *renamed)
{
	struct value *answer;
	int result = read_granted(client, unit, &answer);

	for (size_t i = 0; !result && i < value_count(value_get(answer, "result")); i++)
		result = check_fits(renamed, text_of(value_at(value_get(answer, "result"), i), "acct"));
	if (!result && tell_left_out(answer) && value_as_integer(value_get(value_get(answer, "withheld"), "count")))
		result = complain_other(_("nothing was renamed: whether the new name fits cannot be seen of what is locked"));
	value_free(answer);
	return result;
}

static int rename_unit(struct keychain_client *client, const struct arguments *arguments, const char *unit, const char *renamed)
{
	struct value *request;
	int result = check_unit(unit);

	if (!result)
		result = check_unit(renamed);
	if (!result)
		result = check_all(client, unit, renamed);
	if (result)
		return result;
	request = request_new("update", query_of(unit, NULL));
	request_set(&request, "update", "svce", value_string(renamed));
	return change(client, arguments, unit, renamed, request, "changed");
}

/* ---- which ---- */

/* Options that say nothing to @verb would be taken for a condition by those who give them. */
static int refuse_options(const struct arguments *arguments, const char *verb, unsigned int taken)
{
	unsigned int given = arguments->given & ~(taken | OPTION_WORDS);

	if (given & (OPTION_KEYCHAIN | OPTION_SYSTEM))
		return complain_usage(_("'system' takes no --keychain and no --system: it is about the system keychain"));
	return given ? complain_usage(_("'system %s' does not take all of these options: see 'keychainctl system --help'"), verb) : 0;
}

static int run(struct keychain_client *client, const struct arguments *arguments)
{
	const char *verb = arguments->word_count ? arguments->words[0] : "list";
	const char *name = arguments->word_count == 2 ? arguments->words[1] : NULL;
	unsigned int adding = OPTION_FOR | OPTION_ACCESSIBLE | OPTION_REPLACE | OPTION_TRIM;
	unsigned int deleting = OPTION_FOR | OPTION_ALL | OPTION_YES | OPTION_DRY_RUN | OPTION_JSON;
	int result;

	if (!strcmp(verb, "list") && arguments->word_count <= 1) {
		result = refuse_options(arguments, verb, OPTION_FOR | OPTION_JSON);
		return result ? result : list(client, arguments);
	}
	if (!strcmp(verb, "add") && name && arguments->unit) {
		result = refuse_options(arguments, verb, adding);
		return result ? result : add(client, arguments, name);
	}
	if (!strcmp(verb, "delete") && arguments->unit && arguments->word_count <= 2 && !name == !!(arguments->given & OPTION_ALL)) {
		result = refuse_options(arguments, verb, deleting);
		return result ? result : delete(client, arguments, name);
	}
	if (!strcmp(verb, "rename") && arguments->word_count == 3) {
		result = refuse_options(arguments, verb, OPTION_DRY_RUN | OPTION_JSON);
		return result ? result : rename_unit(client, arguments, arguments->words[1], arguments->words[2]);
	}
	if (!strcmp(verb, "add") || !strcmp(verb, "delete"))
		return complain_usage(_("'system %s' takes --for UNIT and the name of one credential"), verb);
	return complain_usage(_("'system' takes list, add --for UNIT NAME, delete --for UNIT NAME or rename UNIT UNIT"));
}

int command_system(struct keychain_client *client, int argc, char **argv)
{
	struct arguments arguments;
	int result = arguments_read(client, argc, argv, OPTION_WORDS | OPTION_JSON | OPTION_FOR | OPTION_ACCESSIBLE | OPTION_REPLACE |
				    OPTION_TRIM | OPTION_ALL | OPTION_YES | OPTION_DRY_RUN, usage, &arguments);

	if (result)
		return result - ARGUMENTS_OVER;
	keychain_client_choose_system(client);
	result = run(client, &arguments);
	arguments_free(&arguments);
	return result;
}

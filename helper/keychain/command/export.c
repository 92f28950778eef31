// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * export: certificates, keys, identities and secrets to a file, encrypted unless told otherwise, whole or not at all.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "arguments.h"
#include "complain.h"
#include "execute.h"
#include "helper/cli/output_file.h"
#include "helper/common/registers.h"
#include "helper/keychain/base/json_format.h"
#include "helper/keychain/certificate/container/container_write.h"
#include "helper/keychain/certificate/crypto_memory.h"
#include "progress.h"
#include "secret_input.h"
#include "several.h"
#include "stream.h"

static const char usage[] =
	N_("usage: keychainctl export ATTRIBUTE... | --all [OPTION...]\n"
	"\n"
	"Writes the item that has the attributes to a file, or to standard output. Private keys are\n"
	"encrypted by a passphrase, which is asked for on the terminal, or is the first line of\n"
	"standard input; 'keychainctl import' reads the file again.\n"
	"\n"
	"      --format FORMAT  pem (the default of certificates, keys and identities), der, pkcs12,\n"
	"                       openssh; raw: the secret as it is (the default of passwords);\n"
	"                       json: attributes and secrets\n"
	"      --out FILE       to this file, which only its owner can read\n"
	"      --unencrypted    without a passphrase; raw and json are never encrypted\n"
	"      --public         of a private key its public half, which is no secret\n"
	"  -n, --limit N        the first N of several\n"
	"      --all            all of them, without any attribute those of the class\n"
	"      --partial        of those leave out, and count, what is locked\n"
	"      --force          replace FILE; print on a terminal what is secret or no text\n");

/* Formats: those of certificates and keys have their numbers there; the others write the value of any item. */
enum { FORMAT_RAW = 100, FORMAT_JSON };

static const struct format {
	const char *name;
	int form;
	bool text;		/* that a terminal can show */
} formats[] = {
	{ "pem", CONTAINER_PEM, true },
	{ "der", CONTAINER_DER, false },
	{ "pkcs12", CONTAINER_PKCS12, false },
	{ "openssh", CONTAINER_OPENSSH, true },
	{ "raw", FORMAT_RAW, false },
	{ "json", FORMAT_JSON, true },
};

struct export {
	struct keychain_client *client;
	struct arguments *arguments;
	const struct format *format;
	struct value *answer;
	const struct value *items;	/* in the answer */
	bool private;			/* a secret is among what is written */
	struct secret passphrase;
	struct value *file;		/* what is written */
};

static const struct format *find_format(const char *name)
{
	for (size_t number = 0; number < sizeof(formats) / sizeof(*formats); number++)
		if (!strcmp(formats[number].name, name))
			return &formats[number];
	return NULL;
}

static bool is_container(const struct export *export)
{
	return export->format->form < FORMAT_RAW;
}

static const char *class_of(const struct value *item)
{
	const char *class = value_as_string(value_get(item, "class"));

	return class ? class : "";
}

static bool is_password(const struct value *item)
{
	return !strcmp(class_of(item), "genp") || !strcmp(class_of(item), "inet");
}

/* ---- what is asked for ---- */

static int complain_present(const char *name)
{
	complain_other(_("%s is there already: choose another name, or replace it with --force"), name);
	return EXIT_DUPLICATE;
}

static int check_arguments(struct export *export)
{
	const struct arguments *arguments = export->arguments;
	unsigned int given = arguments->given;
	struct stat status;

	if (given & OPTION_ALL && given & OPTION_LIMIT)
		return complain_usage(_("--all and --limit contradict each other"));
	if (given & OPTION_PUBLIC && given & OPTION_UNENCRYPTED)
		return complain_usage(_("--public and --unencrypted contradict each other: a public key is never encrypted"));
	if (!arguments_name_item(arguments) && !(given & OPTION_ALL))
		return complain_usage(_("which item? Give attributes such as --label, or --all; 'keychainctl list' shows all "
					"items"));
	if (arguments->format) {
		export->format = find_format(arguments->format);
		if (!export->format)
			return complain_usage(_("'%s' is no format: there are pem, der, pkcs12, openssh, raw and json"),
					      arguments->format);
	}
	/* Before a passphrase is asked for in vain; what counts is when the file is put in place. */
	if (arguments->out && !(given & OPTION_FORCE) && lstat(arguments->out, &status) == 0 && S_ISREG(status.st_mode))
		return complain_present(arguments->out);
	return 0;
}

/* Returns an exit status. */
static int ask(struct export *export)
{
	struct arguments *arguments = export->arguments;
	bool many = arguments->given & (OPTION_ALL | OPTION_LIMIT);
	struct value *request = request_new("copy", arguments_search(arguments));
	struct progress *progress;
	int result = 0;

	request_set(&request, "query", "r_Attributes", value_boolean(true));
	request_set(&request, "query", "r_PersistentRef", value_boolean(true));
	request_set(&request, "query", "r_Data", value_boolean(true));
	if (many)
		request_set(&request, "query", "m_Limit", arguments->given & OPTION_ALL ? value_string("m_LimitAll")
											: value_integer(arguments->limit));
	if (arguments->given & OPTION_PARTIAL)
		request_set(&request, "options", "partial", value_boolean(true));
	if (!many)
		result = several_refuse(export->client, request);
	if (result) {
		value_free(request);
		return result;
	}
	progress = progress_start(export->client, false);
	result = execute(export->client, request, &export->answer);
	progress_end(progress);
	return result;
}

/* One item is no array. */
static int take_items(struct export *export)
{
	struct value *found = value_get(export->answer, "result"), *array;

	if (value_is(found, VALUE_DICTIONARY)) {
		array = value_array();
		if (!array || value_append(array, value_copy(found)) || value_set(export->answer, "result", array))
			return complain_other(_("out of memory"));
	}
	export->items = value_get(export->answer, "result");
	if (value_count(export->items))
		return 0;
	if (value_as_integer(value_get(value_get(export->answer, "withheld"), "count")))
		return complain_status(errSecInteractionNotAllowed, _("all items that match are locked: 'keybagctl unlock' opens "
								      "them"));
	tell_left_out(export->answer);
	return complain_status(errSecItemNotFound, NULL);
}

/* ---- what may be written ---- */

/* Whether the attribute is there, and is that. */
static bool is_marked(const struct value *item, const char *attribute, bool as)
{
	const struct value *value = value_get(item, attribute);

	return value && (value_as_boolean(value) || value_as_integer(value)) == as;
}

static const char *label_of(const struct value *item)
{
	const char *label = value_as_name(value_get(item, "labl"));

	return label ? label : "";
}

/* The marks that the program which added a key has given it; the service itself gives out what it has. */
static int check_marks(const struct export *export, const struct value *item)
{
	char text[512];

	if (is_marked(item, "extr", false))
		snprintf(text, sizeof(text), _("the key '%s' is marked as not extractable: leave it out, or change the mark with "
			 "'keychainctl update --set extractable=yes'"), label_of(item));
	else if (is_marked(item, "sens", true) && export->arguments->given & OPTION_UNENCRYPTED)
		snprintf(text, sizeof(text), _("the key '%s' is marked as sensitive: it is only exported encrypted, leave out "
			 "--unencrypted"), label_of(item));
	else
		return 0;
	return complain_status(errSecNoAccessForItem, text);
}

static bool is_secret(const struct export *export, const struct value *item)
{
	if (!strcmp(class_of(item), "cert"))
		return false;
	if (is_container(export) && export->arguments->given & OPTION_PUBLIC)
		return false;
	/* A key of an unknown kind may be secret. */
	return is_password(item) || !strcmp(class_of(item), "idnt") || !container_is_public(item);
}

static int check_items(struct export *export)
{
	const struct value *first = value_at(export->items, 0);
	int result = 0;

	if (!export->format)
		export->format = find_format(is_password(first) ? "raw" : "pem");
	for (size_t number = 0; !result && number < value_count(export->items); number++) {
		const struct value *item = value_at(export->items, number);

		if (!is_secret(export, item))
			continue;
		export->private = true;
		result = check_marks(export, item);
	}
	if (result)
		return result;
	if (is_container(export) && is_password(first))
		return complain_usage(_("a password is no certificate or key: --format raw writes it as it is, json with its "
					"attributes"));
	if (!is_container(export) && export->arguments->given & OPTION_PUBLIC)
		return complain_usage(_("--public goes with --format pem, der and openssh"));
	if (export->format->form == FORMAT_RAW && value_count(export->items) > 1)
		return complain_usage(_("more than one secret cannot be told apart: use --format json"));
	if (!is_container(export) && export->private && !(export->arguments->given & OPTION_UNENCRYPTED))
		return complain_usage(_("--format %s has no encryption: add --unencrypted, and pipe it to 'keybagctl seal' to have it sealed"),
				      export->format->name);
	return 0;
}

/* ---- what is written ---- */

/* An identity has the label of its certificate; that of its key may be another one. */
static int name_key(struct export *export, struct value *item)
{
	static const char *const same[] = { "klbl", "agrp", "sync" };
	struct value *query = value_dictionary(), *answer = NULL;
	const struct value *label;
	int error = value_set(query, "class", value_string("keys"));

	for (size_t number = 0; !error && number < sizeof(same) / sizeof(*same); number++)
		if (value_get(item, same[number]))
			error = value_set(query, same[number], value_copy(value_get(item, same[number])));
	if (error || value_set(query, "kcls", value_integer(1)) || value_set(query, "r_Attributes", value_boolean(true))) {
		value_free(query);
		return complain_other(_("out of memory"));
	}
	if (execute_quietly(export->client, request_new("copy", query), &answer))
		return 0;
	label = value_get(value_get(answer, "result"), "labl");
	if (label)
		error = value_set(item, "key_labl", value_copy(label));
	value_free(answer);
	return error ? complain_other(_("out of memory")) : 0;
}

static int name_keys(struct export *export)
{
	bool labels = export->format->form == CONTAINER_PKCS12 || export->format->form == CONTAINER_OPENSSH;
	int result = 0;

	for (size_t number = 0; labels && !result && number < value_count(export->items); number++)
		if (!strcmp(class_of(value_at(export->items, number)), "idnt"))
			result = name_key(export, value_at(export->items, number));
	return result;
}

static int make_container(struct export *export)
{
	struct container_writing how = {
		.form = (enum container_form)export->format->form,
		.public_halves = export->arguments->given & OPTION_PUBLIC,
		.passphrase = export->passphrase.length ? &export->passphrase : NULL,
	};
	char *message CLEANUP_FREE = NULL;
	int status = container_write(export->items, &how, &export->file, &message);

	return status ? complain_status(status, message) : 0;
}

static int make_json(struct export *export)
{
	const struct value *withheld = value_get(export->answer, "withheld");
	struct value *shown = value_array(), *report;
	size_t length;
	char *text;
	int error = shown ? 0 : -ENOMEM;

	for (size_t number = 0; !error && number < value_count(export->items); number++)
		error = value_append(shown, arguments_item(export->arguments, value_at(export->items, number)));
	if (error) {
		value_free(shown);
		shown = NULL;
	}
	report = items_report(shown, value_as_integer(value_get(withheld, "count")), value_get(withheld, "classes"));
	error = report ? json_format(report, true, &text, &length) : -ENOMEM;
	value_free(report);
	if (error)
		return complain_other(_("out of memory"));
	export->file = value_data_new(length + 1);
	if (export->file) {
		char *bytes = value_bytes_mutable(export->file, &(size_t){ 0 });

		memcpy(bytes, text, length);
		bytes[length] = '\n';
	}
	json_free(text, length);
	return export->file ? 0 : complain_other(_("out of memory"));
}

static int make_raw(struct export *export)
{
	export->file = value_copy(value_get(value_at(export->items, 0), "v_Data"));
	if (export->file)
		return 0;
	return complain_status(errSecItemNotFound, _("the item has no secret"));
}

static int make(struct export *export)
{
	int result = 0;

	switch (export->format->form) {
	case FORMAT_RAW:
		return make_raw(export);
	case FORMAT_JSON:
		return make_json(export);
	}
	if (!(export->arguments->given & OPTION_UNENCRYPTED) &&
	    (export->private || export->format->form == CONTAINER_PKCS12))
		result = secret_input_passphrase(&export->passphrase);
	if (!result)
		result = name_keys(export);
	return result ? result : make_container(export);
}

/* ---- where it goes ---- */

static int fail_output(const struct export *export, int error)
{
	const char *out = export->arguments->out;

	return error == -EEXIST ? complain_present(out) : complain_file(out ? out : _("standard output"), error);
}

/* Refuses to print on a terminal what a person might not want to see there, or what would steer it. */
static int check_terminal(const struct export *export, int fd)
{
	bool clear = export->private && !export->passphrase.length;

	if (!isatty(fd) || export->arguments->given & OPTION_FORCE)
		return 0;
	if (clear)
		return complain_other(_("what is exported is secret and would be seen on the terminal: name a file with --out, or "
					"add --force"));
	if (!export->format->text)
		return complain_other(_("what is exported is no text and could steer the terminal: name a file with --out, or "
					"add --force"));
	return 0;
}

static int write_file(const struct export *export)
{
	CLEANUP_OUTPUT_FILE struct output_file file = OUTPUT_FILE_NONE;
	size_t length;
	const void *bytes = value_bytes(export->file, &length);
	int error = output_file_begin(export->arguments->out, &file), result;

	if (error)
		return fail_output(export, error);
	result = check_terminal(export, file.fd);
	if (result)
		return result;
	error = output_file_append(&file, bytes, length);
	if (!error)
		error = output_file_finish(&file, export->arguments->given & OPTION_FORCE);
	return error ? fail_output(export, error) : 0;
}

static int carry_out(struct export *export)
{
	int result = check_arguments(export);

	if (!result)
		result = ask(export);
	if (!result)
		result = take_items(export);
	if (!result)
		result = check_items(export);
	if (!result)
		result = make(export);
	if (!result)
		result = write_file(export);
	if (!result)
		result = tell_left_out(export->answer);
	/* It is taken for a copy of all. */
	return result || !value_get(export->answer, "lost") ? result : EXIT_PARTIAL;
}

int command_export(struct keychain_client *client, int argc, char **argv)
{
	struct arguments arguments;
	struct export export = { .client = client, .arguments = &arguments, .passphrase = SECRET_NONE };
	int result = arguments_read(client, argc, argv,
				    OPTION_QUERY | OPTION_FORMAT | OPTION_OUT | OPTION_UNENCRYPTED | OPTION_PUBLIC | OPTION_ALL |
					    OPTION_LIMIT | OPTION_PARTIAL | OPTION_FORCE,
				    usage, &arguments);

	if (result)
		return result - ARGUMENTS_OVER;
	/* Before anything else of libcrypto: keys pass through it. */
	crypto_memory_wipe();
	result = carry_out(&export);
	value_free(export.answer);
	value_free(export.file);
	secret_free(&export.passphrase);
	clear_vector_registers();
	arguments_free(&arguments);
	return result;
}

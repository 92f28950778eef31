// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * edit: the attributes of an item as text in an editor. The secret never is in the file: editors keep copies.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "arguments.h"
#include "attribute_name.h"
#include "attribute_text.h"
#include "complain.h"
#include "execute.h"
#include "helper/common/cleanup.h"

static const char usage[] =
	N_("usage: keychainctl edit ATTRIBUTE...\n\n"
	"Opens the attributes of the first item that matches in $VISUAL, $EDITOR or editor(1), and\n"
	"changes those whose line was changed. The secret is not shown: 'keychainctl update'\n"
	"changes it.\n\n");

/* Attributes that cannot be changed are not shown either. */
static bool is_fixed(const struct attribute_name *name)
{
	return !name || name->type == TYPE_CLASS || name->type == TYPE_REFERENCE || !strcmp(name->key, "cdat") ||
	       !strcmp(name->key, "mdat") || name->type == TYPE_ACCESS_CONTROL;
}

/* In memory, not on a disk: attributes are encrypted there. */
static int make_file(char path[PATH_MAX])
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");

	snprintf(path, PATH_MAX, "%s/keychainctl.XXXXXX", runtime && *runtime == '/' ? runtime : "/dev/shm");
	return mkostemp(path, O_CLOEXEC);
}

static int write_item(int descriptor, const struct value *item)
{
	struct value *named = item_named(item);
	FILE *file = named ? fdopen(descriptor, "w") : NULL;

	if (!file) {
		close(descriptor);
		value_free(named);
		return -ENOMEM;
	}
	fputs(_("# Attributes of one item, a line each: NAME: VALUE. Lines that are unchanged, or removed, change nothing.\n"),
	      file);
	for (size_t i = 0; i < attribute_name_count(); i++) {
		const struct attribute_name *name = attribute_name_at(i);
		const struct value *value = value_get(named, name->name);

		if (!value || is_fixed(name))
			continue;
		fprintf(file, "%s: ", name->name);
		attribute_print(file, value);
		fputc('\n', file);
	}
	value_free(named);
	return fclose(file) ? -errno : 0;
}

/*
 * Ctrl-C is for the editor: if it ended this program, the file would stay. Returns the status of waitpid(2), or
 * -1 with errno.
 */
static int run_command(const char *command, const char *path)
{
	void (*interrupt)(int) = signal(SIGINT, SIG_IGN), (*quit)(int) = signal(SIGQUIT, SIG_IGN);
	pid_t child = fork();
	int status = -1;

	if (!child) {
		signal(SIGINT, interrupt);
		signal(SIGQUIT, quit);
		execl("/bin/sh", "sh", "-c", command, "sh", path, (char *)NULL);
		_exit(127);
	}
	while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	signal(SIGINT, interrupt);
	signal(SIGQUIT, quit);
	return status;
}

/* The editor is a command with arguments, as $EDITOR may have; the file is its last one. */
static int run_editor(const char *path)
{
	const char *editor = getenv("VISUAL");
	char *command CLEANUP_FREE = NULL;
	int status;

	if (!editor || !*editor)
		editor = getenv("EDITOR");
	if (asprintf(&command, "%s \"$1\"", editor && *editor ? editor : "editor") < 0)
		return complain_other(_("out of memory"));
	status = run_command(command, path);
	if (status < 0)
		return complain_other(_("the editor cannot be started: %s"), translate_errno(errno));
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		return complain_other(_("the editor failed, and nothing was changed: set VISUAL or EDITOR to one that is "
				      "installed"));
	return 0;
}

/* Whether @text is what was shown of it. */
static bool is_unchanged(const struct value *shown, const char *text)
{
	char *before CLEANUP_FREE = NULL;
	size_t length;
	FILE *file = shown ? open_memstream(&before, &length) : NULL;

	if (!file)
		return false;
	attribute_print(file, shown);
	return !fclose(file) && !strcmp(before, text);
}

static int read_line(char *line, const struct value *named, struct value *changes)
{
	const struct attribute_name *name;
	const char *code = NULL;
	struct value *value;
	char *text = strstr(line, ": ");

	line[strcspn(line, "\n")] = 0;
	if (!*line || *line == '#')
		return 0;
	if (!text)
		return complain_usage(_("'%s' is no line of the form NAME: VALUE; nothing was changed"), line);
	*text = 0;
	text += 2;
	name = attribute_name_find(line);
	if (is_fixed(name))
		return complain_usage(_("'%s' is no attribute that can be changed; nothing was changed"), line);
	if (is_unchanged(value_get(named, name->name), text))
		return 0;
	value = attribute_value(name->key, text);
	if (!value)
		return complain_usage(_("'%s' is no value for %s: %s; nothing was changed"), text, line,
				      attribute_takes(name->key, text));
	if (name->type == TYPE_CODE)
		code = attribute_code(name->key, text);
	if (code) {
		value_free(value);
		value = value_string(code);
	}
	return value_set(changes, name->key, value) < 0 ? complain_other(_("out of memory")) : 0;
}

static int read_item(const char *path, const struct value *item, struct value *changes)
{
	struct value *named = item_named(item);
	char *line CLEANUP_FREE = NULL;
	size_t size = 0;
	FILE *file = fopen(path, "re");
	int result = 0;

	if (!file || !named) {
		value_free(named);
		return complain_other("%s: %s", path, translate_errno(errno));
	}
	while (!result && getline(&line, &size, file) >= 0)
		result = read_line(line, named, changes);
	fclose(file);
	value_free(named);
	return result;
}

static int let_edit(const struct value *item, struct value *changes)
{
	char path[PATH_MAX];
	int descriptor = make_file(path), result;

	if (descriptor < 0)
		return complain_other("%s: %s", path, translate_errno(errno));
	result = write_item(descriptor, item);
	result = result < 0 ? complain_other("%s: %s", path, translate_errno(result)) : run_editor(path);
	if (!result)
		result = read_item(path, item, changes);
	unlink(path);
	return result;
}

static int store(struct keychain_client *client, const struct value *item, const struct value *changes)
{
	struct value *query = value_dictionary(), *request;

	if (value_set(query, "v_PersistentRef", value_copy(value_get(item, "v_PersistentRef"))) < 0) {
		value_free(query);
		query = NULL;
	}
	request = request_new("update", query);
	if (value_set(request, "update", value_copy(changes)) < 0) {
		value_free(request);
		request = NULL;
	}
	return execute(client, request, NULL);
}

static int edit(struct keychain_client *client, const struct value *item)
{
	struct value *changes = value_dictionary();
	int result = changes ? let_edit(item, changes) : complain_other(_("out of memory"));

	if (!result && value_count(changes))
		result = store(client, item, changes);
	if (!result)
		fprintf(stderr, translate_count("keychainctl: %zu attribute changed\n", "keychainctl: %zu attributes changed\n",
						value_count(changes)), value_count(changes));
	value_free(changes);
	return result;
}

static struct value *request_of(struct arguments *arguments)
{
	struct value *request = request_new("copy", arguments_query(arguments));

	request_set(&request, "query", "r_Attributes", value_boolean(true));
	request_set(&request, "query", "r_PersistentRef", value_boolean(true));
	return request;
}

int command_edit(struct keychain_client *client, int argc, char **argv)
{
	struct arguments arguments;
	struct value *answer = NULL;
	int result = arguments_read(client, argc, argv, OPTION_QUERY, usage, &arguments);

	if (result)
		return result - ARGUMENTS_OVER;
	if (!arguments_name_item(&arguments))
		result = complain_usage(_("which item? Name attributes of it, such as --service"));
	else
		result = execute(client, request_of(&arguments), &answer);
	if (!result)
		result = edit(client, value_get(answer, "result"));
	value_free(answer);
	arguments_free(&arguments);
	return result;
}
